/** `pymalloc compare`, `fit` and `generate`, run as people run them. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Comparison } from "../../src/compare/comparison.js";
import { MOMENT_METRICS, RUN_METRICS } from "../../src/metrics/metrics.js";
import { parseFit } from "../../src/workload/fit.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-compare-"));
const at = (name: string): string => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true }));

function pymalloc(args: readonly string[], input = ""): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [CLI, ...args], { input, maxBuffer: 2 ** 28 });
  return { status: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
}

function compared(...args: string[]): Comparison[] {
  const { status, out, err } = pymalloc(["compare", ...args, "--json"]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out) as Comparison[];
}

/** An allocator of which nothing can be had. */
const TRAPS = `
export function malloc(nbytes: usize): usize { return unreachable(); }
export function realloc(ptr: usize, nbytes: usize): usize { return unreachable(); }
export function free(ptr: usize): void {}
`;

/** An allocator whose break sinks again. */
const SINKS = `
memory.grow(2);
let top: usize = 65536;
export function malloc(nbytes: usize): usize { top += nbytes; return top - nbytes; }
export function realloc(ptr: usize, nbytes: usize): usize { top = ptr + nbytes; return ptr; }
export function free(ptr: usize): void { top = ptr; }
export function sbrk(increment: i32): usize { return top; }
`;

/** Allocators whose malloc is `answer`, of `nbytes` bytes from `top` on, in four pages that are there from the start. */
const answering = (answer: string): string => `
let top: usize = 4096;
export function malloc(nbytes: usize): usize { const block = top; top += (nbytes + 7) & ~7; return ${answer}; }
export function realloc(ptr: usize, nbytes: usize): usize { return malloc(nbytes); }
export function free(ptr: usize): void {}
`;

async function compile(name: string, source: string): Promise<string> {
  writeFileSync(at(`${name}.ts`), source);
  const args = ["--outFile", at(`${name}.wasm`), "--runtime", "stub", "--initialMemory", "4"];
  const { error } = await asc.main([at(`${name}.ts`), ...args]);
  expect(error).toBeNull();
  return at(`${name}.wasm`);
}

describe("pymalloc compare", () => {
  const bump = at("bump.wasm");

  beforeAll(async () => {
    const { error } = await asc.main(["bench/peers/bump.ts", "--outFile", bump, "-O3", "--runtime", "stub"]);
    expect(error).toBeNull();
  });

  it("prints who needed how much, and each metric with its formula and byte counts", () => {
    const { status, out, err } = pymalloc([
      "compare",
      "survivors:p=0.001,events=40000",
      "--strategies",
      "pymalloc:3.9,tlsf",
    ]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const lines = out.split("\n");
    expect(lines[0]).toMatch(
      /^survivors:p=0.001,events=40000: \d\d,\d{3} events, 2 of them marks; at most 2\.2 MB asked for and live/,
    );
    expect(lines[1]).toMatch(
      /^held as by mmap, pages of 4 KiB; averages over 1,000 samples; let go: the last mark, "let go"$/,
    );
    for (const { name, formula } of [...RUN_METRICS, ...MOMENT_METRICS])
      expect(lines).toContain(`${name} = ${formula}`);
    expect(lines.filter((line) => /^ *pymalloc:3.9 /.test(line))).toHaveLength(
      2 + RUN_METRICS.length + MOMENT_METRICS.length,
    );
    expect(out).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it("has the same numbers each time, whatever runs beside", () => {
    const alone = compared("churn:live=500,events=20000", "--strategies", "slab");
    const [, , beside] = compared("churn:live=500,events=20000", "--strategies", "bump,buddy,slab")[0].strategies;
    expect(beside).toEqual(alone[0].strategies[0]);
    expect(compared("churn:live=500,events=20000", "--strategies", "slab")).toEqual(alone);
  });

  it("has JSON whose peaks are exact, however few the samples", () => {
    writeFileSync(at("spike.rep"), "a 0 100\na 1 9000000\nf 1\na 2 100\nm dropped\nf 0\nf 2\n");
    for (const samples of ["1", "7", "1000"]) {
      const [{ trace, strategies, samplePositions }] = compared(
        at("spike.rep"),
        "--strategies",
        "tlsf,pymalloc",
        "--samples",
        samples,
      );
      expect(trace).toMatchObject({ events: 7, peakLiveBytes: 9_000_100, peakLivePosition: 2 });
      expect(samplePositions).toHaveLength(Math.min(Number(samples), 7));
      for (const { mostHeld, moments, metrics } of strategies) {
        expect(mostHeld.position).toBe(2);
        expect(mostHeld.liveBytes).toBe(9_000_100);
        expect(mostHeld.heldBytes).toBeGreaterThan(9_000_100);
        expect(metrics.johnstoneWilson4.bytes).toEqual([mostHeld.heldBytes, 9_000_100]);
        expect(moments.map(({ kind, name, position }) => [kind, name, position])).toEqual([
          ["most live", "most live", 2],
          ["mark", "dropped", 5],
          ["end", "end", 7],
        ]);
        expect(moments[1].liveBytes).toBe(200);
        const { layout, heldBytes } = moments[1];
        expect(layout && layout.liveBytes + layout.freeBytes + layout.overheadBytes + layout.unusedBytes).toBe(
          heldBytes,
        );
        expect(layout?.sizes.reduce((sum, { askedBytes }) => sum + askedBytes, 0)).toBe(200);
      }
    }
  });

  it("knows of foreign wasm what it holds, and no more", () => {
    const [{ strategies }] = compared("ramp:events=5000", "--strategies", `${bump},bump`);
    const [foreign, own] = strategies;
    expect(foreign).toMatchObject({
      strategy: bump,
      residentPeakBytes: null,
      meanResidentBytes: null,
      residentBytes: null,
    });
    expect(foreign.mostHeld.heldBytes).toBeGreaterThan(0);
    expect(foreign.metrics.johnstoneWilson4.value).not.toBeNull();
    for (const { layout, metrics } of foreign.moments) {
      expect(layout).toBeNull();
      expect(Object.values(metrics)).toEqual(MOMENT_METRICS.map(() => ({ value: null, bytes: null })));
    }
    expect(own.moments[0].layout).not.toBeNull();
  });

  it("runs both futures from an event on: a second heap beside the first, or other policies in the same", () => {
    const args = ["survivors:p=0.01,events=40000", "--at", "20000", "--strategies"];
    const [{ strategies, samplePositions }] = compared(...args, "pymalloc:3.12", "--then", "slab");
    expect(strategies.map(({ strategy }) => strategy)).toEqual(["pymalloc:3.12", "pymalloc:3.12, from 20000 slab"]);
    const [alone, changed] = strategies;
    const before = samplePositions.filter((position) => position <= 20_000).length;
    expect(changed.heldBytes.slice(0, before)).toEqual(alone.heldBytes.slice(0, before));
    args[0] = "survivors:p=0,events=40000";
    const [{ strategies: inPlace }] = compared(...args, "pymalloc:3.12", "--then", "pymalloc:3.12+release=never");
    expect(inPlace[1].heldBytes.at(-1)).toBe(inPlace[1].mostHeld.heldBytes);
    expect(inPlace[0].heldBytes.at(-1)).toBeLessThan(inPlace[0].mostHeld.heldBytes);
    const [{ strategies: spelled }] = compared(
      ...args,
      "pymalloc+release=profile",
      "--then",
      "pymalloc+profile=3.12+release=never",
    );
    expect(spelled[1].heldBytes).toEqual(inPlace[1].heldBytes);
  });

  it("writes samples as CSV and a page that holds all and asks for nothing", () => {
    writeFileSync(at('a",b<b>.rep'), "a 0 100\nm </script><b>\nf 0\n");
    const args = ["compare", at('a",b<b>.rep'), "ramp:events=100", "--strategies", "tlsf,slab", "--samples", "10"];
    const run = pymalloc([...args, "--csv", at("out.csv"), "--html", at("out.html")]);
    expect({ status: run.status, err: run.err }).toEqual({ status: 0, err: "" });
    const [head, ...rows] = readFileSync(at("out.csv"), "utf8").trimEnd().split("\n");
    expect(head).toBe(
      "trace,strategy,position,live_bytes,held_bytes,resident_bytes,lower_bound_bytes,greedy_bound_bytes",
    );
    expect(rows).toHaveLength(2 * 3 + 2 * 10);
    expect(rows[0]).toMatch(/^"[^"]*a"",b<b>\.rep",tlsf,1,100,\d+,\d+,4096,\d+$/);
    const page = readFileSync(at("out.html"), "utf8");
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).not.toMatch(/(src|href)=["']/);
  });

  it("writes over nothing that it reads, whatever that is called", () => {
    const text = "a 0 100\nf 0\n";
    writeFileSync(at("read.rep"), text);
    symlinkSync(at("read.rep"), at("link.rep"));
    const wasm = readFileSync(bump);
    for (const [args, path] of [
      [["compare", at("read.rep"), "--csv"], join(scratch, ".", "..", basename(scratch), "read.rep")],
      [["compare", at("read.rep"), "--html"], at("link.rep")],
      [["compare", at("link.rep"), "--html"], at("read.rep")],
      [["compare", "ramp", "--strategies", bump, "--csv"], bump],
      [["compare", "ramp", "--at", "5", "--then", bump, "--csv"], bump],
      [["fit", at("read.rep"), "-o"], at("link.rep")],
      [["replay", at("read.rep"), "--html"], at("link.rep")],
      [["convert", at("link.rep"), "-o"], at("read.rep")],
    ] as const) {
      const { status, out, err } = pymalloc([...args, path]);
      expect({ args, status, out }).toEqual({ args, status: 2, out: "" });
      expect(err).toMatch(/^pymalloc \w+: .* would be written over\n$/);
    }
    expect(readFileSync(at("read.rep"), "utf8")).toBe(text);
    expect(readFileSync(bump)).toEqual(wasm);
  });

  it("leaves no file behind when what it reads is bad", () => {
    const args = [at("missing.rep"), "--csv", at("left.csv"), "--html", at("left.html")];
    expect(pymalloc(["compare", ...args]).err).toBe(`${at("missing.rep")}: no such file\n`);
    expect(pymalloc(["fit", at("missing.rep"), "-o", at("left.json")]).err).toBe(
      `${at("missing.rep")}: no such file\n`,
    );
    expect(["left.csv", "left.html", "left.json"].filter((name) => existsSync(at(name)))).toEqual([]);
    expect(pymalloc(["fit", at("missing.rep"), "-o", scratch]).err).toBe(
      `${scratch}: cannot be written: is a directory\n`,
    );
  });

  it("names the foreign wasm that traps", async () => {
    await compile("trap", TRAPS);
    expect(pymalloc(["compare", "ramp:events=10", "--strategies", `tlsf,${at("trap.wasm")}`])).toEqual({
      status: 1,
      out: "",
      err: `ramp:events=10: ${at("trap.wasm")} traps: unreachable\n`,
    });
  });

  it("has the peak of foreign wasm whose break sinks again, however few the samples", async () => {
    await compile("sinks", SINKS);
    writeFileSync(at("sinks.rep"), "a 0 10000\na 1 50000\nr 1 80000\nr 1 100\nf 1\nf 0\n");
    for (const samples of ["1", "6"]) {
      const args = [at("sinks.rep"), "--strategies", at("sinks.wasm"), "--samples", samples];
      const [{ strategies }] = compared(...args);
      expect(strategies[0].heldBytes.at(-1)).toBe(0);
      expect(strategies[0].mostHeld).toMatchObject({ position: 3, liveBytes: 90_000, heldBytes: 90_000 });
      const [{ strategies: futures }] = compared(...args, "--at", "4", "--then", "bump");
      expect(futures[1].mostHeld.heldBytes).toBe(90_000);
    }
  });

  it("has what foreign wasm holds of the memory that it starts with, whatever its sbrk says", async () => {
    const good = answering("block");
    await compile("good", good);
    await compile("odd", `${good} export function sbrk(increment: i32): usize { return 0; }`);
    const [{ strategies }] = compared("ramp:events=1000", "--strategies", [at("good.wasm"), at("odd.wasm")].join());
    for (const { mostHeld, heldBytes, metrics, lowerBoundBytes } of strategies) {
      expect(mostHeld).toMatchObject({ position: 500, liveBytes: 51_192, heldBytes: 51_192 });
      expect(metrics.johnstoneWilson4.value).toBe(0);
      expect(metrics.regretLower.value).toBeGreaterThanOrEqual(1);
      for (const [i, held] of heldBytes.entries()) expect(held).toBeGreaterThanOrEqual(lowerBoundBytes[i]);
    }
  });

  it("has one line for foreign wasm of another type, or whose addresses cannot be", async () => {
    const good = answering("block");
    for (const [source, message] of [
      [
        good
          .replace(
            "malloc(nbytes: usize): usize {",
            "malloc(nbytes: i64): i64 { return 8; } function none(nbytes: usize): usize {",
          )
          .replace("return malloc(", "return none("),
        "malloc must be a function that takes (i32) and gives i32",
      ],
      [good.replace("free(ptr: usize)", "free()"), "free must be a function that takes (i32) and gives nothing"],
      [`${good} export const calloc: i32 = 5;`, "calloc must be a function that takes (i32, i32) and gives i32"],
    ]) {
      const path = await compile("type", source);
      expect(pymalloc(["compare", "ramp:events=10", "--strategies", path])).toEqual({
        status: 1,
        out: "",
        err: `${path}: ${message}\n`,
      });
      const then = ["compare", "ramp:events=10", "--strategies", "tlsf", "--at", "5", "--then", path];
      expect(pymalloc(then)).toEqual({ status: 1, out: "", err: `${path}: ${message}\n` });
    }
    for (const [answer, message] of [
      ["block + 3", "malloc of 40 bytes gave the address 4,099: a multiple of 8 is due"],
      ["usize(-16)", "malloc of 40 bytes gave the address 4,294,967,280: its memory ends at 262,144"],
      ["4096", "120 bytes are live in 80: blocks overlap"],
      [
        "block == 4280 ? 5240 : block > 4096 ? block + 1024 : block",
        "a block of 64 bytes at 5,240 is live, and one at 5,240",
      ],
    ]) {
      const path = await compile("answer", answering(answer));
      const { status, out, err } = pymalloc(["compare", "ramp:events=1000", "--strategies", path]);
      expect({ answer, status, out, err }).toEqual({
        answer,
        status: 1,
        out: "",
        err: `ramp:events=1000: ${path}: ${message}\n`,
      });
    }
  });

  it("has no regret where requests could not be served", () => {
    const requests = Array.from({ length: 5 }, (_, id) => `a ${id} ${1200 << 20}`);
    writeFileSync(at("exhausts.rep"), `${requests.join("\n")}\n`);
    const [{ strategies }] = compared(at("exhausts.rep"), "--strategies", "tlsf,bump");
    for (const { failures, metrics, mostHeld } of strategies) {
      expect([failures, mostHeld.position]).toEqual([2, 3]);
      expect([metrics.regretLower.value, metrics.regretGreedy.value]).toEqual([null, null]);
      expect(metrics.johnstoneWilson4.bytes).toEqual([mostHeld.heldBytes, 3 * (1200 << 20)]);
    }
  });

  it("has no pages or arenas now, or none ever, or arenas that never go back", () => {
    writeFileSync(at("gone.rep"), "a 0 100\na 1 5000\nf 0\n");
    const names = "slab,size-class-pages,pymalloc:3.8,power-of-two,pymalloc+release=never,pymalloc:2.4,tlsf,bump";
    const [{ strategies }] = compared(at("gone.rep"), "--strategies", names);
    const ends = strategies.map(({ moments }) => moments.at(-1)?.metrics);
    const none = [null, null, null, null, null];
    expect(ends.map((m) => m?.meshablePools.value)).toEqual([0, 0, 0, 0, 0, 0, null, null]);
    expect(ends.map((m) => m?.singleBlockArenaBytes.value)).toEqual([0, 4 << 20, 0, ...none]);
    expect(ends.map((m) => m?.pinnedBytes.value)).toEqual([0, (4 << 20) - 5120, 0, ...none]);
    expect(strategies.map(({ moments }) => moments[0].layout?.tableBytes)).toContain(16 * 48);
  });

  it("has one line for bad input and bad usage, and writes nothing then", () => {
    writeFileSync(at("empty.rep"), "0\n0\n0\n1\n");
    writeFileSync(at("marks.rep"), "m one\nm two\n");
    writeFileSync(at("no.wasm"), "none");
    for (const [args, message] of [
      [[at("missing.rep")], `${at("missing.rep")}: no such file`],
      [[at("empty.rep")], `${at("empty.rep")}: has no events, expected some to run`],
      [[at("marks.rep")], `${at("marks.rep")}: has no events, expected some to run`],
      [["ramp", "--strategies", at("no.wasm")], `${at("no.wasm")}: is no valid wasm`],
      [["ramp", "--strategies", at("gone.wasm")], `${at("gone.wasm")}: no such file`],
      [
        ["ramp:events=10", "--at", "13", "--then", "slab"],
        "ramp:events=10: has 12 events, expected one of them for the switch, not 13",
      ],
      [
        ["ramp:events=10", "--csv", join(scratch, "no", "x.csv")],
        `${join(scratch, "no", "x.csv")}: cannot be written: no such directory`,
      ],
    ] as const) {
      expect(pymalloc(["compare", ...args])).toEqual({ status: 1, out: "", err: `${message}\n` });
    }
    for (const args of [
      [],
      ["ramp:seed=x"],
      ["ramp", "--csv", at("never.html")],
      ["ramp", at("never.html"), "--csv", at("other.csv")],
      ["ramp", "--strategies", "nonsense"],
      ["ramp", "--strategies", "tlsf,"],
      ["ramp", "--os", "plan9"],
      ["ramp", "--page", "8KiB"],
      ["ramp", "--samples", "0"],
      ["ramp", "--at", "5"],
      ["ramp", "--then", "slab"],
      ["ramp", "--odd"],
    ]) {
      const { status, out, err } = pymalloc(["compare", ...args, "--html", at("never.html")]);
      expect({ args, status, out }).toEqual({ args, status: 2, out: "" });
      expect(err).toMatch(/^pymalloc \w+: .+\n$/);
    }
    expect(existsSync(at("never.html"))).toBe(false);
  });
});

describe("pymalloc fit and generate", () => {
  it("count a trace, and make one up that has the same sizes", () => {
    expect(
      pymalloc(["generate", "churn:live=200", "--events", "20000", "--sizes", "uniform", "-o", at("churn.rep")]),
    ).toEqual({
      status: 0,
      out: "",
      err: "",
    });
    const { status, out } = pymalloc(["fit", at("churn.rep")]);
    expect(status).toBe(0);
    const fit = parseFit(out);
    expect(fit.requests).toBe(10_000);
    expect(pymalloc(["fit", "-", "-o", at("fit.json")], readFileSync(at("churn.rep"), "utf8")).status).toBe(0);
    expect(readFileSync(at("fit.json"), "utf8")).toBe(out);
    const made = ["generate", at("fit.json"), "--seed", "3", "--events", "4000", "-o", "-"];
    expect(pymalloc(made).out).toMatch(/^0\n\d+\n\d+\n1\na 0 \d+\n/);
    expect(pymalloc(made).out).toBe(pymalloc(made).out);
    const short = "0\n2\n4\n1\na 0 9\na 1 9\nm peak\nf 0\nf 1\nm let go\n";
    expect(pymalloc(["generate", "ramp:events=4,sizes=9", "-o", "-"]).out).toBe(short);
    expect(pymalloc(["generate", "ramp:sizes=9", "--events", "4", "-o", "-"]).out).toBe(short);
    expect(pymalloc(["generate", "churn", "--lifetimes", at("fit.json"), "--events", "400", "-o", "-"]).status).toBe(0);
  });

  it("have one line for bad input and bad usage", () => {
    writeFileSync(at("bad.json"), '{"format":"pymalloc-fit","version":1,"requests":1,"sizesBytes":[[1]]}');
    writeFileSync(at("nothing.rep"), "m only a mark\n");
    expect(pymalloc(["generate", at("bad.json"), "-o", "-"])).toEqual({
      status: 1,
      out: "",
      err: `${at("bad.json")}: sizesBytes[0]: expected [from, to, count] with 0 ≤ from ≤ to and 1 ≤ count\n`,
    });
    expect(pymalloc(["generate", at("none.json"), "-o", "-"]).err).toBe(`${at("none.json")}: no such file\n`);
    expect(pymalloc(["fit", at("nothing.rep")])).toMatchObject({
      status: 1,
      err: `${at("nothing.rep")}: has no requests, expected some to count\n`,
    });
    for (const args of [
      ["fit"],
      ["generate", "churn"],
      ["generate", "churn", "-o", "x.txt"],
      ["generate", "nothing", "-o", "-"],
      ["generate", "ramp", "--events", "3", "-o", "-"],
      ["generate", "churn", "--events", "100,live=3", "-o", "-"],
      ["generate", "churn:seed=3", "--seed", "4", "-o", "-"],
      ["generate", "cache", "--sizes", "uniform", "-o", "-"],
      ["generate", at("bad.json"), "--sizes", "uniform", "-o", "-"],
      ["generate", "churn", "--sizes", "a.json", "--lifetimes", "b.json", "-o", "-"],
    ]) {
      const { status, err } = pymalloc(args);
      expect({ args, status }).toEqual({ args, status: 2 });
      expect(err).toMatch(/^pymalloc \w+: .+\n$/);
    }
  });
});
