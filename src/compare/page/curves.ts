/** Held and resident bytes over events, a line a strategy, live bytes under them, marks named. */
import uPlot from "uplot";
import type { Comparison } from "../comparison.js";
import { element } from "./element.js";

/** Okabe and Ito's colours, black left out: told apart by the colour-blind, on white and on black. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#a08a00"];
const DASHES = [[], [6, 3], [2, 2]];

export const colourOf = (index: number): string => COLOURS[index % COLOURS.length];
const dashOf = (index: number): number[] => DASHES[Math.floor(index / COLOURS.length) % DASHES.length];

const variable = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const FONT = '11px system-ui, "Segoe UI", sans-serif';
const HEIGHT = 280;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 2 })} MB`;

/** Marks as dashed lines, with their names where there is room. */
function drawMarks(plot: uPlot, marks: Comparison["trace"]["marks"]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, "Segoe UI", sans-serif`;
  ctx.fillStyle = ctx.strokeStyle = variable("--dim");
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.textBaseline = "bottom";
  let free = Number.NEGATIVE_INFINITY;
  for (const { name, position } of marks) {
    const x = Math.round(plot.valToPos(position, "x", true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(name).width;
    const left = Math.min(x, bbox.left + bbox.width - width);
    if (left <= free) continue;
    ctx.fillText(name, left, bbox.top - 2 * ratio);
    free = left + width + 8 * ratio;
  }
  ctx.restore();
}

type Columns = readonly (readonly (number | null)[])[];

function plot(parent: HTMLElement, comparison: Comparison, columns: Columns): uPlot {
  const { trace, samplePositions, liveBytes, strategies } = comparison;
  const axis = {
    stroke: variable("--dim"),
    font: FONT,
    ticks: { show: false },
    grid: { stroke: variable("--line"), width: 1 },
  };
  const live: uPlot.Series = { label: "live", stroke: variable("--dim"), fill: variable("--track"), width: 1 };
  const lines = strategies.map(
    ({ strategy }, index): uPlot.Series => ({
      label: strategy,
      stroke: colourOf(index),
      dash: dashOf(index),
      width: 1.5,
    }),
  );
  const quiet = {
    points: { show: false },
    value: (_: uPlot, bytes: number | null) => (bytes === null ? "–" : megabytes(bytes)),
  };
  return new uPlot(
    {
      width: parent.clientWidth,
      height: HEIGHT,
      padding: [20, 16, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false }, sync: { key: trace.name } },
      scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(max * 1.05, 1)] } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((n) => n.toLocaleString("en")) },
        { ...axis, size: 72, values: (_, ticks) => ticks.map((n) => (n === 0 ? "0" : megabytes(n))) },
      ],
      series: [{ label: "event" }, { ...live, ...quiet }, ...lines.map((line) => ({ ...line, ...quiet }))],
      hooks: { draw: [(drawn) => drawMarks(drawn, trace.marks)] },
    },
    [samplePositions, liveBytes, ...columns] as unknown as uPlot.AlignedData,
    parent,
  );
}

/** Draws both plots, and again when the theme or the width changes. */
export function drawPlots(parent: HTMLElement, comparison: Comparison): void {
  const { strategies, samplePositions } = comparison;
  const unknown = samplePositions.map(() => null);
  const draw = (): void => {
    const [held, resident] = [element("div", {}), element("div", {})];
    parent.replaceChildren(
      element("h2", {}, "Held of the system"),
      held,
      element("h2", {}, "Resident: pages touched and not given back"),
      resident,
    );
    plot(
      held,
      comparison,
      strategies.map((s) => s.heldBytes),
    );
    plot(
      resident,
      comparison,
      strategies.map((s) => s.residentBytes ?? unknown),
    );
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let width = parent.clientWidth;
  new ResizeObserver(() => {
    if (parent.clientWidth === width) return;
    width = parent.clientWidth;
    draw();
  }).observe(parent);
}
