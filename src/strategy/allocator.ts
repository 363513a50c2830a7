/** Allocators that the benchmark's loop can run, and this project's under any profile. */

import type { Profile } from "../geometry/profiles.js";
import { Core, compileCoreSync } from "../memory/core.js";
import * as layout from "../memory/layout.js";

/** The functions that the loop calls, as wasm exports, so that the call stays within wasm. */
export interface AllocatorFunctions {
  malloc(nbytes: number): number;
  calloc(nelem: number, elsize: number): number;
  realloc(ptr: number, nbytes: number): number;
  free(ptr: number): void;
}

/** An allocator with an empty heap. */
export interface AllocatorInstance {
  readonly functions: AllocatorFunctions;
  /** Bytes that it has held at most; `null` where only a watched heap can tell. */
  footprintBytes(): number | null;
  /** Bytes of tables beside the heap that were touched, where there are any. */
  tableBytes(): number;
}

export interface Allocator {
  readonly name: string;
  /** A fresh heap. */
  start(): AllocatorInstance;
  /** A fresh heap that looks at each answer of foreign wasm, and takes time for it. Its functions throw a `RangeError` for a bad one. */
  watched?(): AllocatorInstance;
}

/** Bytes of the core's tables that a heap up to `everTop` has use for: headers, page words, starts, descriptors. */
export function touchedTables(core: Core, profile: Profile): number {
  const base = core.read(layout.OS + layout.OS_BASE);
  const span = core.read(layout.OS + layout.OS_EVER_TOP) - base;
  const descriptors = core.read(layout.ARENAS + layout.ARENAS_MAXARENAS) * layout.ARENA_OBJECT_SIZE;
  const headers = Math.ceil(span / profile.geometry.poolSize) * layout.POOL_HEADER_SIZE;
  return descriptors + headers + (span / layout.OS_PAGE_SIZE) * 4 + span / layout.RAW_ALIGNMENT / 8;
}

/** The most bytes that the emulated system had mapped. */
export const heldAtMost = (core: Core): number => core.read(layout.OS + layout.OS_MAPPED_PEAK);

/** This project's allocator. */
export const coreAllocator = (profile: Profile): Allocator => ({
  name: `pymalloc ${profile.name}`,
  start: () => {
    const core = new Core(compileCoreSync(), profile, { limitBytes: 0, baseOffsetCount: 0, idCount: 0 });
    return {
      functions: core.exports as unknown as AllocatorFunctions,
      footprintBytes: () => heldAtMost(core),
      tableBytes: () => touchedTables(core, profile),
    };
  },
});
