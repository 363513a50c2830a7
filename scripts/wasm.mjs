/**
 * Builds the wasm with asc, and embeds what the host needs: `src/wasm/core.ts` and `src/wasm/loop.ts` hold bytes in base64,
 * `src/wasm/*.d.ts` the types that asc wrote. All are made, never edited.
 */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

for (const [target, entry] of [
  ["release", "assembly/index.ts"],
  ["attached", "assembly/attached.ts"],
  ["debug", "assembly/debugging.ts"],
  ["loop", "assembly/loop.ts"],
]) {
  const { error, stderr } = await asc.main([entry, "--target", target]);
  const text = stderr.toString();
  if (error || /WARNING/.test(text)) {
    process.stderr.write(text);
    process.exit(1);
  }
}

await mkdir("src/wasm", { recursive: true });
for (const [name, constant] of [
  ["core", "CORE_WASM"],
  ["attached", "ATTACHED_WASM"],
  ["loop", "LOOP_WASM"],
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
