/** Finishes dist/ after tsc: the wasm as a file, and the types that asc wrote for its exports. */
import { chmod, copyFile } from "node:fs/promises";

await copyFile("build/core.wasm", "dist/pymalloc.wasm");
await copyFile("src/wasm/exports.d.ts", "dist/src/wasm/exports.d.ts");
await chmod("dist/src/cli/main.js", 0o755);
