/** A comparison as text for people, and its samples as CSV. Returns text; prints nothing. */
import { shortName, table } from "../report/renderreplay.js";
import { bytesName, plural, sizeName, withCommas } from "../text/units.js";
import type { Comparison, MetricResult, MetricText, MomentReport, StrategyReport } from "./comparison.js";

const kb = (bytes: number): string => withCommas(Math.round(bytes / 1000));
const orDash = (bytes: number | null): string => (bytes === null ? "–" : kb(bytes));

/** The moment of a kind that there is always. */
export const momentOf = ({ moments }: StrategyReport, kind: "most live" | "end"): MomentReport =>
  moments.find((moment) => moment.kind === kind) as MomentReport;

/** The moment at which the program has let go: its last mark, else the end. */
export const letGo = (strategy: StrategyReport): MomentReport =>
  strategy.moments.find(({ kind }) => kind === "mark") ?? momentOf(strategy, "end");

/** The moments that are shown: when the most was live, and when the program has let go. */
const shownMoments = (strategy: StrategyReport): readonly MomentReport[] => [
  momentOf(strategy, "most live"),
  letGo(strategy),
];

/** The summary: a line of titles, then one a strategy. */
export function summaryRows({ strategies }: Comparison): string[][] {
  const resident = ["resident most", "average", "let go", "end"];
  const titles = ["kB", "most held", "at event", "on average", "let go", "end", ...resident];
  const rows = strategies.map((s) => {
    const end = momentOf(s, "end");
    return [
      s.strategy,
      kb(s.mostHeld.heldBytes),
      withCommas(s.mostHeld.position),
      ...[s.meanHeldBytes, letGo(s).heldBytes, end.heldBytes].map(kb),
      ...[s.residentPeakBytes, s.meanResidentBytes, letGo(s).residentBytes, end.residentBytes].map(orDash),
    ];
  });
  return [titles, ...rows];
}

function boundsTable({ strategies }: Comparison): string[] {
  const head = ["on average, kB", "held", "lower bound", "greedy bound"];
  const rows = strategies.map((s) => [
    s.strategy,
    kb(s.meanHeldBytes),
    kb(s.meanLowerBoundBytes),
    kb(s.meanGreedyBoundBytes),
  ]);
  return table([head, ...rows]);
}

/** A metric's value for people; `n/a` where it is not applicable. */
export function valueText({ unit }: MetricText, { value }: MetricResult): string {
  if (value === null) return "n/a";
  if (unit === "bytes") return bytesName(value);
  return unit === "pools" ? withCommas(value) : value.toFixed(3);
}

const resultCells = (metric: MetricText, result: MetricResult): string[] => [
  valueText(metric, result),
  ...(result.bytes === null ? ["–", "–"] : result.bytes.map((bytes) => withCommas(Math.round(bytes)))),
];

/** A block: the metric, its formula, and a row a strategy with the value and both byte counts, at each of `columns` moments. */
function metricBlock(
  metric: MetricText,
  titles: readonly string[],
  rows: readonly [string, MetricResult[]][],
): string[] {
  const head = ["", ...titles.flatMap((title) => [title, "a", "b"])];
  const cells = rows.map(([name, results]) => [name, ...results.flatMap((result) => resultCells(metric, result))]);
  const [a, b] = metric.counts;
  return [
    `${metric.name} = ${metric.formula}`,
    `  a: ${a}; b: ${b}; bytes`,
    ...table([head, ...cells]).map((line) => `  ${line}`),
    "",
  ];
}

function metricBlocks({ strategies, runMetrics, momentMetrics }: Comparison): string[] {
  const ofRun = runMetrics.flatMap((metric) =>
    metricBlock(
      metric,
      ["value"],
      strategies.map((s) => [s.strategy, [s.metrics[metric.id]]]),
    ),
  );
  const titles = ["most live", letGoTitle(strategies[0])];
  const ofMoments = momentMetrics.flatMap((metric) =>
    metricBlock(
      metric,
      titles,
      strategies.map((s) => [s.strategy, shownMoments(s).map(({ metrics }) => metrics[metric.id])]),
    ),
  );
  return [...ofRun, ...ofMoments];
}

function letGoTitle(strategy: StrategyReport): string {
  const { kind, name } = letGo(strategy);
  return kind === "end" ? name : shortName(name);
}

/** What has to be known before any number is read: who could not serve all, and who is but a model. */
export function notesOf({ strategies }: Comparison): string[] {
  const failed = strategies.filter(({ failures }) => failures > 0);
  const models = strategies.filter(({ isModel }) => isModel).map(({ strategy }) => strategy);
  return [
    ...failed.map(({ strategy, failures }) => `${strategy}: ${plural(failures, "request")} could not be served`),
    ...(models.length > 0 ? [`a model of that allocator, not the allocator itself: ${models.join(", ")}`] : []),
  ];
}

export function renderComparison(comparison: Comparison): string {
  const { trace, os, pageBytes, samplePositions, strategies } = comparison;
  const marks = trace.marks.length === 0 ? "" : `, ${withCommas(trace.marks.length)} of them marks`;
  const [first] = strategies;
  const lines = [
    `${trace.name}: ${plural(trace.events, "event")}${marks}; at most ${bytesName(trace.peakLiveBytes)} asked for and live, ` +
      `at event ${withCommas(trace.peakLivePosition)}`,
    `held as by ${os}, pages of ${sizeName(pageBytes)}; averages over ${plural(samplePositions.length, "sample")}; ` +
      `let go: ${letGo(first).kind === "end" ? "the end" : `the last mark, "${letGoTitle(first)}"`}`,
    ...notesOf(comparison),
    "",
    ...table(summaryRows(comparison)),
    "",
    ...boundsTable(comparison),
    "",
    ...metricBlocks(comparison),
    "kB: 1,000 bytes. U: held, L: live, t: time in events. n/a: not applicable; –: not known. What each means: docs/metrics.md.",
  ];
  return `${lines.join("\n")}\n`;
}

/** A field of CSV: in quotes where it needs them. */
const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

/** The samples: a line for each strategy and position. Bytes; an empty field where not known. */
export function* comparisonCsv(comparisons: readonly Comparison[]): Generator<string, void, undefined> {
  yield "trace,strategy,position,live_bytes,held_bytes,resident_bytes,lower_bound_bytes,greedy_bound_bytes\n";
  for (const { trace, strategies, samplePositions, liveBytes } of comparisons) {
    for (const s of strategies) {
      const start = `${field(trace.name)},${field(s.strategy)}`;
      yield samplePositions
        .map(
          (position, i) =>
            `${start},${position},${liveBytes[i]},${s.heldBytes[i]},${s.residentBytes?.[i] ?? ""},` +
            `${s.lowerBoundBytes[i]},${s.greedyBoundBytes[i]}\n`,
        )
        .join("");
    }
  }
}
