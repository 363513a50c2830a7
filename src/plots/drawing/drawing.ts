/**
 * The bundle of ECharts with what draws charts (scripts/charts.ts). Node imports it for `toSvg`; a page of charts has all of it as its
 * script, and draws its charts at once.
 */
import { drawPage } from "./chartspage.js";

export { toSvg } from "./svgdrawing.js";

if (globalThis.document?.getElementById("charts")) drawPage();
