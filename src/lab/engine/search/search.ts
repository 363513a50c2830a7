/**
 * Breakpoints, both ways: where the first event after the cursor is, or the last one before it, in which a condition came to hold.
 *
 *     backwards      ◄──────── longer and longer segments ────────┤ cursor
 *                    │ … │ … hit … hit │ …… │ .. │ . │             the last hit of the first segment that has one
 *
 * A hit at position p is the event before p; a segment (start, end] is searched for hits from start + 1 to end.
 */
import type { LabCondition, SideIndex, StopCondition } from "../../protocol/index.js";
import type { Requests } from "../document/requests.js";
import type { Side } from "../time/side.js";
import type { Pauses } from "../time/tasks.js";
import { HeldBy } from "./arenaheldby.js";
import type { Probe } from "./probe.js";
import { BlockFreed, LiveAbove } from "./traceprobes.js";

/** What the core stops at. */
class CoreProbe implements Probe {
  constructor(
    protected readonly side: Side,
    private readonly condition: StopCondition,
  ) {}

  first(start: number, end: number): number | null {
    const replay = this.side.moving;
    replay.runTo(start);
    return replay.runUntil([this.condition], end).length > 0 ? replay.position : null;
  }

  last(start: number, end: number): number | null {
    const replay = this.side.moving;
    replay.runTo(start);
    let last: number | null = null;
    while (replay.runUntil([this.condition], end).length > 0) last = replay.position;
    return last;
  }
}

/** Arenas that come or go: only the steps of the first pass that have a tick need be run. */
class ArenaProbe extends CoreProbe {
  readonly #ticks: Uint32Array;
  readonly #tickEvents: number;

  constructor(side: Side, condition: StopCondition) {
    super(side, condition);
    const { obtained, released, tickEvents } = side.timeline as NonNullable<Side["timeline"]>;
    const ticks = condition.type === "arena-obtained" ? obtained : released;
    this.#ticks = ticks.filter((tick, index) => index === 0 || tick !== ticks[index - 1]);
    this.#tickEvents = tickEvents;
  }

  #steps(start: number, end: number): [start: number, end: number][] {
    return Array.from(
      this.#ticks.filter((tick) => tick > start && tick - this.#tickEvents < end),
      (tick) => [Math.max(start, tick - this.#tickEvents), Math.min(end, tick)],
    );
  }

  override first(start: number, end: number): number | null {
    for (const [from, to] of this.#steps(start, end)) {
      const hit = super.first(from, to);
      if (hit !== null) return hit;
    }
    return null;
  }

  override last(start: number, end: number): number | null {
    for (const [from, to] of this.#steps(start, end).reverse()) {
      const hit = super.last(from, to);
      if (hit !== null) return hit;
    }
    return null;
  }
}

/** What finds a condition. Throws a `RangeError` for one that is none. */
function probeOf(side: Side, requests: Requests, condition: LabCondition): Probe {
  if (condition.type === "arena-held-by") return new HeldBy(side, requests, condition.blocks);
  if (condition.type === "live-above") return new LiveAbove(requests, condition.bytes);
  side.moving.runUntil([condition], 0); // runs nothing, and checks the condition
  if (condition.type === "block-freed") return new BlockFreed(requests, condition.id);
  if (condition.type === "arena-obtained" || condition.type === "arena-released")
    return new ArenaProbe(side, condition);
  return new CoreProbe(side, condition);
}

export interface Wanted {
  readonly side: SideIndex;
  readonly condition: number;
  readonly probe: Probe;
}

export function probesOf(
  sides: readonly (readonly [SideIndex, Side])[],
  requests: Requests,
  conditions: readonly LabCondition[],
): Wanted[] {
  return sides.flatMap(([side, heap]) =>
    conditions.map((condition, index) => ({ side, condition: index, probe: probeOf(heap, requests, condition) })),
  );
}

export interface Found {
  readonly position: number;
  readonly hits: readonly Wanted[];
}

const FIRST_SEGMENT = 512;
/** So many events are some 20 ms. */
const LONGEST_SEGMENT = 1 << 17;

/** The nearest place in (start, end] at which one of `wanted` hits, seen from the end that the search starts at. */
export async function search(
  wanted: readonly Wanted[],
  [start, end]: readonly [start: number, end: number],
  direction: 1 | -1,
  pauses: Pauses,
  onDone: (done: number) => void,
): Promise<Found | null> {
  let from = start;
  let to = end;
  for (let length = FIRST_SEGMENT; from < to; length = Math.min(4 * length, LONGEST_SEGMENT)) {
    const segment: [number, number] =
      direction > 0 ? [from, Math.min(from + length, to)] : [Math.max(from, to - length), to];
    const found = await nearest(wanted, segment, direction, pauses);
    if (found !== null) return found;
    if (direction > 0) from = segment[1];
    else to = segment[0];
    onDone(1 - (to - from) / (end - start));
  }
  return null;
}

async function nearest(
  wanted: readonly Wanted[],
  segment: readonly [start: number, end: number],
  direction: 1 | -1,
  pauses: Pauses,
): Promise<Found | null> {
  let [start, end] = segment;
  let found: number | null = null;
  let hits: Wanted[] = [];
  for (const one of wanted) {
    await pauses.pause();
    const position = direction > 0 ? one.probe.first(start, end) : one.probe.last(start, end);
    if (position === null) continue;
    hits = position === found ? [...hits, one] : [one];
    found = position;
    // The others need be no farther, and may hit there too.
    if (direction > 0) end = position;
    else start = position - 1;
  }
  return found === null ? null : { position: found, hits };
}
