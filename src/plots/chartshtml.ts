/** Charts as a page: one HTML file, the charts and what draws them inside. */
import { readFileSync } from "node:fs";
import { escapeHtml, fillSlots, scriptJson } from "../report/page.js";
import type { ChartOptions } from "./charts.js";
import { toSvg } from "./svg.js";

/** Beside this module, in src/ and in dist/. */
const PAGE = new URL("./page.html", import.meta.url);
const SCRIPT = new URL("../../build/generated/drawing.js", import.meta.url);

/**
 * A page with `charts` below one another, to point at and to zoom; without JavaScript, their pictures. The same charts give the same
 * bytes.
 */
export function toHtml(charts: readonly ChartOptions[], title: string): string {
  return fillSlots(readFileSync(PAGE, "utf8"), {
    title: escapeHtml(title),
    heading: escapeHtml(title),
    pictures: charts.map((options) => toSvg(options)).join("\n"),
    charts: scriptJson(charts),
    script: `<script type="module">${readFileSync(SCRIPT, "utf8")}</script>`,
  });
}
