/** The map: every mapped byte once, pools as a snapshot has them, ages, types and lines. */

import { describe, expect, it } from "vitest";
import { idOf, opOf } from "../../../src/trace/event.js";
import { Engine, encodeTrace, NO_CLASS, POOL_STATES, profile, Replay, TraceBuilder } from "./library.js";
import { opened, viewAt } from "./opened.js";
import { markedTrace, recordedRun } from "./traces.js";

/** Every byte from base to top, in order: throws where spans overlap or leave a gap. */
function tile(spans: readonly (readonly [start: number, bytes: number])[], base: number, top: number): void {
  let end = base;
  for (const [start, bytes] of [...spans].sort((a, b) => a[0] - b[0])) {
    expect(start).toBe(end);
    expect(bytes).toBeGreaterThan(0);
    end = start + bytes;
  }
  expect(end).toBe(top);
}

const pairs = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (start, index) => [start, b[index]] as const);

describe.each([
  ["3.9", []],
  ["2.7-32", [8, 0, 4088, 16]],
  ["3.12", [48, 48, 0]],
  ["2.4", []],
] as const)("the map of %s, arenas at %j", (name, bases) => {
  it.each([1, 2])("has every mapped byte once: seed %i", async (seed) => {
    const trace = markedTrace(seed, 5000, 900, bases);
    const engine = await opened(trace, [name]);
    const { geometry } = profile(name);
    for (const position of [4990, 3000, 1499, 1500, 800, 20, 0]) {
      const [{ map, stats }] = (await viewAt(engine, position)).sides;
      const { arenas, regions, rawRuns, freeSpans, pools } = map;
      const taken = [...pairs(arenas.spanAddress, arenas.spanBytes), ...pairs(regions.address, regions.bytes)];
      tile([...taken, ...pairs(freeSpans.address, freeSpans.bytes)], map.base, map.top);
      expect(taken.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(stats.os.mappedBytes);
      for (let region = 0; region < regions.count; region++) {
        const runs = pairs(rawRuns.address, rawRuns.bytes).slice(
          regions.firstRun[region],
          regions.firstRun[region + 1],
        );
        tile(runs, regions.address[region] + 12, regions.address[region] + regions.bytes[region] - 4);
      }
      for (let arena = 0; arena < arenas.count; arena++) {
        const count = arenas.firstPool[arena + 1] - arenas.firstPool[arena];
        const end = arenas.firstPoolAddress[arena] + count * geometry.poolSize;
        expect(count).toBe(arenas.ntotalpools[arena]);
        expect(arenas.firstPoolAddress[arena]).toBeGreaterThanOrEqual(arenas.spanAddress[arena]);
        expect(end).toBeLessThanOrEqual(arenas.spanAddress[arena] + arenas.spanBytes[arena]);
      }
      expect(arenas.firstPool[arenas.count]).toBe(pools.count);
    }
  });

  it("has the pools that a snapshot has, and ages", async () => {
    const trace = markedTrace(3, 5000, 900, bases);
    const engine = await opened(trace, [name]);
    const replay = Replay.createSync(trace, { profile: name });
    replay.runTo(4321);
    const born = new Map<number, number>();
    for (let event = 0; event < 4321; event++) {
      const word = trace.words[2 * event];
      if (opOf(word) < 2) born.set(idOf(word), event);
    }
    const [{ map }] = (await viewAt(engine, 4321, "age")).sides;
    const bornAt = new Map([...born].map(([id, event]) => [replay.addressOf(id), event]));
    replay.heap.snapshot().arenas.forEach((arena, at) => {
      arena.pools.forEach((pool, index) => {
        const column = map.arenas.firstPool[at] + index;
        expect(POOL_STATES[map.pools.state[column]]).toBe(pool.state);
        expect(map.pools.szidx[column]).toBe(pool.szidx ?? NO_CLASS);
        expect(map.pools.blocks[column]).toBe(pool.count);
        expect(map.pools.occupancy[column] === 255).toBe(pool.state === "full");
        expect(map.pools.occupancy[column] === 0).toBe(pool.count === 0);
        const live = pool.blocks().filter(({ state }) => state === "allocated");
        const ages = live.map(({ address }) => 4320 - (bornAt.get(address) as number));
        const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
        if (ages.length === 0) expect(map.pools.age?.[column]).toBe(-1);
        else expect(map.pools.age?.[column]).toBeCloseTo(mean, 2);
      });
    });
  });
});

it("puts raw blocks together where they are too many to draw", async () => {
  const builder = new TraceBuilder();
  for (let id = 0; id < 70_000; id++) builder.malloc(2, id, 20 + (id % 300));
  for (let id = 0; id < 70_000; id += 100) builder.free(2, id);
  const engine = new Engine();
  const { info } = await engine.open(encodeTrace(builder.finish()), "raw");
  const [{ map, stats }] = (await viewAt(engine, info.events, "age")).sides;
  const { regions, rawRuns } = map;
  expect(rawRuns.isMerged).toBe(true);
  expect(rawRuns.count).toBeLessThan(3000);
  const used = rawRuns.blocks.filter((_, run) => rawRuns.isFree[run] === 0);
  expect(used.reduce((sum, blocks) => sum + blocks, 0)).toBe(stats.raw.blocks);
  for (let region = 0; region < regions.count; region++) {
    const runs = pairs(rawRuns.address, rawRuns.bytes).slice(regions.firstRun[region], regions.firstRun[region + 1]);
    tile(runs, regions.address[region] + 12, regions.address[region] + regions.bytes[region] - 4);
  }
  expect(rawRuns.age?.every((age, run) => age < 0 === (rawRuns.isFree[run] === 1))).toBe(true);
});

describe("types and lines", () => {
  it("of a pool and a raw block are those that most of its blocks have", async () => {
    const run = recordedRun(markedTrace(8, 5000));
    const engine = new Engine();
    const { info } = await engine.openRecording(run, ["3.9"]);
    expect(info.types).toEqual(["unknown", "int", "str", "list", "dict", "tuple"]);
    const position = 4444;
    const [{ map }] = (await viewAt(engine, position, "type")).sides;
    let checked = 0;
    for (let arena = 0; arena < map.arenas.count; arena++) {
      for (let index = 0; index < map.arenas.ntotalpools[arena]; index++) {
        const pool = await engine.pool(0, map.arenas.ordinal[arena], index);
        const counts = [0, 0, 0, 0, 0, 0];
        for (const [block, id] of pool.id.entries()) if (id >= 0) counts[pool.type[block]]++;
        const type = map.pools.type?.[map.arenas.firstPool[arena] + index] as number;
        expect(counts[type]).toBe(Math.max(...counts));
        checked += Number(counts.some((count) => count > 0));
      }
    }
    expect(checked).toBeGreaterThan(20);
    expect(map.rawRuns.type?.length).toBe(map.rawRuns.count);
    expect(map.rawRuns.type?.some((type) => type > 0)).toBe(true);
    expect((await viewAt(engine, position)).sides[0].map.pools.type).toBeNull();
  });

  it("stay with a block that is resized by an event which tells nothing", async () => {
    const run = recordedRun(markedTrace(9, 3000));
    const engine = new Engine();
    await engine.openRecording(run, ["3.9"]);
    const types = new Map<number, number>();
    for (let event = 0; event < 2500; event++) {
      const word = run.trace.words[2 * event];
      if (opOf(word) < 2) types.set(idOf(word), run.typeOfEvent?.[event] ?? 0);
    }
    await engine.seek(2500);
    for (const id of [...types.keys()].slice(-60)) {
      const address = await engine.locate(0, id);
      if (address === 0) continue;
      const place = await engine.block(0, address);
      if (place.kind !== "block" && place.kind !== "raw-block") throw new Error(place.kind);
      expect(place.origin).toMatchObject({ id, type: types.get(id) });
    }
  });
});
