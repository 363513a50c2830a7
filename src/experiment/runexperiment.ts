/** Runs an experiment into a file of results: lays out the grid, resumes, appends each cell as it ends, and puts the file in order. */
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../text/errors.js";
import { reading, writing } from "../text/fileerrors.js";
import { plural } from "../text/units.js";
import { type Experiment, readExperiment } from "./experiment.js";
import { Failures } from "./failures.js";
import { type Cell, type Grid, layOut, shardOf } from "./grid.js";
import { lockFile, regularFile } from "./lock.js";
import { Appender, dropCutLine, onceEach, type ResultLine, readHeads, withSum, writeInOrder } from "./results.js";
import { type SweepTimes, sweep } from "./sweep.js";
import { dropCutTime, readTimes, timeLine } from "./times.js";

export interface ExperimentFiles {
  /** The experiment, a JSON file. */
  readonly path: string;
  /** The results, JSON lines. */
  readonly output: string;
  /** The times of the cells; `null`: none are kept. */
  readonly times: string | null;
}

export interface ExperimentOptions extends ExperimentFiles {
  /** Whether results that `output` has are kept, and only the missing cells are run. */
  readonly resume: boolean;
  /** The part of the grid that is run, from 1, and the number of parts. */
  readonly shard: Shard;
  /** Threads. */
  readonly workers: number;
}

export type Shard = readonly [number: number, count: number];

/** What is to be run. */
export interface SweepPlan {
  readonly grid: Grid;
  readonly shard: Shard;
  /** Cells of the shard, and how many of them have results already. */
  readonly cells: number;
  readonly doneBefore: number;
}

export interface SweepHooks {
  /** Called once, before the first cell is run. */
  onPlan?(plan: SweepPlan): Promise<void>;
  /** Called after each cell: how many of this run's `left` cells are done. */
  onCell?(done: number, left: number): void;
}

export interface SweepResult {
  readonly times: SweepTimes;
  readonly wallMs: number;
  /** Lines about cells that could not be run, or had requests that could not be served; "" if there are none. */
  readonly failures: string;
}

/** What `runExperiment` would run. Writes nothing. Throws an `InputError` if a file is bad. */
export async function planExperiment(
  { path, resume, shard }: Pick<ExperimentOptions, "path" | "resume" | "shard">,
  output: string | null,
): Promise<SweepPlan> {
  const grid = await layOut(readExperimentFile(path), dirname(path));
  return planOf(grid, shard, output !== null && resume ? linesDone(output, grid) : []).plan;
}

/** Runs the cells. Throws an `InputError` if a file is bad, or another process writes it. */
export async function runExperiment(options: ExperimentOptions, hooks: SweepHooks = {}): Promise<SweepResult> {
  const start = performance.now();
  const { path, output, times, resume, shard } = options;
  const experiment = readExperimentFile(path);
  checkFiles(options);
  const grid = await layOut(experiment, dirname(path));
  const written = times === null ? [output] : [output, times];
  written.forEach(lockFile);
  checkFiles(options); // again: another sweep may have ended just now
  // Files that exist come first: if one of them cannot be written, no empty file is left in place of the other.
  for (const file of [...written.filter(existsSync), ...written]) writing(file, () => appendFileSync(file, ""));
  const done = resume ? linesDone(output, grid, true) : [];
  const { plan, cells, left } = planOf(grid, shard, done);
  await hooks.onPlan?.(plan);
  if (times !== null) dropCutTime(times);
  const failures = new Failures(grid);
  const took = await runCells(grid, left, options, failures, hooks);
  putInOrder(output, grid, cells);
  return { times: took, wallMs: performance.now() - start, failures: failures.text() };
}

const readExperimentFile = (path: string): Experiment =>
  readExperiment(
    reading(path, "an experiment", () => readFileSync(path, "utf8")),
    path,
  );

const hasContent = (path: string): boolean => existsSync(path) && statSync(path).size > 0;

/** Refuses a file that would be written over another or over what it has already, bad times, and anything but a regular file. */
function checkFiles({ path, output, times, resume }: ExperimentFiles & { readonly resume: boolean }): void {
  const files = times === null ? [path, output] : [path, output, times];
  const places = files.map((file) => resolve(file));
  const again = places.findIndex((place, index) => places.indexOf(place) < index);
  if (again >= 0) throw new InputError(`${files[again]}: is named twice, expected a file of its own`);
  for (const file of files.slice(1)) regularFile(file);
  if (resume) {
    if (times !== null && hasContent(times)) readTimes(times);
    return;
  }
  if (hasContent(output)) throw new InputError(`${output}: has results already, expected --resume or another file`);
  if (times !== null && hasContent(times))
    throw new InputError(`${times}: has content already, expected --resume or another file`);
}

/** The whole lines that the file has, each of a cell of the grid. With `dropCut`, a last line that was cut off is removed from the file. */
function linesDone(path: string, grid: Grid, dropCut = false): readonly ResultLine[] {
  if (!hasContent(path)) return [];
  const file = readHeads(path);
  const known = new Set(grid.cells.map(({ hash }) => hash));
  const stranger = file.lines.find(({ cell }) => !known.has(cell));
  if (stranger)
    throw new InputError(`${path}: line ${stranger.number}: is of another experiment, expected a cell of ${grid.hash}`);
  if (dropCut) dropCutLine(path, file);
  return file.lines;
}

/** The plan, the cells of its shard, and those of them that are left. */
function planOf(grid: Grid, shard: Shard, done: readonly ResultLine[]) {
  const cells = shardOf(grid.cells, ...shard);
  const isDone = new Set(done.map(({ cell }) => cell));
  const left = cells.filter(({ hash }) => !isDone.has(hash));
  const plan: SweepPlan = { grid, shard, cells: cells.length, doneBefore: cells.length - left.length };
  return { plan, cells, left };
}

/** Runs the cells that are left. Appends each as it ends. */
async function runCells(
  grid: Grid,
  cells: readonly Cell[],
  { output, times: timesPath, workers }: ExperimentOptions,
  failures: Failures,
  { onCell }: SweepHooks,
): Promise<SweepTimes> {
  const results = new Appender(output);
  const times = timesPath === null ? null : new Appender(timesPath);
  let done = 0;
  try {
    return await sweep(grid, cells, workers, (ended) => {
      const { cell, members, cellMs, events, failure } = ended;
      results.append(withSum(members));
      times?.append(timeLine(cell.hash, failure === null && events > 0 ? (cellMs * 1e6) / events : null));
      failures.add(ended);
      onCell?.(++done, cells.length);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined && !(error instanceof RangeError)) throw error;
    throw new InputError(`${output}: stopped: ${message}; --resume goes on, perhaps with fewer --workers`);
  } finally {
    results.close();
    times?.close();
  }
}

/** Puts the lines in the order of the grid, each cell once, with the grid's hash in each head. Throws an `InputError` if one of `cells` is gone. */
function putInOrder(path: string, grid: Grid, cells: readonly Cell[]): void {
  const indices = new Map(grid.cells.map(({ hash, index }) => [hash, index]));
  const lines = onceEach(readHeads(path).lines);
  const there = new Set(lines.map(({ cell }) => cell));
  const lost = cells.filter(({ hash }) => !there.has(hash)).length;
  if (lost > 0)
    throw new InputError(
      `${path}: lost ${plural(lost, "cell")}, as others wrote it meanwhile; --resume runs them again`,
    );
  const place = { cells: grid.cells.length, experiment: grid.hash };
  writeInOrder(path, lines, ({ cell }) => ({ ...place, index: indices.get(cell) ?? 0 }));
}
