/** Charts as a page: one HTML file, the charts and what draws them inside. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ChartOptions } from "./charts.js";
import { toSvg } from "./svg.js";

/** The template that scripts/plots.mjs made: beside the built module, also when the sources run. */
const TEMPLATES = ["page.html", "../../dist/src/plots/page.html"];

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escaped = (text: string): string => text.replace(/[&<>]/g, (char) => ENTITIES[char]);

/**
 * A page with `charts` below one another, to point at and to zoom; without JavaScript, their pictures. The same charts give the same
 * bytes. Throws an `Error` where the template is not built.
 */
export function toHtml(charts: readonly ChartOptions[], title: string): string {
  const built = TEMPLATES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const template = built.filter(existsSync).map((file) => readFileSync(file, "utf8")).find(isTemplate); // biome-ignore format: a pipeline
  if (template === undefined) throw new Error("the page of charts is not built: npm run build");
  const fills: Readonly<Record<string, string>> = {
    title: escaped(title),
    pictures: charts.map((options) => toSvg(options)).join("\n"),
    charts: JSON.stringify(charts).replaceAll("<", "\\u003c"),
  };
  return template.replace(SLOT, (_, slot: string) => fills[slot]);
}

const SLOT = /\{\{pymalloc:(title|pictures|charts)\}\}/g;

/** The source page beside the source module has no script yet. */
const isTemplate = (text: string): boolean => text.includes('<script type="module">');
