/** The statistics at marks: as real processes printed them, and as the model counts them. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { formatDebugMallocStats, parseDebugMallocStats } from "../../src/debugmallocstats.js";
import { type Profile, profile } from "../../src/profiles.js";
import { Replay, type ReplayOptions } from "../../src/replay.js";
import { markPositions } from "../../src/replayreport.js";
import type { PymallocStats } from "../../src/stats.js";
import { RepReader } from "../../src/trace/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import type { ArenaMapBits } from "../model/builds.js";
import { synthetic } from "../model/generate.js";
import { replay as replayModel } from "../model/replay.js";
import { modelStats } from "../model/stats.js";

const data = (name: string): Buffer => readFileSync(new URL(`data/${name}`, import.meta.url));

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
      return [version, readRep(name, gunzipSync(data(`${name}.gz`)))];
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
  /** Whether the longest trace is run too. */
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

  const cases = CASES.filter(({ thorough }) => thorough || trace !== "fragment");
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

describe("the arena map of 3.10 gets a second bottom node", () => {
  // A bottom node is for 256 arenas. Of 512 bytes an aligned arena holds 64 · 31 blocks, a misaligned one 63 · 31.
  const blocks = 258 * 64 * 31;
  const ops = [
    ...Array.from({ length: blocks }, (_, id) => `a ${id} 512`),
    ...Array.from({ length: blocks }, (_, id) => `f ${id}`),
  ];
  const rep = withMarks(["0", blocks, ops.length, "1", ...ops, ""].join("\n"), 63 * 31);
  const read = readRep("growing", new TextEncoder().encode(rep));
  const wanted = profile("3.10");

  it.each([
    ["257th aligned arena", 0, 256],
    ["256th misaligned one, which ends where the next would start", 4096, 255],
  ])("with the %s, and keeps it", (_, offset, obtainedBefore) => {
    const expected: PymallocStats[] = [];
    replayModel(rep, wanted.geometry, {
      shift: [offset],
      onMark: (_mark, model) => expected.push(modelStats(model, wanted.geometry, reportOf(wanted))),
    });
    const stats = statsAtMarks(read, { profile: wanted, baseOffsets: [offset] });
    expect(stats).toEqual(expected);
    const nodes = stats.map(({ arenas, arenaMap }) => [arenas.obtained, arenaMap?.botNodes] as const);
    expect(
      nodes.filter(([obtained, botNodes]) => botNodes !== Math.min(obtained, obtained > obtainedBefore ? 2 : 1)),
    ).toEqual([]);
    expect(stats.at(-1)).toMatchObject({ arenas: { live: 1 }, arenaMap: { midNodes: 1, botNodes: 2 } });
  });
});
