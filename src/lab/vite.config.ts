/**
 * The build of the lab: a static page in dist/lab that works from any host and any sub-path. `--mode host` puts Pyodide's files there, too, for hosts other than `pymalloc lab`, which serves those that npm installed.
 */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { buildReportPage } from "../../scripts/pages.js";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Report files are made from a template that the page takes from beside itself, wherever it is hosted. */
function withReportPage(): Plugin {
  let outDir = "";
  return {
    name: "report-page-beside-the-page",
    apply: "build",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    closeBundle: () => buildReportPage(outDir),
  };
}

/** What a page fetches of the package, beside its standard library, which scripts/stdlib.ts has compiled. */
const PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json"];

function withPyodide(): Plugin {
  let outDir = "";
  return {
    name: "pyodide-beside-the-page",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      const from = dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
      const to = join(outDir, "pyodide");
      mkdirSync(to, { recursive: true });
      for (const file of PYODIDE) copyFileSync(join(from, file), join(to, file));
      const { version } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
      copyFileSync(join(root, `../../dist/stdlib/pyodide-${version}.zip`), join(to, "python_stdlib.zip"));
    },
  };
}

export default defineConfig(({ mode }) => ({
  root,
  base: "./",
  plugins: [withReportPage(), ...(mode === "host" ? [withPyodide()] : [])],
  build: {
    outDir: fileURLToPath(new URL("../../dist/lab", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  worker: { format: "es" as const },
  oxc: { jsx: { runtime: "automatic" as const, importSource: "preact" } },
}));
