/** The statistics at marks: as real processes printed them, and as the model counts them. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Profile, profile } from "../../src/geometry/profiles.js";
import { formatDebugMallocStats, parseDebugMallocStats } from "../../src/inspect/debugmallocstats.js";
import type { PymallocStats } from "../../src/inspect/stats.js";
import { Replay, type ReplayOptions } from "../../src/replay/replay.js";
import { markPositions } from "../../src/report/replayreport.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import type { ArenaMapBits } from "../model/builds.js";
import { synthetic } from "../model/generate.js";
import { replay as replayModel } from "../model/replay.js";
import { modelStats } from "../model/stats.js";

const data = (name: string): Buffer => readFileSync(new URL(`./data/${name}`, import.meta.url));
const recorded = (name: string): Buffer => readFileSync(new URL(`../../examples/traces/${name}.gz`, import.meta.url));

function readRep(name: string, bytes: Uint8Array): Trace {
  const reader = new RepReader(name);
  reader.push(bytes);
  return reader.finish();
}

/** The numbers at each mark. */
function statsAtMarks(trace: Trace, options: ReplayOptions): PymallocStats[] {
  const replay = Replay.createSync(trace, options);
  return markPositions(trace).map((position) => {
    replay.runTo(position);
    return replay.heap.stats().pymalloc;
  });
}

describe("a recorded program's statistics are what sys._debugmallocstats() printed in its process, byte for byte", () => {
  const traces = new Map(
    ["3.8.18", "3.11.7"].map((version) => {
      const name = `${version}-csv_sqlite.rep`;
      return [version, readRep(name, gunzipSync(recorded(name)))];
    }),
  );

  it.each([
    ["3.8.18", "3.8.18"],
    ["3.8.18", "3.8"],
    ["3.8.18", "3.7"],
    ["3.8.18", "2.7"],
    ["3.11.7", "3.11.7"],
    ["3.11.7", "3.11"],
    ["3.11.7", "3.12"],
    ["3.11.7", "3.15"],
  ])("recorded by %s, on profile %s", (version, name) => {
    const trace = traces.get(version) as Trace;
    const stats = statsAtMarks(trace, { profile: name });
    expect(stats).toHaveLength(4);
    const printed = data(`${version}-csv_sqlite.rep.stats`).toString("utf8");
    expect(stats.map(formatDebugMallocStats).join("")).toBe(printed);
    expect(parseDebugMallocStats(printed)).toEqual(stats);
  });

  it("and on 3.10 all but the size of the arena map, which covers fewer address bits there", () => {
    const stats = statsAtMarks(traces.get("3.11.7") as Trace, { profile: "3.10" });
    const printed = parseDebugMallocStats(data("3.11.7-csv_sqlite.rep.stats").toString("utf8"));
    expect(stats.map(({ arenaMap: _, ...rest }) => rest)).toEqual(printed.map(({ arenaMap: _, ...rest }) => rest));
    expect(stats.map(({ arenaMap }) => arenaMap?.rootBytes)).toEqual([8192, 8192, 8192, 8192]);
  });
});

/** The trace as text with a mark in front, after every `every` ops, and at the end. */
function withMarks(rep: string, every: number): string {
  const lines = rep.trimEnd().split("\n");
  const ops = lines.slice(4).flatMap((line, i) => (i % every === 0 ? ["m", line] : [line]));
  return [...lines.slice(0, 4), ...ops, "m", ""].join("\n");
}

interface Case {
  readonly name: string;
  readonly baseOffsets: readonly number[];
  /** Whether the longest traces are run, too. */
  readonly thorough?: true;
}

const CASES: readonly Case[] = [
  { name: "2.3", baseOffsets: [0], thorough: true },
  { name: "2.4-32", baseOffsets: [8] },
  { name: "2.5", baseOffsets: [16] },
  { name: "3.2-32", baseOffsets: [0, 8, 1000] },
  { name: "3.6", baseOffsets: [0] },
  { name: "3.6", baseOffsets: [0, 1024], thorough: true },
  { name: "3.9", baseOffsets: [0] },
  { name: "3.9", baseOffsets: [1024], thorough: true },
  { name: "3.9", baseOffsets: [0, 0, 16] },
  { name: "3.10", baseOffsets: [4096] },
  { name: "3.11-32", baseOffsets: [0, 1024] },
  { name: "3.12", baseOffsets: [0] },
  { name: "3.12", baseOffsets: [4096, 8192, 12288] },
  { name: "3.12", baseOffsets: [0, 4096], thorough: true },
];

const TRACES: readonly [name: string, every: number][] = [
  ["sizes", 100],
  ["zero", 500],
  ["calloc", 8000],
  ["thrash", 1500],
  ["realloc_walk", 30000],
  ["fragment", 40000],
];

const LONGEST = ["realloc_walk", "fragment"];

/** What the text cannot tell: the header's size where no pool is in use. */
const toldByText = (stats: PymallocStats): PymallocStats =>
  stats.classes.length > 0 ? stats : { ...stats, poolOverhead: null };

const reportOf = (wanted: Profile) => ({
  arenaMapBits: wanted.arenaMapBits as ArenaMapBits,
  reportsArenas: wanted.reportsArenas,
});

describe.each(TRACES)("statistics are the model's at every mark of %s, by number and as text", (trace, every) => {
  const rep = withMarks(synthetic(trace, 2024), every);
  const read = readRep(trace, new TextEncoder().encode(rep));

  const cases = CASES.filter(({ thorough }) => thorough || !LONGEST.includes(trace));
  it.each(cases.map(({ name, baseOffsets }) => [name, baseOffsets.join(","), baseOffsets] as const))(
    "on %s with arenas off by %s bytes",
    (name, _, baseOffsets) => {
      const wanted = profile(name);
      const expected: PymallocStats[] = [];
      replayModel(rep, wanted.geometry, {
        shift: baseOffsets,
        onMark: (_mark, model) => expected.push(modelStats(model, wanted.geometry, reportOf(wanted))),
      });
      expect(expected.length).toBeGreaterThan(10);
      const stats = statsAtMarks(read, { profile: name, baseOffsets });
      expect(stats).toEqual(expected);
      const text = stats.map(formatDebugMallocStats).join("");
      expect(text).toBe(expected.map(formatDebugMallocStats).join(""));
      expect(parseDebugMallocStats(text)).toEqual(stats.map(toldByText));
    },
  );
});

describe("the arena map of 3.10, of which a bottom node is for 256 arenas, gets a second one", () => {
  const blocks = 258 * 64 * 31; // of 512 bytes, 31 a pool and 64 pools an arena
  const mallocs = Array.from({ length: blocks }, (_, id) => `a ${id} 512\n`);
  const frees = Array.from({ length: blocks }, (_, id) => `f ${id}\n`);
  const trace = readRep("growing", new TextEncoder().encode([...mallocs, ...frees].join("")));

  it.each([
    ["257th aligned arena", 0, 257],
    ["256th misaligned one, which ends where the next would start", 4096, 256],
  ])("with the %s, and keeps it", (_, offset, first) => {
    const replay = Replay.createSync(trace, { profile: "3.10", baseOffsets: [offset] });
    const nodes: (number | undefined)[] = [];
    while (replay.runUntil([{ type: "arena-obtained" }], blocks).length > 0) {
      nodes.push(replay.heap.stats().pymalloc.arenaMap?.botNodes);
    }
    expect(nodes.length).toBeGreaterThan(257);
    expect(nodes).toEqual(nodes.map((_, ordinal) => (ordinal + 1 < first ? 1 : 2)));
    replay.runTo(replay.length);
    expect(replay.heap.stats().pymalloc).toMatchObject({ arenas: { live: 1 }, arenaMap: { midNodes: 1, botNodes: 2 } });
  });
});
