/** A comparison as a page of its own: the template that the build made, with the numbers in it. */
import type { Comparison } from "./comparison.js";
import { renderComparison } from "./rendercomparison.js";

/** Where the template has room for the numbers. */
const PLACE = "<!-- the comparisons -->";

/** JSON that ends no script and begins no comment, whatever a trace or a mark is called. */
const asScriptData = (value: unknown): string => JSON.stringify(value).replace(/</g, "\\u003c");

const asHtml = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** The page for `comparisons`. `template` is dist/compare.html; throws a `RangeError` where it is something else. */
export function comparisonPage(template: string, comparisons: readonly Comparison[]): string {
  if (!template.includes(PLACE)) throw new RangeError("the template of the page has no place for the numbers");
  const data = `<script type="application/json" id="comparisons">${asScriptData(comparisons)}</script>`;
  const text = comparisons.map(renderComparison).join("\n");
  return template.replace(PLACE, () => `${data}<noscript><pre>${asHtml(text)}</pre></noscript>`);
}
