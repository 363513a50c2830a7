/** A checkpoint of a heap brings back what was, to the bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "../../src/heap/heap.js";
import { idOf, OP_CALLOC, OP_FREE, OP_MALLOC, opOf } from "../../src/trace/event.js";
import type { Trace } from "../../src/trace/trace.js";
import { PROFILES, program, readRep } from "./programs.js";

/** A program's calls on a heap, one after the other, with a hash over all addresses so far. */
class Driver {
  readonly heap: Heap;
  readonly #trace: Trace;
  readonly #addresses: number[] = [];
  position = 0;
  hash = 2166136261;

  constructor(heap: Heap, trace: Trace) {
    this.heap = heap;
    this.#trace = trace;
  }

  get length(): number {
    return this.#trace.words.length / 2;
  }

  run(count: number): void {
    const end = Math.min(this.position + count, this.length);
    for (; this.position < end; this.position++) {
      const word = this.#trace.words[2 * this.position];
      const address = this.#call(opOf(word), idOf(word), this.#trace.words[2 * this.position + 1]);
      this.#addresses[idOf(word)] = address;
      this.hash = Math.imul(this.hash ^ address, 16777619) >>> 0;
    }
  }

  /** The state that is the driver's own: to be put back along with a checkpoint of the heap. */
  get own(): { position: number; hash: number; addresses: number[] } {
    return { position: this.position, hash: this.hash, addresses: [...this.#addresses] };
  }

  set own({ position, hash, addresses }: { position: number; hash: number; addresses: number[] }) {
    this.position = position;
    this.hash = hash;
    this.#addresses.splice(0, Number.POSITIVE_INFINITY, ...addresses);
  }

  #call(op: number, id: number, nbytes: number): number {
    const { heap } = this;
    if (op === OP_MALLOC) return this.#written(heap.malloc(nbytes), nbytes);
    if (op === OP_CALLOC) return heap.calloc(1, nbytes);
    if (op !== OP_FREE) return heap.realloc(this.#addresses[id], nbytes);
    heap.free(this.#addresses[id]);
    return 0;
  }

  /** Blocks have contents, as a program's have. */
  #written(address: number, nbytes: number): number {
    this.heap.bytes(address, nbytes).fill(this.position & 255);
    return address;
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe.each(PROFILES)("a checkpoint of a heap, on %s,", (name) => {
  const trace = readRep(program(31));

  it("brings back hash, memory and statistics: 1,000 events, restored, and the same 1,000 again are the same", () => {
    const driver = new Driver(Heap.createSync({ profile: name, baseOffsets: [0, 16] }), trace);
    const { heap } = driver;
    while (driver.position < driver.length) {
      const [checkpoint, own, before, statsBefore] = [heap.checkpoint(), driver.own, heap.image().save(), heap.stats()];
      driver.run(1000);
      const [hash, memory, stats] = [driver.hash, heap.image().save(), heap.stats()];
      expect(sameBytes(memory, before)).toBe(false);
      heap.restore(checkpoint);
      driver.own = own;
      expect(sameBytes(heap.image().save(), before)).toBe(true);
      expect({ ...heap.stats(), wasmBytes: 0 }).toEqual({ ...statsBefore, wasmBytes: 0 });
      driver.run(1000);
      expect(driver.hash).toBe(hash);
      expect(sameBytes(heap.image().save(), memory)).toBe(true);
      expect(heap.stats()).toEqual(stats);
    }
    expect(heap.stats().allocatedBlocks).toBe(0);
  });

  it("can be one of several, restored in any order and any number of times", () => {
    type Action = { run: number } | { keep: true } | { restore: number };
    const actions: fc.Arbitrary<readonly Action[]> = fc.array(
      fc.oneof(
        fc.record({ run: fc.integer({ min: 1, max: 1500 }) }),
        fc.constant({ keep: true } as const),
        fc.record({ restore: fc.nat({ max: 100 }) }),
      ),
      { maxLength: 20, size: "max" },
    );
    /** What memory was at a position, however it was reached. */
    const known = new Map<number, Uint8Array>();
    fc.assert(
      fc.property(actions, (list) => {
        const driver = new Driver(Heap.createSync({ profile: name }), trace);
        const { heap } = driver;
        const kept = [{ checkpoint: heap.checkpoint(), own: driver.own, stats: heap.stats() }];
        for (const action of list) {
          if ("run" in action) {
            driver.run(action.run);
          } else if ("keep" in action) {
            kept.push({ checkpoint: heap.checkpoint(), own: driver.own, stats: heap.stats() });
          } else {
            const { checkpoint, own, stats } = kept[action.restore % kept.length];
            heap.restore(checkpoint);
            driver.own = own;
            expect({ ...heap.stats(), wasmBytes: 0 }).toEqual({ ...stats, wasmBytes: 0 });
          }
          heap.stats(); // fills the census, which is memory too
          const memory = heap.image().save();
          const before = known.get(driver.position);
          if (before === undefined) known.set(driver.position, memory);
          else expect(sameBytes(memory, before)).toBe(true);
        }
      }),
      { numRuns: 12 },
    );
  });

  it("brings back a small heap after it grew by 200 MB, with fresh memory zero again", () => {
    const heap = Heap.createSync({ profile: name });
    const kept = Array.from({ length: 500 }, (_, i) => heap.malloc(i));
    for (const [i, address] of kept.entries()) heap.bytes(address, i).fill(i);
    const [checkpoint, memory, stats] = [heap.checkpoint(), heap.image().save(), heap.stats()];
    for (const [i, address] of kept.entries()) if (i % 3 === 0) heap.free(address);
    for (let i = 0; i < 40; i++) {
      const address = heap.rawMalloc(4 << 20);
      heap.bytes(address, 4 << 20).fill(0xff);
    }
    for (let i = 0; i < 80_000; i++) heap.bytes(heap.malloc(500), 500).fill(0xff);
    expect(heap.stats().os.mappedBytes).toBeGreaterThan(200_000_000);
    heap.restore(checkpoint);
    expect(sameBytes(heap.image().save(), memory)).toBe(true);
    expect({ ...heap.stats(), wasmBytes: 0 }).toEqual({ ...stats, wasmBytes: 0 });
    for (const [i, address] of kept.entries())
      expect(heap.bytes(address, i).every((byte) => byte === (i & 255))).toBe(true);
    const zeroed = heap.rawCalloc(1, 100 << 20);
    expect(heap.bytes(zeroed, 100 << 20).some((byte) => byte !== 0)).toBe(false);
  });

  it("is refused by another heap, which stays as it was", () => {
    const [one, other] = [Heap.createSync({ profile: name }), Heap.createSync({ profile: name })];
    const checkpoint = one.checkpoint();
    const address = other.malloc(100);
    const memory = other.image().save();
    expect(() => other.restore(checkpoint)).toThrow(new RangeError("the checkpoint is of another heap"));
    expect(sameBytes(other.image().save(), memory)).toBe(true);
    expect(other.isLiveBlock(address)).toBe(true);
  });
});
