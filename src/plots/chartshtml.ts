/** Charts as a page: one HTML file, the charts and what draws them inside. */
import { existsSync, readFileSync } from "node:fs";
import type { ChartOptions } from "./charts.js";
import { toSvg } from "./svg.js";

/** What scripts/plots.mjs made: beside the built module, also when the sources run. */
const FOLDERS = ["./", "../../dist/src/plots/"];

/** The end of drawing.js, with what it calls `drawPage`. */
const EXPORTS = /export\s*\{[^}]*?([\w$]+) as drawPage[^}]*\};?\s*$/;

/** The page and its script, which draws when it is loaded. Throws an `Error` where they are not built. */
function built(): { page: string; script: string } {
  for (const folder of FOLDERS) {
    const [page, script] = ["page.html", "drawing.js"].map((name) => new URL(folder + name, import.meta.url));
    if (existsSync(script))
      return { page: readFileSync(page, "utf8"), script: readFileSync(script, "utf8").replace(EXPORTS, "$1();") };
  }
  throw new Error("the page of charts is not built: npm run build");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escaped = (text: string): string => text.replace(/[&<>]/g, (char) => ENTITIES[char]);

/**
 * A page with `charts` below one another, to point at and to zoom; without JavaScript, their pictures. The same charts give the same
 * bytes. Throws an `Error` where the template is not built.
 */
export function toHtml(charts: readonly ChartOptions[], title: string): string {
  const { page, script } = built();
  const fills: Readonly<Record<string, string>> = {
    title: escaped(title),
    pictures: charts.map((options) => toSvg(options)).join("\n"),
    script: `<script type="module">${script}</script>`,
    charts: JSON.stringify(charts).replaceAll("<", "\\u003c"),
  };
  return page.replace(SLOT, (_, slot: string) => fills[slot]);
}

const SLOT = /\{\{pymalloc:(title|pictures|charts|script)\}\}/g;
