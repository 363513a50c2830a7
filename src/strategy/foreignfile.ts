/** Allocators in wasm files of this machine. Node only. */
import { readFileSync } from "node:fs";
import { naming, reading } from "../text/fileerrors.js";

/** Calls `make` on the bytes of the wasm file `path`. Throws an `InputError` that says why the file is no allocator. */
export function readForeign<T>(path: string, make: (bytes: Uint8Array<ArrayBuffer>) => T): T {
  const bytes = reading(path, "a wasm file", () => new Uint8Array(readFileSync(path)));
  return naming(path, () => make(bytes));
}
