/** What scripts/plots.mjs puts into one file with ECharts: for Node, and for the pages of html.ts. */
export { drawPage } from "./chartspage.js";
export { toSvg } from "./svg.js";
