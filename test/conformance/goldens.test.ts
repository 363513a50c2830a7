/** The core against the goldens: every block of every trace where the recorded builds put it. */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { profile, profileNames } from "../../src/geometry/profiles.js";
import { hashLines, placementText } from "../../src/replay/placements.js";
import { Replay, type ReplayOptions } from "../../src/replay/replay.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import { goldenBuild } from "../model/builds.js";
import { SYNTHETIC, synthetic, syntheticBytes } from "../model/generate.js";
import { replay as replayModel } from "../model/replay.js";

const RECORDED = ["3.11.7-csv_sqlite", "3.8.18-csv_sqlite"];
/** Recorded programs whose goldens are here and whose traces are not: see README.md. */
const NOT_CARRIED = ["3.11.7-dict_holes", "3.8.18-dict_holes"];
/** What the model answered for the builds that could not be run. */
const OF_MODELS = [
  ...["calloc", "churn", "fragment", "ramp", "realloc_walk", "sizes", "thrash", "zero"],
  "3.8.18-csv_sqlite",
];
/** Traces on which every profile is run, also where another of the same geometry was run on all. */
const SMALL = ["sizes", "zero", "calloc", "thrash"];

interface Folder {
  /** As in the table of the conformance suite: the builds that give these answers. */
  readonly profiles: readonly string[];
  readonly traces: readonly string[];
}

const real = (profiles: string): Folder => ({
  profiles: profiles.split(" "),
  traces: [...SYNTHETIC, ...RECORDED],
});
const model = (profiles: string): Folder => ({ profiles: profiles.split(" "), traces: OF_MODELS });

const ALIGNED: Readonly<Record<string, Folder>> = {
  "3.8.18": real("3.8 2.7 3.7 2.7.17 2.7.18 3.7.4 3.7.16 3.8.18"),
  "3.9.18": real("3.9 3.9.18"),
  "3.13.0": real("3.13 3.10 3.11 3.12 3.14 3.15 3.10.13 3.11.7 3.12.1 3.13.0"),
  "i386-2.7": real("2.7-32 3.8-32 2.7.16-32 3.3-32 3.4-32 3.5-32 3.6-32 3.6.15-32 3.7-32 3.7.3-32 3.8.18-32"),
  "i386-3.11": real("3.11-32 3.9-32 3.10-32 3.12-32 3.13-32 3.14-32 3.15-32 wasm32"),
  "model-2.4": model("2.4 2.3"),
  "model-2.4-32": model("2.4-32 2.3-32"),
  "model-3.2": model("3.2 2.5 2.6 2.7.6 3.0 3.1"),
  "model-3.2-32": model("3.2-32 2.5-32 2.6-32 2.7.6-32 3.0-32 3.1-32"),
  "model-3.6": model("3.6 2.7.7 2.7.16 3.3 3.4 3.5 3.7.3"),
};

const misaligned = (name: string, ...shifts: string[]): [string, Folder][] =>
  shifts.map((shift) => [`${name}+${shift}`, { profiles: ALIGNED[name].profiles, traces: SYNTHETIC }]);

const FOLDERS: Readonly<Record<string, Folder>> = Object.fromEntries([
  ...Object.entries(ALIGNED),
  ...misaligned("3.8.18", "1024", "0,1024"),
  ...misaligned("3.9.18", "1024", "0,1024"),
  ...misaligned("3.13.0", "4096", "8192", "0,4096"),
  ...misaligned("i386-2.7", "1024", "0,1024"),
  ...misaligned("i386-3.11", "1024", "0,1024"),
]);

const HERE = new URL("./", import.meta.url);
const goldenFiles = (folder: string): string[] => readdirSync(new URL(`./golden/${folder}/`, HERE));
const golden = (folder: string, trace: string): string =>
  readFileSync(new URL(`./golden/${folder}/${trace}.txt`, HERE), "utf8");

const traces = new Map<string, Trace>();

/** The trace `name`, read once. */
function traceOf(name: string): Trace {
  const known = traces.get(name);
  if (known) return known;
  const reader = new RepReader(name);
  reader.push(
    SYNTHETIC.includes(name)
      ? syntheticBytes(name)
      : gunzipSync(readFileSync(new URL(`../../examples/traces/${name}.rep.gz`, HERE))),
  );
  const trace = reader.finish();
  traces.set(name, trace);
  return trace;
}

/** How `pymalloc replay --shift` sets a profile up for a folder. */
function optionsOf(folder: string, name: string): ReplayOptions {
  const { shift } = goldenBuild(folder);
  const { pointerBits, geometry } = profile(name);
  const byPlace = pointerBits === 32 && geometry.release === "eager";
  return { profile: name, hash: true, baseOffsets: shift, baseOffsetsBy: byPlace ? "place" : "ordinal" };
}

const answer = (folder: string, name: string, trace: string): string =>
  [...hashLines(Replay.createSync(traceOf(trace), optionsOf(folder, name)))].map((line) => `${line}\n`).join("");

/** Profiles that run on all traces of a folder: the first of each geometry, order of arenas included. */
function thoroughOf({ profiles }: Folder): string[] {
  const seen = new Set<string>();
  return profiles.filter((name) => {
    const geometry = JSON.stringify(profile(name).geometry);
    const isNew = !seen.has(geometry);
    seen.add(geometry);
    return isNew;
  });
}

describe("the goldens", () => {
  it("are of the folders that are tested here", () => {
    expect(readdirSync(new URL("./golden/", HERE)).sort()).toEqual(Object.keys(FOLDERS).sort());
  });

  it.each(Object.entries(FOLDERS))(
    "of %s are all there, and none but those not carried is left out",
    (folder, { traces }) => {
      const recorded = traces.includes("3.11.7-csv_sqlite") ? NOT_CARRIED : [];
      expect(goldenFiles(folder).sort()).toEqual([...traces, ...recorded].map((name) => `${name}.txt`).sort());
    },
  );

  it("stand for every profile but 3.15-hugepages", () => {
    const answered = Object.values(ALIGNED).flatMap(({ profiles }) => profiles);
    expect(new Set(answered).size).toBe(answered.length);
    expect(profileNames().filter((name) => !answered.includes(name))).toEqual(["3.15-hugepages"]);
  });

  it("are of the geometry of each of their profiles", () => {
    for (const [folder, { profiles }] of Object.entries(FOLDERS)) {
      const { order: _, ...geometry } = goldenBuild(folder).geometry;
      for (const name of profiles) expect(profile(name).geometry, `${name} in ${folder}`).toMatchObject(geometry);
    }
  });
});

describe.each(Object.entries(FOLDERS))("every block is where it is in %s", (folder, { profiles, traces }) => {
  const thorough = thoroughOf({ profiles, traces });
  for (const name of profiles) {
    it.each(thorough.includes(name) ? traces : SMALL)(`on ${name}, trace %s`, (trace) => {
      expect(answer(folder, name, trace)).toBe(golden(folder, trace));
    });
  }
});

/** The first line at which two texts differ, or null. */
function difference(text: string, expected: string): string | null {
  if (text === expected) return null;
  const lines = text.split("\n");
  const at = expected.split("\n").findIndex((line, i) => line !== lines[i]);
  return `line ${at + 1}: ${lines[at]}, expected ${expected.split("\n")[at]}`;
}

describe("the full answer is the model's, line by line, and has the hash of the golden", () => {
  const cases = [
    ["3.8", "3.8.18"],
    ["3.9", "3.9.18"],
    ["3.12", "3.13.0"],
    ["2.7-32", "i386-2.7"],
    ["3.11-32", "i386-3.11"],
    ["3.8", "3.8.18+0,1024"],
    ["3.12", "3.13.0+4096"],
    ["2.7-32", "i386-2.7+0,1024"],
    ["2.4", "model-2.4"],
  ].flatMap(([name, folder]) => SMALL.map((trace) => [trace, name, folder] as const));

  it.each(cases)("%s on %s, as in %s", (trace, name, folder) => {
    const { geometry, shift, reusePlaces } = goldenBuild(folder);
    const lines: string[] = [];
    const { answer } = replayModel(synthetic(trace), geometry, {
      shift,
      reusePlaces,
      onLine: (line) => lines.push(`${line}\n`),
    });
    expect(answer.golden()).toBe(golden(folder, trace));
    const text = [...placementText(Replay.createSync(traceOf(trace), optionsOf(folder, name)))].join("");
    expect(difference(text, lines.join("") + answer.totals())).toBeNull();
  });
});
