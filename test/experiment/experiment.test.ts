/** Experiment files: what is wrong with one, in one line; and the cells that a good one is. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCell } from "../../src/experiment/cell.js";
import { cellCount, ExperimentError, readExperiment } from "../../src/experiment/experiment.js";
import { layOut, loadStrategy, loadTrace, shardOf } from "../../src/experiment/grid.js";

const DATA = fileURLToPath(new URL("../../examples/traces", import.meta.url));

const GOOD = { traces: ["churn"], strategies: ["pymalloc:3.12"] };

function messageOf(json: unknown): string {
  try {
    readExperiment(typeof json === "string" ? json : JSON.stringify(json), "e.json");
    return "";
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return error.message;
  }
}

const STRATEGY = "expected a strategy, as in pymalloc:3.12 or first-fit:lifo";
const TRACE = "expected a trace: a file, a workload as in survivors:p=0.001, or an object with workload and parameters";
const SIZE = 'expected a size, as in 512 or "64KiB"';

// biome-ignore format: a table
const BAD: readonly (readonly [json: unknown, message: string])[] = [
  [[], "/: expected an object with traces and strategies"],
  [{ strategies: ["tlsf"] }, '/: no member "traces", expected one'],
  [{ traces: ["churn"] }, '/: no member "strategies", expected one'],
  [{ ...GOOD, strategy: [] }, '/: no member "strategy", expected title, traces, seeds, strategies, geometries, os, pages, samples'],
  [{ ...GOOD, traces: [] }, "/traces: expected a list of at least one trace"],
  [{ ...GOOD, traces: "churn" }, "/traces: expected a list of at least one trace"],
  [{ ...GOOD, traces: ["churn", 3] }, `/traces/1: ${TRACE}`],
  [{ ...GOOD, traces: [{ kind: "churn" }] }, '/traces/0: no member "workload", expected one'],
  [{ ...GOOD, traces: [{ workload: "churn", live: 3 }] }, '/traces/0: no member "live", expected workload, parameters'],
  [{ ...GOOD, traces: [{ workload: "chum" }] }, "/traces/0/workload: no workload chum; there are churn, ramp, phases, survivors, saw-tooth, cache"],
  [{ ...GOOD, traces: [{ workload: "churn", parameters: { live: [] } }] }, "/traces/0/parameters/live: expected a number, a name, or a list of such"],
  [{ ...GOOD, traces: [{ workload: "churn", parameters: { live: [1, {}] } }] }, "/traces/0/parameters/live/1: expected a number or a name"],
  [{ ...GOOD, traces: [{ workload: "survivors", parameters: { p: [0.1, 2] } }] }, "/traces/0/parameters/p/1: survivors: p is from 0 to 1, not 2"],
  [{ ...GOOD, traces: [{ workload: "survivors", parameters: { p: [0.1, 0.2, 0.1] } }] }, "/traces/0/parameters/p/2: 0.1 stands there already"],
  [{ ...GOOD, traces: [{ workload: "survivors", parameters: { q: 1, p: 0.1 } }] }, "/traces/0/parameters/q: survivors: no q=1; it takes seed, events, p, sizes"],
  [{ ...GOOD, traces: [{ workload: "survivors", parameters: { seed: 1, p: 2 } }] }, "/traces/0/parameters/p: survivors: p is from 0 to 1, not 2"],
  [{ ...GOOD, traces: [{ workload: "chum", parameters: { p: 1 } }] }, "/traces/0/workload: no workload chum; there are churn, ramp, phases, survivors, saw-tooth, cache"],
  [{ ...GOOD, traces: [{ workload: "churn", parameters: { seed: 1 } }] }, "/traces/0/parameters/seed: expected no seed here, but in /seeds"],
  [{ ...GOOD, traces: ["churn:seed=3"] }, "/traces/0: expected no seed here, but in /seeds"],
  [{ ...GOOD, traces: ["churn:live=0"] }, "/traces/0: churn: live is an integer from 1 to 10000000, not 0"],
  [{ ...GOOD, strategies: ["tlsf", 1] }, `/strategies/1: ${STRATEGY}`],
  [{ ...GOOD, strategies: ["tlsf", ""] }, `/strategies/1: ${STRATEGY}`],
  [{ ...GOOD, strategies: ["tlsf", "tlsf"] }, '/strategies/1: "tlsf" stands there already'],
  [{ ...GOOD, strategies: ["first-fit:fifo"] }, '/strategies/0: first-fit:fifo: order is address or lifo, not "fifo"'],
  [{ ...GOOD, strategies: ["pymalloc:custom"] }, "/strategies/0: pymalloc:custom needs a list of geometries"],
  [{ ...GOOD, geometries: [{ arena: "2MiB" }] }, "/strategies: expected pymalloc:custom among them, as there are geometries"],
  [{ ...GOOD, geometries: [{ arenas: "2MiB" }] }, '/geometries/0: no member "arenas", expected arena, pool, align, threshold, header, release'],
  [{ ...GOOD, geometries: [{ arena: ["2MiB", "2 megs"] }] }, `/geometries/0/arena/1: ${SIZE}`],
  [{ ...GOOD, geometries: [{ arena: 1.5 }] }, `/geometries/0/arena: ${SIZE}`],
  [{ ...GOOD, geometries: [{}, { arena: 3000 }] }, "/geometries/1/arena: geometry: arena must be a power of two, at most 64 MiB, not 3000"],
  [{ ...GOOD, geometries: [{ arena: ["1MiB", 3000], pool: ["4KiB", "8KiB"] }] }, "/geometries/0/arena/1: geometry: arena must be a power of two, at most 64 MiB, not 3000"],
  [{ ...GOOD, strategies: ["pymalloc:custom"], geometries: [{}, { arena: "1MiB" }] }, "/geometries/1: is the same as /geometries/0, expected each once"],
  [{ ...GOOD, strategies: ["pymalloc:custom"], geometries: [{ arena: ["1MiB", 1048576] }] }, "/geometries/0: is the same as another of its own, expected each once"],
  [{ ...GOOD, strategies: ["pymalloc:custom"], geometries: [{ pool: ["4KiB", "4KiB"] }] }, '/geometries/0/pool/1: "4KiB" stands there already'],
  [{ ...GOOD, strategies: ["pymalloc:custom+arena=foo"], geometries: [{}] }, '/strategies/0: pymalloc:custom+arena=foo: arena is fullest, emptiest, lowest or random, not "foo"'],
  [{ ...GOOD, geometries: [{ release: "later" }] }, "/geometries/0/release: expected when arenas go back: eager, keep-last or never"],
  [{ ...GOOD, strategies: ["pymalloc:custom+arena=lowest"], geometries: [{ release: "never" }] },
    "/strategies/0: pymalloc:custom+arena=lowest: a geometry that never releases arenas chooses none"],
  [{ ...GOOD, seeds: [1, -1] }, "/seeds/1: expected an integer from 0 to 4294967295"],
  [{ ...GOOD, seeds: [1, 2, 1] }, "/seeds/2: 1 stands there already"],
  [{ ...GOOD, seeds: [] }, "/seeds: expected seeds: a list of integers, or an object with from and to"],
  [{ ...GOOD, seeds: 3 }, "/seeds: expected seeds: a list of integers, or an object with from and to"],
  [{ ...GOOD, seeds: { from: 3, to: 1 } }, "/seeds/to: expected an integer from 3, and fewer than 1000000 seeds"],
  [{ ...GOOD, seeds: { from: 3 } }, '/seeds: no member "to", expected one'],
  [{ ...GOOD, os: ["mmap", "sbrk"] }, "/os/1: expected a model of the operating system: mmap, brk, wasm or hugepages"],
  [{ ...GOOD, pages: ["8KiB"] }, "/pages/0: expected the size of a page: 4KiB, 16KiB or 64KiB"],
  [{ ...GOOD, samples: 0 }, "/samples: expected places at which each run is measured: an integer from 1 to 100000; when left out, 100"],
  [{ ...GOOD, traces: ["churn", "ramp"], seeds: { from: 1, to: 1_000_000 }, strategies: ["tlsf", "bump", "slab"], os: ["mmap", "brk"] },
    "/: 12000000 cells, expected at most 10000000"],
];

describe("an experiment with an error", () => {
  it.each(BAD)("gets one line with the path and what was expected: %j", (json, message) => {
    expect(messageOf(json)).toBe(`e.json: ${message}`);
  });

  it("gets one line when it is no JSON", () => {
    expect(messageOf('{"traces": [,')).toMatch(/^e\.json: is no JSON: [^\n]+$/);
  });
});

const GRID = {
  traces: [{ workload: "survivors", parameters: { p: [0.001, 0.01], events: 2000 } }, "3.11.7-csv_sqlite.rep.gz"],
  seeds: { from: 7, to: 8 },
  strategies: ["pymalloc:3.12", "pymalloc:custom", "tlsf"],
  geometries: [{ arena: ["256KiB", "1MiB"], pool: "4KiB" }],
  os: ["mmap", "brk"],
};

describe("the cells of an experiment", () => {
  it("are the product of its lists, files without seeds", async () => {
    const experiment = readExperiment(JSON.stringify(GRID), "e.json");
    const grid = await layOut(experiment, DATA);
    expect(grid.traces.map(({ source, seed }) => [Object.values(source)[0], seed])).toEqual([
      ["survivors:p=0.001,events=2000", 7],
      ["survivors:p=0.001,events=2000", 8],
      ["survivors:p=0.01,events=2000", 7],
      ["survivors:p=0.01,events=2000", 8],
      ["3.11.7-csv_sqlite.rep.gz", null],
    ]);
    expect(grid.strategies.map(({ name, geometry }) => [name, geometry?.arenaSize ?? null])).toEqual([
      ["pymalloc:3.12", null],
      ["pymalloc:custom", 256 * 1024],
      ["pymalloc:custom", 1024 * 1024],
      ["tlsf", null],
    ]);
    expect(grid.cells.length).toBe(5 * 4 * 2);
    expect(cellCount(experiment)).toBe(5 * 4 * 2);
    expect(grid.cells.map(({ index }) => index)).toEqual(grid.cells.map((_, index) => index));
    expect(new Set(grid.cells.map(({ hash }) => hash)).size).toBe(40);
  });

  it("have hashes of what they are, not of how it is written or what else is run", async () => {
    const hashes = async (json: object): Promise<string[]> =>
      (await layOut(readExperiment(JSON.stringify(json), "e.json"), DATA)).cells.map(({ hash }) => hash);
    const base = { traces: ["survivors:p=0.001"], strategies: ["tlsf"] };
    const [cell] = await hashes(base);
    expect(cell).toBe("07e7b0aa2613deff093bd2fe2977081a"); // changes only with RESULT_VERSION
    const spelled = { workload: "survivors", parameters: { events: 100_000, p: 0.001, sizes: "python" } };
    expect(await hashes({ ...base, traces: [spelled], title: "the same", seeds: [1], os: ["mmap"] })).toEqual([cell]);
    expect((await hashes({ ...base, strategies: ["bump", "tlsf"], seeds: [5, 1] })).at(-1)).toBe(cell);
    const others = [
      { seeds: [2] },
      { traces: ["survivors:p=0.002"] },
      { traces: ["survivors:p=0.001,sizes=uniform"] },
      { strategies: ["best-fit"] },
      { os: ["brk"] },
      { pages: ["16KiB"] },
      { samples: 101 },
    ];
    const all = await Promise.all(others.map(async (other) => (await hashes({ ...base, ...other }))[0]));
    expect(new Set([cell, ...all]).size).toBe(others.length + 1);
  });

  it("are no two the same", async () => {
    const json = { ...GOOD, traces: ["churn", "churn:live=10000"] };
    const laidOut = layOut(readExperiment(JSON.stringify(json), "e.json"), DATA);
    await expect(laidOut).rejects.toThrow("e.json: /traces/1: is the same as /traces/0, expected each once");
  });

  it("are in exactly one shard, in order, as many in each but for one", async () => {
    const { cells } = await layOut(readExperiment(JSON.stringify(GRID), "e.json"), DATA);
    for (const count of [1, 2, 3, 7, 40, 64]) {
      const shards = Array.from({ length: count }, (_, i) => shardOf(cells, i + 1, count));
      expect(shards.flat()).toEqual(cells);
      const sizes = shards.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it("run pymalloc:custom as the version whose geometry it is, and otherwise under its own", async () => {
    const json = {
      traces: ["phases:events=20000"],
      strategies: ["pymalloc:3.12", "pymalloc:3.8", "pymalloc:custom", "pymalloc:3.12+arena=emptiest"],
      geometries: [{}, { arena: "256KiB", pool: "4KiB", release: "eager" }],
    };
    const grid = await layOut(readExperiment(JSON.stringify(json), "e.json"), DATA);
    const trace = await loadTrace(grid.traces[0], DATA);
    const results = grid.strategies.map((key) =>
      runCell(trace, loadStrategy(key), { os: "mmap", pageBytes: 4096, samples: 20 }),
    );
    const [as312, as38, custom, custom38] = results;
    expect(custom).toEqual(as312);
    expect(custom38).toEqual(as38);
    expect(as312).not.toEqual(as38);
    expect(as312.heldPeakBytes).toBeGreaterThan(0);
  });
});

describe("the schema", () => {
  it("is what the example in the docs keeps to", () => {
    const text = readFileSync(fileURLToPath(new URL("../../docs/sweep.md", import.meta.url)), "utf8");
    const [, example] = /```json\n([^`]+)```/.exec(text) ?? [];
    expect(messageOf(example)).toBe("");
  });
});
