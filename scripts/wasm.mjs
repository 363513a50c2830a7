/**
 * Builds the wasm with asc, and embeds what the host needs: `src/wasm/core.ts`, `src/wasm/loop.ts` and the like hold bytes in base64,
 * `src/wasm/*.d.ts` the types that asc wrote. All are made, never edited. Each file of assembly/strategies/ is a build.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import asc from "assemblyscript/asc";

const strategies = (await readdir("assembly/strategies")).map((file) => basename(file, ".ts"));

for (const [target, ...entries] of [
  ["release", "assembly/core.ts"],
  ["attached", "assembly/attached.ts"],
  ["debug", "assembly/debugging.ts"],
  ["loop", "assembly/replay/loop.ts"],
  ["loop", "assembly/replay/strategyloop.ts", "--outFile", "build/strategyloop.wasm"],
  ...strategies.map((name) => [
    "strategy",
    `assembly/strategies/${name}.ts`,
    "assembly/strategy/strategystart.ts",
    "--outFile",
    `build/strategies/${name}.wasm`,
  ]),
]) {
  const { error, stderr } = await asc.main([...entries, "--target", target]);
  const text = stderr.toString();
  if (error || /WARNING/.test(text)) {
    process.stderr.write(text);
    process.exit(1);
  }
}

await mkdir("src/wasm/strategies", { recursive: true });
for (const [name, constant] of [
  ["core", "CORE_WASM"],
  ["attached", "ATTACHED_WASM"],
  ["loop", "LOOP_WASM"],
  ["strategyloop", "STRATEGY_LOOP_WASM"],
  ...strategies.map((name) => [`strategies/${name}`, "STRATEGY_WASM"]),
]) {
  const base64 = (await readFile(`build/${name}.wasm`)).toString("base64");
  await writeFile(
    `src/wasm/${name}.ts`,
    `/** build/${name}.wasm in base64. */\nexport const ${constant} = "${base64}";\n`,
  );
}
await copyFile("build/core.d.ts", "src/wasm/exports.d.ts");
await copyFile("build/loop.d.ts", "src/wasm/loop-exports.d.ts");
await copyFile("build/attached.d.ts", "src/wasm/attached-exports.d.ts");
await copyFile("build/strategyloop.d.ts", "src/wasm/strategyloop-exports.d.ts");
await copyFile("build/strategies/bump.d.ts", "src/wasm/strategy-exports.d.ts"); // but for what `start` is given they are all alike
