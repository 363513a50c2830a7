/** `pymalloc sweep` and `merge`, run as people run them, and stopped as machines stop them. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CellResult } from "../../src/experiment/cell.js";
import { resultMembers, withSum } from "../../src/experiment/results.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-sweep-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const at = (name: string): string => join(scratch, name);
const read = (name: string): string => readFileSync(at(name), "utf8");
const linesOf = (text: string): string[] => text.split("\n").slice(0, -1);

function pymalloc(...args: string[]): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [CLI, ...args], { cwd: scratch, maxBuffer: 2 ** 28 });
  return { status: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
}

function saved(name: string, json: object): string {
  writeFileSync(at(name), JSON.stringify(json));
  return name;
}

const EXPERIMENT = {
  traces: [{ workload: "survivors", parameters: { p: [0.001, 0.01], events: 3000 } }, "churn:events=3000", "own.rep"],
  seeds: [1, 2, 3],
  strategies: ["pymalloc:3.12", "pymalloc:custom", "first-fit:lifo", "tlsf"],
  geometries: [{ arena: ["256KiB", "1MiB"] }],
  os: ["mmap", "brk"],
  samples: 10,
};
const CELLS = 10 * 5 * 2;

/** A wasm file that exports `malloc free realloc memory`, the first of which is `unreachable`. */
const TRAPS = Buffer.from(
  "0061736d0100000001100360017f017f60017f0060027f7f017f0304030001020503010001072404066d656d6f72790200066d616c6c6f63000004667265650001077265616c6c6f6300020a0d030300000b0300010b0300000b",
  "hex",
);

let whole = "";

/** The line with another result of its cell. */
function differing(line: string): string {
  const { cell, index, cells, experiment, sum: _, ...rest } = JSON.parse(line) as CellResult & { sum: string };
  return withSum(resultMembers({ cell, index, cells, experiment }, { ...rest, run: { ...rest.run, events: 7 } }));
}

beforeAll(() => {
  writeFileSync(at("own.rep"), "a 0 40\na 1 600\nm there\nf 0\nf 1\n");
  saved("e.json", EXPERIMENT);
  const { status, err } = pymalloc("sweep", "e.json", "-o", "whole.jsonl", "--workers", "1");
  expect({ status, err }).toEqual({ status: 0, err: "" });
  whole = read("whole.jsonl");
});

describe("a sweep", () => {
  it("writes a line a cell, in the order of the grid", () => {
    const results = linesOf(whole).map((line) => JSON.parse(line) as CellResult);
    expect(results.map(({ index }) => index)).toEqual(Array.from({ length: CELLS }, (_, i) => i));
    expect(new Set(results.map(({ cell }) => cell)).size).toBe(CELLS);
    for (const { run, failure, cells, parameters, trace } of results) {
      expect(failure).toBeNull();
      expect(cells).toBe(CELLS);
      expect(run?.heldPeakBytes).toBeGreaterThanOrEqual(run?.livePeakBytes as number);
      expect(run?.samples.position.at(-1)).toBe(run?.events);
      if (trace.startsWith("survivors")) expect(parameters).toMatchObject({ events: 3000 });
    }
    const own = results.find(({ trace }) => trace === "own.rep");
    expect(own).toMatchObject({ seed: null, parameters: {}, run: { events: 5, livePeakBytes: 640 } });
    expect(own?.run?.marks.map(({ name, position, liveBytes }) => [name, position, liveBytes])).toEqual([
      ["there", 3, 640],
    ]);
  });

  it("writes the same bytes with any number of workers, and says what it took", () => {
    const { status, out } = pymalloc(
      "sweep",
      "e.json",
      "-o",
      "three.jsonl",
      "--workers",
      "3",
      "--times",
      "times.jsonl",
    );
    expect(status).toBe(0);
    expect(read("three.jsonl")).toBe(whole);
    const [grid, took] = linesOf(out);
    expect(grid).toMatch(/^experiment [0-9a-f]{16}: 100 cells: 10 traces × 5 strategies × 2 systems$/);
    expect(took).toMatch(
      /^100 cells in [\d.]+ s on 3 workers: [\d.]+ s in cells, [\d.]+ s collecting their heaps after them, [\d.]+ s making \d+ traces; overhead [\d.]+ % of wall × workers, the rest$/,
    );
    const cells = linesOf(read("times.jsonl")).map((line) => (JSON.parse(line) as { cell: string }).cell);
    expect(cells.sort()).toEqual(
      linesOf(whole)
        .map((line) => (JSON.parse(line) as { cell: string }).cell)
        .sort(),
    );
  });

  it("makes the trace of each seed once when there is one worker", () => {
    const { out } = pymalloc("sweep", "e.json", "-o", "once.jsonl", "--workers", "1");
    expect(out).toContain("making 10 traces;");
  });

  it("says with --dry-run what there is, and writes nothing", () => {
    const { status, out } = pymalloc("sweep", "e.json", "--dry-run", "--shard", "2/3");
    expect(status).toBe(0);
    expect(out).toMatch(/^experiment [0-9a-f]{16}: 100 cells: .*; 33 cells in shard 2\/3\n$/);
  });

  it("does not write over results", () => {
    const { status, err } = pymalloc("sweep", "e.json", "-o", "whole.jsonl");
    expect({ status, err }).toEqual({
      status: 1,
      err: "whole.jsonl: has results already, expected --resume or another file\n",
    });
    expect(read("whole.jsonl")).toBe(whole);
  });

  it("keeps a cell that cannot be run as one that failed", () => {
    // 300,000 blocks of 20,000 bytes: more than there is address space.
    saved("full.json", { traces: ["ramp:sizes=20000,events=600000"], strategies: ["bump"], samples: 2 });
    const { status, out } = pymalloc("sweep", "full.json", "-o", "full.jsonl");
    expect(status).toBe(0);
    expect(out).toMatch(
      /\n1 cell had requests that could not be served, as ramp:sizes=20000,events=600000 on bump: [\d,]+\n$/,
    );
    const [result] = linesOf(read("full.jsonl")).map((line) => JSON.parse(line) as CellResult);
    expect(result.failure !== null || (result.run?.failures ?? 0) > 0).toBe(true);
  });
});

describe("foreign wasm that traps", () => {
  it("fails its cell, and the sweep goes on and says so", () => {
    writeFileSync(at("trap.wasm"), TRAPS);
    saved("trap.json", { traces: ["churn:events=1000"], strategies: ["trap.wasm", "tlsf"], samples: 2 });
    const { status, out, err } = pymalloc("sweep", "trap.json", "-o", "trap.jsonl", "--times", "trap-times.jsonl");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(
      /\n1 cell could not be run, as churn:events=1000 on trap\.wasm: trap\.wasm traps: unreachable\n$/,
    );
    const results = linesOf(read("trap.jsonl")).map((line) => JSON.parse(line) as CellResult);
    expect(results.map(({ failure, run }) => [failure, run?.events ?? null])).toEqual([
      ["trap.wasm traps: unreachable", null],
      [null, 1002],
    ]);
    expect(pymalloc("plot", "trap.jsonl", "--kind", "pareto", "-o", "trap.svg").status).toBe(0);
  });

  it("fails a cell whose addresses cannot be", () => {
    // The same with a malloc, and a realloc, that answer 4.
    const fours = TRAPS.toString("hex").replace("0a0d030300000b0300010b0300000b", "0a0e03040041040b02000b040041040b");
    writeFileSync(at("four.wasm"), Buffer.from(fours, "hex"));
    saved("four.json", { traces: ["churn:events=1000"], strategies: ["four.wasm"], samples: 2 });
    expect(pymalloc("sweep", "four.json", "-o", "four.jsonl").status).toBe(0);
    const [{ failure, run }] = linesOf(read("four.jsonl")).map((line) => JSON.parse(line) as CellResult);
    expect(run).toBeNull();
    expect(failure).toMatch(/^four\.wasm: malloc of \d+ bytes gave the address 4: a multiple of 8 is due$/);
  });
});

describe("foreign wasm of another type", () => {
  it("is refused before the sweep begins", () => {
    writeFileSync(at("type.wasm"), Buffer.from(TRAPS.toString("hex").replace("60017f017f", "60017e017e"), "hex"));
    saved("type.json", { traces: ["churn:events=1000"], strategies: ["type.wasm"] });
    const { status, err } = pymalloc("sweep", "type.json", "-o", "type.jsonl");
    const message = "type.json: /strategies/0: type.wasm: malloc must be a function that takes (i32) and gives i32\n";
    expect({ status, err }).toEqual({ status: 1, err: message });
  });
});

describe("shards", () => {
  it("merge to the bytes of the whole, in any order", () => {
    for (const shard of ["1/3", "2/3", "3/3"]) {
      const { status } = pymalloc(
        "sweep",
        "e.json",
        "-o",
        `part-${shard[0]}.jsonl`,
        "--shard",
        shard,
        "--workers",
        "2",
      );
      expect(status).toBe(0);
    }
    const merged = pymalloc("merge", "part-3.jsonl", "part-1.jsonl", "part-2.jsonl", "-o", "merged.jsonl");
    expect(merged).toEqual({ status: 0, out: "100 of 100 cells\n", err: "" });
    expect(read("merged.jsonl")).toBe(whole);
    const two = pymalloc("merge", "part-2.jsonl", "part-2.jsonl", "part-1.jsonl", "-o", "two.jsonl");
    expect(two).toEqual({ status: 0, out: "66 of 100 cells, 34 missing\n", err: "" });
    expect(read("two.jsonl")).toBe(linesOf(whole).slice(0, 66).join("\n") + "\n");
  });

  const hasParallel = spawnSync("parallel", ["--version"]).stdout?.toString().startsWith("GNU parallel") ?? false;

  it.skipIf(!hasParallel)("run under GNU parallel (skipped where it is not installed)", () => {
    const command = `${process.execPath} ${CLI} sweep e.json -o gnu-{}.jsonl --shard {}/4 --workers 1`;
    const run = spawnSync("parallel", ["-j", "2", command, ":::", "1", "2", "3", "4"], { cwd: scratch });
    expect({ status: run.status, err: run.stderr.toString() }).toMatchObject({ status: 0 });
    const parts = [1, 2, 3, 4].map((shard) => `gnu-${shard}.jsonl`);
    expect(pymalloc("merge", ...parts, "-o", "gnu.jsonl").out).toBe("100 of 100 cells\n");
    expect(read("gnu.jsonl")).toBe(whole);
  });
});

describe("a sweep that was stopped", () => {
  it("goes on behind a line that was cut off", () => {
    writeFileSync(at("cut.jsonl"), whole);
    const lines = linesOf(whole);
    const offset = lines.slice(0, 41).reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0);
    for (const more of [0, 1, 60, Buffer.byteLength(lines[41])]) {
      writeFileSync(at("cut.jsonl"), whole);
      truncateSync(at("cut.jsonl"), offset + more);
      const { status, out } = pymalloc("sweep", "e.json", "-o", "cut.jsonl", "--resume");
      expect(status).toBe(0);
      expect(out).toContain("; 41 done before\n59 cells in ");
      expect(read("cut.jsonl")).toBe(whole);
    }
  });

  it("goes on when the experiment has grown", () => {
    const { seeds: _, ...less } = EXPERIMENT;
    saved("less.json", { ...less, strategies: ["tlsf", "pymalloc:3.12"], geometries: undefined });
    expect(pymalloc("sweep", "less.json", "-o", "grown.jsonl").status).toBe(0);
    const { status, out } = pymalloc("sweep", "e.json", "-o", "grown.jsonl", "--resume");
    expect(status).toBe(0);
    expect(out).toContain("; 16 done before\n84 cells in ");
    expect(read("grown.jsonl")).toBe(whole);
  });

  it("keeps a cell once that stands there twice, and refuses two results of one", () => {
    const lines = linesOf(whole);
    writeFileSync(at("twice.jsonl"), [...lines.slice(0, 3), ...lines.slice(1, 99)].map((line) => `${line}\n`).join(""));
    expect(pymalloc("sweep", "e.json", "-o", "twice.jsonl", "--resume").status).toBe(0);
    expect(read("twice.jsonl")).toBe(whole);
    writeFileSync(at("twice.jsonl"), `${whole}${differing(lines[0])}\n`);
    const { status, err } = pymalloc("sweep", "e.json", "-o", "twice.jsonl", "--resume");
    expect({ status, err }).toEqual({
      status: 1,
      err: "twice.jsonl: line 101: the result of cell 0 differs from twice.jsonl, line 1\n",
    });
  });

  it("goes on behind a time that was cut off", () => {
    writeFileSync(at("cut-times.jsonl"), '{"cell":"0123456789abcdef0123456789abcdef","nsPerEvent":1.5}\n{"cell":"01');
    const { status } = pymalloc("sweep", "e.json", "-o", "timed.jsonl", "--resume", "--times", "cut-times.jsonl");
    expect(status).toBe(0);
    const times = linesOf(read("cut-times.jsonl")).map((line) => JSON.parse(line) as { nsPerEvent: number });
    expect(times.length).toBe(1 + CELLS);
  });

  it("has nothing to do when it was done", () => {
    writeFileSync(at("done.jsonl"), whole);
    const { status, out } = pymalloc("sweep", "e.json", "-o", "done.jsonl", "--resume");
    expect(status).toBe(0);
    expect(linesOf(out)).toEqual([expect.stringContaining("; 100 done before")]);
    expect(read("done.jsonl")).toBe(whole);
  });

  it("loses and repeats no cell, killed at random moments", async () => {
    const seeds = { from: 1, to: 60 };
    const long = { traces: ["survivors:p=0.001,events=60000"], seeds, strategies: EXPERIMENT.strategies.slice(2) };
    saved("long.json", { ...long, samples: 10 });
    expect(pymalloc("sweep", "long.json", "-o", "long.jsonl").status).toBe(0);
    const size = (): number => statSync(at("killed.jsonl"), { throwIfNoEntry: false })?.size ?? 0;
    let done = 0;
    const delays: number[] = [];
    for (let kill = 0; kill < 5; kill++) {
      const args = [CLI, "sweep", "long.json", "-o", "killed.jsonl", "--resume", "--workers", "2"];
      const sweep = spawn(process.execPath, args, { cwd: scratch, stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise((resolve) => sweep.once("close", resolve));
      let out = "";
      sweep.stdout.on("data", (text) => (out += text));
      const before = size();
      while (size() <= before && sweep.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
      delays.push(Math.floor(Math.random() * 300));
      const timer = setTimeout(() => sweep.kill("SIGKILL"), delays.at(-1));
      await ended;
      clearTimeout(timer);
      if (done > 0) expect(out, `after ${delays} ms`).toContain(`; ${done} done before`);
      const cells = linesOf(read("killed.jsonl")).map((line) => (JSON.parse(line) as CellResult).cell);
      expect(new Set(cells).size, `after ${delays} ms`).toBe(cells.length);
      expect(cells.length, `after ${delays} ms`).toBeGreaterThanOrEqual(done);
      done = cells.length;
    }
    expect(done).toBeGreaterThan(0);
    expect(pymalloc("sweep", "long.json", "-o", "killed.jsonl", "--resume").status).toBe(0);
    expect(read("killed.jsonl"), `killed after ${delays} ms`).toBe(read("long.jsonl"));
  });
});

describe("bad input", () => {
  it("is one line, and changes nothing", () => {
    saved("bad.json", { traces: ["churn"], strategies: ["tlsf", "buddies"] });
    saved("missing.json", { traces: ["missing.rep"], strategies: ["tlsf"] });
    saved("wasm.json", { traces: ["churn"], strategies: ["missing.wasm"] });
    saved("twins.json", { traces: ["churn", "churn:live=10000"], strategies: ["tlsf"] });
    saved("other.json", { ...EXPERIMENT, seeds: [4] });
    writeFileSync(at("text.jsonl"), "no results\n");
    writeFileSync(at("empty.jsonl"), "");
    const other = pymalloc("sweep", "other.json", "-o", "other.jsonl");
    expect(other.status).toBe(0);
    const [first] = linesOf(whole);
    writeFileSync(at("differs.jsonl"), `${differing(first)}\n`);
    // biome-ignore format: a table
    const bad: readonly (readonly [args: string[], line: RegExp])[] = [
      [["sweep", "none.json", "-o", "x.jsonl"], /^none\.json: no such file$/],
      [["sweep", ".", "-o", "x.jsonl"], /^\.: is a directory; expected an experiment$/],
      [["sweep", "bad.json", "-o", "x.jsonl"], /^bad\.json: \/strategies\/1: no strategy "buddies": there are /],
      [["sweep", "missing.json", "-o", "x.jsonl"], /^missing\.json: \/traces\/0: missing\.rep: no such file$/],
      [["sweep", "wasm.json", "-o", "x.jsonl"], /^wasm\.json: \/strategies\/0: missing\.wasm: no such file$/],
      [["sweep", "twins.json", "-o", "x.jsonl"], /^twins\.json: \/traces\/1: is the same as \/traces\/0, expected each once$/],
      [["sweep", "e.json", "-o", "e.json"], /^e\.json: is named twice, expected a file of its own$/],
      [["sweep", "e.json", "-o", "x.jsonl", "--times", "./x.jsonl"], /^\.\/x\.jsonl: is named twice, expected a file of its own$/],
      [["sweep", "e.json", "-o", "x.jsonl", "--times", "text.jsonl"], /^text\.jsonl: has content already, expected --resume or another file$/],
      [["sweep", "e.json", "-o", "x.jsonl", "--resume", "--times", "text.jsonl"], /^text\.jsonl: line 1: expected a time of pymalloc sweep$/],
      [["sweep", "e.json", "-o", "none/x.jsonl"], /^none\/x\.jsonl: cannot be written: no such directory$/],
      [["sweep", "e.json", "-o", "other.jsonl", "--resume"], /^other\.jsonl: line 1: is of another experiment, expected a cell of [0-9a-f]{16}$/],
      [["sweep", "e.json", "-o", "text.jsonl", "--resume"], /^text\.jsonl: line 1: expected a result of pymalloc sweep$/],
      [["merge", "whole.jsonl", "other.jsonl", "-o", "x.jsonl"], /^other\.jsonl: line 1: is of experiment [0-9a-f]{16}, expected [0-9a-f]{16} as in whole\.jsonl$/],
      [["merge", "whole.jsonl", "differs.jsonl", "-o", "x.jsonl"], /^differs\.jsonl: line 1: the result of cell 0 differs from whole\.jsonl, line 1$/],
      [["merge", "text.jsonl", "-o", "x.jsonl"], /^text\.jsonl: line 1: expected a result of pymalloc sweep$/],
      [["merge", "empty.jsonl", "-o", "x.jsonl"], /^empty\.jsonl: has no results$/],
      [["merge", "none.jsonl", "-o", "x.jsonl"], /^none\.jsonl: no such file$/],
      [["plot", "none.jsonl", "--kind", "pareto", "-o", "x.svg"], /^none\.jsonl: no such file$/],
      [["plot", "text.jsonl", "--kind", "pareto", "-o", "x.svg"], /^text\.jsonl: line 1: expected a result of pymalloc sweep$/],
      [["plot", "empty.jsonl", "--kind", "pareto", "-o", "x.svg"], /^empty\.jsonl: has no results$/],
      [["plot", "whole.jsonl", "--kind", "pareto", "--x", "speed", "-o", "x.svg"], /^whole\.jsonl: no result has a number speed, expected p, events, /],
      [["plot", "whole.jsonl", "--kind", "heatmap", "--x", "shape", "-o", "x.svg"], /^whole\.jsonl: no result has shape, expected p, events, trace, /],
      [["plot", "whole.jsonl", "--kind", "pareto", "--where", "seed=9", "-o", "x.svg"], /^whole\.jsonl: no result with seed=9: expected 1, 2, 3, null$/],
      [["plot", "whole.jsonl", "--kind", "pareto", "--times", "text.jsonl", "-o", "x.svg"], /^text\.jsonl: line 1: expected a time of pymalloc sweep$/],
    ];
    for (const [args, line] of bad) {
      const { status, out, err } = pymalloc(...args);
      expect({ args, status, out }).toEqual({ args, status: 1, out: "" });
      expect(linesOf(err), args.join(" ")).toEqual([expect.stringMatching(line)]);
    }
    expect(statSync(at("x.jsonl"), { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(at("x.svg"), { throwIfNoEntry: false })).toBeUndefined();
    expect(read("text.jsonl")).toBe("no results\n");
  });

  it("in the command line is bad usage", () => {
    const bad = [
      ["sweep"],
      ["sweep", "e.json"],
      ["sweep", "e.json", "f.json", "-o", "x.jsonl"],
      ["sweep", "e.json", "-o", "x.jsonl", "--workers", "0"],
      ["sweep", "e.json", "-o", "x.jsonl", "--shard", "0/3"],
      ["sweep", "e.json", "-o", "x.jsonl", "--shard", "4/3"],
      ["sweep", "e.json", "-o", "x.jsonl", "--odd"],
      ["merge", "-o", "x.jsonl"],
      ["merge", "whole.jsonl"],
      ["plot", "whole.jsonl", "-o", "x.svg"],
      ["plot", "whole.jsonl", "--kind", "pie", "-o", "x.svg"],
      ["plot", "whole.jsonl", "--kind", "pareto"],
      ["plot", "whole.jsonl", "--kind", "pareto", "-o", "x.png"],
      ["plot", "whole.jsonl", "--kind", "timeline", "--y", "events", "-o", "x.svg"],
      ["plot", "whole.jsonl", "--kind", "pareto", "--value", "events", "-o", "x.svg"],
      ["plot", "whole.jsonl", "--kind", "pareto", "--where", "seed", "-o", "x.svg"],
    ];
    for (const args of bad) {
      const { status, out, err } = pymalloc(...args);
      expect({ args, status, out }).toEqual({ args, status: 2, out: "" });
      expect(err).toMatch(/^pymalloc \w+: .+\n$/);
    }
  });
});

describe("plots of results", () => {
  it.each(["timeline", "pareto", "survivors", "heatmap"])(
    "draw a %s the same each time, with what it is of",
    (kind) => {
      for (const end of ["svg", "html"]) {
        const { status } = pymalloc("plot", "whole.jsonl", "--kind", kind, "-o", `${kind}.${end}`);
        expect(status).toBe(0);
        pymalloc("plot", "whole.jsonl", "--kind", kind, "-o", `${kind}-again.${end}`);
        expect(read(`${kind}-again.${end}`)).toBe(read(`${kind}.${end}`));
      }
      const svg = read(`${kind}.svg`);
      expect(svg).toContain(kind === "heatmap" ? ">256 KiB<" : ">first-fit:lifo");
      expect(svg.match(/<path/g)?.length).toBeGreaterThan(kind === "heatmap" ? 3 : 10);
    },
  );

  it("take what --where chooses, and times", () => {
    const { status, err } = pymalloc(
      ...["plot", "whole.jsonl", "--kind", "pareto", "--times", "times.jsonl", "-o", "times.svg"],
      ...["--where", "trace=churn:events=3000", "--where", "os=brk"],
    );
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(read("times.svg")).toContain("time per event, ns");
  });

  it("say of how many cells there are times, and refuse times of none", () => {
    const plot = ["plot", "whole.jsonl", "--kind", "pareto", "--where", "trace=churn:events=3000", "--times"];
    const results = linesOf(whole).map((line) => JSON.parse(line) as CellResult);
    const { cell } = results.find(({ trace, strategy }) => trace.startsWith("churn") && strategy === "tlsf") ?? {};
    writeFileSync(at("one-time.jsonl"), `{"cell":"${cell}","nsPerEvent":12.5}\n`);
    expect(pymalloc(...plot, "one-time.jsonl", "-o", "one-time.svg")).toEqual({
      status: 0,
      out: "",
      err: "one-time.jsonl: has times of 1 of 30 cells\n",
    });
    expect(read("one-time.svg")).toContain("time per event, ns");
    expect(read("one-time.svg")).not.toContain("mean of");
    for (const times of ["empty.jsonl", "other-times.jsonl"]) {
      writeFileSync(at(times), times === "empty.jsonl" ? "" : `{"cell":"${"0".repeat(32)}","nsPerEvent":1.5}\n`);
      expect(pymalloc(...plot, times, "-o", "none.svg")).toEqual({
        status: 1,
        out: "",
        err: `${times}: has no time of a cell in whole.jsonl\n`,
      });
    }
  });
});
