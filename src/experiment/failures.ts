/** What went wrong in cells of a sweep, which goes on after it. */
import { plural, withCommas } from "../text/units.js";
import { type Grid, traceName } from "./grid.js";
import type { CellDone } from "./sweepworker.js";

export class Failures {
  readonly #grid: Grid;
  #notRun = 0;
  #firstNotRun = "";
  #unserved = 0;
  #firstUnserved = "";

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  add({ cell, failure, failures }: CellDone): void {
    const { traces, strategies } = this.#grid;
    const name = `${traceName(traces[cell.trace])} on ${strategies[cell.strategy].name}`;
    if (failure !== null && this.#notRun++ === 0) this.#firstNotRun = `${name}: ${failure}`;
    if (failures > 0 && this.#unserved++ === 0) this.#firstUnserved = `${name}: ${withCommas(failures)}`;
  }

  /** A line for cells that were not run, and one for those with requests that could not be served; none where all went well. */
  text(): string {
    const notRun = `${plural(this.#notRun, "cell")} could not be run, as ${this.#firstNotRun}\n`;
    const unserved = `${plural(this.#unserved, "cell")} had requests that could not be served, as ${this.#firstUnserved}\n`;
    return (this.#notRun > 0 ? notRun : "") + (this.#unserved > 0 ? unserved : "");
  }
}
