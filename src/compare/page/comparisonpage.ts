/** The script of the page: reads the comparisons that are in it, and draws them. No part of it asks for anything from elsewhere. */
import type { Comparison, MetricResult, MetricText, StrategyReport } from "../comparison.js";
import { letGo, momentOf, notesOf, summaryRows, valueText } from "../rendercomparison.js";
import { colourOf, drawPlots } from "./curves.js";
import { element } from "./element.js";
import "uplot/dist/uPlot.min.css";
import "./page.css";

const withCommas = (n: number): string => Math.round(n).toLocaleString("en");
const kb = (bytes: number | null): string => (bytes === null ? "–" : withCommas(bytes / 1000));

function swatched(index: number, name: string): HTMLElement {
  const swatch = element("span", { className: "swatch" });
  swatch.style.borderColor = colourOf(index);
  return element("td", { className: "strategy", title: name }, swatch, name);
}

function summary(comparison: Comparison): HTMLElement {
  const [titles, ...rows] = summaryRows(comparison);
  const row = ([name, ...cells]: string[], index: number): HTMLElement =>
    element("tr", {}, swatched(index, name), ...cells.map((text) => element("td", {}, text)));
  const head = element("thead", {}, element("tr", {}, ...titles.map((title) => element("th", {}, title))));
  return element("div", { className: "scroll" }, element("table", {}, head, element("tbody", {}, ...rows.map(row))));
}

function bar(result: MetricResult, most: number, index: number): HTMLElement {
  const filled = element("span", {});
  filled.style.width = `${most > 0 && result.value !== null ? (Math.max(result.value, 0) / most) * 100 : 0}%`;
  filled.style.background = colourOf(index);
  return element("td", { className: "bar" }, element("div", {}, filled));
}

/** A metric of all strategies, as bars to a common scale, and the byte counts that it is made of. */
function metricCard(
  metric: MetricText,
  strategies: readonly StrategyReport[],
  of: (s: StrategyReport) => MetricResult,
): HTMLElement {
  const most = Math.max(...strategies.map((s) => of(s).value ?? 0));
  const [a, b] = metric.counts;
  const rows = strategies.map((s, index) => {
    const result = of(s);
    const bytes = (result.bytes ?? [null, null]).map((count) => element("td", {}, kb(count)));
    const value = element(
      "td",
      { title: result.value === null ? metric.notApplicable : "" },
      valueText(metric, result),
    );
    return element("tr", {}, swatched(index, s.strategy), bar(result, most, index), value, ...bytes);
  });
  return element(
    "div",
    { className: "metric" },
    element("h3", {}, metric.name),
    element("p", { title: metric.source }, `${metric.formula}. kB: ${a}; ${b}.`),
    element("table", {}, element("tbody", {}, ...rows)),
  );
}

function metrics(comparison: Comparison): HTMLElement[] {
  const { strategies, runMetrics, momentMetrics } = comparison;
  const cards = (list: readonly MetricText[], of: (s: StrategyReport, id: string) => MetricResult): HTMLElement =>
    element("div", { className: "metrics" }, ...list.map((m) => metricCard(m, strategies, (s) => of(s, m.id))));
  return [
    element("h2", {}, "Over the whole run"),
    cards(runMetrics, (s, id) => s.metrics[id]),
    element("h2", {}, "When the most was live"),
    cards(momentMetrics, (s, id) => momentOf(s, "most live").metrics[id]),
    element("h2", {}, `When the program has let go: ${letGo(strategies[0]).name}`),
    cards(momentMetrics, (s, id) => letGo(s).metrics[id]),
  ];
}

function section(comparison: Comparison): HTMLElement {
  const { trace, os, pageBytes, samplePositions } = comparison;
  const plots = element("div", {});
  const made = element(
    "section",
    {},
    element("h1", {}, trace.name),
    element(
      "p",
      {},
      `${withCommas(trace.events)} events; at most ${withCommas(trace.peakLiveBytes)} bytes asked for and live, at event ` +
        `${withCommas(trace.peakLivePosition)}. Held as by ${os}, pages of ${pageBytes / 1024} KiB. ${withCommas(samplePositions.length)} samples.`,
    ),
    ...notesOf(comparison).map((note) => element("p", { className: "note" }, note)),
    summary(comparison),
    plots,
    ...metrics(comparison),
  );
  queueMicrotask(() => drawPlots(plots, comparison)); // once it is in the page, and so has a width
  return made;
}

const comparisons = JSON.parse(document.getElementById("comparisons")?.textContent ?? "[]") as Comparison[];
document.title = `${comparisons.map(({ trace }) => trace.name).join(", ")}: pymalloc compare`;
document.getElementById("page")?.replaceChildren(...comparisons.map(section));
