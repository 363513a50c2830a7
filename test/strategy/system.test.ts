/** What counts as held and as resident, model by model, in cases worked out by hand. */
import { describe, expect, it } from "vitest";
import { strategy } from "../../src/strategy/strategies.js";
import type { StrategyHeap, SystemOptions } from "../../src/strategy/strategyheap.js";

const heapOf = (name: string, system: SystemOptions): StrategyHeap => strategy(name).start(system) as StrategyHeap;

const KIB = 1024;
const MIB = 1024 * KIB;

/** A block that is mapped on its own, and written: 200,000 bytes and 20 of headers are 49 pages of 4 KiB. */
function block(heap: StrategyHeap): number {
  const ptr = heap.malloc(200_000);
  heap.touch(ptr, 200_000);
  return ptr;
}

const now = (heap: StrategyHeap): number[] => [heap.heldBytes, heap.residentBytes];
const peaks = (heap: StrategyHeap): number[] => [heap.heldPeakBytes, heap.residentPeakBytes];
const PAGES49 = 49 * 4096;

describe("operating systems", () => {
  it("mmap: what is mapped is held, what is unmapped is gone", () => {
    const heap = heapOf("tlsf", { os: "mmap" });
    const a = block(heap);
    const b = block(heap);
    expect(now(heap)).toEqual([2 * PAGES49, 2 * PAGES49]);
    heap.free(a);
    expect(now(heap)).toEqual([PAGES49, PAGES49]);
    heap.free(b);
    expect(now(heap)).toEqual([0, 0]);
    expect(peaks(heap)).toEqual([2 * PAGES49, 2 * PAGES49]);
  });

  it("brk: what lies below the top stays held and resident", () => {
    const heap = heapOf("tlsf", { os: "brk" });
    const a = block(heap);
    const b = block(heap);
    heap.free(a);
    expect(now(heap)).toEqual([2 * PAGES49, 2 * PAGES49]);
    heap.free(b);
    expect(now(heap)).toEqual([0, 0]);
    const c = block(heap);
    const d = block(heap);
    heap.free(d);
    expect(now(heap)).toEqual([PAGES49, PAGES49]);
    heap.free(c);
    expect(now(heap)).toEqual([0, 0]);
  });

  it("wasm: held in pages of 64 KiB up to the highest top, and never less", () => {
    const heap = heapOf("tlsf", { os: "wasm" });
    const a = block(heap);
    expect(now(heap)).toEqual([4 * 64 * KIB, PAGES49]);
    const b = block(heap);
    heap.free(a);
    heap.free(b);
    expect(heap.mappedBytes).toBe(0);
    expect(now(heap)).toEqual([7 * 64 * KIB, 2 * PAGES49]);
    block(heap);
    expect(now(heap)).toEqual([7 * 64 * KIB, 2 * PAGES49]); // the same pages again
  });

  it("hugepages: a touch brings in 2 MiB where all of them are mapped, else a page", () => {
    const heap = heapOf("tlsf", { os: "hugepages" });
    expect(heap.baseAddress % (2 * MIB)).toBe(0);
    const ptr = heap.malloc(3 * MIB); // the first range and half of the second
    expect(now(heap)).toEqual([3 * MIB + 4096, 2 * MIB]); // by its header
    heap.touch(ptr + 2 * MIB, 1);
    expect(heap.residentBytes).toBe(2 * MIB + 4096);
    heap.touch(ptr, 3 * MIB);
    expect(heap.residentBytes).toBe(3 * MIB + 4096);
    const rest = heap.malloc(MIB - 4096 - 20); // now the second range is mapped as a whole
    expect(now(heap)).toEqual([4 * MIB, 4 * MIB]);
    heap.free(ptr);
    expect(now(heap)).toEqual([MIB - 4096, MIB - 4096]);
    heap.free(rest);
    expect(now(heap)).toEqual([0, 0]);
    expect(peaks(heap)).toEqual([4 * MIB, 4 * MIB]);
  });

  it.each([
    [4096, PAGES49],
    [16384, 13 * 16384],
    [65536, 4 * 65536],
  ])("pages of %i bytes: a block of 200,000 takes %i", (pageBytes, expected) => {
    const heap = heapOf("tlsf", { pageBytes });
    const ptr = heap.malloc(200_000);
    expect(now(heap)).toEqual([expected, pageBytes]);
    heap.touch(ptr, 1);
    expect(heap.residentBytes).toBe(pageBytes);
    heap.touch(ptr + pageBytes, 2);
    expect(heap.residentBytes).toBe(2 * pageBytes);
  });

  it("an arena is held from the start and resident pool by pool", () => {
    const heap = heapOf("pymalloc:3.12", {});
    heap.touch(heap.malloc(100), 100);
    expect(now(heap)).toEqual([MIB, 4096]);
    heap.touch(heap.malloc(20), 20);
    expect(now(heap)).toEqual([MIB, 8192]);
  });

  it("limits what is mapped", () => {
    const heap = heapOf("tlsf", { limitBytes: MIB });
    expect(heap.malloc(MIB)).toBe(0);
    expect(heap.malloc(MIB - 20)).toBeGreaterThan(0);
  });

  it("refuses a system that there is not", () => {
    expect(() => heapOf("tlsf", { os: "vms" as "brk" })).toThrow(
      "an operating system is mmap, brk, wasm, hugepages, not vms",
    );
    expect(() => heapOf("tlsf", { pageBytes: 8192 })).toThrow("a page has 4 KiB, 16 KiB or 64 KiB, not 8192 bytes");
    expect(() => heapOf("tlsf", { limitBytes: 1.5 })).toThrow(RangeError);
    expect(() => heapOf("tlsf", { refuseEvery: -1 })).toThrow(RangeError);
  });
});
