/** `pymalloc sweep EXPERIMENT.json`: a grid of runs, on all cores. */
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ExperimentError, readExperiment } from "../../experiment/experiment.js";
import { Failures } from "../../experiment/failures.js";
import { type Cell, type Grid, layOut, shardOf } from "../../experiment/grid.js";
import { lockFile, regularFile } from "../../experiment/lock.js";
import {
  Appender,
  dropCutLine,
  onceEach,
  type ResultLine,
  readHeads,
  withSum,
  writeInOrder,
} from "../../experiment/results.js";
import { type SweepTimes, sweep } from "../../experiment/sweep.js";
import { dropCutTime, readTimes, timeLine } from "../../experiment/times.js";
import { percent, plural, withCommas } from "../../text/units.js";
import { type Command, checkWritable, InputError, Progress, print, UsageError, usage } from "../command.js";
import { refuseStdout } from "../outputs.js";

const HELP = `usage: pymalloc sweep EXPERIMENT.json -o RESULTS.jsonl [options]

Runs a grid: traces × seeds × strategies × geometries × models of the operating system × pages, as the experiment says it
(docs/sweep.md; its schema is docs/experiment.schema.json). Each cell is a JSON line in RESULTS.jsonl, written when it ends; at the end
the lines are put in the grid's order. The same experiment gives the same bytes, however many workers, shards and stops there were.

  -o RESULTS.jsonl   what to write
  --resume           go on with RESULTS.jsonl: only the cells that are not in it are run. Also after the experiment has grown
  --shard I/N        only the I-th of N parts of the grid, from 1; pymalloc merge puts the parts together
  --workers N        threads; default: as many as the machine runs at a time
  --times FILE       the nanoseconds an event of each cell, as JSON lines in a file of their own: they differ from run to run
  --dry-run          say how many cells there are, and run none
`;

interface Options {
  readonly path: string;
  readonly output: string | null;
  readonly resume: boolean;
  readonly shard: readonly [number: number, count: number];
  readonly workers: number;
  readonly times: string | null;
  readonly dryRun: boolean;
}

const MOST_WORKERS = 1024;

function readShard(text: string): [number, number] {
  const [, number, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(number >= 1 && number <= count)) throw new UsageError(`--shard is as 1/8, from 1/8 to 8/8, not ${text}`);
  return [number, count];
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      output: { type: "string", short: "o" },
      resume: { type: "boolean", default: false },
      shard: { type: "string", default: "1/1" },
      workers: { type: "string", default: String(availableParallelism()) },
      times: { type: "string" },
      "dry-run": { type: "boolean", default: false },
    },
  });
  const workers = /^\d+$/.test(values.workers) ? Number(values.workers) : Number.NaN;
  if (positionals.length !== 1) throw new UsageError("sweep takes one EXPERIMENT.json");
  if (values.output === undefined && !values["dry-run"]) throw new UsageError("sweep needs -o RESULTS.jsonl");
  refuseStdout({ "-o": values.output, "--times": values.times });
  if (!(workers >= 1 && workers <= MOST_WORKERS))
    throw new UsageError(`--workers is 1 to ${MOST_WORKERS}, not ${values.workers}`);
  return {
    path: positionals[0],
    output: values.output ?? null,
    resume: values.resume,
    shard: readShard(values.shard),
    workers,
    times: values.times ?? null,
    dryRun: values["dry-run"],
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      `${path}: ${code === "ENOENT" ? "no such file" : code === "EISDIR" ? "is a directory" : message}`,
    );
  }
}

const hasContent = (path: string): boolean => existsSync(path) && statSync(path).size > 0;

/** The lines that are there already, each of a cell of the grid. With `mayCut`, what was cut off as it was written is dropped. */
function linesDone(path: string, grid: Grid, mayCut: boolean): readonly ResultLine[] {
  if (!hasContent(path)) return [];
  const file = readHeads(path);
  const known = new Set(grid.cells.map(({ hash }) => hash));
  const stranger = file.lines.find(({ cell }) => !known.has(cell));
  if (stranger)
    throw new InputError(`${path}: line ${stranger.number}: is of another experiment, expected a cell of ${grid.hash}`);
  if (mayCut) dropCutLine(path, file);
  return file.lines;
}

function gridText({ traces, strategies, cells, hash }: Grid): string {
  const pairs = traces.length * strategies.length;
  const rest = cells.length === pairs ? "" : ` × ${plural(cells.length / pairs, "system")}`;
  const lists = `${plural(traces.length, "trace")} × ${strategies.length === 1 ? "1 strategy" : `${strategies.length} strategies`}`;
  return `experiment ${hash}: ${plural(cells.length, "cell")}: ${lists}${rest}`;
}

/** Puts the lines in the order of the grid, each cell once, with its hash in each head. Throws where one of `cells` is not there any more. */
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

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What the sweep took, and what of that was the runner's own. */
function timesText({ workers, cellMs, collectMs, traceMs, tracesMade, cells }: SweepTimes, wallMs: number): string {
  const overhead = wallMs * workers - cellMs - collectMs - traceMs;
  return (
    `${plural(cells, "cell")} in ${seconds(wallMs)} on ${plural(workers, "worker")}: ${seconds(cellMs)} in cells, ` +
    `${seconds(collectMs)} collecting their heaps after them, ${seconds(traceMs)} making ${plural(tracesMade, "trace")}; ` +
    `overhead ${percent(overhead / (wallMs * workers))} of wall × workers, the rest\n`
  );
}

/** Runs the cells that are left, appending each as it ends. */
async function runCells(
  grid: Grid,
  cells: readonly Cell[],
  options: Options & { readonly output: string },
  failures: Failures,
): Promise<SweepTimes> {
  const { output } = options;
  const results = new Appender(output);
  const times = options.times === null ? null : new Appender(options.times);
  const progress = new Progress();
  let done = 0;
  try {
    return await sweep(grid, cells, options.workers, (ended) => {
      const { cell, members, cellMs, events, failure } = ended;
      results.append(withSum(members));
      times?.append(timeLine(cell.hash, failure === null && events > 0 ? (cellMs * 1e6) / events : null));
      failures.add(ended);
      progress.show(`${withCommas(++done)} of ${plural(cells.length, "cell")}`);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined && !(error instanceof RangeError)) throw error;
    throw new InputError(`${output}: stopped: ${message}; --resume goes on, perhaps with fewer --workers`);
  } finally {
    progress.clear();
    results.close();
    times?.close();
  }
}

/** Refuses a file that would be written over another, or over what it has already, times that are none, and what is no file. */
function checkFiles({ path, output, times, resume }: Options): void {
  const files = [path, output, times].filter((file) => file !== null);
  const places = files.map((file) => resolve(file));
  const again = places.findIndex((place, index) => places.indexOf(place) < index);
  if (again >= 0) throw new InputError(`${files[again]}: is named twice, expected a file of its own`);
  for (const file of files.slice(1)) regularFile(file);
  if (resume) {
    if (times !== null && hasContent(times)) readTimes(times);
    return;
  }
  if (output !== null && hasContent(output))
    throw new InputError(`${output}: has results already, expected --resume or another file`);
  if (times !== null && hasContent(times))
    throw new InputError(`${times}: has content already, expected --resume or another file`);
}

async function perform(options: Options): Promise<number> {
  const start = performance.now();
  const experiment = readExperiment(readText(options.path), options.path);
  const { output } = options;
  if (!options.dryRun) checkFiles(options);
  const grid = await layOut(experiment, dirname(options.path));
  const written = options.dryRun ? [] : [output, options.times].filter((path) => path !== null);
  written.forEach(lockFile);
  if (!options.dryRun) checkFiles(options); // again: another sweep may have ended just now
  written.forEach(checkWritable);
  for (const path of written) appendFileSync(path, ""); // cells are added to what is there
  const cells = shardOf(grid.cells, ...options.shard);
  const done = output !== null && options.resume ? linesDone(output, grid, !options.dryRun) : [];
  const isDone = new Set(done.map(({ cell }) => cell));
  const left = cells.filter(({ hash }) => !isDone.has(hash));
  const shard = options.shard[1] > 1 ? `; ${plural(cells.length, "cell")} in shard ${options.shard.join("/")}` : "";
  const before = isDone.size > 0 ? `; ${withCommas(cells.length - left.length)} done before` : "";
  await print(`${gridText(grid)}${shard}${before}\n`);
  if (options.dryRun || output === null) return 0;
  if (options.times !== null) dropCutTime(options.times);
  const failures = new Failures(grid);
  const times = await runCells(grid, left, { ...options, output }, failures);
  putInOrder(output, grid, cells);
  if (left.length > 0) await print(timesText(times, performance.now() - start) + failures.text());
  return 0;
}

async function run(args: string[]): Promise<number> {
  const options = usage(() => readOptions(args));
  try {
    return await perform(options);
  } catch (error) {
    if (error instanceof ExperimentError) throw new InputError(error.message);
    throw error;
  }
}

export const sweepCommand: Command = {
  name: "sweep",
  summary: "a grid of traces, strategies and geometries, on all cores; resumes, and spreads over machines",
  help: HELP,
  run,
};
