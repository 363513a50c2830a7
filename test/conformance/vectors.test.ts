/** The core against the scripted scenarios: what real interpreters answered, arenas, pool headers and reports too. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Profile, profile } from "../../src/geometry/profiles.js";
import { Heap } from "../../src/heap/heap.js";
import { formatDebugMallocStats } from "../../src/inspect/debugmallocstats.js";
import type { ArenaRecord } from "../../src/inspect/snapshot.js";
import { vectorBuild } from "../model/builds.js";
import { compared, type Executor, readVectors, runVector, type VectorOp } from "../model/vectors.js";

const VECTORS = readVectors(readFileSync(new URL("./data/pymalloc-vectors.json", import.meta.url), "utf8"));

/** The profile of a version key: the patched 64-bit 3.6.15 has the allocator of 3.7.4. */
function profileOf(versionKey: string): Profile {
  const [version, bits] = versionKey.split("/");
  const name = version.includes("+") ? "3.7.4" : version;
  return profile(bits === "32-bit" ? `${name}-32` : name);
}

/** A heap takes its base offsets when it is made; so the script's skew must stand before everything else. */
function skewOf(ops: readonly VectorOp[]): number {
  const skews = ops.filter((op) => op[0] === "A");
  if (skews.length === 0) return 0;
  if (skews.length > 1 || ops[0] !== skews[0]) throw new Error("a skew in the middle of a scenario");
  return skews[0][1] as number;
}

/** A heap as something that the vectors run on. A block is an address. */
function heapExecutor(wanted: Profile, skew: number): Executor<number> {
  const heap = Heap.createSync({ profile: wanted, baseOffsets: [skew] });
  const { arenaSize, poolSize } = wanted.geometry;
  const arenas = new Map<number, ArenaRecord>();
  let events: ["A+" | "A-", number][] = [];
  heap.on("arena-obtained", ({ ordinal }) => {
    const arena = heap.snapshot().arenas.find((a) => a.ordinal === ordinal);
    if (!arena) throw new Error(`arena ${ordinal} was obtained and is not there`);
    arenas.set(ordinal, arena);
    events.push(["A+", ordinal]);
  });
  heap.on("arena-released", ({ ordinal }) => {
    if (!arenas.delete(ordinal)) throw new Error(`arena ${ordinal} was released and was not there`);
    events.push(["A-", ordinal]);
  });
  const arenaOf = (block: number): ArenaRecord | undefined =>
    [...arenas.values()].find(({ address }) => block >= address && block < address + arenaSize);
  const poolOf = (arena: ArenaRecord, block: number): number => Math.floor((block - arena.firstPoolAddress) / poolSize);
  return {
    malloc: (nbytes) => heap.malloc(nbytes),
    calloc: (count, nbytes) => heap.calloc(count, nbytes),
    realloc: (block, nbytes) => heap.realloc(block ?? 0, nbytes),
    free: (block) => heap.free(block),
    place: (block) => {
      expect(heap.isLiveBlock(block)).toBe(true);
      const arena = arenaOf(block);
      if (!arena) return null;
      const pool = poolOf(arena, block);
      return { arena: arena.ordinal, pool, offset: block - arena.firstPoolAddress - pool * poolSize };
    },
    takeArenaEvents: () => {
      const taken = events;
      events = [];
      return taken;
    },
    skewArenas: (nbytes) => expect(nbytes).toBe(skew),
    liveArenas: () => heap.stats().pymalloc.arenas.live,
    header: (block) => {
      const { ordinal } = arenaOf(block) as ArenaRecord;
      const arena = heap.snapshot().arenas.find((a) => a.ordinal === ordinal) as ArenaRecord;
      const pool = arena.pool(poolOf(arena, block));
      return {
        count: pool.count,
        freeblock: pool.freeblock === 0 ? -1 : pool.freeblock - pool.address,
        arenaindex: arena.index,
        szidx: pool.szidx as number,
        nextoffset: pool.nextoffset,
        maxnextoffset: pool.maxnextoffset,
      };
    },
    report: () => formatDebugMallocStats(heap.stats().pymalloc),
  };
}

describe("the core answers every scripted scenario as the real interpreters did, report and all", () => {
  const cases = VECTORS.flatMap(({ scenario, versions, ops, result }) =>
    versions.map((version) => [scenario, version, ops, result] as const),
  );

  it("is asked all 19 scenarios", () => {
    expect(new Set(VECTORS.map(({ scenario }) => scenario)).size).toBe(19);
  });

  it.each(cases)("%s on %s", (_, version, ops, result) => {
    const wanted = profileOf(version);
    const { geometry, arenaMapBits } = vectorBuild(version);
    expect(wanted).toMatchObject({ arenaMapBits, geometry: { ...geometry, order: wanted.geometry.order } });
    const lines = runVector(ops, geometry, heapExecutor(wanted, skewOf(ops)));
    const [recorded, answered] = compared(result, lines, true);
    expect(answered).toEqual(recorded);
  });
});
