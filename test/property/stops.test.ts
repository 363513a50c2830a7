/** What makes a replay stop is what happened. */
import { describe, expect, it } from "vitest";
import { blocksPerPool, poolsPerArena, sizeClassOf } from "../../src/geometry/geometry.js";
import { profile } from "../../src/geometry/profiles.js";
import { Replay, type ReplayOptions, type StopCondition } from "../../src/replay/replay.js";
import { idOf, OP_FREE, OP_MARK, opOf } from "../../src/trace/event.js";
import type { Trace } from "../../src/trace/trace.js";
import { syntheticBytes } from "../model/generate.js";
import { Script } from "../model/script.js";
import { readRep, withMarksAndRaw } from "./programs.js";

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
