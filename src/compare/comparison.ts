/** One program on many allocators: who needed how much memory, with every metric and the bytes that it is made of. */

import { profile } from "../geometry/profiles.js";
import { greedyBound } from "../metrics/bounds/greedy.js";
import { lowerBound } from "../metrics/bounds/lower.js";
import { type Course, type CourseSample, mean } from "../metrics/course.js";
import type { HeapLayout, HeapMoment } from "../metrics/heapmoment.js";
import type { ByteCounts, Metric } from "../metrics/metric.js";
import { MOMENT_METRICS, RUN_METRICS } from "../metrics/metrics.js";
import { evenPositions } from "../replay/sample.js";
import { markNames, markPositions } from "../report/replayreport.js";
import type { OsModel, SystemOptions } from "../strategy/strategyheap.js";
import { OP_MARK, opOf } from "../trace/event.js";
import { LiveBytes } from "../trace/livebytes.js";
import type { Trace } from "../trace/trace.js";
import { type Future, FutureRun, futureName, isInPlace } from "./future.js";
import { layoutOf } from "./heaplayout.js";

/** A metric's value and the two byte counts that it is made of; `null` where not applicable. */
export interface MetricResult {
  readonly value: number | null;
  readonly bytes: ByteCounts | null;
}

export type MetricResults = Readonly<Record<string, MetricResult>>;

/** A moment at which the heap was walked. */
export interface MomentReport extends CourseSample {
  readonly kind: "most live" | "mark" | "end";
  /** The mark's name; else the kind. */
  readonly name: string;
  /** `null` for foreign wasm. The pages and arenas themselves are in no report. */
  readonly layout: Omit<HeapLayout, "pages" | "units"> | null;
  readonly metrics: MetricResults;
}

export interface StrategyReport {
  /** The strategy as it was named; of a counterfactual, both. */
  readonly strategy: string;
  readonly summary: string | null;
  /** Whether it is a model of somebody else's allocator. */
  readonly isModel: boolean;
  /** Requests that could not be served. */
  readonly failures: number;
  /** Where the most was held for the first time: exact. */
  readonly mostHeld: CourseSample;
  readonly residentPeakBytes: number | null;
  readonly meanHeldBytes: number;
  readonly meanResidentBytes: number | null;
  readonly meanLowerBoundBytes: number;
  readonly meanGreedyBoundBytes: number;
  readonly metrics: MetricResults;
  /** When the most was live, at the last mark if there is one, and at the end. */
  readonly moments: readonly MomentReport[];
  /** At each of `Comparison.samplePositions`. */
  readonly heldBytes: readonly number[];
  readonly residentBytes: readonly number[] | null;
  readonly lowerBoundBytes: readonly number[];
  readonly greedyBoundBytes: readonly number[];
}

/** A metric without its code. */
export type MetricText = Omit<Metric<never>, "measure">;

export interface Comparison {
  readonly trace: {
    readonly name: string;
    /** Marks included. */
    readonly events: number;
    readonly marks: readonly { readonly name: string; readonly position: number }[];
    /** The most that was asked for and live, and after how many events it was so for the first time. */
    readonly peakLiveBytes: number;
    readonly peakLivePosition: number;
    readonly recordedBy: string | null;
  };
  readonly os: OsModel;
  readonly pageBytes: number;
  /** Events run at each sample. */
  readonly samplePositions: readonly number[];
  /** Asked for and live at each sample. */
  readonly liveBytes: readonly number[];
  readonly strategies: readonly StrategyReport[];
  /** What the metrics are: of a run, and of a heap at a moment. */
  readonly runMetrics: readonly MetricText[];
  readonly momentMetrics: readonly MetricText[];
}

export interface CompareOptions extends Pick<SystemOptions, "os" | "pageBytes"> {
  /** Positions at which is measured, evenly spaced; default 1,000, or one an event where there are fewer. */
  readonly samples?: number;
  /** The counterfactual: each strategy runs alone, and up to event `at` and then this one. */
  readonly next?: Future["next"];
  readonly onProgress?: (strategy: string, position: number) => void;
}

const SAMPLES = 1000;

/** At most `count` positions, evenly spaced, the end last. */
const samplePositions = (events: number, count: number): number[] =>
  evenPositions(0, events, Math.min(count, events)).slice(1);

/** After how many events the most is live for the first time. */
function peakLivePosition(trace: Trace): number {
  const live = new LiveBytes(trace);
  return live.passes(trace.peakLiveBytes - 1, 0, trace.words.length / 2) ?? 0;
}

type MomentName = Pick<MomentReport, "kind" | "name" | "position">;

/** When to walk the heap. */
function momentsOf(trace: Trace, mostLive: number): MomentName[] {
  const marks = markPositions(trace);
  const name = markNames(trace)[marks.length - 1];
  const moments: MomentName[] = [
    { kind: "most live", name: "most live", position: mostLive },
    ...marks.slice(-1).map((position): MomentName => ({ kind: "mark", name, position })),
    { kind: "end", name: "end", position: trace.words.length / 2 },
  ];
  return moments.sort((a, b) => a.position - b.position);
}

const sampleOf = ({ run }: FutureRun): CourseSample => ({
  position: run.position,
  liveBytes: run.liveBytes,
  heldBytes: run.heldBytes,
  residentBytes: run.residentBytes,
});

function results<Of>(metrics: readonly Metric<Of>[], of: Of): MetricResults {
  return Object.fromEntries(
    metrics.map((metric) => {
      const { value = null, bytes = null } = metric.measure(of) ?? {};
      return [metric.id, { value, bytes }];
    }),
  );
}

function momentReport(at: FutureRun, { kind, name }: MomentName): MomentReport {
  const layout = layoutOf(at.run);
  const moment: HeapMoment & Pick<MomentReport, "kind"> = { ...sampleOf(at), kind, name, layout };
  if (layout === null) return { ...moment, metrics: results(MOMENT_METRICS, moment) };
  const { pages: _, units: __, ...rest } = layout;
  return { ...moment, layout: rest, metrics: results(MOMENT_METRICS, moment) };
}

/** The first event after which `peak` bytes had been held, which is behind event `from`: by a second run, event by event from there. */
function findMostHeld(trace: Trace, future: Future, system: SystemOptions, from: number, peak: number): CourseSample {
  const again = new FutureRun(trace, future, system);
  again.runTo(from);
  while (again.run.heldPeakBytes < peak) again.runTo(again.run.position + 1);
  return { ...sampleOf(again), heldBytes: peak };
}

/** The units of the bounds: pymalloc's own arenas for pymalloc; for others pages, and for the greedy one the pools of 3.12. */
function boundsOf(trace: Trace, future: Future, pageBytes: number, positions: readonly number[]) {
  const isOne = future.next === null || isInPlace(future);
  const own = isOne ? future.strategy.profile : null;
  const arenas = own && { arenaBytes: own.geometry.arenaSize, threshold: own.geometry.threshold };
  const isForeign = future.strategy.kind === null || future.next?.strategy.kind === null;
  return {
    lowerBoundBytes: [...lowerBound(trace, { pageBytes: isForeign ? 1 : pageBytes, arenas }, positions)],
    greedyBoundBytes: [...greedyBound(trace, (own ?? profile("3.12")).geometry, pageBytes, positions)],
  };
}

interface Plan {
  readonly trace: Trace;
  readonly system: SystemOptions & { readonly pageBytes: number };
  readonly positions: readonly number[];
  readonly mostLive: number;
  readonly onProgress: (strategy: string, position: number) => void;
}

function report(plan: Plan, future: Future): StrategyReport {
  const { trace, system, positions, mostLive } = plan;
  const name = futureName(future);
  const at = new FutureRun(trace, future, system);
  const moments = momentsOf(trace, mostLive);
  const reports: MomentReport[] = [];
  const samples: CourseSample[] = [];
  const heldPeaks: number[] = [];
  for (const position of positions) {
    for (let next = moments[reports.length]; next && next.position <= position; next = moments[reports.length]) {
      at.runTo(next.position);
      reports.push(momentReport(at, next));
    }
    at.runTo(position);
    samples.push(sampleOf(at));
    heldPeaks.push(at.run.heldPeakBytes);
    plan.onProgress(name, position);
  }
  const peak = at.run.heldPeakBytes;
  const slice = heldPeaks.indexOf(peak);
  const mostHeld = findMostHeld(trace, future, system, slice <= 0 ? 0 : positions[slice - 1], peak);
  const bounds = boundsOf(trace, future, system.pageBytes, positions);
  const mostLiveSample = reports.find(({ kind }) => kind === "most live") as CourseSample;
  const { failures } = at.run;
  const course: Course = { samples, mostLive: mostLiveSample, mostHeld, failures, ...bounds };
  const resident = samples.map(({ residentBytes }) => residentBytes);
  const residentBytes = resident.includes(null) ? null : (resident as number[]);
  return {
    strategy: name,
    summary: future.strategy.kind?.summary ?? null,
    isModel: future.strategy.kind?.isModel ?? false,
    failures,
    mostHeld,
    residentPeakBytes: at.run.residentPeakBytes,
    meanHeldBytes: mean(samples.map(({ heldBytes }) => heldBytes)),
    meanResidentBytes: residentBytes && mean(residentBytes),
    meanLowerBoundBytes: mean(bounds.lowerBoundBytes),
    meanGreedyBoundBytes: mean(bounds.greedyBoundBytes),
    metrics: results(RUN_METRICS, course),
    moments: reports,
    heldBytes: samples.map(({ heldBytes }) => heldBytes),
    residentBytes,
    ...bounds,
  };
}

const texts = <Of>(metrics: readonly Metric<Of>[]): MetricText[] => metrics.map(({ measure: _, ...text }) => text);

/**
 * Runs `trace` on each strategy, in order. The same trace and options give the same numbers on every machine. Throws a `RangeError`
 * for an empty trace, for options that there are not, or where memory cannot hold a heap's tables.
 */
export function compare(
  name: string,
  trace: Trace,
  strategies: readonly Future["strategy"][],
  options: CompareOptions = {},
): Comparison {
  const { os = "mmap", pageBytes = 4096, samples = SAMPLES, next = null, onProgress = () => {} } = options;
  const events = trace.words.length / 2;
  if (!trace.words.some((word, i) => i % 2 === 0 && opOf(word) !== OP_MARK))
    throw new RangeError("has no events, expected some to run");
  if (!(Number.isInteger(samples) && samples >= 1)) throw new RangeError(`samples is 1 or more, not ${samples}`);
  if (next !== null && !(Number.isInteger(next.at) && next.at >= 0 && next.at <= events))
    throw new RangeError(`has ${events} events, expected one of them for the switch, not ${next.at}`);
  const positions = samplePositions(events, samples);
  const mostLive = peakLivePosition(trace);
  const plan: Plan = { trace, system: { os, pageBytes }, positions, mostLive, onProgress };
  const futures = strategies.flatMap((strategy): Future[] => {
    const alone = { strategy, next: null };
    return next === null ? [alone] : [alone, { strategy, next }];
  });
  const live = new LiveBytes(trace);
  const names = markNames(trace);
  return {
    trace: {
      name,
      events,
      marks: markPositions(trace).map((position, index) => ({ name: names[index], position })),
      peakLiveBytes: trace.peakLiveBytes,
      peakLivePosition: mostLive,
      recordedBy: trace.recordedBy,
    },
    os,
    pageBytes,
    samplePositions: positions,
    liveBytes: positions.map((position) => live.at(position)),
    strategies: futures.map((future) => report(plan, future)),
    runMetrics: texts(RUN_METRICS),
    momentMetrics: texts(MOMENT_METRICS),
  };
}
