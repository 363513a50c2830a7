/** Builds the templates of pages that are one file: styles and scripts inside, and slots for what a command fills in. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build, type Rolldown, type UserConfig } from "vite";
import { inOneFile } from "../src/report/page.js";

/** Bundles the page `html` with its script and styles, and writes it as one file to `out`. */
async function buildPage(html: string, out: string, config: UserConfig): Promise<void> {
  const root = html.slice(0, -basename(html).length);
  const built = (await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    root,
    base: "./",
    ...config,
    build: {
      write: false,
      target: "es2022",
      cssCodeSplit: false,
      modulePreload: false,
      chunkSizeWarningLimit: 700,
      rolldownOptions: { input: html },
    },
  })) as Rolldown.RolldownOutput;
  let [page, script, style] = ["", "", ""];
  for (const file of built.output) {
    if (file.type === "chunk") script += file.code;
    else if (file.fileName.endsWith(".css")) style += file.source;
    else if (file.fileName.endsWith(".html")) page = String(file.source);
  }
  await mkdir(out.slice(0, -basename(out).length), { recursive: true });
  await writeFile(out, inOneFile(page, script, style));
}

/** The template of `pymalloc compare --html`. */
export const buildComparisonPage = (): Promise<void> =>
  buildPage("src/compare/page/page.html", "dist/compare.html", {});

/**
 * The template of report files, which stands beside the page of the lab in `folder`: the lab, for viewing only. Its heap worker is a classic
 * script in a blob, as browsers start those from `file://`, too.
 */
export const buildReportPage = (folder: string): Promise<void> =>
  buildPage("src/lab/report.html", `${folder}/report.html`, {
    worker: { format: "iife" },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  });
