/** A program on a strategy's heap, and what the heap says of the program's blocks. */
import { expect } from "vitest";
import type { HeapWalk, SpanKind, StrategyHeap } from "../../src/strategy/strategyheap.js";
import { Program } from "../model/program.js";

const ALIGNMENT = 16;

export class Driver extends Program {
  readonly heap: StrategyHeap;
  readonly alignment: number;

  constructor(heap: StrategyHeap, alignment = ALIGNMENT) {
    super((address, length) => heap.bytes.subarray(address, address + length));
    this.heap = heap;
    this.alignment = alignment;
  }

  protected allocatorOf(): StrategyHeap {
    return this.heap;
  }

  protected usableSize(address: number): number {
    return this.heap.usableSize(address);
  }

  protected onBlock(_id: number, address: number, nbytes: number): void {
    expect(address % this.alignment).toBe(0);
    this.heap.touch(address, nbytes);
  }

  /** The ledger adds up, and counts the program's blocks. */
  expectLedger(): void {
    const l = this.heap.ledger();
    expect(l.liveBytes + l.freeBytes + l.overheadBytes + l.unusedBytes).toBe(l.mappedBytes);
    expect(l.liveBlocks).toBe(this.blocks.size);
    expect(l.mappedBytes).toBe(this.heap.mappedBytes);
    expect(this.heap.heldBytes).toBeGreaterThanOrEqual(l.mappedBytes);
    expect(this.heap.residentBytes).toBeLessThanOrEqual(this.heap.heldBytes);
  }

  /** The walk has every mapped byte once, the program's blocks as live ones, and sums up to the ledger. */
  expectWalk(): HeapWalk {
    const walk = this.heap.walk();
    const ledger = this.heap.ledger();
    const bytes: Record<SpanKind, number> = { live: 0, free: 0, overhead: 0, unused: 0 };
    let end = 0;
    for (const span of walk.spans) {
      if (span.address < end) throw new Error(`${span.kind} at ${span.address} overlaps what ends at ${end}`);
      end = span.address + span.bytes;
      bytes[span.kind] += span.bytes;
    }
    const { liveBytes, freeBytes, overheadBytes, unusedBytes } = ledger;
    expect(bytes).toEqual({ live: liveBytes, free: freeBytes, overhead: overheadBytes, unused: unusedBytes });
    const live = walk.spans.filter(({ kind }) => kind === "live");
    const addresses = [...this.blocks.values()].sort((a, b) => a - b);
    expect(live.map(({ address }) => address)).toEqual(addresses);
    for (const { address, bytes } of live) expect(this.heap.usableSize(address)).toBe(bytes);
    const regions = walk.spans.filter(({ kind }) => kind === "free" || kind === "unused").map(({ bytes }) => bytes);
    expect(ledger.freeRegions).toBe(regions.length);
    expect(ledger.largestFreeBytes).toBe(regions.reduce((most, bytes) => Math.max(most, bytes), 0));
    const squares = regions.reduce((sum, bytes) => sum + bytes * bytes, 0);
    expect(Math.abs(ledger.freeSquaredBytes - squares)).toBeLessThanOrEqual(squares * 1e-12); // past 2^53 the order of adding tells
    const pages = walk.pages ?? [];
    const occupied = pages.reduce((sum, page) => sum + page.occupied.reduce((a, b) => a + b, 0), 0);
    const inPages = live.filter(({ address }) =>
      pages.some((page) => address >= page.address && address < page.address + page.bytes),
    );
    expect(occupied).toBe(inPages.length);
    return walk;
  }
}
