/** The strategies built with their assertions, which trap. */
import asc from "assemblyscript/asc";

const built = new Map<string, Promise<WebAssembly.Module>>();

async function compile(name: string): Promise<WebAssembly.Module> {
  let wasm = new Uint8Array();
  const options = "--config none --runtime stub --memoryBase 1024 -O2 --use PYMALLOC_STRATEGY=1 --use PYMALLOC_DEBUG=1";
  const files = [`assembly/strategies/${name}.ts`, "assembly/strategy/strategystart.ts", "--outFile", "strategy.wasm"];
  const { error, stderr } = await asc.main([...files, ...options.split(" ")], {
    writeFile: (_file, contents) => {
      if (typeof contents !== "string") wasm = new Uint8Array(contents);
    },
  });
  if (error) throw new Error(`${name}: ${stderr.toString()}`);
  return new WebAssembly.Module(wasm);
}

/** The debug build of a file of assembly/strategies/. */
export function debugBuild(name: string): Promise<WebAssembly.Module> {
  const found = built.get(name) ?? compile(name);
  built.set(name, found);
  return found;
}
