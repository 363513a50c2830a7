/** Charts as SVG: the door to the bundle that scripts/charts.ts makes. */
export { toSvg } from "../../build/generated/drawing.js";
