/** The script of a page of charts (chartshtml.ts). */
import { type ChartOptions, chartHeight } from "../charts.js";
import { ALL_TONES } from "../plotcolours.js";
import { startChart } from "./echarts.js";

const toDark = new Map(ALL_TONES.map(({ light, dark }) => [light, dark]));

/** The same with each colour that has a dark tone in that. */
const inDark = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, item) => (typeof item === "string" ? (toDark.get(item) ?? item) : item));

/** Draws the options that stand in the page, in the colours of the reader's ground. */
export function drawPage(): void {
  const all = JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as ChartOptions[];
  const darkGround = matchMedia("(prefers-color-scheme: dark)");
  const main = document.querySelector("main") as HTMLElement;
  const charts = all.map((options) => {
    const place = main.appendChild(document.createElement("div"));
    place.style.height = `${chartHeight(options)}px`;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", options.title[0]?.text ?? "");
    return { options, chart: startChart(place) };
  });
  const draw = (): void => {
    for (const { options, chart } of charts)
      chart.setOption((darkGround.matches ? inDark(options) : options) as Parameters<typeof chart.setOption>[0], true);
  };
  draw();
  darkGround.addEventListener("change", draw);
  addEventListener("resize", () => {
    for (const { chart } of charts) chart.resize();
  });
}
