/**
 * The build of the template of report files (src/report/htmlreport.ts): the page, view-only, as one HTML file, report.html, beside the lab's
 * own page. The heap's worker is a classic script in a blob, which browsers start from `file://`, too.
 */
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

/** What an HTML parser would take for the end of the script, or the start of a comment, written another way. */
const asInlineScript = (code: string): string => code.replace(/<(?=\/script|!--)/gi, "\\x3c");

/** Puts the page's script and style where they were linked; the script last in the body. */
function inOneFile(): Plugin {
  return {
    name: "in-one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      let [script, style] = ["", ""];
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === "chunk") script += file.code;
        else if (name.endsWith(".css")) style += file.source;
        if (name !== "report.html") delete bundle[name];
      }
      const page = bundle["report.html"];
      if (page?.type !== "asset") throw new Error("there is no report.html");
      page.source = String(page.source)
        .replace(/\s*<script type="module"[^>]*src=[^>]*><\/script>/, "")
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
        .replace("</body>", () => `<script type="module">${asInlineScript(script)}</script>\n  </body>`);
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [inOneFile()],
  build: {
    outDir: fileURLToPath(new URL("../../dist/lab", import.meta.url)),
    emptyOutDir: false,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: { input: fileURLToPath(new URL("./report.html", import.meta.url)) },
    chunkSizeWarningLimit: 700,
  },
  worker: { format: "iife" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
