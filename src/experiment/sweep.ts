/**
 * Runs cells on worker threads. Each worker takes the cells of one trace after another and makes each trace once; when no trace is left
 * that nobody has begun, it helps with the one that has the most cells left.
 */
import { Worker } from "node:worker_threads";
import type { Cell, Grid } from "./grid.js";
import type { CellDone, WorkerPlan } from "./sweepworker.js";

/** What a sweep took on its workers, in milliseconds. */
export interface SweepTimes {
  readonly workers: number;
  /** Summed over the workers. */
  readonly cellMs: number;
  /** Collecting, between cells, the heaps that they leave. */
  readonly collectMs: number;
  readonly traceMs: number;
  readonly tracesMade: number;
  readonly cells: number;
}

/** Work that a worker has before it, so that it never waits (worker.ts tells every two seconds what is done). */
const AHEAD_MS = 5000;
const LEAST_AHEAD = 2;
const MOST_AHEAD = 1024;

/** The cells that are left, by trace. */
class Queue {
  readonly #groups = new Map<number, Cell[]>();
  readonly #begun = new Set<number>();

  /** How many cells are left. */
  length: number;

  constructor(cells: readonly Cell[]) {
    this.length = cells.length;
    for (const cell of cells) {
      const group = this.#groups.get(cell.trace);
      if (group) group.push(cell);
      else this.#groups.set(cell.trace, [cell]);
    }
    for (const group of this.#groups.values()) group.reverse();
  }

  /** The next cell for a worker whose last one was of `trace`; `null` where none is left. */
  take(trace: number | null): Cell | null {
    const group = (trace === null ? undefined : this.#groups.get(trace)) ?? this.#nextGroup();
    const cell = group?.pop();
    if (group === undefined || cell === undefined) return null;
    this.length--;
    this.#begun.add(cell.trace);
    if (group.length === 0) this.#groups.delete(cell.trace);
    return cell;
  }

  #nextGroup(): Cell[] | undefined {
    let most: Cell[] | undefined;
    for (const [trace, group] of this.#groups) {
      if (!this.#begun.has(trace)) return group;
      if (most === undefined || group.length > most.length) most = group;
    }
    return most;
  }
}

function startWorker(plan: WorkerPlan): Worker {
  return new Worker(new URL("./sweepworker.js", import.meta.url), { workerData: plan });
}

/** Feeds one worker until nothing is left. Rejects where the worker fails. */
function drive(worker: Worker, queue: Queue, workers: number, onDone: (done: CellDone) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let trace: number | null = null;
    let given = 0;
    let [cells, ms] = [0, 0];
    const give = (): void => {
      const share = Math.ceil(queue.length / (2 * workers)); // so that all end at about the same time
      const ahead = cells === 0 ? LEAST_AHEAD : Math.min((AHEAD_MS * cells) / ms, share, MOST_AHEAD);
      const wanted = Math.max(Math.ceil(ahead), LEAST_AHEAD);
      const batch: Cell[] = [];
      while (given + batch.length < wanted) {
        const cell = queue.take(trace);
        if (cell === null) break;
        trace = cell.trace;
        batch.push(cell);
      }
      given += batch.length;
      if (batch.length > 0) worker.postMessage(batch);
    };
    worker.on("message", (batch: CellDone[]) => {
      given -= batch.length;
      for (const { cellMs } of batch) [cells, ms] = [cells + 1, ms + cellMs];
      give();
      try {
        for (const done of batch) onDone(done);
      } catch (error) {
        reject(error);
      }
      if (given === 0) resolve();
    });
    worker.on("error", reject);
    give();
    if (given === 0) resolve();
  });
}

/** Runs `cells` of `grid` on `workers` threads, at least one; `onDone` is called as each ends, in no order. */
export async function sweep(
  grid: Grid,
  cells: readonly Cell[],
  workers: number,
  onDone: (done: CellDone) => void,
): Promise<SweepTimes> {
  const { cells: all, ...rest } = grid;
  const plan: WorkerPlan = { ...rest, cellCount: all.length };
  const queue = new Queue(cells);
  const sum = { cellMs: 0, collectMs: 0, traceMs: 0, tracesMade: 0, cells: 0 };
  const count = Math.min(workers, cells.length);
  const started = Array.from({ length: count }, () => startWorker(plan));
  try {
    await Promise.all(
      started.map((worker) =>
        drive(worker, queue, count, (done) => {
          onDone(done);
          sum.cellMs += done.cellMs;
          sum.collectMs += done.collectMs;
          sum.traceMs += done.traceMs;
          sum.tracesMade += Number(done.hasMadeTrace);
          sum.cells++;
        }),
      ),
    );
    return { ...sum, workers: count };
  } finally {
    await Promise.all(started.map((worker) => worker.terminate()));
  }
}
