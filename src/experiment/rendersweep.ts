/** What a sweep prints: the plan before it, the times after it. */
import { percent, plural, withCommas } from "../text/units.js";
import type { SweepPlan, SweepResult } from "./runexperiment.js";

/** One line: the grid, the shard, and the cells that have results already. */
export function renderPlan({ grid, shard, cells, doneBefore }: SweepPlan): string {
  const { traces, strategies, hash } = grid;
  const pairs = traces.length * strategies.length;
  const systems = grid.cells.length === pairs ? "" : ` × ${plural(grid.cells.length / pairs, "system")}`;
  const strategyCount = strategies.length === 1 ? "1 strategy" : `${strategies.length} strategies`;
  const lists = `${plural(traces.length, "trace")} × ${strategyCount}${systems}`;
  const part = shard[1] > 1 ? `; ${plural(cells, "cell")} in shard ${shard.join("/")}` : "";
  const before = doneBefore > 0 ? `; ${withCommas(doneBefore)} done before` : "";
  return `experiment ${hash}: ${plural(grid.cells.length, "cell")}: ${lists}${part}${before}\n`;
}

/** What the sweep took, how much of that was the runner's own work, and which cells failed; "" if no cell was left to run. */
export function renderSweep({ times, wallMs, failures }: SweepResult): string {
  const { workers, cellMs, collectMs, traceMs, tracesMade, cells } = times;
  if (cells === 0) return "";
  const overhead = wallMs * workers - cellMs - collectMs - traceMs;
  return (
    `${plural(cells, "cell")} in ${seconds(wallMs)} on ${plural(workers, "worker")}: ${seconds(cellMs)} in cells, ` +
    `${seconds(collectMs)} collecting their heaps after them, ${seconds(traceMs)} making ${plural(tracesMade, "trace")}; ` +
    `overhead ${percent(overhead / (wallMs * workers))} of wall × workers, the rest\n${failures}`
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
