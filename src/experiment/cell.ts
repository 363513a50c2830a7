/** One cell: a trace run on a strategy, and what came out. */
import type { CustomGeometry } from "../geometry/profiles.js";
import { markNames, markPositions } from "../report/replayreport.js";
import { StrategyRun } from "../strategy/run.js";
import type { Strategy } from "../strategy/strategies.js";
import type { OsModel, StrategyLedger } from "../strategy/strategyheap.js";
import type { Trace } from "../trace/trace.js";

/** What is measured at a place; `null` where nobody can tell: foreign wasm. */
interface Measured {
  /** Events run, marks included. */
  readonly position: number;
  /** Asked for and live. */
  readonly liveBytes: number;
  readonly heldBytes: number;
  readonly residentBytes: number | null;
}

export interface MarkResult extends Measured {
  readonly name: string;
  readonly ledger: StrategyLedger | null;
}

/** What a run gave. Nothing of it depends on the machine. */
export interface RunResult {
  readonly events: number;
  /** Requests that could not be served. */
  readonly failures: number;
  /** FNV-1a over the addresses handed out. */
  readonly placements: number;
  readonly livePeakBytes: number;
  /** Means are over the samples; peaks are exact. */
  readonly liveMeanBytes: number;
  readonly heldPeakBytes: number;
  readonly heldMeanBytes: number;
  readonly residentPeakBytes: number | null;
  readonly residentMeanBytes: number | null;
  /** When the program has let go: at its last mark, or at its end where it has none. */
  readonly liveAfterBytes: number;
  readonly heldAfterBytes: number;
  readonly residentAfterBytes: number | null;
  /** Calls of the emulated system; `null` of foreign wasm. */
  readonly maps: number | null;
  readonly unmaps: number | null;
  /** By realloc. */
  readonly bytesMoved: number | null;
  /** The last ones, at most MOST_MARKS. */
  readonly marks: readonly MarkResult[];
  readonly samples: {
    readonly position: readonly number[];
    readonly liveBytes: readonly number[];
    readonly heldBytes: readonly number[];
    readonly residentBytes: readonly number[] | null;
  };
}

/** A result with what was run: a line of a file of results, whose first four members stand in this order (results.ts). */
export interface CellResult {
  readonly cell: string;
  readonly index: number;
  readonly cells: number;
  readonly experiment: string;
  readonly trace: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly seed: number | null;
  readonly strategy: string;
  readonly geometry: CustomGeometry | null;
  readonly os: OsModel;
  readonly pageBytes: number;
  /** Why it could not be run; then `run` is `null`. */
  readonly failure: string | null;
  readonly run: RunResult | null;
}

const MOST_MARKS = 32;

const measure = (run: StrategyRun): Measured => ({
  position: run.position,
  liveBytes: run.liveBytes,
  heldBytes: run.heldBytes,
  residentBytes: run.residentBytes,
});

const mean = (values: readonly number[]): number =>
  Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1));

/** `null` where one of them is not known. */
function known(values: readonly (number | null)[]): readonly number[] | null {
  return values.includes(null) ? null : (values as readonly number[]);
}

/** Where it is measured: at so many places, evenly spaced by events, the end last. */
function samplePositions(events: number, samples: number): number[] {
  const count = Math.min(events, samples);
  return Array.from({ length: count }, (_, i) => Math.floor((events * (i + 1)) / count));
}

/** Runs `trace`. Throws a `RangeError` where memory cannot hold a heap's tables. */
export function runCell(
  trace: Trace,
  strategy: Strategy,
  { os, pageBytes, samples }: { readonly os: OsModel; readonly pageBytes: number; readonly samples: number },
): RunResult {
  const run = new StrategyRun(trace, strategy, { os, pageBytes });
  const names = markNames(trace);
  const marksLeft = markPositions(trace)
    .map((position, index) => ({ position, name: names[index] }))
    .slice(-MOST_MARKS);
  const marks: MarkResult[] = [];
  const measured: Measured[] = [];
  for (const position of samplePositions(run.length, samples)) {
    for (let mark = marksLeft[marks.length]; mark && mark.position <= position; mark = marksLeft[marks.length]) {
      run.runTo(mark.position);
      marks.push({ name: mark.name, ...measure(run), ledger: run.heaps[0].ledger() });
    }
    run.runTo(position);
    measured.push(measure(run));
  }
  const after = marks.at(-1) ?? measure(run);
  const costs = run.heaps[0].costs;
  const heldBytes = measured.map((sample) => sample.heldBytes);
  const liveBytes = measured.map((sample) => sample.liveBytes);
  const residentBytes = known(measured.map((sample) => sample.residentBytes));
  return {
    events: run.length,
    failures: run.failures,
    placements: run.hash,
    livePeakBytes: run.livePeakBytes,
    liveMeanBytes: mean(liveBytes),
    heldPeakBytes: run.heldPeakBytes,
    heldMeanBytes: mean(heldBytes),
    residentPeakBytes: run.residentPeakBytes,
    residentMeanBytes: residentBytes && mean(residentBytes),
    liveAfterBytes: after.liveBytes,
    heldAfterBytes: after.heldBytes,
    residentAfterBytes: after.residentBytes,
    maps: costs?.maps ?? null,
    unmaps: costs?.unmaps ?? null,
    bytesMoved: costs?.bytesMoved ?? null,
    marks,
    samples: { position: measured.map((sample) => sample.position), liveBytes, heldBytes, residentBytes },
  };
}
