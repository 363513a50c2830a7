/** The engine at the cursor: numbers of `replay --json`, the same wherever one comes from, on one side or two. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { idOf, opOf } from "../../../src/trace/event.js";
import {
  type CursorView,
  Engine,
  encodeTrace,
  observe,
  profile,
  profileReport,
  Replay,
  readTrace,
  type SideView,
} from "./library.js";
import { opened, viewAt } from "./opened.js";
import { markedTrace, recordedRun } from "./traces.js";

const RECORDED = "examples/traces/3.11.7-csv_sqlite.rep.gz";

/** Without what says how the heap was reached: WebAssembly memory never shrinks. */
const comparable = ({ stats, ...side }: SideView) => ({ ...side, stats: { ...stats, wasmBytes: 0 } });

describe("the numbers of a moment", () => {
  it.each(["2.4", "2.7-32", "3.9", "3.12", "wasm32"])("are those of replay --json: %s", async (name) => {
    const trace = markedTrace(11, 6000);
    const engine = await opened(trace, [name]);
    const report = profileReport(trace, { profile: profile(name) });
    expect(report.marks.length).toBeGreaterThan(5);
    for (const moment of [report.end, ...report.marks].reverse()) {
      const { sides } = await viewAt(engine, moment.position);
      expect(sides[0].moment).toEqual(moment);
    }
    const { sides } = await viewAt(engine, report.end.position);
    expect(sides[0].stats.os).toEqual(report.os);
    expect(sides[0].stats.costs).toEqual(report.costs);
  });

  it("are so for a real program", async () => {
    const bytes = readFileSync(RECORDED);
    const engine = new Engine();
    const { info } = await engine.open(bytes, "csv.rep.gz", ["3.11"]);
    const { trace } = await readTrace(bytes, { name: "csv" });
    const report = profileReport(trace, { profile: profile("3.11") });
    expect(info).toMatchObject({ events: trace.words.length / 2, ops: trace.opCount, format: "rep", kind: "trace" });
    expect(info.marks.map(({ name }) => name)).toEqual(report.marks.map(({ name }) => name));
    for (const moment of [...report.marks].reverse()) {
      expect((await viewAt(engine, moment.position)).sides[0].moment).toEqual(moment);
    }
  });

  it("are so between marks, where a moment has no name", async () => {
    const trace = markedTrace(12, 3000);
    const engine = await opened(trace, ["3.9"]);
    const replay = Replay.createSync(trace, { profile: "3.9" });
    for (const position of [2999, 5, 1234, 0, 1]) {
      replay.runTo(position);
      expect((await viewAt(engine, position)).sides[0].moment).toEqual(observe(replay, ""));
    }
  });
});

describe("a view", () => {
  it.each([1, 2, 3])("is the same from before and from behind: seed %i", async (seed) => {
    const run = recordedRun(markedTrace(seed, 5000));
    const [there, fresh] = [new Engine(), new Engine()];
    await there.openRecording(run, ["3.8"]);
    await fresh.openRecording(run, ["3.8"]);
    const end = run.trace.words.length / 2;
    const forward: CursorView[] = [];
    const places = Array.from({ length: 12 }, (_, index) => Math.floor((end * index) / 11));
    for (const place of places) forward.push(await viewAt(fresh, place, "line"));
    for (const [index, place] of [...places.entries()].reverse()) {
      const view = await viewAt(there, place, "line");
      expect({ ...view, sides: view.sides.map(comparable) }).toEqual({
        ...forward[index],
        sides: forward[index].sides.map(comparable),
      });
    }
  });

  it.each(["2.4", "2.7-32"])(
    "is the same from a step before or behind as from afar, raw blocks too: %s",
    async (name) => {
      const trace = markedTrace(7, 3000);
      const [stepping, fresh] = await Promise.all([opened(trace, [name]), opened(trace, [name])]);
      await stepping.seek(2000);
      const ways = Array.from({ length: 300 }, (_, index) => (index % 5 < 3 ? -1 : 1));
      for (const way of ways) {
        const view = (await stepping.step(way)) as CursorView;
        await fresh.seek(view.position < 1000 ? 2500 : 10);
        expect((await viewAt(fresh, view.position)).sides[0].map).toEqual(view.sides[0].map);
      }
    },
  );

  it("steps, goes to marks and stays within the trace", async () => {
    const engine = new Engine();
    const { info, sides } = await engine.open(encodeTrace(markedTrace(4, 2500, 1000)), "two marks");
    expect(sides[0].profile).toBe("3.12");
    const { events: end, marks } = info;
    const [first, second] = marks.slice(-2).map(({ position }) => position);
    expect((await engine.step(-1))?.position).toBe(end - 1);
    expect((await engine.step(-3))?.position).toBe(end - 4);
    expect((await engine.step(99))?.position).toBe(end);
    expect((await engine.toMark(-1))?.position).toBe(second);
    expect((await engine.toMark(-1))?.position).toBe(first);
    expect((await engine.seek(marks[0].position))?.mark).toBe(0);
    expect((await engine.toMark(-1))?.position).toBe(0);
    expect((await engine.toMark(-1))?.mark).toBe(-1);
    expect((await engine.toMark(1))?.sides[0].moment.name).toBe("after 1000");
    await engine.seek(second);
    expect((await engine.toMark(1))?.position).toBe(end);
    expect((await engine.seek(-7))?.position).toBe(0);
    await expect(engine.seek(Number.NaN)).rejects.toThrow(RangeError);
  });

  it("tells the events around it, and where the block of the last one was and is", async () => {
    const trace = markedTrace(5, 2500, 500);
    const engine = await opened(trace, ["3.9"]);
    const replay = Replay.createSync(trace, { profile: "3.9" });
    for (let position = 2400; position > 2300; position--) {
      const view = await viewAt(engine, position);
      const word = trace.words[2 * position - 2];
      expect(view.last?.op).toBe(["malloc", "calloc", "realloc", "free", "mark"][opOf(word)]);
      expect(view.next?.index).toBe(position);
      if (view.last?.op === "mark") continue;
      const id = idOf(word);
      replay.runTo(position - 1);
      const before = replay.addressOf(id);
      replay.step();
      expect(view.sides[0].touched).toEqual({ before, after: replay.addressOf(id) });
    }
  });

  it("answers the latest of several seeks", async () => {
    const engine = await opened(markedTrace(6, 2000), ["3.9", "3.12"]);
    const answers = await Promise.all([engine.seek(10), engine.step(5), engine.seek(900), engine.step(-100)]);
    expect(answers.map((view) => view?.position ?? null)).toEqual([null, null, null, 800]);
    const long = engine.runUntil([{ type: "block-freed", id: 1e6 }], -1);
    expect((await engine.seek(3))?.position).toBe(3);
    expect(await long).toBeNull();
  });
});

describe("two profiles", () => {
  it("stand at one place, and are what each is alone", async () => {
    const trace = markedTrace(10, 5000);
    const both = await opened(trace, ["2.7", "3.12"]);
    const alone = await Promise.all([opened(trace, ["2.7"]), opened(trace, ["3.12"])]);
    for (const position of [4000, 100, 2600]) {
      const { sides } = await viewAt(both, position);
      for (const side of [0, 1] as const) {
        const [view] = (await viewAt(alone[side], position)).sides;
        expect(comparable(sides[side])).toEqual(comparable({ ...view, side }));
      }
    }
    const only = await both.seek(2600, { sides: [1] });
    expect(only?.sides.map(({ side, stats }) => [side, stats.profile])).toEqual([[1, "3.12"]]);
  });

  it("can be changed, to a geometry too, and the cursor stays", async () => {
    const engine = await opened(markedTrace(13, 3000), ["3.9"]);
    await engine.seek(1200);
    const geometry = {
      arenaSize: 2 ** 21,
      poolSize: 2 ** 16,
      alignment: 16,
      threshold: 512,
      poolOverhead: 48,
      release: "eager",
    } as const;
    const sides = await engine.setProfiles(["3.9", geometry]);
    expect(sides.map((side) => side.profile)).toEqual(["3.9", "custom"]);
    expect((await engine.step(0))?.position).toBe(1200);
    await expect(engine.setProfiles(["4.0"])).rejects.toThrow("no profile");
    await expect(engine.setProfiles([])).rejects.toThrow("one or two sides");
    expect((await engine.step(0))?.sides.length).toBe(2);
    await engine.setProfiles(["3.12"]);
    expect((await engine.step(0))?.sides.length).toBe(1);
    await expect(engine.pool(1, 0, 0)).rejects.toThrow("there is no side 1");
  });
});
