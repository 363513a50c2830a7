/**
 * `npm run build`: everything that is made, in order. What the host imports goes to build/generated/, what is published to dist/.
 *
 *     npm run build                    all steps
 *     npm run build -- host lab        some of them, in the order below
 */
import { buildCharts } from "./charts.js";
import { buildExperimentValidator } from "./experimentvalidator.js";
import { buildHost } from "./host.js";
import { buildLab } from "./lab.js";
import { buildComparisonPage } from "./pages.js";
import { buildStandardLibrary } from "./stdlib.js";
import { buildWasm } from "./wasm.js";

const STEPS: readonly (readonly [name: string, run: () => Promise<void>])[] = [
  ["wasm", buildWasm], // assembly/ → build/*.wasm → build/generated/wasm.ts
  ["validator", buildExperimentValidator], // docs/experiment.schema.json → build/generated/validate.ts
  ["charts", buildCharts], // src/plots/drawing/ with ECharts → build/generated/drawing.js
  ["host", buildHost], // src/ → dist/src/, with what it needs of build/generated/
  ["comparison-page", buildComparisonPage], // src/compare/page/ → dist/compare.html
  ["standard-library", buildStandardLibrary], // Pyodide's standard library, compiled → dist/stdlib/
  ["lab", buildLab], // src/lab/ → dist/lab/: the page, and the template of report files
];

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !STEPS.some(([step]) => step === name));
if (unknown !== undefined) {
  console.error(`build: unknown step "${unknown}"; expected ${STEPS.map(([name]) => name).join(", ")}`);
  process.exit(2);
}
for (const [name, run] of STEPS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  try {
    await run();
  } catch (error) {
    console.error(`build: step "${name}" failed: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}
