/** Charts as SVG, by ECharts, which needs no DOM for that. */
import { type ChartOptions, chartHeight, type SvgSize } from "../charts.js";
import { ALL_TONES } from "../plotcolours.js";
import { startChart } from "./echarts.js";

/** Attributes lose against rules, so that a reader on a dark ground sees the dark colours. */
const DARK = `<style>@media (prefers-color-scheme: dark) {${ALL_TONES.map(
  ({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
).join("")}}</style>`;

/** What a page would need to answer the mouse, and the counters in it, which go on from drawing to drawing. */
const FOR_THE_MOUSE = / (?:class|ecmeta_\w+|pointer-events)="[^"]*"|<style >.*?<\/style>\n?/gs;
const COUNTER = /\bzr\d+-/g;

/** The chart as an SVG document. The same options and size give the same bytes. */
export function toSvg(options: ChartOptions, { width = 760, height = chartHeight(options) }: SvgSize = {}): string {
  const chart = startChart({ width, height });
  try {
    chart.setOption(options as Parameters<typeof chart.setOption>[0]);
    const svg = chart.renderToSVGString().replace(FOR_THE_MOUSE, "").replace(COUNTER, "");
    const end = svg.indexOf(">") + 1;
    return `${svg.slice(0, end)}\n${DARK}${svg.slice(end)}\n`;
  } finally {
    chart.dispose();
  }
}
