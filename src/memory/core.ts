/** Loads the wasm module; one `Core` is one emulated process with a memory of its own. */

import { checkGeometry } from "../geometry/geometry.js";
import type { Profile } from "../geometry/profiles.js";
import { CORE_PLACES, LinearMemory } from "./memory.js";
import { CORE_WASM, type CoreInstantiate } from "./wasm.js";
import { writeGeometry } from "./writegeometry.js";

/** The functions of assembly/core.ts. Numbers come out signed: `>>> 0` makes an address of one. */
export type CoreExports = Awaited<ReturnType<typeof CoreInstantiate>>;

let compiled: WebAssembly.Module | undefined;

function embeddedBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(CORE_WASM), (char) => char.charCodeAt(0));
}

/** The embedded module, compiled once. */
export function compileCoreSync(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(embeddedBytes());
  return compiled;
}

/** The same, for a browser's main thread, which may refuse to compile synchronously. */
export async function compileCore(): Promise<WebAssembly.Module> {
  compiled ??= await WebAssembly.compile(embeddedBytes());
  return compiled;
}

export interface CoreOptions {
  /** Bytes that the emulated operating system has; 0 for up to 4 GiB. */
  limitBytes: number;
  /** How many base offsets will be pushed. */
  baseOffsetCount: number;
  /** Ids of the trace to be replayed; 0 for none. */
  idCount: number;
}

/** An instance of the core, initialised, and the view of its memory. */
export class Core extends LinearMemory {
  readonly exports: CoreExports;

  /** Throws a `RangeError` when the geometry is not valid, or the tables do not fit into memory. */
  constructor(module: WebAssembly.Module, profile: Profile, options: CoreOptions) {
    checkGeometry(profile.geometry);
    let core: Core | null = null;
    const abort = (_message: number, file: number, line: number): void => {
      throw new Error(`assertion of the core failed: ${core?.string(file)}:${line}`);
    };
    const exports = new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as CoreExports;
    super(exports.memory, CORE_PLACES);
    core = this;
    this.exports = exports;
    writeGeometry(this, profile);
    const started = this.exports.init(options.limitBytes, options.baseOffsetCount, options.idCount);
    if (!started) throw new RangeError("the heap's tables do not fit into WebAssembly memory");
  }

  /** A string of the debug build's static data: UTF-16, its length in bytes in the word before. */
  private string(address: number): string {
    const bytes = new Uint8Array(this.exports.memory.buffer, address, this.read(address - 4));
    return new TextDecoder("utf-16le").decode(bytes);
  }

  takeCensus(): number {
    return this.exports.takeCensus() >>> 0;
  }
}
