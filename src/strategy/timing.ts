/** Times a trace on allocators: interleaved rounds, each on a fresh heap, first cold and then warm. */

import type { Profile } from "../geometry/profiles.js";
import { Core, compileCoreSync } from "../memory/core.js";
import * as layout from "../memory/layout.js";
import { LOOP_WASM, type LoopInstantiate } from "../memory/wasm.js";
import { DOMAIN_OBJ, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf, packEvent } from "../trace/event.js";
import type { Trace } from "../trace/trace.js";
import { type Allocator, type AllocatorInstance, heldAtMost, touchedTables } from "./allocator.js";

/** What the loop runs: events without marks, balanced, so that it can run again on the heap that it leaves. */
export interface Workload {
  readonly name: string;
  /** Two words an event, as in `Trace.words`. */
  readonly words: Uint32Array;
  readonly idCount: number;
  /** The most bytes that are asked for and live at one time. */
  readonly peakLiveBytes: number;
}

/** min ≤ median ≤ max over the rounds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

export const spreadOf = (values: readonly number[]): Spread => ({
  min: Math.min(...values),
  median: median(values),
  max: Math.max(...values),
});

/** The trace without its marks, and with a free of each block that it leaves. MEM, OBJ and RAW are the same to an allocator. */
export function workloadOf(name: string, trace: Trace): Workload {
  const words: number[] | Uint32Array = new Uint32Array(trace.words.length + 2 * trace.idCount);
  const live = new Uint8Array(trace.idCount);
  let length = 0;
  const push = (word: number, nbytes: number): void => {
    words[length++] = word;
    words[length++] = nbytes;
  };
  for (let i = 0; i < trace.words.length; i += 2) {
    const op = opOf(trace.words[i]);
    if (op === OP_MARK) continue;
    if (op !== OP_REALLOC) live[idOf(trace.words[i])] = op === OP_FREE ? 0 : 1;
    push(trace.words[i], trace.words[i + 1]);
  }
  live.forEach((isLive, id) => {
    if (isLive) push(packEvent(OP_FREE, DOMAIN_OBJ, id), 0);
  });
  return { name, words: words.slice(0, length), idCount: trace.idCount, peakLiveBytes: trace.peakLiveBytes };
}

/** One run of a workload on a fresh heap, cold, and again on the heap that this leaves. Nanoseconds an event. */
export interface Round {
  readonly cold: number;
  readonly warm: number;
  /** What the heap held at most, in bytes; `null` where that is not known. */
  readonly footprintBytes: number | null;
  /** Bytes of tables beside the heap, where there are any. */
  readonly tableBytes: number;
}

/** Whatever can run a workload. Throws a `RangeError` that says why it cannot. */
export interface Contender {
  readonly name: string;
  round(workload: Workload): Round;
}

type LoopExports = Awaited<ReturnType<typeof LoopInstantiate>>;

/** Events that one call into wasm runs: short enough for V8 to put optimised code in place between two. */
const SLICE = 16384;

/**
 * Times `run(first, end)` over all events, slice by slice; what `prepare` does before a slice is not counted. `run` returns how many
 * requests failed. Returns nanoseconds an event.
 */
function time(
  eventCount: number,
  run: (first: number, end: number) => number,
  prepare: (first: number, end: number) => void = () => {},
): number {
  let failures = 0;
  let elapsed = 0;
  for (let first = 0; first < eventCount; first += SLICE) {
    const end = Math.min(first + SLICE, eventCount);
    prepare(first, end);
    const start = performance.now();
    failures += run(first, end);
    elapsed += performance.now() - start;
  }
  if (failures > 0) throw new RangeError(`could not serve ${failures} of its requests`);
  return (elapsed * 1e6) / eventCount;
}

/** An allocator under the loop: one call an event. The loop is compiled for each by itself, so that none spoils another's code. */
export function oneCallAnEvent(allocator: Allocator): Contender {
  const compiled = () => new WebAssembly.Module(Uint8Array.from(atob(LOOP_WASM), (char) => char.charCodeAt(0)));
  const timed = compiled();
  const runOn = (heap: AllocatorInstance, { words, idCount }: Workload, module: WebAssembly.Module): Round => {
    const imports = { allocator: heap.functions as unknown as Record<string, WebAssembly.ImportValue> };
    const loop = new WebAssembly.Instance(module, imports).exports as unknown as LoopExports;
    const eventCount = words.length / 2;
    const at = loop.reserve(eventCount, idCount) >>> 0;
    if (at === 0) throw new RangeError("the trace does not fit into the loop's memory");
    new Uint32Array(loop.memory.buffer, at, words.length).set(words);
    const pass = (): number => time(eventCount, (first, end) => loop.run(first, end, eventCount));
    return { cold: pass(), warm: pass(), footprintBytes: heap.footprintBytes(), tableBytes: heap.tableBytes() };
  };
  let watched: { readonly workload: Workload; readonly footprintBytes: number | null } | null = null;
  /** By a run that is not timed. Who holds less than is live gives a byte to two, and its footprint is none. */
  const footprintOf = (workload: Workload): number | null => {
    if (!allocator.watched) return null;
    if (watched?.workload !== workload) {
      const { footprintBytes } = runOn(allocator.watched(), workload, compiled());
      const isKnown = footprintBytes !== null && footprintBytes >= workload.peakLiveBytes;
      watched = { workload, footprintBytes: isKnown ? footprintBytes : null };
    }
    return watched.footprintBytes;
  };
  return {
    name: allocator.name,
    round: (workload) => {
      const footprintBytes = footprintOf(workload);
      const round = runOn(allocator.start(), workload, timed);
      return { ...round, footprintBytes: round.footprintBytes ?? footprintBytes };
    },
  };
}

/** The core's own replay loop, which has malloc and free inlined. Putting events into its window is not counted. */
export function replayLoop(profile: Profile): Contender {
  return {
    name: `pymalloc ${profile.name}, replay loop`,
    round: ({ words, idCount }) => {
      const core = new Core(compileCoreSync(), profile, { limitBytes: 0, baseOffsetCount: 0, idCount });
      const window = core.read(layout.REPLAY + layout.REPLAY_WINDOW) / 4;
      const pass = (): number =>
        time(
          words.length / 2,
          (first, end) => {
            core.exports.replay(0, end - first);
            return 0;
          },
          (first, end) => core.words.set(words.subarray(2 * first, 2 * end), window),
        );
      const times = { cold: pass(), warm: pass() };
      const failures = core.read(layout.REPLAY + layout.REPLAY_FAILURES);
      if (failures > 0) throw new RangeError(`could not serve ${failures} of its requests`);
      return { ...times, footprintBytes: heldAtMost(core), tableBytes: touchedTables(core, profile) };
    },
  };
}

/** One contender's result for one workload. */
export interface Measured {
  readonly name: string;
  /** In order, so that rounds can be paired with those of another contender. */
  readonly rounds: readonly Round[];
  /** Why there are no rounds; `null` when there are. */
  readonly failure: string | null;
}

/** Runs `workload` on each contender in turn, once while V8 still optimises, and then `count` times. */
export function measure(workload: Workload, contenders: readonly Contender[], count: number): Measured[] {
  const rounds = contenders.map((): Round[] => []);
  const failures = contenders.map((): string | null => null);
  for (let round = -1; round < count; round++) {
    contenders.forEach((contender, i) => {
      if (failures[i] !== null) return;
      try {
        const result = contender.round(workload);
        if (round >= 0) rounds[i].push(result);
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof WebAssembly.RuntimeError)) throw error;
        failures[i] = error instanceof RangeError ? error.message : `trapped: ${(error as Error).message}`;
      }
    });
  }
  return contenders.map(({ name }, i) => ({ name, rounds: rounds[i], failure: failures[i] }));
}
