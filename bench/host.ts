/** What the host adds: calls through `Heap`, reading the tables, the command from start to report, and growing memory. */
import { spawnSync } from "node:child_process";
import { profile } from "../src/geometry/profiles.js";
import { Heap } from "../src/heap/heap.js";
import { coreAllocator } from "../src/strategy/allocator.js";
import { median } from "../src/strategy/timing.js";
import { fill } from "./workloads.js";

const times = (count: number, run: () => number): string => {
  const values = Array.from({ length: count }, run);
  return `median ${median(values).toFixed(2)}, min ${Math.min(...values).toFixed(2)}, max ${Math.max(...values).toFixed(2)}`;
};

const makeHeap = (checked: boolean): Heap => {
  const heap = Heap.createSync({ profile: "3.12", checked });
  heap.malloc(64);
  return heap;
};

/** Nanoseconds of a malloc and a free through `Heap`. */
function pairNs(heap: Heap): number {
  const pairs = 1_000_000;
  const start = performance.now();
  for (let i = 0; i < pairs; i++) heap.free(heap.malloc(64));
  return ((performance.now() - start) * 1e6) / pairs;
}

/** Microseconds of a snapshot of a heap of 16,384 pools. */
function snapshots(): { fresh: number; reused: number } {
  const heap = Heap.createSync({ profile: "3.9", checked: false });
  for (let block = 0; block < 7 * 16384; block++) heap.malloc(512);
  let last = heap.snapshot();
  const us = (run: () => void): number => {
    const start = performance.now();
    run();
    return (performance.now() - start) * 1000;
  };
  const count = 101;
  return {
    fresh: median(Array.from({ length: count }, () => us(() => heap.snapshot()))),
    reused: median(Array.from({ length: count }, () => us(() => (last = heap.snapshot(last))))),
  };
}

/** Milliseconds from the start of the command to its end. */
function commandMs(trace: string): number {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, ["dist/src/cli/main.js", "replay", trace, "--profile", "3.11"]);
  if (status !== 0) throw new Error(`replay ${trace} failed`);
  return performance.now() - start;
}

/** Milliseconds to write to each page of new memory once. */
function touchMs(bytes: number): number {
  const view = new Uint8Array(new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) }).buffer);
  const start = performance.now();
  for (let at = 0; at < bytes; at += 4096) view[at] = 1;
  return performance.now() - start;
}

/**
 * A cold 64 MiB fill ÷ (the same fill warm + touching the same pages once), with a million JavaScript objects alive. Making a memory of
 * more than 64 MiB sets off one collection of garbage: `fill` is after that, `withHeap` is making the heap and filling it at once.
 */
async function growth(): Promise<{ fill: number; withHeap: number }> {
  const { words, idCount, peakLiveBytes } = fill(64 << 20);
  // Before the objects are there: a collection that this memory sets off would be counted as touching.
  const touched = median(Array.from({ length: 5 }, () => touchMs(peakLiveBytes)));
  const alive = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
  const ptrs = new Uint32Array(idCount);
  const ms = (run: () => void): number => {
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  const ratio = async (pauseMs: number): Promise<number> => {
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs));
    const start = performance.now();
    const { functions } = coreAllocator(profile("3.12")).start();
    const made = performance.now() - start;
    if (pauseMs > 0) await pause();
    const fillMs = (): number =>
      ms(() => {
        for (let id = 0; id < idCount; id++) ptrs[id] = functions.malloc(words[2 * id + 1]);
      });
    const cold = fillMs() + (pauseMs > 0 ? 0 : made);
    for (const ptr of ptrs) functions.free(ptr);
    return cold / (fillMs() + touched);
  };
  const ratios = async (pauseMs: number): Promise<number> => {
    const all: number[] = [];
    for (let round = -1; round < 5; round++) all.push(await ratio(pauseMs));
    return median(all.slice(1));
  };
  const result = { fill: await ratios(300), withHeap: await ratios(0) };
  if (alive.length === 0) throw new Error("the objects are gone");
  return result;
}

export async function printHost(traces: readonly string[]): Promise<void> {
  console.log("\nthe host");
  // The first heap of the process: V8 inlines calls into one instance, and calls those of several through a wrapper.
  const first = makeHeap(false);
  for (let warm = 0; warm < 5; warm++) pairNs(first);
  console.log(`Heap, malloc + free, unchecked:           ns ${times(9, () => pairNs(first))}`);
  console.log(`the same, after other heaps:              ns ${times(9, () => pairNs(makeHeap(false)))}`);
  console.log(`Heap, malloc + free, checked:             ns ${times(9, () => pairNs(makeHeap(true)))}`);
  const { fresh, reused } = snapshots();
  console.log(
    `snapshot of 16,384 pools:         µs median ${reused.toFixed(1)} into an earlier one, ${fresh.toFixed(1)} new`,
  );
  for (const trace of traces) console.log(`replay ${trace}, start to report: ms ${times(5, () => commandMs(trace))}`);
  const { fill, withHeap } = await growth();
  console.log("cold fill of 64 MiB ÷ (warm fill + touching its pages), a million objects alive:");
  console.log(`  ${fill.toFixed(2)}; ${withHeap.toFixed(2)} where the heap was made just before, and that is counted`);
}
