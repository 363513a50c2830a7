/** The snapshot: what it says of arenas, pools and blocks against the model and against the heap's own counts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockSize, blocksPerPool, classCount, type Geometry, quantization } from "../../src/geometry/geometry.js";
import { customProfile, type Profile, profile } from "../../src/geometry/profiles.js";
import { Heap } from "../../src/heap/heap.js";
import type { ArenaRecord, PoolRecord, Snapshot } from "../../src/inspect/snapshot.js";
import { type PymallocCounts, type PymallocStats, pymallocStats } from "../../src/inspect/stats.js";
import { Replay } from "../../src/replay/replay.js";
import { StaleSnapshotError } from "../../src/text/errors.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import { bases, eventsOf, geometries, type Op, traces } from "../model/arbitrary.js";
import { type Block, Model, type Place, RAW } from "../model/model.js";

/** A live block: where the heap has it and where the model has it. */
interface Live {
  readonly address: number;
  readonly block: Block;
}

/** A heap and a model through the same program. */
class Both {
  readonly heap: Heap;
  readonly model: Model;
  readonly live = new Map<number, Live>();

  constructor(wanted: Profile, baseOffsets: readonly number[]) {
    this.heap = Heap.createSync({ profile: wanted, baseOffsets });
    this.model = new Model(wanted.geometry, { bases: baseOffsets });
  }

  /** Runs `ops` and calls `look` after each. */
  run(ops: readonly Op[], look: () => void): void {
    const { heap, model, live } = this;
    for (const event of eventsOf(ops)) {
      const { address, block } = live.get(event.id) ?? { address: 0, block: null };
      live.delete(event.id);
      if (event.op === "free") {
        heap.free(address);
        model.free(block);
      } else if (event.op === "calloc") {
        const { count, nbytes } = event;
        live.set(event.id, { address: heap.calloc(count, nbytes), block: model.calloc(count, nbytes) });
      } else {
        const { nbytes } = event;
        live.set(event.id, { address: heap.realloc(address, nbytes), block: model.realloc(block, nbytes) });
      }
      look();
    }
  }
}

const arenaOf = (snapshot: Snapshot, ordinal: number): ArenaRecord =>
  snapshot.arenas.find((arena) => arena.ordinal === ordinal) as ArenaRecord;

const poolAt = (snapshot: Snapshot, { arena, pool }: Place): PoolRecord => arenaOf(snapshot, arena).pool(pool);

/** All that `sys._debugmallocstats()` counts, by walking the records. */
function recount(
  snapshot: Snapshot,
): Omit<PymallocCounts, "arenasObtained" | "arenasReleased" | "arenasHigh" | "arenaMapHigh"> {
  const { arenas, geometry } = snapshot;
  const pools = Array<number>(classCount(geometry)).fill(0);
  const blocks = Array<number>(classCount(geometry)).fill(0);
  let unusedPools = 0;
  for (const pool of arenas.flatMap((arena) => arena.pools)) {
    const inUse = pool.blocks().filter(({ state }) => state === "allocated").length;
    if (inUse === 0) {
      unusedPools++;
      continue;
    }
    pools[pool.szidx as number]++;
    blocks[pool.szidx as number] += inUse;
  }
  const misalignedArenas = arenas.filter(({ address }) => address % geometry.poolSize !== 0).length;
  return { pools, blocks, arenasLive: arenas.length, misalignedArenas, unusedPools };
}

/** The heap's numbers with those from the snapshot in place of all that a snapshot can tell. */
function recounted(heap: Heap, stats: PymallocStats): PymallocStats {
  const { obtained, released, high } = stats.arenas;
  const counted = recount(heap.snapshot());
  const recountedStats = pymallocStats(heap.profile, {
    ...counted,
    arenasObtained: obtained,
    arenasReleased: released,
    arenasHigh: high,
    arenaMapHigh: -1,
  });
  return { ...recountedStats, arenaMap: stats.arenaMap };
}

/** That a pool's header and blocks are those of the model's pool. */
function expectPool(pool: PoolRecord, both: Both, place: Place): void {
  const header = both.model.header(place);
  expect({
    count: pool.count,
    freeblock: pool.freeblock === 0 ? -1 : pool.freeblock - pool.address,
    arenaindex: pool.arena.index,
    szidx: pool.szidx,
    nextoffset: pool.nextoffset,
    maxnextoffset: pool.maxnextoffset,
  }).toEqual(header);
  const { geometry } = both.heap.profile;
  const size = blockSize(geometry, header.szidx);
  const capacity = blocksPerPool(geometry, header.szidx);
  const state = header.count === capacity ? "full" : "used";
  expect(pool).toMatchObject({ state, blockSize: size, capacity, index: place.pool });
}

const scenarios = geometries().chain((geometry) =>
  fc.tuple(fc.constant(geometry), traces(geometry, { maxPhases: 6, maxPhaseOps: 80 }), bases(geometry)),
);
const RUNS = Math.ceil(Number(process.env.PYMALLOC_RUNS ?? 100) / 2);

describe("whatever the geometry and the program, a snapshot", () => {
  it("has the arenas, pool headers and usable arenas of the model after every event", () => {
    fc.assert(
      fc.property(scenarios, ([geometry, ops, baseOffsets]) => {
        const both = new Both(customProfile(geometry), baseOffsets);
        both.run(ops, () => {
          const snapshot = both.heap.snapshot();
          expect(snapshot.arenas).toHaveLength(both.model.arenasLive);
          expect(snapshot.usableArenas.map(({ ordinal, nfreepools }) => ({ arena: ordinal, nfreepools }))).toEqual(
            both.model.usableArenas(),
          );
          for (const { block } of both.live.values()) {
            if (block !== RAW) expectPool(poolAt(snapshot, block), both, block);
          }
        });
      }),
      { numRuns: RUNS },
    );
  });

  it("tells live blocks from free ones, and free ones in the order in which they will be handed out", () => {
    fc.assert(
      fc.property(scenarios, ([geometry, ops, baseOffsets]) => {
        const both = new Both(customProfile(geometry), baseOffsets);
        both.run(ops, () => {});
        const snapshot = both.heap.snapshot();
        const held = [...both.live.values()].filter(({ block }) => block !== RAW).map(({ address }) => address);
        const records = snapshot.arenas.flatMap((arena) => arena.pools).flatMap((pool) => pool.blocks());
        const allocated = records.filter(({ state }) => state === "allocated");
        expect(allocated.map(({ address }) => address).sort()).toEqual(held.sort());
        for (const pool of snapshot.arenas.flatMap((arena) => arena.pools)) {
          const blocks = pool.blocks();
          expect(blocks).toHaveLength(pool.capacity);
          // A call of `expect` for each of thousands of blocks would take most of the test's time.
          const wrong = blocks.filter(({ index, offset, address, size, state, freeIndex }, i) => {
            const isPlaced = index === i && offset === geometry.poolOverhead + i * size;
            const isSized = address === pool.address + offset && size === pool.blockSize;
            const isTold =
              (state === "untouched") === offset >= pool.nextoffset && (freeIndex === null) === (state !== "free");
            return !(isPlaced && isSized && isTold);
          });
          expect(wrong).toEqual([]);
          const free = blocks.filter(({ state }) => state === "free");
          const order = free.sort((a, b) => (a.freeIndex as number) - (b.freeIndex as number));
          expect(order.map(({ freeIndex }) => freeIndex)).toEqual(order.map((_, i) => i));
          expect(pool.freeblock).toBe(order[0]?.address ?? 0);
        }
        // What is handed out next of each class is the first free block of the first used pool.
        for (const pool of firstUsedPools(snapshot, geometry)) {
          expect(both.heap.malloc(pool.blockSize)).toBe(pool.freeblock);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("counts what the heap counts", () => {
    fc.assert(
      fc.property(scenarios, ([geometry, ops, baseOffsets]) => {
        const both = new Both(customProfile(geometry), baseOffsets);
        let events = 0;
        both.run(ops, () => {
          if (events++ % 10 !== 0) return;
          const stats = both.heap.stats().pymalloc;
          expect(recounted(both.heap, stats)).toEqual(stats);
          expect(stats.ledger.total).toBe(stats.arenas.live * geometry.arenaSize);
        });
      }),
      { numRuns: RUNS },
    );
  });
});

/** By class: the used pool that no other used pool is in front of. */
function firstUsedPools(snapshot: Snapshot, geometry: Geometry): PoolRecord[] {
  const used = snapshot.arenas.flatMap((arena) => arena.pools).filter(({ state }) => state === "used");
  return Array.from({ length: classCount(geometry) }, (_, szidx) => szidx).flatMap((szidx) =>
    used.filter((pool) => pool.szidx === szidx && pool.prevpool === 0),
  );
}

describe("a snapshot of pools in all states", () => {
  /** 3.8: pool 0 full, pools 1 to 3 used, the last freed into first; 4 and 5 empty; the rest never carved. */
  function furnished() {
    const heap = Heap.createSync({ profile: "3.8" });
    const pools = Array.from({ length: 6 }, () => Array.from({ length: 7 }, () => heap.malloc(512)));
    for (const [i, pool] of pools.entries()) if (i > 0 && i < 4) heap.free(pool[i]);
    for (const pool of [pools[5], pools[4]]) for (const address of pool) heap.free(address);
    return { heap, pools };
  }

  it("says which is which", () => {
    const { heap } = furnished();
    const [arena] = heap.snapshot().arenas;
    const states = arena.pools.map(({ state }) => state);
    expect(states.slice(0, 7)).toEqual(["full", "used", "used", "used", "empty", "empty", "untouched"]);
    expect(new Set(states.slice(6))).toEqual(new Set(["untouched"]));
    expect(arena).toMatchObject({ ordinal: 0, index: 0, nfreepools: 60, ntotalpools: 64, isMisaligned: false });
    expect(arena.poolAddress).toBe(arena.address + 6 * 4096);
    expect(arena.blockCount).toBe(7 + 3 * 6);
    expect(arena.blockBytes).toBe((7 + 3 * 6) * 512);
  });

  it("links the used pools of a class, the one freed into last first, and the empty ones, the one emptied last first", () => {
    const { heap } = furnished();
    const [{ pools }] = heap.snapshot().arenas;
    const address = (index: number): number => pools[index].address;
    expect(pools.slice(0, 6).map(({ nextpool }) => nextpool)).toEqual([0, 0, address(1), address(2), address(5), 0]);
    expect(pools.slice(0, 6).map(({ prevpool }) => prevpool)).toEqual([0, address(2), address(3), 0, 0, 0]);
    expect([pools[6].nextpool, pools[6].prevpool]).toEqual([0, 0]);
  });

  it("keeps class and blocks of a pool that is empty, and knows neither of one never carved", () => {
    const { heap } = furnished();
    const [{ pools }] = heap.snapshot().arenas;
    expect(pools[4]).toMatchObject({ szidx: 31, blockSize: 512, capacity: 7, count: 0 });
    expect(pools[4].blocks().map(({ state, freeIndex }) => [state, freeIndex])).toEqual(
      [6, 5, 4, 3, 2, 1, 0].map((freeIndex) => ["free", freeIndex]),
    );
    expect(pools[6]).toMatchObject({ szidx: null, blockSize: 0, capacity: 0, count: 0, freeblock: 0 });
    expect(pools[6].blocks()).toEqual([]);
  });

  it("has no pools beside those of the arena", () => {
    const { heap } = furnished();
    const misaligned = Heap.createSync({ profile: "3.12", baseOffsets: [4096] });
    misaligned.malloc(10);
    expect(misaligned.snapshot().arenas[0]).toMatchObject({ ntotalpools: 63, isMisaligned: true });
    expect(misaligned.snapshot().arenas[0].pools).toHaveLength(63);
    for (const [snapshot, last] of [
      [heap.snapshot(), 63],
      [misaligned.snapshot(), 62],
    ] as const) {
      const [arena] = snapshot.arenas;
      expect(arena.pool(last).index).toBe(last);
      for (const index of [-1, last + 1, Number.NaN]) {
        expect(() => arena.pool(index)).toThrow(new RangeError(`arena has pools 0 to ${last}`));
      }
    }
  });

  it("is empty of an empty heap, and has no usable arenas in 2.4", () => {
    const empty = Heap.createSync().snapshot();
    expect([empty.arenas, empty.usableArenas]).toEqual([[], []]);
    const old = Heap.createSync({ profile: "2.4" });
    old.malloc(10);
    expect(old.snapshot().arenas).toHaveLength(1);
    expect(old.snapshot().usableArenas).toEqual([]);
  });

  it("lists arenas in the order in which they were obtained, whatever descriptors and addresses they have", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const arena = (): number[] => Array.from({ length: 448 }, () => heap.malloc(512));
    const [, second] = [arena(), arena(), arena()];
    for (const address of second) heap.free(address);
    arena();
    const { arenas } = heap.snapshot();
    expect(arenas.map(({ ordinal, index }) => [ordinal, index])).toEqual([
      [0, 0],
      [2, 2],
      [3, 1],
    ]);
    expect(arenas[2].address).toBeLessThan(arenas[1].address);
  });
});

describe("a snapshot whose heap has changed since", () => {
  const changes: readonly [string, (heap: Heap, small: number, raw: number) => unknown][] = [
    ["malloc", (heap) => heap.malloc(10)],
    ["calloc", (heap) => heap.calloc(1, 10)],
    ["realloc", (heap, small) => heap.realloc(small, 300)],
    ["free", (heap, small) => heap.free(small)],
    ["rawMalloc", (heap) => heap.rawMalloc(10)],
    ["rawCalloc", (heap) => heap.rawCalloc(1, 10)],
    ["rawRealloc", (heap, _, raw) => heap.rawRealloc(raw, 1000)],
    ["rawFree", (heap, _, raw) => heap.rawFree(raw)],
    ["restore", (heap) => heap.restore(heap.checkpoint())],
  ];

  it.each(changes)("by %s keeps its records, and throws when asked for blocks", (_, change) => {
    const heap = Heap.createSync({ profile: "3.12" });
    const [small, raw] = [heap.malloc(100), heap.rawMalloc(100)];
    for (let i = 0; i < 10; i++) heap.malloc(100);
    const { arenas } = heap.snapshot();
    const [pool] = arenas[0].pools;
    expect(pool.blocks().filter(({ state }) => state === "allocated")).toHaveLength(11);
    const record = (): unknown => ({ ...arenas[0], count: pool.count, freeblock: pool.freeblock, state: pool.state });
    const before = record();
    change(heap, small, raw);
    expect(record()).toEqual(before);
    expect(() => pool.blocks()).toThrow(new StaleSnapshotError("the heap has changed since this snapshot was taken"));
    expect(() => arenas[0].pool(1).blocks()).toThrow(StaleSnapshotError);
    expect(() => heap.snapshot().arenas[0].pools[0].blocks()).not.toThrow();
  });

  it("by a restore to the very moment of the snapshot throws too", () => {
    const heap = Heap.createSync();
    heap.malloc(10);
    const checkpoint = heap.checkpoint();
    const [pool] = heap.snapshot().arenas[0].pools;
    heap.malloc(10);
    heap.restore(checkpoint);
    expect(() => pool.blocks()).toThrow(StaleSnapshotError);
  });

  it("by an event of a replay throws", () => {
    const reader = new RepReader("two.rep");
    reader.push(new TextEncoder().encode("a 0 10\na 1 10\n"));
    const replay = Replay.createSync(reader.finish());
    replay.step();
    const [pool] = replay.heap.snapshot().arenas[0].pools;
    expect(pool.blocks()[0].state).toBe("allocated");
    replay.step();
    expect(() => pool.blocks()).toThrow(StaleSnapshotError);
  });

  it("not at all gives its blocks: after questions and refused calls", () => {
    const heap = Heap.createSync({ profile: "3.12" });
    const block = heap.malloc(100);
    const [pool] = heap.snapshot().arenas[0].pools;
    const before = pool.blocks();
    heap.stats();
    heap.snapshot();
    heap.image();
    heap.checkpoint();
    heap.describe(block);
    heap.usableSize(block);
    heap.bytes(block, 100).fill(7);
    expect([...heap.liveBlocks()]).toHaveLength(1);
    for (const call of [() => heap.free(block + 1), () => heap.realloc(8, 10), () => heap.malloc(-1)]) {
      expect(call).toThrow();
    }
    expect(pool.blocks()).toEqual(before);
  });
});

describe("a snapshot in the memory of an earlier one", () => {
  const told = ({ arenas, usableArenas }: Snapshot): string =>
    JSON.stringify([
      usableArenas.map(({ ordinal }) => ordinal),
      arenas.map(({ ordinal, address, nfreepools, pools }) => [
        ...[ordinal, address, nfreepools],
        pools.map((pool) => [pool.state, pool.count, pool.freeblock, pool.szidx, pool.nextpool, pool.blocks()]),
      ]),
    ]);

  it("tells what one in new memory does, however the heap has grown or shrunk between", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const held: number[] = [];
    let reused = heap.snapshot();
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 900; i++) {
        if (round % 4 < 2) held.push(heap.malloc((i * 37 + round) % 600));
        else if (held.length > 0) heap.free(held.pop() as number);
      }
      reused = heap.snapshot(reused);
      expect(told(reused)).toBe(told(heap.snapshot()));
    }
    expect(heap.stats().allocatedBlocks).toBe(0);
  });
});

describe("the tables of a heap of each profile, walked,", () => {
  it.each(["2.3", "2.4-32", "2.5", "3.2-32", "3.6", "3.8", "3.9", "3.10", "3.12", "3.15-hugepages", "wasm32"])(
    "give the heap's numbers: %s",
    (name) => {
      const heap = Heap.createSync({ profile: profile(name), baseOffsets: [1024, 0, 8] });
      const held: number[] = [];
      for (let i = 0; i < 9000; i++) {
        if (i % 5 === 4) heap.free(held.splice((i * 7919) % held.length, 1)[0]);
        else held.push(heap.malloc((i * 31) % 530));
        if (i % 500 !== 499) continue;
        const stats = heap.stats().pymalloc;
        expect(recounted(heap, stats)).toEqual(stats);
      }
      const { classes, ledger, arenas } = heap.stats().pymalloc;
      const { geometry } = heap.profile;
      expect(arenas.misaligned).toBeGreaterThan(0);
      expect(ledger.quantization).toBe(classes.reduce((sum, c) => sum + c.pools * quantization(geometry, c.szidx), 0));
    },
  );
});
