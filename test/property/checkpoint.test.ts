/** Going back in time: what is restored is what was, to the bit; and what makes a replay stop is what happened. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksPerPool, poolsPerArena, sizeClassOf } from "../../src/geometry/geometry.js";
import { profile } from "../../src/geometry/profiles.js";
import { Heap } from "../../src/heap/heap.js";
import type { HeapStats } from "../../src/inspect/heapstats.js";
import { Replay, type ReplayOptions, type StopCondition } from "../../src/replay/replay.js";
import { idOf, OP_CALLOC, OP_FREE, OP_MALLOC, OP_MARK, opOf } from "../../src/trace/event.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import { syntheticBytes } from "../model/generate.js";
import { Script } from "../model/script.js";

const PROFILES = ["2.4", "3.8", "3.12"];

function readRep(text: string | Uint8Array): Trace {
  const reader = new RepReader("generated.rep");
  reader.push(typeof text === "string" ? new TextEncoder().encode(text) : text);
  return reader.finish();
}

/** A program of small, large and empty requests that grows and shrinks, so that arenas and regions come and go. */
function program(seed: number, phases = 6): Uint8Array {
  const s = new Script(seed);
  const blocks: number[] = [];
  const size = (): number => {
    const dice = s.below(100);
    if (dice < 3) return 0;
    if (dice < 90) return s.between(1, 512);
    return dice < 98 ? s.between(513, 20000) : s.between(100000, 300000);
  };
  for (let phase = 0; phase < phases; phase++) {
    const frees = phase % 2 === 0 ? 20 : 65;
    for (let step = 0; step < 900; step++) {
      const dice = s.below(100);
      if (blocks.length > 0 && dice < frees) s.free(s.take(blocks));
      else if (blocks.length > 0 && dice < frees + 15) s.realloc(blocks[s.below(blocks.length)], size());
      else blocks.push(dice % 5 === 0 ? s.calloc(1, size()) : s.malloc(size()));
    }
  }
  s.freeAll(blocks);
  return s.bytes();
}

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

// ---- replay -------------------------------------------------------------------------------------------

/** `.rep` text with marks, `p` lines and events of the raw domain in between. */
function withMarksAndRaw(rep: Uint8Array): string {
  const lines = new TextDecoder().decode(rep).trimEnd().split("\n");
  const ids = Number(lines[1]);
  const decorate = (line: string, i: number): string[] => {
    if (i % 701 === 0) return [`m at ${i}`, line];
    if (i % 97 === 0) return [`p ${(i * 8) % 5000}`, `A ${ids} ${i % 3000}`, `R ${ids} ${i * 7}`, `F ${ids}`, line];
    return [line];
  };
  return [...lines.slice(4).flatMap(decorate), ""].join("\n");
}

/** A program that fills and empties pools of two classes, and arenas with blocks of `largest` bytes, all domains in between. */
function filling(alignment: number, largest: number, blocksInArena: number): string {
  const s = new Script(42);
  const grow = (count: number, size: number): number[] => Array.from({ length: count }, () => s.malloc(size));
  const shrink = (blocks: number[], count: number): void => {
    for (let n = 0; n < count; n++) s.free(s.take(blocks));
  };
  const [small, large] = [grow(600, 4 * alignment), grow(120, 21 * alignment)];
  const rest = grow(Math.ceil(blocksInArena * 1.2), largest);
  shrink(small, 500);
  for (let step = 0; step < 400; step++) {
    const blocks = [small, large, rest][s.below(3)];
    s.realloc(blocks[s.below(blocks.length)], [4 * alignment, 3 * alignment, largest, 5000][s.below(4)]);
  }
  small.push(...grow(300, 4 * alignment));
  shrink(large, 100);
  s.freeAll(rest);
  s.shuffle(small);
  s.freeAll(small);
  large.push(...grow(60, 21 * alignment));
  s.freeAll(large);
  return withMarksAndRaw(s.bytes());
}

/** All that can be asked of a replay. */
function stateOf(replay: Replay): unknown {
  const { position, ops, hash, smallCount, liveBytes, failures, firstArenaAtOp, heap, trace } = replay;
  const addresses = Array.from({ length: trace.idCount }, (_, id) => replay.addressOf(id));
  const stats: HeapStats = { ...heap.stats(), wasmBytes: 0 };
  return { position, ops, hash, smallCount, liveBytes, failures, firstArenaAtOp, addresses, stats };
}

describe.each(PROFILES)("a replay, on %s,", (name) => {
  const trace = readRep(withMarksAndRaw(program(41)));
  const options: ReplayOptions = { profile: name, hash: true };

  it("that went back is a fresh one that went to the same place, to the last bit of memory", () => {
    const replay = Replay.createSync(trace, options);
    const { length } = replay;
    for (const position of [length, 0, 1, length - 1, 2000, 1999, 5, 3333, 3000, 3001, 0, length]) {
      const goesBack = position < replay.position;
      replay.runTo(position);
      const fresh = Replay.createSync(trace, options);
      fresh.runTo(position);
      expect(stateOf(replay)).toEqual(stateOf(fresh));
      if (goesBack) expect(sameBytes(replay.heap.image().save(), fresh.heap.image().save())).toBe(true);
    }
  });

  it("is the same in one run, event by event, in pieces, and through stops", () => {
    const states = [
      (replay: Replay) => replay.runTo(replay.length),
      (replay: Replay) => {
        while (replay.position < replay.length) replay.step();
      },
      (replay: Replay) => {
        while (replay.position < replay.length) replay.step(37);
      },
      (replay: Replay) => {
        const conditions: StopCondition[] = [{ type: "pool-full" }, { type: "pool-empty" }, { type: "arena-obtained" }];
        while (replay.position < replay.length) replay.runUntil(conditions);
      },
      (replay: Replay) => {
        const next = (): number => Math.min(replay.position + 500, replay.length);
        while (replay.position < replay.length) replay.runUntil([{ type: "pinned-above", bytes: 50_000 }], next());
      },
    ].map((run) => {
      const replay = Replay.createSync(trace, options);
      run(replay);
      return stateOf(replay);
    });
    for (const state of states.slice(1)) expect(state).toEqual(states[0]);
  });

  it("gives a RangeError for a position or an id that the trace does not have, and stays where it is", () => {
    const replay = Replay.createSync(trace, options);
    replay.runTo(100);
    for (const position of [-1, 0.5, replay.length + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => replay.runTo(position)).toThrow(
        new RangeError(`the trace has positions 0 to ${replay.length}, not ${position}`),
      );
    }
    for (const id of [-1, trace.idCount, Number.NaN]) {
      expect(() => replay.addressOf(id)).toThrow(new RangeError(`the trace has ids 0 to ${trace.idCount - 1}`));
    }
    expect(replay.position).toBe(100);
  });

  it("gives a RangeError for a condition that is none", () => {
    const replay = Replay.createSync(trace, options);
    const wrong = [
      { type: "nope" },
      { type: "live-above" },
      { type: "pinned-above", bytes: -1 },
      { type: "block-freed" },
      { type: "pool-full", szidx: 0.5 },
    ];
    for (const condition of wrong) expect(() => replay.runUntil([condition as StopCondition])).toThrow(RangeError);
    expect(replay.position).toBe(0);
  });

  it("gives a RangeError for part of an event, and does not run for ever", () => {
    let looks = 0;
    const watched: Trace = {
      ...trace,
      get words() {
        if (++looks > 1000) throw new Error("runs for ever");
        return trace.words;
      },
    };
    const replay = Replay.createSync(watched, options);
    expect(() => replay.step(1.5)).toThrow(RangeError);
    expect(() => replay.runUntil([], 2.5)).toThrow(RangeError);
    expect(replay.position).toBe(0);
  });

  it("that is to run until a limit behind the end stops at the end", () => {
    const replay = Replay.createSync(trace, options);
    expect(replay.runUntil([], replay.length + 100)).toEqual([]);
    expect(replay.position).toBe(replay.length);
  });

  it.each(["live-above", "pinned-above"] as const)("never stops for %s a bound past 4 GiB", (type) => {
    const replay = Replay.createSync(trace, options);
    expect(replay.runUntil([{ type, bytes: 2 ** 32 + 5 }])).toEqual([]);
    expect(replay.position).toBe(replay.length);
  });

  it("runs no event twice, nor any after the limit", () => {
    const replay = Replay.createSync(trace, options);
    replay.runTo(500);
    expect(replay.runUntil([{ type: "pool-full" }], 500)).toEqual([]);
    expect(replay.runUntil([{ type: "pool-full" }], 400)).toEqual([]);
    expect(replay.position).toBe(500);
    replay.step(replay.length);
    expect([replay.position, replay.runUntil([{ type: "pool-full" }])]).toEqual([replay.length, []]);
  });
});

// ---- what a replay stops at -----------------------------------------------------------------------------

/** What is seen of a heap between events, by looking at it. */
interface Sight {
  readonly obtained: number;
  readonly released: number;
  /** By address: the pools with a block in use. */
  readonly pools: ReadonlyMap<number, { readonly szidx: number | null; readonly isFull: boolean }>;
  readonly live: number;
  readonly pinned: number;
}

function look(replay: Replay, live: number): Sight {
  const { obtained, released } = replay.heap.stats().pymalloc.arenas;
  const { arenas, geometry } = replay.heap.snapshot();
  const inUse = arenas.flatMap((arena) => arena.pools.filter(({ count }) => count > 0));
  const pinned = arenas
    .filter((arena) => arena.blockCount > 0)
    .reduce((bytes, arena) => bytes + geometry.arenaSize - arena.blockBytes, 0);
  return {
    obtained,
    released,
    live,
    pinned,
    pools: new Map(inUse.map(({ address, szidx, state }) => [address, { szidx, isFull: state === "full" }])),
  };
}

interface Step {
  readonly before: Sight;
  readonly after: Sight;
  /** The id that the event freed, or null. */
  readonly freed: number | null;
}

/** Each event with what is seen before and after it; `live` is counted from the trace. */
function observe(trace: Trace, options: ReplayOptions): Step[] {
  const replay = Replay.createSync(trace, options);
  const sizes = new Map<number, number>();
  let live = 0;
  let before = look(replay, 0);
  return Array.from({ length: replay.length }, (_, i) => {
    const [word, nbytes] = [trace.words[2 * i], trace.words[2 * i + 1]];
    const [op, id] = [opOf(word), idOf(word)];
    if (op !== OP_MARK) {
      live += nbytes - (sizes.get(id) ?? 0);
      sizes.set(id, op === OP_FREE ? 0 : nbytes);
    }
    replay.step();
    const after = look(replay, live);
    const step = { before, after, freed: op === OP_FREE ? id : null };
    before = after;
    return step;
  });
}

/** Whether a condition came to hold in an event. */
function comesToHold(condition: StopCondition, { before, after, freed }: Step): boolean {
  switch (condition.type) {
    case "arena-obtained":
      return after.obtained > before.obtained;
    case "arena-released":
      return after.released > before.released;
    case "pool-full":
      return [...after.pools].some(
        ([address, { szidx, isFull }]) =>
          isFull && !before.pools.get(address)?.isFull && szidx === (condition.szidx ?? szidx),
      );
    case "pool-empty":
      return [...before.pools].some(
        ([address, { szidx }]) => !after.pools.has(address) && szidx === (condition.szidx ?? szidx),
      );
    case "live-above":
      return before.live <= condition.bytes && after.live > condition.bytes;
    case "pinned-above":
      return before.pinned <= condition.bytes && after.pinned > condition.bytes;
    case "block-freed":
      return freed === condition.id;
  }
}

/** Position and types at each stop of a replay of the whole trace. */
function stopsOf(trace: Trace, options: ReplayOptions, conditions: readonly StopCondition[]): [number, string[]][] {
  const replay = Replay.createSync(trace, options);
  const stops: [number, string[]][] = [];
  for (let types = replay.runUntil(conditions); types.length > 0; types = replay.runUntil(conditions)) {
    stops.push([replay.position, types]);
  }
  expect(replay.position).toBe(replay.length);
  return stops;
}

describe.each([
  ["2.4", []],
  ["3.8", []],
  ["3.8", [0, 1024]],
  ["3.12", []],
  ["wasm32", []],
])(
  "runUntil stops right after each event, and only there, in which is seen, on %s with arenas off by [%s] bytes:",
  (name, baseOffsets) => {
    const options: ReplayOptions = { profile: name, baseOffsets };
    const { geometry } = profile(name);
    const { alignment, threshold } = geometry;
    const blocksInArena = poolsPerArena(geometry) * blocksPerPool(geometry, sizeClassOf(geometry, threshold));
    const trace = readRep(filling(alignment, threshold, blocksInArena));
    const steps = observe(trace, options);
    const half = (of: (sight: Sight) => number): number =>
      Math.floor(Math.max(...steps.map(({ after }) => of(after))) / 2);
    const classes = { small: 3, large: 20 };

    const cases: readonly [string, readonly StopCondition[]][] = [
      ["an arena obtained", [{ type: "arena-obtained" }]],
      ["a pool becoming full", [{ type: "pool-full" }]],
      ["a pool of a small class becoming full", [{ type: "pool-full", szidx: classes.small }]],
      ["a pool of a large class becoming full", [{ type: "pool-full", szidx: classes.large }]],
      ["a pool becoming empty", [{ type: "pool-empty" }]],
      ["a pool of a small class becoming empty", [{ type: "pool-empty", szidx: classes.small }]],
      ["a pool of a large class becoming empty", [{ type: "pool-empty", szidx: classes.large }]],
      ["live bytes passing a bound", [{ type: "live-above", bytes: half(({ live }) => live) }]],
      ["live bytes passing 0", [{ type: "live-above", bytes: 0 }]],
      ["pinned bytes passing a bound", [{ type: "pinned-above", bytes: half(({ pinned }) => pinned) }]],
      ["pinned bytes passing 0", [{ type: "pinned-above", bytes: 0 }]],
      ["a block freed", [{ type: "block-freed", id: 7 }]],
      [
        "a pool of any class becoming full, or one of a small class becoming empty",
        [{ type: "pool-full" }, { type: "pool-empty", szidx: classes.small }],
      ],
      [
        "a pool of a small class becoming full, or one of a large class becoming empty",
        [
          { type: "pool-full", szidx: classes.small },
          { type: "pool-empty", szidx: classes.large },
        ],
      ],
      [
        "any of all these",
        [
          { type: "arena-obtained" },
          { type: "arena-released" },
          { type: "pool-full" },
          { type: "pool-empty" },
          { type: "live-above", bytes: half(({ live }) => live) },
          { type: "pinned-above", bytes: half(({ pinned }) => pinned) },
          { type: "block-freed", id: 11 },
        ],
      ],
    ];

    const check = (conditions: readonly StopCondition[]): void => {
      const expected = steps.flatMap((step, i) => {
        const types = conditions.filter((condition) => comesToHold(condition, step)).map(({ type }) => type);
        return types.length > 0 ? [[i + 1, types]] : [];
      });
      expect(expected.length).toBeGreaterThan(0);
      expect(stopsOf(trace, options, conditions)).toEqual(expected);
    };

    it.each(cases)("%s", (_, conditions) => check(conditions));

    it(name === "2.4" ? "no arena released, ever" : "an arena released", () => {
      if (name !== "2.4") return check([{ type: "arena-released" }]);
      expect(stopsOf(trace, options, [{ type: "arena-released" }])).toEqual([]);
    });
  },
);

describe("runUntil on a long trace", () => {
  it("stops at as many arenas as are obtained and released, however the windows of events fall", () => {
    const trace = readRep(syntheticBytes("lifo", 5));
    const replay = Replay.createSync(trace, { profile: "3.8", hash: true });
    const counts = { "arena-obtained": 0, "arena-released": 0 };
    for (;;) {
      const types = replay.runUntil([{ type: "arena-obtained" }, { type: "arena-released" }]);
      if (types.length === 0) break;
      for (const type of types) counts[type as "arena-obtained"]++;
    }
    const { obtained, released } = replay.heap.stats().pymalloc.arenas;
    expect(counts).toEqual({ "arena-obtained": obtained, "arena-released": released });
    const plain = Replay.createSync(trace, { profile: "3.8", hash: true });
    plain.runTo(plain.length);
    expect([replay.hash, replay.ops]).toEqual([plain.hash, plain.ops]);
    expect(trace.words.length / 2).toBe(trace.opCount);
  });
});
