/** A comparison as a page of its own. */

import { escapeHtml, fillSlots, scriptJson } from "../report/page.js";
import type { Comparison } from "./comparison.js";
import { renderComparison } from "./rendercomparison.js";

/** The page for `comparisons`. `template` is dist/compare.html; throws a `RangeError` if it is the template of another page. */
export function comparisonPage(template: string, comparisons: readonly Comparison[]): string {
  return fillSlots(template, {
    text: escapeHtml(comparisons.map(renderComparison).join("\n")),
    comparisons: scriptJson(comparisons),
  });
}
