/** The package `pyodide` as npm has installed it, an optional peer, and its standard library as this package carries it: compiled. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Beside the built commands, also when the sources run. */
const LIBRARIES = ["../../../stdlib", "../../../dist/stdlib"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Its folder; `null` where it is not installed. */
export function pyodideFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
  } catch {
    return null;
  }
}

/**
 * The file that takes the place of the package's `python_stdlib.zip`: the same modules, each with its bytecode, with which Python
 * starts three times as fast (scripts/stdlib.ts). `null` for another version than the one that it was made of.
 */
export function compiledLibrary(): string | null {
  const folder = pyodideFolder();
  if (folder === null) return null;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return LIBRARIES.map((library) => join(library, `pyodide-${version}.zip`)).find(existsSync) ?? null;
}
