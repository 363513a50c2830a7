/**
 * The garbage that a worker collects between its cells: the heaps that they leave. V8 takes them when a memory is made, which is in a
 * cell, or some time after, as it likes.
 */
import { PerformanceObserver } from "node:perf_hooks";

/** Cells that are remembered: collections are reported when the worker next rests, a few seconds later at most. */
const MOST_CELLS = 20_000;

export class Collected {
  /** Start and end of each cell, in their order. */
  readonly #cells: (readonly [number, number])[] = [];
  #ms = 0;

  constructor() {
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        const [, end] = this.#cells.findLast(([start]) => start <= startTime) ?? [0, 0];
        if (end < startTime) this.#ms += duration;
      }
    }).observe({ entryTypes: ["gc"] });
  }

  /** Collections from `start` to `end` are of the cell. */
  leaveOut(start: number, end: number): void {
    if (this.#cells.length === MOST_CELLS) this.#cells.splice(0, MOST_CELLS / 2);
    this.#cells.push([start, end]);
  }

  /** Milliseconds between cells that were reported since the last call. */
  take(): number {
    const ms = this.#ms;
    this.#ms = 0;
    return ms;
  }
}
