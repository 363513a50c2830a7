/** Breakpoints in both directions are where a replay of one event at a time finds them. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { hitsOf } from "./brute.js";
import { Engine, encodeTrace, type LabCondition, Replay, readTrace, type Trace } from "./library.js";
import { markedTrace } from "./traces.js";

/** The nearest of `hits` from `cursor`. */
function nearest(hits: readonly number[], cursor: number, direction: 1 | -1): number | null {
  const found = direction > 0 ? hits.find((hit) => hit > cursor) : hits.findLast((hit) => hit < cursor);
  return found ?? null;
}

const CONDITIONS: readonly LabCondition[] = [
  { type: "arena-obtained" },
  { type: "arena-released" },
  { type: "pool-full" },
  { type: "pool-full", szidx: 7 },
  { type: "pool-empty" },
  { type: "pool-empty", szidx: 12 },
  { type: "live-above", bytes: 400_000 },
  { type: "pinned-above", bytes: 200_000 },
  { type: "block-freed", id: 40 },
  { type: "arena-held-by", blocks: 1 },
  { type: "arena-held-by", blocks: 60 },
];

describe.each([
  ["2.7-32", 21],
  ["3.9", 22],
  ["2.4", 23],
])("on %s, seed %i", (name, seed) => {
  const engine = new Engine();
  let trace: Trace;
  let all: number[][];
  beforeAll(async () => {
    trace = markedTrace(seed, 5000, 800);
    all = hitsOf(trace, name, CONDITIONS);
    await engine.open(encodeTrace(trace), "t", [name]);
  });

  it.each(CONDITIONS.map((condition, index) => [condition, index] as const))("finds %j", async (condition, index) => {
    const hits = all[index];
    const end = trace.words.length / 2;
    const near = hits.slice(0, 3).flatMap((hit) => [hit - 1, hit, hit + 1]);
    for (const cursor of [0, end, Math.floor(end / 2), Math.floor(end / 3), ...near]) {
      await engine.seek(cursor);
      for (const direction of [1, -1] as const) {
        const found = await engine.runUntil([condition], direction);
        const position = nearest(hits, Math.min(cursor, end), direction);
        expect({ cursor, direction, position: found?.position }).toEqual({ cursor, direction, position });
        expect(found?.hits).toEqual(position === null ? [] : [{ side: 0, condition: 0 }]);
      }
    }
  });

  it("finds the nearest of several, and says which", async () => {
    const wanted: LabCondition[] = [
      { type: "pool-full", szidx: 3 },
      { type: "pool-full", szidx: 9 },
      { type: "live-above", bytes: 300_000 },
      { type: "arena-obtained" },
    ];
    const hits = hitsOf(trace, name, wanted);
    for (const cursor of [0, 777, 2500, 4200]) {
      await engine.seek(cursor);
      for (const direction of [1, -1] as const) {
        const each = hits.map((some) => nearest(some, cursor, direction)).filter((hit) => hit !== null);
        const position = each.length === 0 ? null : direction > 0 ? Math.min(...each) : Math.max(...each);
        const found = await engine.runUntil(wanted, direction);
        expect(found?.position).toBe(position);
        expect(found?.hits.map(({ condition }) => condition)).toEqual(
          [0, 1, 2, 3].filter((index) => position !== null && hits[index].includes(position)),
        );
      }
    }
  });
});

it("counts a hit on either side, or on the one asked for", async () => {
  const engine = new Engine();
  const trace = markedTrace(24, 4000);
  const names = ["2.7-32", "3.9"];
  await engine.open(encodeTrace(trace), "t", names);
  const condition: LabCondition = { type: "pool-full" };
  const hits = names.map((name) => hitsOf(trace, name, [condition])[0]);
  await engine.seek(2000);
  for (const direction of [1, -1] as const) {
    const each = hits.map((some) => nearest(some, 2000, direction) as number);
    const position = direction > 0 ? Math.min(...each) : Math.max(...each);
    const found = await engine.runUntil([condition], direction);
    expect(found?.position).toBe(position);
    expect(found?.hits.map(({ side }) => side)).toEqual([0, 1].filter((side) => each[side] === position));
    for (const side of [0, 1] as const) {
      expect((await engine.runUntil([condition], direction, { side }))?.position).toBe(each[side]);
    }
  }
});

it("goes no farther than its limit, leaves the cursor, tells how far it is and refuses what is no condition", async () => {
  const engine = new Engine();
  const trace = markedTrace(25, 4000);
  await engine.open(encodeTrace(trace), "t", ["3.9"]);
  const [hits] = hitsOf(trace, "3.9", [{ type: "pool-full" }]);
  expect(hits.length).toBeGreaterThan(1);
  await engine.seek(hits[0]);
  const until = async (direction: 1 | -1, limit: number) =>
    (await engine.runUntil([{ type: "pool-full" }], direction, { limit }))?.position;
  expect(await until(1, hits[1])).toBe(hits[1]);
  expect(await until(1, hits[1] - 1)).toBeNull();
  expect((await engine.step(0))?.position).toBe(hits[0]);
  await engine.seek(hits[1]);
  expect(await until(-1, hits[0])).toBe(hits[0]);
  expect(await until(-1, hits[0] + 1)).toBeNull();
  await engine.seek(0);
  const told: number[] = [];
  await engine.runUntil([{ type: "block-freed", id: 4e6 }], 1, {}, ({ done }) => told.push(done));
  expect(told.at(-1)).toBe(1);
  expect([...told].sort((a, b) => a - b)).toEqual(told);
  for (const condition of [
    { type: "arena-held-by", blocks: 0 },
    { type: "live-above", bytes: -1 },
    { type: "pinned-above" },
    { type: "sunset" },
  ]) {
    await expect(engine.runUntil([condition as LabCondition], 1)).rejects.toThrow(RangeError);
  }
});

it("finds the very event in a long trace, whose ticks are coarse", async () => {
  const bytes = readFileSync("examples/traces/3.8.18-csv_sqlite.rep.gz");
  const { trace } = await readTrace(bytes, { name: "csv" });
  const replay = Replay.createSync(trace, { profile: "3.8" });
  const engine = new Engine();
  await engine.open(bytes, "csv", ["3.8"]);
  expect((await engine.timeline(0))?.tickEvents).toBeGreaterThan(10);
  for (const type of ["arena-obtained", "arena-released"] as const) {
    const hits: number[] = [];
    replay.restart();
    while (replay.runUntil([{ type }]).length > 0) hits.push(replay.position);
    expect(hits.length).toBeGreaterThan(20);
    const some = [0, 1, 2, Math.floor(hits.length / 2), hits.length - 1];
    for (const cursor of [
      0,
      replay.length,
      ...some.flatMap((index) => [hits[index] - 1, hits[index], hits[index] + 1]),
    ]) {
      await engine.seek(cursor);
      for (const direction of [1, -1] as const) {
        expect((await engine.runUntil([{ type }], direction))?.position).toBe(nearest(hits, cursor, direction));
      }
    }
  }
});
