/**
 * A running CPython on wasm32, as Pyodide holds it: its memory, its C functions, its allocators. Only this file knows the names of
 * Emscripten's module.
 */
import { AttachError } from "./attacherror.js";

/** What `attach` needs of the object that `loadPyodide` gives. */
export interface Pyodide {
  runPython(code: string): unknown;
}

/** Order of the words of `PyMemAllocatorEx`. */
export interface Allocator {
  readonly ctx: number;
  readonly malloc: number;
  readonly calloc: number;
  readonly realloc: number;
  readonly free: number;
}

/** `PyMemAllocatorDomain`. */
export const PYMEM_DOMAIN_RAW = 0;
export const PYMEM_DOMAIN_MEM = 1;
export const PYMEM_DOMAIN_OBJ = 2;

// biome-ignore lint/suspicious/noExplicitAny: functions of any signature, as wasm has them
type WasmFunction = (...args: any[]) => any;

interface EmscriptenModule {
  readonly memory: WebAssembly.Memory;
  readonly wasmTable: WebAssembly.Table;
  readonly addFunction: (f: WasmFunction, signature: string) => number;
  readonly removeFunction: (index: number) => void;
  readonly _malloc: (nbytes: number) => number;
  readonly _free: (ptr: number) => void;
  readonly _aligned_alloc: (alignment: number, nbytes: number) => number;
  readonly _PyMem_GetAllocator: (domain: number, allocator: number) => void;
  readonly _PyMem_SetAllocator: (domain: number, allocator: number) => void;
  readonly _PyThreadState_Get: () => number;
  readonly _PyInterpreterState_Get: () => number;
  readonly _PyCode_Addr2Line: (code: number, offset: number) => number;
  readonly _PyUnicode_AsUTF8: (text: number) => number;
  readonly _PyObject_GC_IsTracked: (object: number) => number;
  readonly _PyCFunction_NewEx: (method: number, self: number, module: number) => number;
  readonly _PyImport_AddModule: (name: number) => number;
  readonly _PyModule_AddObjectRef: (module: number, name: number, object: number) => number;
  readonly _Py_DecRef: (object: number) => void;
  readonly _PyErr_Clear: () => void;
  readonly _PyLong_AsLong: (number: number) => number;
  /** A new reference, to a tuple of (file name, line) or to None. */
  readonly __PyTraceMalloc_GetTraceback: (domain: number, ptr: number) => number;
  readonly _Py_IncRef: (object: number) => void;
  readonly __Py_NoneStruct: number;
  readonly _PyType_Type: number;
  readonly _PyCode_Type: number;
  readonly __PyRuntime: number;
  readonly ___heap_base: number;
  /** The C stack's lowest address: it lies between the static data and the heap. */
  readonly _emscripten_stack_get_end: () => number;
  readonly _sbrk: (increment: number) => number;
}

const ALLOCATOR_WORDS = 5;

export class Interpreter {
  readonly module: EmscriptenModule;
  readonly memory: WebAssembly.Memory;
  /** Address of its `PyInterpreterState`. Asked for once: Python ends if it is asked while code runs that has released the GIL. */
  readonly state: number;
  readonly #pyodide: Pyodide;
  #words: Uint32Array;

  /** Throws an `AttachError` for what is no Pyodide, or one whose functions are not exported. */
  constructor(pyodide: Pyodide) {
    const module = (pyodide as { readonly _module?: EmscriptenModule } | undefined)?._module;
    if (!module?._PyMem_SetAllocator || !(module.memory instanceof WebAssembly.Memory)) {
      throw new AttachError(
        "attach needs what loadPyodide() gives, of a Pyodide that exports _PyMem_SetAllocator and memory",
      );
    }
    this.module = module;
    this.memory = module.memory;
    this.state = module._PyInterpreterState_Get() >>> 0;
    this.#pyodide = pyodide;
    this.#words = new Uint32Array(this.memory.buffer);
  }

  /** The interpreter's memory as words. Never keep it: a call that grows memory detaches it. */
  get words(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.memory.buffer);
    return this.#words;
  }

  read(address: number): number {
    return this.words[address >>> 2];
  }

  /** Runs Python statements; gives the value of the last one where it is an expression. */
  run(code: string): unknown {
    return this.#pyodide.runPython(code);
  }

  /** Name of the profile of this Python: `3.14-32`. */
  get profileName(): string {
    return this.run("'%d.%d-32' % __import__('sys').version_info[:2]") as string;
  }

  /**
   * Allocates `nbytes` from the C library, all zero. The block is never freed, and holds no objects. Memory that has just been grown is zero
   * already, and is not touched.
   */
  zeroed(nbytes: number): number {
    const had = this.memory.buffer.byteLength;
    const ptr = this.module._malloc(nbytes) >>> 0;
    if (ptr === 0) throw new AttachError(`the interpreter has no ${nbytes} bytes for the tables`);
    const end = Math.min(ptr + nbytes, Math.max(had, ptr));
    new Uint8Array(this.memory.buffer).fill(0, ptr, end);
    this.ownBlocks.add(ptr);
    return ptr;
  }

  /** The blocks that `zeroed` gave out on this memory, of earlier heaps as well. What they hold may look like objects. */
  get ownBlocks(): Set<number> {
    const own = ownBlocks.get(this.memory) ?? new Set();
    ownBlocks.set(this.memory, own);
    return own;
  }

  getAllocator(domain: number): Allocator {
    const at = this.module._malloc(4 * ALLOCATOR_WORDS) >>> 0;
    this.module._PyMem_GetAllocator(domain, at);
    const [ctx, malloc, calloc, realloc, free] = this.words.slice(at / 4, at / 4 + ALLOCATOR_WORDS);
    this.module._free(at);
    return { ctx, malloc, calloc, realloc, free };
  }

  setAllocator(domain: number, { ctx, malloc, calloc, realloc, free }: Allocator): void {
    const at = this.module._malloc(4 * ALLOCATOR_WORDS) >>> 0;
    this.words.set([ctx, malloc, calloc, realloc, free], at / 4);
    this.module._PyMem_SetAllocator(domain, at);
    this.module._free(at);
  }

  /** The C string at `address`. */
  string(address: number): string {
    const bytes = new Uint8Array(this.memory.buffer);
    return new TextDecoder().decode(bytes.slice(address, bytes.indexOf(0, address)));
  }

  /** A C string of `text`, which is never freed. */
  newString(text: string): number {
    const bytes = new TextEncoder().encode(text);
    const at = this.module._malloc(bytes.length + 1) >>> 0;
    new Uint8Array(this.memory.buffer).set([...bytes, 0], at);
    return at;
  }
}

const ownBlocks = new WeakMap<WebAssembly.Memory, Set<number>>();
