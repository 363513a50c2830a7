/**
 * Builds the core with asc, and embeds the release build for the host: `src/wasm/core.ts` holds its bytes in base64,
 * `src/wasm/exports.d.ts` the types that asc wrote. Both are made, never edited.
 */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

for (const [target, entry] of [
  ["release", "assembly/index.ts"],
  ["debug", "assembly/debugging.ts"],
]) {
  const { error, stderr } = await asc.main([entry, "--target", target]);
  const text = stderr.toString();
  if (error || /WARNING/.test(text)) {
    process.stderr.write(text);
    process.exit(1);
  }
}

await mkdir("src/wasm", { recursive: true });
const base64 = (await readFile("build/core.wasm")).toString("base64");
await writeFile("src/wasm/core.ts", `/** build/core.wasm in base64. */\nexport const CORE_WASM = "${base64}";\n`);
await copyFile("build/core.d.ts", "src/wasm/exports.d.ts");
