/**
 * Puts ECharts into dist/: into the module that draws SVG, in place of the imports that tsc left there, and as a script into the page
 * of charts. So it is no dependency of the package.
 */
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "vite";

const OUT = "dist/src/plots";

const common = { configFile: false, logLevel: "warn", publicDir: false };

await build({
  ...common,
  ssr: { noExternal: true, target: "node" },
  build: {
    ssr: "src/plots/svg.ts",
    outDir: OUT,
    emptyOutDir: false,
    target: "es2022",
    minify: true,
    rolldownOptions: { output: { entryFileNames: "svg.js" } },
  },
});

const script = await build({
  ...common,
  build: { rolldownOptions: { input: "src/plots/page.ts" }, write: false, target: "es2022", modulePreload: false },
});
const [{ output }] = [script].flat();
const code = output[0].code.replace(/<(?=\/script|!--)/gi, "\\x3c"); // or an HTML parser would take it for the script's end
const page = await readFile("src/plots/page.html", "utf8");
await writeFile(
  `${OUT}/page.html`,
  page.replace("</body>", () => `<script type="module">${code}</script>\n  </body>`),
);

for (const [name, file] of [
  ["echarts", "LICENSE"],
  ["echarts", "NOTICE"],
  ["zrender", "LICENSE"],
]) {
  await copyFile(`node_modules/${name}/${file}`, `${OUT}/${name}.${file}`);
}
for (const unused of ["page.js", "page.d.ts", "echarts.js", "echarts.d.ts"]) await rm(`${OUT}/${unused}`);
