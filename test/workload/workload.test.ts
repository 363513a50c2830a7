import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { OP_FREE, OP_MALLOC, OP_MARK, opOf } from "../../src/trace/event.js";
import { readTraceFile } from "../../src/trace/file.js";
import { encodeTrace } from "../../src/trace/formats/binary.js";
import { LiveBytes } from "../../src/trace/livebytes.js";
import type { Trace } from "../../src/trace/trace.js";
import { Counting, Distribution, rangeAround } from "../../src/workload/distribution.js";
import { fitTrace, formatFit, parseFit } from "../../src/workload/fit.js";
import { WORKLOAD_KINDS } from "../../src/workload/kinds.js";
import { Random } from "../../src/workload/random.js";
import { fittedWorkload, makeWorkload, parseWorkload } from "../../src/workload/workload.js";

const make = (text: string): Trace => makeWorkload(parseWorkload(text));
const hashOf = (trace: Trace): string => createHash("sha256").update(encodeTrace(trace)).digest("hex").slice(0, 16);
const sizesOf = ({ words }: Trace): number[] =>
  [...words].filter((_, i) => i % 2 === 1 && opOf(words[i - 1]) === OP_MALLOC);
const ops = ({ words }: Trace, op: number): number => [...words].filter((w, i) => i % 2 === 0 && opOf(w) === op).length;

/** What every engine must make of 20,000 events and seed 7; test/compare/browser.test.ts has them made by Chromium. */
const GOLDEN: Record<string, string> = {
  "churn:seed=7,events=20000": "746854d780850914",
  "churn:lifetimes=python,seed=7,events=20000": "081ffbdf73d111f2",
  "churn:lifetimes=uniform,sizes=uniform,seed=7,events=20000": "abc8f1556c7153ad",
  "ramp:seed=7,events=20000": "b891d29a2cd870d4",
  "phases:seed=7,events=20000": "f589c2486bdd96f2",
  "survivors:seed=7,events=20000": "62a5417f7d394781",
  "saw-tooth:seed=7,events=20000": "ec2feae58fa186a4",
  "cache:seed=7,events=20000": "69d53fad8189f34d",
};

describe("workloads", () => {
  it("are the same bytes for the same seed, others for another, and those that they ever were", () => {
    const made = Object.keys(GOLDEN).map((text) => [text, hashOf(make(text))]);
    expect(Object.fromEntries(made)).toEqual(GOLDEN);
    for (const { name } of WORKLOAD_KINDS.filter(({ name }) => name !== "cache")) {
      expect(hashOf(make(`${name}:seed=1,events=1000`))).not.toBe(hashOf(make(`${name}:seed=2,events=1000`)));
    }
  });

  it("have about as many events as asked for, whatever the seed, 0 and the highest too", () => {
    for (const { name } of WORKLOAD_KINDS) {
      for (const seed of [0, 1, 4294967295]) {
        const sizes = name === "cache" ? "" : ",sizes=uniform";
        const count = make(`${name}:seed=${seed},events=5000${sizes}`).words.length / 2;
        expect(count, name).toBeGreaterThan(4500);
        expect(count, name).toBeLessThanOrEqual(5003);
      }
      expect(make(`${name}:events=4`).words.length, name).toBeGreaterThan(0);
      for (const events of [4, 5, 6, 7])
        expect(ops(make(`${name}:events=${events}`), OP_MALLOC), name).toBeGreaterThan(0);
    }
    expect(make("saw-tooth:teeth=10000,events=100").words.length / 2).toBeLessThanOrEqual(150);
  });

  it("let go of everything at their end, where their kind does", () => {
    for (const name of ["churn", "ramp", "cache", "survivors:p=0", "phases:keep=0", "saw-tooth:rest=0"]) {
      const trace = make(`${name}${name.includes(":") ? "," : ":"}events=3000`);
      expect(new LiveBytes(trace).at(trace.words.length / 2), name).toBe(0);
    }
  });

  it("survivors keeps each block with probability p", () => {
    const kept = (p: string): number => {
      const trace = make(`survivors:p=${p},events=200000,sizes=64`);
      return ops(trace, OP_MALLOC) - ops(trace, OP_FREE);
    };
    expect(kept("0")).toBe(0);
    expect(kept("1")).toBe(100_000);
    expect(Math.abs(kept("0.01") - 1000)).toBeLessThan(4 * Math.sqrt(990)); // four standard deviations
  });

  it("cache never holds more than its capacity, and its values grow from one size to the other", () => {
    const trace = make("cache:capacity=50000,from=100,to=300,events=10000");
    expect(trace.peakLiveBytes).toBeLessThanOrEqual(50_000);
    expect(trace.peakLiveBytes).toBeGreaterThan(49_000);
    const sizes = sizesOf(trace);
    expect([sizes[0], sizes.at(-1)]).toEqual([100, 300]);
    expect(sizes.every((size, i) => i === 0 || size >= sizes[i - 1])).toBe(true);
  });

  it("phases and saw-tooth leave their share, each piece with a narrow band of sizes", () => {
    const trace = make("phases:phases=4,keep=0.1,events=8000");
    expect(trace.marks).toEqual(["phase 1", "phase 2", "phase 3", "phase 4"]);
    const end = trace.words.length / 2 - 1;
    expect(ops(trace, OP_MALLOC) - ops(trace, OP_FREE)).toBe(400);
    expect(new LiveBytes(trace).at(end)).toBeGreaterThan(0);
    const first = sizesOf(trace).slice(0, 1000);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(Math.floor(0.75 * Math.max(...first)));
    const tooth = make("saw-tooth:teeth=3,rest=0.25,events=6000");
    expect(ops(tooth, OP_MARK)).toBe(3);
    expect(ops(tooth, OP_MALLOC) - ops(tooth, OP_FREE)).toBe(250);
  });

  it("churn with lifetimes frees each block when it is due", () => {
    const trace = make("churn:lifetimes=uniform,live=10,events=4000");
    const { lifetimesRequests } = fitTrace(trace);
    expect(lifetimesRequests[0][0]).toBe(1);
    expect(lifetimesRequests.at(-1)?.[1]).toBeLessThanOrEqual(rangeAround(20)[1]);
    expect(make("churn:lifetimes=python,events=4000").words.length / 2).toBeLessThanOrEqual(4000);
  });

  it.each([
    ["chrun", "no workload chrun; there are churn, ramp, phases, survivors, saw-tooth, cache"],
    ["churn:", 'churn: no ""; it takes seed, events, live, sizes, lifetimes'],
    ["ramp:live=1", "ramp: no live=1; it takes seed, events, sizes"],
    ["ramp:lifetimes=python", "ramp: no lifetimes=python; it takes seed, events, sizes"],
    ["ramp:seed=-1", "ramp: seed is an integer from 0 to 4294967295, not -1"],
    ["ramp:events=3", "ramp: events is an integer from 4 to 100000000, not 3"],
    ["survivors:p=1.5", "survivors: p is from 0 to 1, not 1.5"],
    ["survivors:p=", "survivors: p is from 0 to 1, not "],
    ["churn:sizes=fit", "sizes are python, uniform, fitted ones or a number of bytes to 1073741824, not fit"],
    ["churn:sizes=1e99", "sizes are python, uniform, fitted ones or a number of bytes to 1073741824, not 1e99"],
    ["cache:sizes=uniform", "cache: no sizes=uniform; it takes seed, events, capacity, from, to"],
    ["churn:live=1,live=2", "churn: live is given twice"],
    ["ramp:sizes=1,sizes=1", "ramp: sizes is given twice"],
    ["churn:lifetimes=fit", "lifetimes are random, uniform, python or fitted ones, not fit"],
  ])("%s is bad: %s", (text, message) => {
    expect(() => parseWorkload(text)).toThrow(new RangeError(message));
  });
});

describe("random numbers", () => {
  it("are those of xorshift32 with 13, 17, 5", () => {
    const random = new Random(1);
    expect([1, 2, 3].map(() => random.below(2 ** 32))).toEqual([270369, 67634689, 2647435461]);
  });

  it("fill a distribution's ranges in proportion", () => {
    const random = Random.seeded(3);
    const drawn = new Distribution([
      [5, 5, 3],
      [10, 13, 1],
    ]);
    const counts = new Map<number, number>();
    for (let i = 0; i < 40_000; i++) {
      const n = drawn.draw(random);
      counts.set(n, (counts.get(n) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([5, 10, 11, 12, 13]);
    expect(Math.abs((counts.get(5) ?? 0) - 30_000)).toBeLessThan(4 * Math.sqrt(7500));
    for (const n of [10, 11, 12, 13]) expect(Math.abs((counts.get(n) ?? 0) - 2500)).toBeLessThan(4 * Math.sqrt(2344));
  });

  it("are counted in ranges that meet, and are at most a quarter as wide as the power of two below", () => {
    let next = 0;
    while (next < 2 ** 31) {
      const [from, to] = rangeAround(next);
      expect(from).toBe(next);
      expect(rangeAround(to)).toEqual([from, to]);
      expect(to - from + 1).toBeLessThanOrEqual(Math.max(from / 4, 1));
      next = to + 1;
    }
    expect(rangeAround(2 ** 32 - 1)[1]).toBe(2 ** 32 - 1);
    const counting = new Counting(10);
    for (const n of [10, 11, 12, 13]) counting.add(n);
    expect(counting.ranges()).toEqual([
      [10, 10, 1],
      [11, 11, 1],
      [12, 13, 2],
    ]);
  });
});

describe("fit", () => {
  it("counts sizes and lifetimes of a trace by hand", () => {
    const trace = make("ramp:events=4,sizes=9"); // two blocks of 9, then both are freed
    expect(fitTrace(trace)).toEqual({
      format: "pymalloc-fit",
      version: 1,
      requests: 2,
      sizesBytes: [[9, 9, 2]],
      lifetimesRequests: [
        [1, 1, 1],
        [2, 2, 1],
      ],
      neverFreed: 0,
    });
  });

  it("makes programs with the distributions of the recorded one", async () => {
    const { trace } = await readTraceFile("examples/traces/3.8.18-csv_sqlite.rep.gz");
    const fit = fitTrace(trace);
    expect(parseFit(formatFit(fit))).toEqual(fit);
    const again = fitTrace(makeWorkload(fittedWorkload(fit, "seed=5,events=400000")));
    const shares = (ranges: typeof fit.sizesBytes, below: number): number =>
      ranges.reduce((sum, [, to, count]) => sum + (to < below ? count : 0), 0) /
      ranges.reduce((sum, [, , count]) => sum + count, 0);
    for (const below of [33, 49, 65, 129, 257, 513, 4096])
      expect(shares(again.sizesBytes, below)).toBeCloseTo(shares(fit.sizesBytes, below), 2);
    const young = (ranges: typeof fit.sizesBytes, requests: number, to: number): number =>
      ranges.reduce((sum, [, last, count]) => sum + (last <= to ? count : 0), 0) / requests;
    for (const to of [1, 2, 3, 15, 1023])
      expect(young(again.lifetimesRequests, again.requests, to)).toBeCloseTo(
        young(fit.lifetimesRequests, fit.requests, to),
        2,
      );
  });

  it.each([
    ["{", "is not JSON, expected what pymalloc fit writes"],
    ["null", 'format: expected "pymalloc-fit"'],
    ['{"format":"pymalloc-fit","version":2}', "version: expected 1"],
    ['{"format":"pymalloc-fit","version":1,"requests":-1}', "requests: expected an integer from 0 to 4294967295"],
    [
      '{"format":"pymalloc-fit","version":1,"requests":1,"sizesBytes":7}',
      "sizesBytes: expected a list of [from, to, count]",
    ],
    [
      '{"format":"pymalloc-fit","version":1,"requests":1,"sizesBytes":[[2,1,1]]}',
      "sizesBytes[0]: expected [from, to, count] with 0 ≤ from ≤ to and 1 ≤ count",
    ],
    [
      '{"format":"pymalloc-fit","version":1,"requests":1,"sizesBytes":[[1,1,1]],"lifetimesRequests":[[0,1,1]]}',
      "lifetimesRequests[0]: expected [from, to, count] with 1 ≤ from ≤ to and 1 ≤ count",
    ],
    [
      '{"format":"pymalloc-fit","version":1,"requests":1,"sizesBytes":[[1,1,1]],"lifetimesRequests":[],"neverFreed":0}',
      "lifetimesRequests: expected at least one range where neverFreed is 0",
    ],
  ])("refuses %s", (text, message) => {
    expect(() => parseFit(text)).toThrow(new RangeError(message));
  });
});
