/**
 * Bundles ECharts with src/plots/drawing/ into one file, build/generated/drawing.js: it draws SVG in Node, and is the script of each
 * page of charts. So ECharts is not a dependency of the package.
 */
import { readFile, writeFile } from "node:fs/promises";
import { build } from "vite";
import { asInlineScript } from "../src/report/page.js";

const OUT = "build/generated";
const DRAWING = `${OUT}/drawing.js`;

/** The types of the bundle, which the compiler must find beside it. */
const TYPES = `import type { ChartOptions, SvgSize } from "../../src/plots/charts.js";
export declare function toSvg(options: ChartOptions, size?: SvgSize): string;
`;

export async function buildCharts(): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define: { "process.env.NODE_ENV": '"production"' }, // pages have no process
    ssr: { noExternal: true, target: "node" },
    build: {
      ssr: "src/plots/drawing/drawing.ts",
      outDir: OUT,
      emptyOutDir: false,
      target: "es2022",
      minify: true,
      rolldownOptions: { output: { entryFileNames: "drawing.js" } },
    },
  });
  await writeFile(DRAWING, asInlineScript(await readFile(DRAWING, "utf8")));
  await writeFile(`${OUT}/drawing.d.ts`, TYPES);
}
