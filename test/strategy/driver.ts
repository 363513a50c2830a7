/** A program on a strategy's heap that knows what it was given: where its blocks are, and what it wrote there. */
import { expect } from "vitest";
import type { HeapWalk, SpanKind, StrategyHeap } from "../../src/strategy/strategyheap.js";
import type { Event } from "../model/arbitrary.js";

interface Block {
  address: number;
  /** Bytes asked for, all of which hold `byte`. */
  nbytes: number;
  byte: number;
}

export const ALIGNMENT = 16;

export class Driver {
  readonly heap: StrategyHeap;
  readonly alignment: number;
  readonly blocks = new Map<number, Block>();
  failures = 0;
  #byte = 0;

  constructor(heap: StrategyHeap, alignment = ALIGNMENT) {
    this.heap = heap;
    this.alignment = alignment;
  }

  /** Does what the event says, tests what the heap answers, and fills the block. */
  run(event: Event): void {
    const block = this.blocks.get(event.id);
    if (event.op === "free") {
      if (block === undefined) return; // its request failed
      this.#expectBytes(block.address, block.nbytes, block.byte);
      this.blocks.delete(event.id);
      this.heap.free(block.address);
    } else if (event.op === "realloc") this.#realloc(event.id, block, event.nbytes);
    else {
      const nbytes = event.op === "calloc" ? event.count * event.nbytes : event.nbytes;
      const address = event.op === "calloc" ? this.heap.calloc(event.count, event.nbytes) : this.heap.malloc(nbytes);
      if (event.op === "calloc" && address !== 0) this.#expectBytes(address, nbytes, 0);
      this.#enter(event.id, address, nbytes);
    }
  }

  freeAll(): void {
    for (const id of [...this.blocks.keys()]) this.run({ op: "free", id });
  }

  #realloc(id: number, block: Block | undefined, nbytes: number): void {
    const address = this.heap.realloc(block?.address ?? 0, nbytes);
    if (address === 0) {
      this.failures++;
      if (block) this.#expectBytes(block.address, block.nbytes, block.byte);
      return;
    }
    if (block) this.#expectBytes(address, Math.min(block.nbytes, nbytes), block.byte);
    this.blocks.delete(id);
    this.#enter(id, address, nbytes);
  }

  #enter(id: number, address: number, nbytes: number): void {
    if (address === 0) {
      this.failures++;
      return;
    }
    expect(address % this.alignment).toBe(0);
    expect(this.heap.usableSize(address)).toBeGreaterThanOrEqual(nbytes);
    this.#byte = (this.#byte % 255) + 1;
    this.heap.touch(address, nbytes);
    this.heap.bytes.fill(this.#byte, address, address + nbytes);
    this.blocks.set(id, { address, nbytes, byte: this.#byte });
  }

  #expectBytes(address: number, nbytes: number, byte: number): void {
    const other = this.heap.bytes.subarray(address, address + nbytes).findIndex((found) => found !== byte);
    if (other !== -1) throw new Error(`byte ${other} of ${nbytes} at ${address} is not ${byte}`);
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
    const addresses = [...this.blocks.values()].map(({ address }) => address).sort((a, b) => a - b);
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
