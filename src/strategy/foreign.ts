/** Foreign allocators: any wasm that has the four functions, and what can be known of it from outside. */
import { plural, withCommas } from "../text/units.js";
import type { Allocator, AllocatorFunctions, AllocatorInstance } from "./allocator.js";

type Sbrk = (increment: number) => number;

/** The functions by name: whether there must be one, and how many i32 it takes and gives. */
const FUNCTIONS = {
  malloc: { isNeeded: true, takes: 1, gives: 1 },
  free: { isNeeded: true, takes: 1, gives: 0 },
  realloc: { isNeeded: true, takes: 2, gives: 1 },
  calloc: { isNeeded: false, takes: 2, gives: 1 },
  sbrk: { isNeeded: false, takes: 1, gives: 1 },
} as const;

/** malloc's blocks may hold anything that C has, and the widest of that wants this. */
const ALIGNMENT = 8;

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

/** A module that imports a function of so many i32: it links with one that is of that type, and with no other. */
function importerOf(takes: number, gives: number): WebAssembly.Module {
  const i32s = (count: number): number[] => [count, ...new Array<number>(count).fill(0x7f)];
  const section = (id: number, ...bytes: number[]): number[] => [id, bytes.length, ...bytes];
  const types = section(1, 1, 0x60, ...i32s(takes), ...i32s(gives));
  const imports = section(2, 1, 1, 0x61, 1, 0x66, 0, 0); // of a function a.f of type 0
  return new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...types, ...imports]));
}

function isOfType(value: WebAssembly.ExportValue, takes: number, gives: number): boolean {
  try {
    new WebAssembly.Instance(importerOf(takes, gives), { a: { f: value } });
    return true;
  } catch (error) {
    if (error instanceof WebAssembly.LinkError) return false;
    throw error;
  }
}

interface Exports extends Omit<AllocatorFunctions, "calloc"> {
  readonly memory: WebAssembly.Memory;
  readonly calloc?: AllocatorFunctions["calloc"];
  readonly sbrk?: Sbrk;
}

/** What the instance exports, with or without a leading underscore. Throws a `RangeError` that says what is missing or of another type. */
function checkedExports({ exports }: WebAssembly.Instance): Exports {
  const found = (name: string): WebAssembly.ExportValue | undefined => exports[name] ?? exports[`_${name}`];
  const needed = Object.entries(FUNCTIONS).filter(([, { isNeeded }]) => isNeeded);
  const missing = [...needed.map(([name]) => name), "memory"].filter((name) => found(name) === undefined);
  if (missing.length > 0) throw new RangeError(`does not export ${missing.join(", ")}`);
  const memory = found("memory");
  if (!(memory instanceof WebAssembly.Memory)) throw new RangeError("memory must be a memory");
  const functions = Object.entries(FUNCTIONS).map(([name, { takes, gives }]) => {
    const value = found(name);
    if (value !== undefined && !isOfType(value, takes, gives)) {
      const taken = new Array<string>(takes).fill("i32").join(", ");
      throw new RangeError(`${name} must be a function that takes (${taken}) and gives ${gives ? "i32" : "nothing"}`);
    }
    return [name, value];
  });
  return { memory, ...Object.fromEntries(functions) } as Exports;
}

/** A fresh heap. Throws a `RangeError` where it is no allocator. */
function instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): Exports {
  try {
    const instance = new WebAssembly.Instance(module, imports);
    const { _initialize } = instance.exports;
    if (typeof _initialize === "function") _initialize();
    return checkedExports(instance);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    throw new RangeError(`traps when it is started: ${error.message}`);
  }
}

/** Throws a `RangeError` where no block can be: `what` was asked for, and `ptr` is the answer. */
function checkAddress(name: string, what: string, nbytes: number, ptr: number, memory: WebAssembly.Memory): void {
  const size = memory.buffer.byteLength;
  if (ptr % ALIGNMENT === 0 && ptr + nbytes <= size) return;
  const expected =
    ptr % ALIGNMENT === 0 ? `its memory ends at ${withCommas(size)}` : `a multiple of ${ALIGNMENT} is due`;
  throw new RangeError(
    `${name}: ${what} of ${plural(nbytes, "byte")} gave the address ${withCommas(ptr)}: ${expected}`,
  );
}

/** For an allocator without calloc; costs a call into JavaScript and a view. */
function slowCalloc(name: string, { malloc, memory }: Exports): AllocatorFunctions["calloc"] {
  return (nelem, elsize) => {
    const nbytes = (nelem >>> 0) * (elsize >>> 0);
    const ptr = malloc(nbytes) >>> 0;
    if (ptr === 0) return 0;
    checkAddress(name, "malloc", nbytes, ptr, memory);
    new Uint8Array(memory.buffer, ptr, nbytes).fill(0);
    return ptr;
  };
}

const functionsOf = (name: string, exports: Exports): AllocatorFunctions => ({
  malloc: exports.malloc,
  calloc: exports.calloc ?? slowCalloc(name, exports),
  realloc: exports.realloc,
  free: exports.free,
});

/**
 * A heap whose answers are looked at: each address, and by them what the heap holds. That is from its lowest block to its break, where
 * `sbrk` is exported; else to the end of its memory, where that has grown; else to the highest end that a block ever had: memory that
 * was there from the start is held as far as it was used.
 */
export class WatchedHeap implements AllocatorInstance {
  readonly functions: AllocatorFunctions;
  readonly #memory: WebAssembly.Memory;
  readonly #startBytes: number;
  #sbrk: Sbrk | undefined;
  #lowest: number;
  #highest = 0;
  #peak = 0;

  constructor(
    private readonly name: string,
    exports: Exports,
  ) {
    const { malloc, calloc, realloc, free } = functionsOf(name, exports);
    this.#memory = exports.memory;
    this.#startBytes = exports.memory.buffer.byteLength;
    this.#sbrk = exports.sbrk;
    this.#lowest = exports.sbrk ? exports.sbrk(0) >>> 0 : this.#startBytes;
    this.functions = {
      malloc: (nbytes) => this.#see("malloc", nbytes >>> 0, malloc(nbytes) >>> 0),
      calloc: (nelem, elsize) => this.#see("calloc", (nelem >>> 0) * (elsize >>> 0), calloc(nelem, elsize) >>> 0),
      realloc: (ptr, nbytes) => this.#see("realloc", nbytes >>> 0, realloc(ptr, nbytes) >>> 0),
      free,
    };
  }

  #see(what: string, nbytes: number, ptr: number): number {
    if (ptr === 0) return 0;
    checkAddress(this.name, what, nbytes, ptr, this.#memory);
    const end = ptr + nbytes;
    if (this.#sbrk && end > this.#sbrk(0) >>> 0) {
      this.#sbrk = undefined; // whatever it is, it is no break of this heap
      this.#lowest = ptr;
    }
    this.#lowest = Math.min(this.#lowest, ptr);
    this.#highest = Math.max(this.#highest, end);
    this.#peak = Math.max(this.#peak, this.heldBytes());
    return ptr;
  }

  heldBytes(): number {
    if (this.#highest === 0) return 0;
    if (this.#sbrk) return Math.max((this.#sbrk(0) >>> 0) - this.#lowest, 0);
    const size = this.#memory.buffer.byteLength;
    return (size > this.#startBytes ? size : this.#highest) - this.#lowest;
  }

  /** At most; exact. */
  footprintBytes(): number {
    return this.#peak;
  }

  tableBytes(): number {
    return 0;
  }
}

export interface ForeignAllocator extends Allocator {
  watched(): WatchedHeap;
}

/**
 * A foreign allocator: wasm that exports `memory`, `malloc`, `free` and `realloc`, and perhaps `calloc` and `sbrk`, with or without a
 * leading underscore. Throws a `RangeError` that says what is missing or of another type.
 */
export function foreignAllocator(name: string, bytes: Uint8Array<ArrayBuffer>): ForeignAllocator {
  if (!WebAssembly.validate(bytes)) throw new RangeError("is no valid wasm");
  const module = new WebAssembly.Module(bytes);
  const imports = inertImports(module);
  const start = (): Exports => instantiate(module, imports);
  start(); // so that whoever cannot take part is told before the work begins
  return {
    name,
    start: () => ({ functions: functionsOf(name, start()), footprintBytes: () => null, tableBytes: () => 0 }),
    watched: () => new WatchedHeap(name, start()),
  };
}
