/**
 * Compiles assembly/ with asc, and embeds the bytes for the host: build/generated/wasm.ts holds them in base64, and beside it stand
 * the types that asc wrote for the exports. Each file of assembly/strategies/ is a build of its own.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import asc from "assemblyscript/asc";

const GENERATED = "build/generated";

/** The builds that are embedded: file under build/, name of the constant, and name of the types of the exports. */
const EMBEDDED = [
  ["core", "CORE_WASM", "core-exports"],
  ["attached", "ATTACHED_WASM", "attached-exports"],
  ["loop", "LOOP_WASM", "loop-exports"],
  ["strategyloop", "STRATEGY_LOOP_WASM", "strategyloop-exports"],
] as const;

async function compile(target: string, ...args: string[]): Promise<void> {
  const { error, stderr } = await asc.main([...args, "--target", target]);
  const text = stderr.toString();
  if (error || /WARNING/.test(text)) throw new Error(text || String(error));
}

/** The name of the constant for a strategy's build: `POWER_OF_TWO_WASM` of `power-of-two`. */
const constantOf = (strategy: string): string => `${strategy.toUpperCase().replaceAll("-", "_")}_WASM`;

async function embed(file: string, constant: string): Promise<string> {
  const base64 = (await readFile(`build/${file}.wasm`)).toString("base64");
  return `/** build/${file}.wasm in base64. */\nexport const ${constant} = "${base64}";\n`;
}

/** Throws an `Error` with the compiler's text if a build fails or warns. */
export async function buildWasm(): Promise<void> {
  const strategies = (await readdir("assembly/strategies"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => basename(file, ".ts"));
  await compile("release", "assembly/core.ts");
  await compile("attached", "assembly/attached.ts");
  await compile("debug", "assembly/debugging.ts");
  await compile("loop", "assembly/replay/loop.ts");
  await compile("loop", "assembly/replay/strategyloop.ts", "--outFile", "build/strategyloop.wasm");
  for (const name of strategies) {
    const entries = [`assembly/strategies/${name}.ts`, "assembly/strategy/strategystart.ts"];
    await compile("strategy", ...entries, "--outFile", `build/strategies/${name}.wasm`);
  }

  await mkdir(GENERATED, { recursive: true });
  const constants = [];
  for (const [file, constant] of EMBEDDED) constants.push(await embed(file, constant));
  for (const name of strategies) constants.push(await embed(`strategies/${name}`, constantOf(name)));
  await writeFile(`${GENERATED}/wasm.ts`, `/** Made by scripts/wasm.ts from assembly/. */\n${constants.join("")}`);
  for (const [file, , types] of EMBEDDED) await copyFile(`build/${file}.d.ts`, `${GENERATED}/${types}.d.ts`);
  // The builds of strategies have the same exports, apart from the parameters of `start`.
  await copyFile("build/strategies/bump.d.ts", `${GENERATED}/strategy-exports.d.ts`);
}
