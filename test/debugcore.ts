/** The debug build of the core, whose assertions trap and whose `check` names the first broken invariant. */
import { readFileSync } from "node:fs";
import type { Core, CoreExports } from "../src/memory/core.js";

export const debugModule = new WebAssembly.Module(readFileSync(new URL("../build/debug.wasm", import.meta.url)));

const RULES = [
  "sound",
  "RING",
  "FREE_LIST",
  "CARVING",
  "NFREEPOOLS",
  "USABLE_ORDER",
  "FINGERS",
  "DESCRIPTORS",
  "WHOLLY_FREE",
  "SUM",
  "FOREIGN",
  "COUNTERS",
  "RAW_BLOCKS",
  "RAW_FREE",
  "RAW_BITS",
  "RAW_COUNTERS",
  "SPANS",
  "SPANS_SUM",
];

/** The name of the first invariant of assembly/check/invariants.ts that the heap breaks; `sound` when it breaks none. */
export function brokenRule(core: Core): string {
  return RULES[(core.exports as CoreExports & { check(): number }).check()];
}
