/** Where everything is in a heap, without addresses: two heaps with the same placements are the same in all that counts. */

import { expect } from "vitest";
import type { HeapView } from "../../../src/heap/heapview.js";
import type { AttachedHeap } from "../../../src/python/interpreter/attach.js";
import { Replay } from "../../../src/replay/replay.js";
import { idOf } from "../../../src/trace/event.js";
import type { Trace } from "../../../src/trace/trace.js";
import { liveIds } from "./python.js";

/** By arena: each of its pools with state, class and blocks: `A` allocated, `.` untouched, a free one its place on the free list. */
export function layoutOf(heap: Pick<HeapView, "snapshot">): string[] {
  const { arenas, usableArenas } = heap.snapshot();
  const lines = arenas.flatMap(({ ordinal, nfreepools, pools }) => [
    `arena ${ordinal}: ${nfreepools} free pools`,
    ...pools.map((pool) => {
      if (pool.state === "untouched" || pool.state === "empty") return `  pool ${pool.index}: ${pool.state}`;
      const blocks = pool.blocks().map(({ state, freeIndex }) => (state === "allocated" ? "A" : (freeIndex ?? ".")));
      return `  pool ${pool.index}: ${pool.state} ${pool.blockSize} ${blocks.join(" ")}`;
    }),
  ]);
  return [...lines, `usable: ${usableArenas.map(({ ordinal }) => ordinal).join(" ")}`];
}

/** Runs the recorded trace on an emulated heap of the same profile. */
export function replayed(heap: AttachedHeap, trace: Trace = heap.recording!.trace()): Replay {
  const replay = Replay.createSync(trace, { profile: heap.profile });
  replay.runTo(replay.length);
  return replay;
}

/** Says of addresses `ARENA POOL OFFSET BYTES`, the bytes as asked for; nothing of those outside the arenas. */
function placements(heap: HeapView): (address: number, nbytes: number) => string[] {
  const { poolSize } = heap.profile.geometry;
  const pools = new Map(heap.snapshot().arenas.flatMap(({ pools }) => pools.map((pool) => [pool.address, pool])));
  return (address, nbytes) => {
    const pool = pools.get(address - (address % poolSize));
    return pool ? [`${pool.arena.ordinal} ${pool.index} ${address - pool.address} ${nbytes}`] : [];
  };
}

/** That what was recorded, replayed on an emulated heap, puts every block where Python's is, with the same numbers. */
export function expectSamePlacements(heap: AttachedHeap): void {
  heap.flush();
  const replay = replayed(heap);
  expect(replay.failures).toBe(0);
  expect(layoutOf(replay.heap).join("\n")).toBe(layoutOf(heap).join("\n"));
  expect(replay.heap.stats().pymalloc).toEqual(heap.stats().pymalloc);
}

/** The same for each block by what it was asked for: slower. */
export function expectSameRequests(heap: AttachedHeap): void {
  heap.flush();
  const trace = heap.recording!.trace();
  const replay = replayed(heap, trace);
  const sizes = new Uint32Array(trace.idCount);
  for (let i = 0; i < trace.words.length; i += 2) sizes[idOf(trace.words[i])] = trace.words[i + 1];
  const emulated = placements(replay.heap);
  const real = placements(heap);
  const expected = liveIds(trace).flatMap((id) => emulated(replay.addressOf(id), sizes[id]));
  const live = [...heap.liveBlocks()].flatMap(({ address }) => real(address, heap.recording!.request(address)!.nbytes));
  expect(live.sort().join("\n")).toBe(expected.sort().join("\n"));
}
