/** Compiles src/ into dist/ with tsc, and puts beside it what tsc does not copy. */
import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";

const GENERATED = "build/generated";
const TSC = createRequire(import.meta.url).resolve("typescript/bin/tsc");

/** Licences of the code that is bundled into dist/, which must go with it. */
const LICENCES = [
  ["echarts", "LICENSE"],
  ["echarts", "NOTICE"],
  ["zrender", "LICENSE"],
] as const;

/** Throws an `Error` if there is a type error; the compiler has printed it then. */
export async function buildHost(): Promise<void> {
  for (const folder of ["src", "assembly", "build"]) await rm(`dist/${folder}`, { recursive: true, force: true });
  execFileSync(process.execPath, [TSC, "-p", "tsconfig.build.json"], { stdio: "inherit" });

  await mkdir(`dist/${GENERATED}`, { recursive: true });
  for (const file of await readdir(GENERATED)) {
    if (/\.d\.ts$|\.js$/.test(file)) await copyFile(`${GENERATED}/${file}`, `dist/${GENERATED}/${file}`);
  }
  for (const [name, file] of LICENCES) {
    await copyFile(`node_modules/${name}/${file}`, `dist/${GENERATED}/${name}.${file}`);
  }
  await copyFile("src/plots/page.html", "dist/src/plots/page.html");
  await copyFile("build/core.wasm", "dist/pymalloc.wasm");
  await chmod("dist/src/cli/main.js", 0o755);
}
