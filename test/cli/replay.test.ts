/** `pymalloc replay`, run as people run it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { ReplayReport } from "../../src/report/replayreport.js";
import { syntheticBytes } from "../model/generate.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const conformance = (name: string): string => fileURLToPath(new URL(`../conformance/${name}`, import.meta.url));
const CSV_311 = fileURLToPath(new URL("../../examples/traces/3.11.7-csv_sqlite.rep.gz", import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), "pymalloc-cli-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function saved(name: string, content: string | Uint8Array): string {
  const file = join(scratch, name);
  writeFileSync(file, content);
  return file;
}

interface Run {
  status: number | null;
  out: string;
  err: string;
}

function pymalloc(args: readonly string[], input?: string | Uint8Array): Run {
  const run = spawnSync(process.execPath, [CLI, ...args], { input: input ?? "", maxBuffer: 2 ** 28 });
  return { status: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
}

const golden = (folder: string, name: string): string =>
  readFileSync(conformance(`golden/${folder}/${name}.txt`), "utf8");

describe("pymalloc replay --hash", () => {
  it.each([
    ["3.8.18", "3.8", "thrash", []],
    ["3.8.18+0,1024", "2.7", "thrash", ["--shift", "0,1024"]],
    ["3.13.0+4096", "3.14", "calloc", ["--shift", "4096"]],
    ["i386-2.7+0,1024", "2.7-32", "thrash", ["--shift", "0,1024"]],
    ["i386-2.7+0,1024", "2.7-32", "calloc", ["--shift", "0,1024"]],
    ["i386-3.11+0,1024", "wasm32", "thrash", ["--shift", "0,1024"]],
    ["model-2.4", "2.3", "realloc_walk", []],
    ["model-3.6", "3.6", "zero", []],
  ])("answers as golden %s: profile %s, trace %s", (folder, profile, name, more) => {
    const file = saved(`${name}.rep`, syntheticBytes(name));
    const run = pymalloc(["replay", file, "--profile", profile, "--hash", ...more]);
    expect(run).toEqual({ status: 0, out: golden(folder, name), err: "" });
  });

  it("reads stdin and compressed files", () => {
    const expected = { status: 0, out: golden("3.13.0", "3.11.7-csv_sqlite"), err: "" };
    expect(pymalloc(["replay", CSV_311, "--profile", "3.11", "--hash"])).toEqual(expected);
    const text = gunzipSync(readFileSync(CSV_311));
    expect(pymalloc(["replay", "-", "--profile=3.11", "--hash"], text)).toEqual(expected);
  });

  it("is the same for the binary form of a trace", () => {
    const binary = join(scratch, "csv.pytrace");
    expect(pymalloc(["convert", CSV_311, "-o", binary])).toEqual({ status: 0, out: "", err: "" });
    const { out } = pymalloc(["replay", binary, "--profile", "3.8", "--hash"]);
    expect(out).toBe(golden("3.8.18", "3.11.7-csv_sqlite"));
  });
});

describe("pymalloc replay", () => {
  it("prints with --marks what sys._debugmallocstats() printed", () => {
    const run = pymalloc(["replay", CSV_311, "--profile", "3.11", "--marks"]);
    const stats = readFileSync(conformance("data/3.11.7-csv_sqlite.rep.stats"), "utf8");
    expect(run).toEqual({ status: 0, out: stats, err: "" });
  });

  it("prints with --placements a line an event, arenas before the event in which they come and go", () => {
    const rep = "a 0 40\na 1 600\nc 2 3 8 m\nr 0 41\nA 3 10\nf 1\nf 2 m\nF 3\nf 0\n";
    const run = pymalloc(["replay", "-", "--profile", "3.8", "--placements"], rep);
    const lines = ["A+ 0", "0 0 48", "L", "0 1 48", "0 0 48", "-", "-", "A- 0", "-"];
    expect(run.status).toBe(0);
    expect(run.out.split("\n").slice(0, -4)).toEqual(lines);
    expect(run.out).toContain("= arenas obtained 1 released 1 live 0 high 1\n");
  });

  it("takes p lines in turn, and --shift instead of them", () => {
    const rep = `p 1024\n${Array.from({ length: 900 }, (_, id) => `a ${id} 512\n`).join("")}`;
    const arenasOf = (...args: string[]): ReplayReport["profiles"][0]["end"]["ledgerBytes"] =>
      (JSON.parse(pymalloc(["replay", "-", "--json", "--profile", "3.8", ...args], rep).out) as ReplayReport)
        .profiles[0].end.ledgerBytes;
    expect(arenasOf().arenaAlignment).toBe(4096);
    expect(arenasOf("--shift", "512").arenaAlignment).toBe(3 * 4096);
    expect(arenasOf("--shift", "0").arenaAlignment).toBe(0);
  });

  it("has the offsets of the real build with --real-offsets", () => {
    const run = pymalloc(["replay", "-", "--json", "--profile", "2.5,3.8", "--real-offsets"], "a 0 8\n");
    const { profiles } = JSON.parse(run.out) as ReplayReport;
    expect(profiles.map((p) => p.end.ledgerBytes.arenaAlignment)).toEqual([4096, 0]);
  });

  it("routes MEM to the raw domain with --mem raw, where that version did", () => {
    const answer = (profile: string, ...args: string[]): string =>
      pymalloc(["replay", "-", "--profile", profile, "--placements", ...args], "a 0 40 m\nf 0 m\n").out.split("\n=")[0];
    expect(answer("3.5")).toBe("A+ 0\n0 0 48\nA- 0\n-");
    expect(answer("3.5", "--mem", "raw")).toBe("L\n-");
    expect(answer("3.6", "--mem", "raw")).toBe("A+ 0\n0 0 48\nA- 0\n-");
  });

  it("takes 2.3's raw blocks over only with --mem raw, for the goldens leave them where they are", () => {
    const answer = (...args: string[]): string =>
      pymalloc(["replay", "-", "--profile", "2.3", "--placements", ...args], "a 0 400\nr 0 40\n").out.split("\n=")[0];
    expect(answer()).toBe("L\nL");
    expect(answer("--mem", "raw")).toBe("L\nA+ 0\n0 0 48");
  });

  it("compares several profiles in one JSON, marks by name", () => {
    const rep = "# python 3.11\na 0 40\nm after load\nf 0\n";
    const run = pymalloc(["replay", "-", "--json", "--profile", "3.11", "--profile", "2.4,2.7-32"], rep);
    const report = JSON.parse(run.out) as ReplayReport;
    expect(report.profiles.map((p) => p.profile)).toEqual(["3.11", "2.4", "2.7-32"]);
    expect(report.trace).toMatchObject({ name: "stdin", events: 3, ops: 2, marks: ["after load"], recordedBy: "3.11" });
    expect(report.profiles[0].marks[0]).toMatchObject({ name: "after load", position: 2, liveBytes: 40 });
    expect(report.notes[0]).toContain("64-bit objects");
  });

  it("uses the profile that the trace names, else 3.12", () => {
    const profileOf = (rep: string): string =>
      (JSON.parse(pymalloc(["replay", "-", "--json"], rep).out) as ReplayReport).profiles[0].profile;
    expect(profileOf("# python 3.8-32\na 0 1\n")).toBe("3.8-32");
    expect(profileOf("a 0 1\n")).toBe("3.12");
  });

  it("takes a custom geometry", () => {
    const args = ["--profile", "custom", "--arena", "2MiB", "--pool", "64KiB", "--align", "16", "--header", "48"];
    const run = pymalloc(["replay", "-", "--json", ...args, "--release", "eager"], "a 0 512\n");
    const { profiles } = JSON.parse(run.out) as ReplayReport;
    expect(profiles[0]).toMatchObject({ profile: "custom", arenaSizeBytes: 2 ** 21, poolSizeBytes: 65536 });
  });

  it("prints a report in plain ASCII when output is no terminal", () => {
    const run = pymalloc(["replay", CSV_311, "--profile", "2.4,3.8,3.12"]);
    expect(run).toMatchObject({ status: 0, err: "" });
    expect(run.out).toMatch(/^[\n\x20-\x7e]+$/);
    expect(run.out).toMatch(
      /^3\.8: at mark 4, .* live blocks of .* MB pin .* MB more in 17 arenas, the emptiest held by 210 blocks/m,
    );
  });

  it("prints the same twice", () => {
    const run = (): Run => pymalloc(["replay", CSV_311, "--json", "--profile", "3.9"]);
    expect(run()).toEqual(run());
  });

  it("ends quietly when its reader has enough", () => {
    const command = `"${process.execPath}" "${CLI}" replay "${CSV_311}" --placements; echo "status $?" >&2`;
    const run = spawnSync("sh", ["-c", `{ ${command}; } | head -2`], { encoding: "utf8" });
    expect(run.stderr).toBe("status 0\n");
  });
});

describe("bad input has one line on stderr and exit status 1", () => {
  it.each([
    ["an unknown letter", "a 0 1\nx 1\n", "stdin:2: "],
    ["an id twice live", "a 0 1\na 0 1\n", "stdin:2: "],
    ["a free of an unknown id", "f 3\n", "stdin:1: "],
    ["a free in another domain", "A 0 1\nf 0\n", "stdin:2: "],
    ["a size of 4 GiB", "a 0 4294967296\n", "stdin:1: "],
    ["a product of 4 GiB", "c 0 65536 65536\n", "stdin:1: "],
    ["a wrong count", "0\n1\n5\n1\na 0 1\nf 0\na 0 1\nf 0\n", "header says 5 ops, trace has 4"],
    ["an op cut off", "a 0 1\na 1", "stdin:2: "],
    ["no trace", "hello world\n", "stdin:1: "],
    ["nothing", "", "stdin: "],
  ])("%s", (_, rep, message) => {
    const { status, out, err } = pymalloc(["replay", "-", "--hash"], rep);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(/^.+\n$/);
    expect(err).toContain(message);
  });

  it("a file that is not there, or a folder", () => {
    expect(pymalloc(["replay", join(scratch, "missing.rep")])).toMatchObject({ status: 1, out: "" });
    expect(pymalloc(["replay", scratch])).toMatchObject({ status: 1, out: "" });
  });

  it("is passed over and counted with --lenient", () => {
    const run = pymalloc(["replay", "-", "--profile", "3.8", "--placements", "--lenient"], "a 0 1\nx 1\nf 7\nf 0\n");
    expect(run.status).toBe(0);
    expect(run.err).toMatch(/^stdin: skipped 2, the first: stdin:2: .+\n$/);
  });

  it("output that cannot be written", () => {
    const run = spawnSync("sh", ["-c", `"${process.execPath}" "${CLI}" replay "${CSV_311}" > /dev/full`], {
      encoding: "utf8",
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^stdout: cannot be written: .+\n$/);
  });

  it("a trace that the emulated memory cannot hold", () => {
    const rep = Array.from({ length: 5 }, (_, id) => `a ${id} 1000000000\n`).join("");
    const run = pymalloc(["replay", "-", "--hash"], rep);
    expect(run.status).toBe(1);
    expect(run.err).toMatch(/^.*out of memory.*\n$/);
  });
});

describe("bad usage has one line on stderr and exit status 2", () => {
  it.each([
    [["replay"]],
    [["replay", "a", "b"]],
    [["replay", "-", "--odd"]],
    [["replay", "-", "--profile", "1.5"]],
    [["replay", "-", "--profile", "3.13t"]],
    [["replay", "-", "--profile", "3.8,"]],
    [["replay", "-", "--hash", "--marks"]],
    [["replay", "-", "--hash", "--profile", "3.8,3.9"]],
    [["replay", "-", "--shift", "many"]],
    [["replay", "-", "--shift", "1", "--real-offsets"]],
    [["replay", "-", "--mem", "other"]],
    [["replay", "-", "--arena", "1MiB"]],
    [["replay", "-", "--profile", "custom", "--arena", "3MiB"]],
    [["replay", "-", "--profile", "custom", "--pool", "lots"]],
    [["replay", "-", "--profile", "custom", "--release", "sometimes"]],
    [["frobnicate"]],
  ])("%j", (args) => {
    const { status, out, err } = pymalloc(args, "a 0 1\n");
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(/^pymalloc( replay)?: .+\n$/);
  });

  it("and --help is good", () => {
    expect(pymalloc(["--help"])).toMatchObject({ status: 0, err: "" });
    expect(pymalloc(["--version"]).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
