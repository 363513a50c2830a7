/** Files of results: what they are, who writes them, and what of a damaged or a full one is told. */
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExperimentError } from "../../src/experiment/experiment.js";
import { readHeads, readResults } from "../../src/experiment/results.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-results-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const at = (name: string): string => join(scratch, name);
const read = (name: string): string => readFileSync(at(name), "utf8");
const linesOf = (text: string): string[] => text.split("\n").slice(0, -1);

function run(command: string, ...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: scratch });
  return { status, out: stdout.toString(), err: stderr.toString() };
}

const pymalloc = (...args: string[]) => run(process.execPath, CLI, ...args);

/** Under a limit of so many KiB a file, as on a disk that is full. */
const limited = (kib: number, ...args: string[]) =>
  run("bash", "-c", `ulimit -f ${kib}; trap '' XFSZ; exec "$@"`, "bash", process.execPath, CLI, ...args);

const refused = (err: string) => ({ status: 1, out: "", err: `${err}\n` });

const EXPERIMENT = { traces: ["churn:events=3000"], seeds: [1, 2, 3, 4], strategies: ["tlsf", "bump"], samples: 100 };
const LONG = { ...EXPERIMENT, traces: ["churn:events=60000"], seeds: { from: 1, to: 30 } };
let whole = "";

beforeAll(() => {
  writeFileSync(at("e.json"), JSON.stringify(EXPERIMENT));
  writeFileSync(at("long.json"), JSON.stringify(LONG));
  expect(pymalloc("sweep", "e.json", "-o", "whole.jsonl")).toMatchObject({ status: 0, err: "" });
  whole = read("whole.jsonl");
});

describe("an output of sweep and merge", () => {
  it("may be a link, which stays one", () => {
    for (const [index, command] of [
      ["sweep", "e.json"],
      ["merge", "whole.jsonl"],
    ].entries()) {
      symlinkSync(`real-${index}.jsonl`, at(`link-${index}.jsonl`));
      expect(pymalloc(...command, "-o", `link-${index}.jsonl`)).toMatchObject({ status: 0, err: "" });
      expect(lstatSync(at(`link-${index}.jsonl`)).isSymbolicLink()).toBe(true);
      expect(read(`real-${index}.jsonl`)).toBe(whole);
    }
  });

  it("is no directory, device, pipe or link to itself", () => {
    mkdirSync(at("folder"));
    symlinkSync("loop", at("loop"));
    expect(run("mkfifo", "pipe").status).toBe(0);
    for (const command of [
      ["sweep", "e.json"],
      ["sweep", "e.json", "--resume"],
      ["merge", "whole.jsonl"],
    ]) {
      expect(pymalloc(...command, "-o", "folder")).toEqual(refused("folder: is a directory; expected a file"));
      expect(pymalloc(...command, "-o", "loop").err).toMatch(/^loop: cannot be written: ELOOP[^\n]*\n$/);
      expect(pymalloc(...command, "-o", "pipe")).toEqual(refused("pipe: is a device or a pipe; expected a file"));
    }
    expect(pymalloc("sweep", "e.json", "-o", "x.jsonl", "--times", "pipe").status).toBe(1);
    expect(lstatSync(at("pipe")).isFIFO()).toBe(true);
    expect(existsSync(at("x.jsonl"))).toBe(false);
  });

  it("is not left half written where the disk is full", () => {
    expect(limited(4, "merge", "whole.jsonl", "-o", "full.jsonl")).toEqual(
      refused("full.jsonl: cannot be written: EFBIG: file too large, write"),
    );
    expect(readdirSync(scratch).filter((name) => name.startsWith("full."))).toEqual([]);
    expect(limited(4, "sweep", "e.json", "-o", "rest.jsonl", "--workers", "2")).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^rest\.jsonl: stopped: EFBIG: file too large, write; --resume goes on.*\n$/),
    });
    expect(pymalloc("sweep", "e.json", "-o", "rest.jsonl", "--resume").status).toBe(0);
    expect(read("rest.jsonl")).toBe(whole);
  });
});

describe("a file of results that another sweep writes", () => {
  const taken = (lock: string) =>
    refused(
      `taken.jsonl: is being written, as ${lock} says; give each sweep a file of its own, and pymalloc merge them`,
    );

  it("is refused, whatever it is called, and stays as it is", () => {
    const lock = join(scratch, "taken.jsonl.lock");
    const text = `${process.pid} ${hostname()}\n`;
    const line = `${linesOf(whole)[0]}\n`;
    writeFileSync(at("taken.jsonl"), line);
    writeFileSync(lock, text);
    expect(pymalloc("sweep", "e.json", "-o", "taken.jsonl", "--resume")).toEqual(taken(lock));
    expect(pymalloc("merge", "whole.jsonl", "-o", "taken.jsonl")).toEqual(taken(lock));
    symlinkSync("taken.jsonl", at("other-name.jsonl"));
    expect(pymalloc("sweep", "e.json", "-o", "other-name.jsonl", "--resume").err).toContain("is being written");
    expect(read("taken.jsonl")).toBe(line);
    expect(readFileSync(lock, "utf8")).toBe(text);
  });

  it("goes on where that one has ended", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    for (const holder of [`${pid} ${hostname()}\n`, `${process.pid} another-machine\n`]) {
      writeFileSync(at("left.jsonl.lock"), holder);
      expect(pymalloc("sweep", "e.json", "-o", "left.jsonl", "--resume")).toMatchObject({ status: 0, err: "" });
      expect(existsSync(at("left.jsonl.lock"))).toBe(false);
    }
    expect(read("left.jsonl")).toBe(whole);
  });

  it("has all cells of the shards that ended well, started at once", async () => {
    const shards = await Promise.all(
      [1, 2, 3].map(async (shard) => {
        const args = [CLI, "sweep", "long.json", "-o", "shards.jsonl", "--resume", "--shard", `${shard}/3`];
        const sweep = spawn(process.execPath, args, { cwd: scratch, stdio: ["ignore", "ignore", "pipe"] });
        let err = "";
        sweep.stderr.on("data", (text) => (err += text));
        const status = await new Promise((resolve) => sweep.once("close", resolve));
        return { shard, status, err };
      }),
    );
    const indices = new Set(linesOf(read("shards.jsonl")).map((line) => (JSON.parse(line) as { index: number }).index));
    for (const { shard, status, err } of shards) {
      if (status !== 0) expect(err).toMatch(/^shards\.jsonl: is being written, as [^\n]+\n$/);
      else for (let index = 20 * (shard - 1); index < 20 * shard; index++) expect(indices.has(index)).toBe(true);
    }
    expect(shards.some(({ status }) => status === 0)).toBe(true);
  });

  it("is told where cells were lost all the same", async () => {
    const args = [CLI, "sweep", "long.json", "-o", "lost.jsonl"];
    const sweep = spawn(process.execPath, args, { cwd: scratch, stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise((resolve) => sweep.once("close", resolve));
    let err = "";
    sweep.stderr.on("data", (text) => (err += text));
    const size = (): number => statSync(at("lost.jsonl"), { throwIfNoEntry: false })?.size ?? 0;
    while (size() === 0 && sweep.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
    rmSync(at("lost.jsonl"));
    writeFileSync(at("lost.jsonl"), "");
    expect(await ended).toBe(1);
    expect(err).toBe("lost.jsonl: lost 60 cells, as others wrote it meanwhile; --resume runs them again\n");
  });
});

describe("a damaged result", () => {
  const damages: readonly (readonly [what: string, damage: (line: string, other: string) => string])[] = [
    ["a run that is none", (line) => line.replace(/"run":.*,"sum"/, '"run":5,"sum"')],
    ["a number", (line) => line.replace(/"heldPeakBytes":\d+/, '"heldPeakBytes":-7')],
    ["a member's name", (line) => line.replace('"heldPeakBytes"', '"heldPeekBytes"')],
    ["another's place", (line) => line.replace('"index":4', '"index":3')],
    ["bytes of another", (line, other) => line.slice(0, 500) + other.slice(500, 600) + line.slice(600)],
    ["another's body and sum", (line, other) => line.slice(0, 200) + other.slice(200)],
  ];

  const message = (path: string): string => `${path}: line 5: is damaged: its sum is not that of its text`;

  /** Writes the file with its fifth line damaged. Returns its text. */
  function damaged(damage: (line: string, other: string) => string): string {
    const lines = linesOf(whole);
    const fifth = damage(lines[4], lines[5]);
    expect(fifth).not.toBe(lines[4]);
    const text = lines.map((line, index) => `${index === 4 ? fifth : line}\n`).join("");
    writeFileSync(at("damaged.jsonl"), text);
    return text;
  }

  it.each(damages)("is no result: %s", (_, damage) => {
    damaged(damage);
    const path = at("damaged.jsonl");
    expect(() => readHeads(path)).toThrow(new ExperimentError(message(path)));
    expect(() => readResults(path, (result) => result)).toThrow(new ExperimentError(message(path)));
  });

  it("is refused by all commands, and stays as it is", () => {
    const text = damaged(damages[0][1]);
    for (const command of [
      ["sweep", "e.json", "--resume", "-o", "damaged.jsonl"],
      ["merge", "damaged.jsonl", "-o", "merged.jsonl"],
      ["plot", "damaged.jsonl", "--kind", "pareto", "-o", "damaged.svg"],
    ])
      expect(pymalloc(...command)).toEqual(refused(message("damaged.jsonl")));
    expect(read("damaged.jsonl")).toBe(text);
  });
});
