/**
 * The cells of an experiment: one run of one trace on one strategy each. They depend on nothing but what their hash is of, and stand in
 * order of trace, seed, strategy, geometry, operating system and page, so that neighbours share a trace.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { CustomGeometry } from "../geometry/profiles.js";
import { foreignStrategy, isForeignName, type Strategy, strategy } from "../strategy/strategies.js";
import type { OsModel } from "../strategy/strategyheap.js";
import { unreadable } from "../text/fileerrors.js";
import { readTraceFile } from "../trace/file.js";
import { type Trace, TraceError } from "../trace/trace.js";
import { makeWorkload, parseWorkload, type Workload } from "../workload/workload.js";
import { customStrategy, isCustomName } from "./customstrategy.js";
import {
  type Experiment,
  ExperimentError,
  type FileSource,
  isFile,
  refuseTwins,
  type Source,
  type WorkloadSource,
} from "./experiment.js";

/** Changes when a result of the same cell does: its form, a workload's events, an allocator's places. */
const RESULT_VERSION = 1;

/** A trace of the experiment: a file, or a workload with its seed. */
export interface TraceKey {
  readonly source: Source;
  /** `null` of a file. */
  readonly seed: number | null;
  /** Of what the trace is made of. */
  readonly hash: string;
}

/** A strategy with the geometry that it runs on, `null` but for `pymalloc:custom`. */
export interface StrategyKey {
  readonly name: string;
  readonly geometry: CustomGeometry | null;
  /** Foreign wasm; else `null`. */
  readonly wasm: Uint8Array<ArrayBuffer> | null;
  readonly hash: string;
}

export interface Cell {
  /** Its place in the grid. */
  readonly index: number;
  /** 32 hexadecimal digits, of all that its result depends on. */
  readonly hash: string;
  /** Indices into the grid's lists. */
  readonly trace: number;
  readonly strategy: number;
  readonly os: OsModel;
  readonly pageBytes: number;
}

export interface Grid {
  readonly traces: readonly TraceKey[];
  readonly strategies: readonly StrategyKey[];
  readonly cells: readonly Cell[];
  readonly samples: number;
  /** 16 hexadecimal digits, of the hashes of all cells. */
  readonly hash: string;
  /** The folder that the experiment's files are relative to. */
  readonly folder: string;
}

const sha256 = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 32);
};

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** Of a trace's content, however it is written. */
const traceHash = ({ words, callocs, bases, marks }: Trace): string =>
  sha256(bytesOf(words), bytesOf(callocs), bytesOf(bases), JSON.stringify(marks));

/** The workload of a source under a seed. */
const seeded = ({ name }: WorkloadSource, seed: number): Workload =>
  parseWorkload(`${name}${name.includes(":") ? "," : ":"}seed=${seed}`);

/** Of what a workload is when its defaults are filled in. */
function workloadHash(source: WorkloadSource, seed: number): string {
  const { kind, events, numbers } = seeded(source, seed);
  const { sizes = "python", lifetimes = "random" } = source.parameters;
  const ordered = Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([kind.name, seed, events, ordered, String(sizes), String(lifetimes)]));
}

const pathOf = (file: string, folder: string): string => (isAbsolute(file) ? file : join(folder, file));

/** The trace itself. Throws a `TraceError` for a bad file. */
export async function loadTrace({ source, seed }: TraceKey, folder: string): Promise<Trace> {
  if (isFile(source)) return (await readTraceFile(pathOf(source.file, folder))).trace;
  return makeWorkload(seeded(source, seed ?? 0));
}

/** The strategy itself. */
export function loadStrategy({ name, geometry, wasm }: StrategyKey): Strategy {
  if (wasm !== null) return foreignStrategy(name, wasm);
  return geometry === null ? strategy(name) : customStrategy(name, geometry);
}

async function fileKey(source: FileSource, name: string, folder: string): Promise<TraceKey> {
  const key = { source, seed: null, hash: "" };
  try {
    return { ...key, hash: traceHash(await loadTrace(key, folder)) };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new ExperimentError(`${name}: ${source.path}: ${error.message}`);
  }
}

async function traceKeys({ name, sources, seeds }: Experiment, folder: string): Promise<TraceKey[]> {
  const keys: TraceKey[] = [];
  for (const source of sources) {
    if (isFile(source)) keys.push(await fileKey(source, name, folder));
    else for (const seed of seeds) keys.push({ source, seed, hash: workloadHash(source, seed) });
  }
  return keys;
}

async function foreignKey(name: string, place: string, folder: string): Promise<StrategyKey> {
  try {
    const wasm = new Uint8Array(await readFile(pathOf(name, folder)));
    foreignStrategy(name, wasm);
    return { name, geometry: null, wasm, hash: sha256("held from its lowest block", wasm) };
  } catch (error) {
    const reason = error instanceof RangeError ? `${name}: ${error.message}` : unreadable(name, error, "a wasm file");
    throw new ExperimentError(`${place}: ${reason}`);
  }
}

async function strategyKeys(
  { name: file, strategies, geometries }: Experiment,
  folder: string,
): Promise<StrategyKey[]> {
  const keys: StrategyKey[] = [];
  for (const [index, name] of strategies.entries()) {
    if (isForeignName(name)) keys.push(await foreignKey(name, `${file}: /strategies/${index}`, folder));
    else {
      for (const geometry of isCustomName(name) ? geometries : [null])
        keys.push({ name, geometry, wasm: null, hash: sha256(JSON.stringify([name, geometry])) });
    }
  }
  return keys;
}

/**
 * Lays out the experiment, whose files are relative to `folder`. Reads each trace file once. Throws an `ExperimentError` where one is no
 * good, or stands there twice.
 */
export async function layOut(experiment: Experiment, folder: string): Promise<Grid> {
  const { os: models, pageBytes: pages, samples } = experiment;
  const traces = await traceKeys(experiment, folder);
  const strategies = await strategyKeys(experiment, folder);
  refuseTwins(experiment.name, [
    ...traces.map(({ hash, source }) => ({ key: hash, path: source.path })),
    ...strategies.map(({ hash, name }) => ({ key: hash, path: `/strategies/${experiment.strategies.indexOf(name)}` })),
  ]);
  const cells: Cell[] = [];
  for (const [trace, { hash: ofTrace }] of traces.entries()) {
    for (const [strategy, { hash: ofStrategy }] of strategies.entries()) {
      for (const os of models) {
        for (const pageBytes of pages) {
          const hash = sha256(JSON.stringify([RESULT_VERSION, ofTrace, ofStrategy, os, pageBytes, samples]));
          cells.push({ index: cells.length, hash, trace, strategy, os, pageBytes });
        }
      }
    }
  }
  const hash = sha256(...cells.map((cell) => cell.hash)).slice(0, 16);
  return { traces, strategies, cells, samples, hash, folder };
}

/** What results call a trace. */
export const traceName = ({ source }: TraceKey): string => (isFile(source) ? source.file : source.name);

/** The cells of shard `number` of `count`, from 1: neighbours, as many as in every other, one more or less. */
export function shardOf(cells: readonly Cell[], number: number, count: number): Cell[] {
  const edge = (shard: number): number => Math.floor((cells.length * shard) / count);
  return cells.slice(edge(number - 1), edge(number));
}
