/**
 * A time line: a stretch of a trace replayed in steps, with the ledger at every so many and a tick where arenas came or went.
 *
 *     from                                                to
 *      ├─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┼─┬─┬─┬─┤      ┼ sample   ┬ step: the counters of arenas are compared
 *
 * To stop at the very event that obtains an arena would double the time of the pass; steps cost nothing and are finer than a picture.
 */
import * as layout from "../../../memory/layout.js";
import type { Replay } from "../../../replay/replay.js";
import type { Timeline } from "../../protocol/index.js";
import type { Requests } from "../document/requests.js";
import type { Pauses } from "./tasks.js";

export const SAMPLES = 600;
/** Steps of the whole pass at most, whatever the samples. */
const STEPS = 8400;

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly samples: number;
}

/** Places at equal distances, none twice. */
function places({ from, to }: Stretch, count: number): number[] {
  const all = Array.from({ length: count + 1 }, (_, index) => from + Math.floor(((to - from) * index) / count));
  return all.filter((place, index) => index === 0 || place !== all[index - 1]);
}

const COLUMNS = ["live", "allocated", "available", "unused", "pinned", "mapped"] as const;

/** Arenas obtained so far, and those of them that are live, and wholly free. */
function arenaCounters({ heap: { core } }: Replay): { obtained: number; live: number; empty: number } {
  const read = (offset: number): number => core.read(layout.ARENAS + offset);
  return {
    obtained: read(layout.ARENAS_NTIMES_ARENA_ALLOCATED),
    live: read(layout.ARENAS_NARENAS_CURRENTLY_ALLOCATED),
    empty: read(layout.ARENAS_NEMPTY),
  };
}

function sample(replay: Replay, requests: Requests): Record<(typeof COLUMNS)[number], number> {
  const { pymalloc, os } = replay.heap.stats();
  const { allocated, available, unusedPools: unused } = pymalloc.ledger;
  const { live, empty } = arenaCounters(replay);
  return {
    live: requests.liveBytesAt(replay.position),
    allocated,
    available,
    unused,
    pinned: (live - empty) * pymalloc.arenaSize - allocated,
    mapped: os.mappedBytes,
  };
}

/**
 * Runs a replay over the stretch, and leaves it somewhere. `onDone` is told the share that is done. Others may run it during the
 * pauses.
 */
export async function sampleStretch(
  moving: () => Replay,
  requests: Requests,
  stretch: Stretch,
  pauses: Pauses,
  onDone: (done: number) => void,
): Promise<Omit<Timeline, "side">> {
  const sampled = places(stretch, Math.max(stretch.samples, 1));
  const stepsEach = Math.max(Math.ceil(STEPS / sampled.length), 1);
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(sampled.length)]));
  const obtained: number[] = [];
  const released: number[] = [];
  let tickEvents = 1;
  const take = (replay: Replay, index: number): void => {
    for (const [name, value] of Object.entries(sample(replay, requests))) columns[name][index] = value;
  };
  const runTo = (position: number): Replay => {
    const replay = moving();
    replay.runTo(position);
    return replay;
  };
  const first = runTo(stretch.from);
  take(first, 0);
  let before = arenaCounters(first);
  for (let index = 1; index < sampled.length; index++) {
    let at = sampled[index - 1];
    for (const step of places({ from: at, to: sampled[index], samples: 0 }, stepsEach).slice(1)) {
      tickEvents = Math.max(tickEvents, step - at);
      await pauses.pause();
      at = step;
      const now = arenaCounters(runTo(step));
      const got = now.obtained - before.obtained;
      for (let i = 0; i < got; i++) obtained.push(step);
      for (let i = now.live; i < before.live + got; i++) released.push(step);
      before = now;
    }
    take(runTo(at), index);
    onDone(index / (sampled.length - 1));
  }
  return {
    position: Uint32Array.from(sampled),
    ...(columns as Record<(typeof COLUMNS)[number], Float64Array>),
    obtained: Uint32Array.from(obtained),
    released: Uint32Array.from(released),
    tickEvents,
  };
}
