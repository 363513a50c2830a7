/** Builds the template of `pymalloc compare --html`, dist/compare.html: src/compare/page with its script and styles in one file. */
import { readFile, writeFile } from "node:fs/promises";
import { build } from "vite";

const page = "src/compare/page";

/** What an HTML parser would take for the end of the script, or the start of a comment, written another way. */
const asInlineScript = (code) => code.replace(/<(?=\/script|!--)/gi, "\\x3c");

const [{ output }] = await build({
  configFile: false,
  logLevel: "warn",
  build: {
    write: false,
    target: "es2022",
    lib: { entry: `${page}/comparisonpage.ts`, formats: ["iife"], name: "page" },
  },
});
const { code } = output.find(({ type }) => type === "chunk");
const styles = await Promise.all(
  ["node_modules/uplot/dist/uPlot.min.css", `${page}/page.css`].map((file) => readFile(file, "utf8")),
);
const template = await readFile(`${page}/page.html`, "utf8");
await writeFile(
  "dist/compare.html",
  template
    .replace("<!-- the style -->", () => `<style>${styles.join("\n")}</style>`)
    .replace("<!-- the script -->", () => `<script>${asInlineScript(code)}</script>`),
);
