/** Allocators that the benchmark's loop can run: this project's under any profile, and any wasm that has the four functions. */
import * as layout from "../../assembly/layout.js";
import { Core, compileCoreSync } from "../core.js";
import type { Profile } from "../profiles.js";

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
  /** Bytes that it holds or has held at most; of foreign wasm, by how much its break (where `sbrk` is exported) or its memory grew. */
  footprintBytes(): number;
  /** Bytes of tables beside the heap that were touched, where there are any. */
  tableBytes(): number;
}

export interface Allocator {
  readonly name: string;
  /** A fresh heap. */
  start(): AllocatorInstance;
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

const NEEDED = ["malloc", "free", "realloc"] as const;

/** Imports that a foreign module asks for and an allocator does not need: functions that do nothing and answer 0. */
function inertImports(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function") throw new RangeError(`needs an imported ${kind} ${from}.${name}, which is not to be had`);
    imports[from] ??= {};
    imports[from][name] = () => 0;
  }
  return imports;
}

/**
 * A foreign allocator: wasm that exports `memory`, `malloc`, `free` and `realloc`, and perhaps `calloc`, with or without a leading
 * underscore. Throws a `RangeError` that says what is missing.
 */
export function foreignAllocator(name: string, bytes: Uint8Array<ArrayBuffer>): Allocator {
  if (!WebAssembly.validate(bytes)) throw new RangeError("is no valid wasm");
  const module = new WebAssembly.Module(bytes);
  const exported = new Set(WebAssembly.Module.exports(module).map((e) => e.name));
  const nameOf = (wanted: string): string | undefined => [wanted, `_${wanted}`].find((n) => exported.has(n));
  const missing = [...NEEDED, "memory"].filter((wanted) => !nameOf(wanted));
  if (missing.length > 0) throw new RangeError(`does not export ${missing.join(", ")}`);
  const imports = inertImports(module);
  return { name, start: () => foreignInstance(new WebAssembly.Instance(module, imports), nameOf) };
}

function foreignInstance(
  instance: WebAssembly.Instance,
  nameOf: (wanted: string) => string | undefined,
): AllocatorInstance {
  const get = <T>(wanted: string): T => instance.exports[nameOf(wanted) ?? ""] as T;
  const memory = get<WebAssembly.Memory>("memory");
  get<(() => void) | undefined>("_initialize")?.();
  const malloc = get<AllocatorFunctions["malloc"]>("malloc");
  // Where the break can be asked for it says what is held; memory itself grows in steps of the toolchain's choosing.
  const sbrk = get<((increment: number) => number) | undefined>("sbrk");
  const held = (): number => (sbrk ? sbrk(0) >>> 0 : memory.buffer.byteLength);
  const start = held();
  return {
    functions: {
      malloc,
      realloc: get("realloc"),
      free: get("free"),
      calloc: get<AllocatorFunctions["calloc"] | undefined>("calloc") ?? slowCalloc(malloc, memory),
    },
    footprintBytes: () => held() - start,
    tableBytes: () => 0,
  };
}

/** For an allocator without calloc; costs a call into JavaScript and a view. */
function slowCalloc(malloc: AllocatorFunctions["malloc"], memory: WebAssembly.Memory): AllocatorFunctions["calloc"] {
  return (nelem, elsize) => {
    const ptr = malloc(nelem * elsize) >>> 0;
    if (ptr !== 0) new Uint8Array(memory.buffer, ptr, nelem * elsize).fill(0);
    return ptr;
  };
}
