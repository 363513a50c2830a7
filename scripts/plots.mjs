/**
 * Puts ECharts into dist/, once: drawing.js draws SVG in Node (svg.js hands it on, in place of the imports that tsc left there), and is the
 * script of each page of charts (html.ts). So it is no dependency of the package.
 */
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "vite";

const OUT = "dist/src/plots";
const DRAWING = `${OUT}/drawing.js`;

await build({
  configFile: false,
  logLevel: "warn",
  publicDir: false,
  define: { "process.env.NODE_ENV": '"production"' }, // pages have no process
  ssr: { noExternal: true, target: "node" },
  build: {
    ssr: "src/plots/drawing.ts",
    outDir: OUT,
    emptyOutDir: false,
    target: "es2022",
    minify: true,
    rolldownOptions: { output: { entryFileNames: "drawing.js" } },
  },
});

// An HTML parser would take these for the script's end, or a comment.
const code = await readFile(DRAWING, "utf8");
await writeFile(DRAWING, code.replace(/<(?=\/script|!--)/gi, "\\x3c"));
await writeFile(`${OUT}/svg.js`, 'export { toSvg } from "./drawing.js";\n');
await copyFile("src/plots/page.html", `${OUT}/page.html`);

for (const [name, file] of [
  ["echarts", "LICENSE"],
  ["echarts", "NOTICE"],
  ["zrender", "LICENSE"],
]) {
  await copyFile(`node_modules/${name}/${file}`, `${OUT}/${name}.${file}`);
}
for (const unused of ["chartspage.js", "chartspage.d.ts", "drawing.d.ts", "echarts.js", "echarts.d.ts"])
  await rm(`${OUT}/${unused}`);
