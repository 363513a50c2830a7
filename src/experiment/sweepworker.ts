/** The worker of a sweep: runs the cells that it is given, in turn, and keeps the trace of the last one. */
import { parentPort, workerData } from "node:worker_threads";
import type { Strategy } from "../strategy/strategies.js";
import type { Trace } from "../trace/trace.js";
import { type CellResult, type RunResult, runCell } from "./cell.js";
import { Collected } from "./collected.js";
import { isFile } from "./experiment.js";
import { type Cell, type Grid, loadStrategy, loadTrace, traceName } from "./grid.js";
import { resultMembers } from "./results.js";

/** What a worker is started with. */
export type WorkerPlan = Omit<Grid, "cells"> & { readonly cellCount: number };

/** What a worker tells of a cell. */
export interface CellDone {
  readonly cell: Cell;
  /** Its line, but for the sum. */
  readonly members: string;
  /** Time in the cell; in collections between those before it; and to make its trace, where that was not at hand. */
  readonly cellMs: number;
  readonly collectMs: number;
  readonly traceMs: number;
  readonly hasMadeTrace: boolean;
  readonly events: number;
  /** As in its result. */
  readonly failure: string | null;
  /** Requests that could not be served. */
  readonly failures: number;
}

const plan = workerData as WorkerPlan;
const collected = new Collected();
const strategies = new Map<number, Strategy>();
let trace: { readonly index: number; readonly trace: Trace } | null = null;

function strategyOf(index: number): Strategy {
  let strategy = strategies.get(index);
  if (strategy === undefined) strategies.set(index, (strategy = loadStrategy(plan.strategies[index])));
  return strategy;
}

/** A result but for the head of its line. */
type Rest = Omit<CellResult, "cell" | "index" | "cells" | "experiment">;

function resultOf(cell: Cell, run: RunResult | null, failure: string | null): Rest {
  const key = plan.traces[cell.trace];
  const { name, geometry } = plan.strategies[cell.strategy];
  return {
    trace: traceName(key),
    parameters: isFile(key.source) ? {} : key.source.parameters,
    seed: key.seed,
    strategy: name,
    geometry,
    os: cell.os,
    pageBytes: cell.pageBytes,
    failure,
    run,
  };
}

function runOf(cell: Cell, ofCell: Trace): { run: RunResult | null; failure: string | null } {
  try {
    const run = runCell(ofCell, strategyOf(cell.strategy), { ...cell, samples: plan.samples });
    return { run, failure: null };
  } catch (error) {
    const { name, wasm } = plan.strategies[cell.strategy];
    if (wasm !== null && error instanceof WebAssembly.RuntimeError)
      return { run: null, failure: `${name} traps: ${error.message}` };
    // Without memory on this machine it is no result, which another machine would not have.
    if (!(error instanceof RangeError) || error.message.startsWith("WebAssembly.")) throw error;
    return { run: null, failure: error.message };
  }
}

async function perform(cell: Cell): Promise<CellDone> {
  const before = performance.now();
  const hasMadeTrace = trace?.index !== cell.trace;
  if (trace === null || hasMadeTrace) {
    trace = null; // room for the next
    trace = { index: cell.trace, trace: await loadTrace(plan.traces[cell.trace], plan.folder) };
  }
  const start = performance.now();
  const { run, failure } = runOf(cell, trace.trace);
  const end = performance.now();
  collected.leaveOut(start, end);
  const head = { cell: cell.hash, index: cell.index, cells: plan.cellCount, experiment: plan.hash };
  const members = resultMembers(head, resultOf(cell, run, failure));
  const events = trace.trace.words.length / 2;
  const ms = { cellMs: end - start, collectMs: collected.take(), traceMs: start - before };
  return { cell, members, ...ms, hasMadeTrace, events, failure, failures: run?.failures ?? 0 };
}

/**
 * How long results are kept before they are told, at first and at most: each message wakes the main thread, and on a busy machine that
 * costs this one its turn.
 */
const FIRST_TELL_MS = 100;
const MOST_TELL_MS = 2000;

const waiting: Cell[] = [];
let isRunning = false;

/** Runs what is waiting, and lets more come in each time that it has told what is done. */
async function runWaiting(): Promise<void> {
  isRunning = true;
  let done: CellDone[] = [];
  let told = performance.now();
  let tellAfter = FIRST_TELL_MS;
  for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
    done.push(await perform(cell));
    if (waiting.length > 0 && performance.now() - told < tellAfter) continue;
    parentPort?.postMessage(done);
    done = [];
    told = performance.now();
    tellAfter = Math.min(2 * tellAfter, MOST_TELL_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  isRunning = false;
}

parentPort?.on("message", (cells: Cell[]) => {
  waiting.push(...cells);
  if (!isRunning) runWaiting();
});
