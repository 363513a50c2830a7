/** Loads the wasm module; one `Core` is one emulated process with a memory of its own. */
import { checkGeometry } from "./geometry.js";
import type { Memory } from "./memory.js";
import type { Profile } from "./profiles.js";
import { CORE_WASM } from "./wasm/core.js";
import type { instantiate } from "./wasm/exports.js";

/** The functions of assembly/index.ts. Numbers come out signed: `>>> 0` makes an address of one. */
export type CoreExports = Awaited<ReturnType<typeof instantiate>>;

const RELEASE = { never: 0, eager: 1, "keep-last": 2 } as const;

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
export class Core implements Memory {
  readonly exports: CoreExports;
  #words: Uint32Array;

  /** Throws a `RangeError` when the geometry is not valid, or the tables do not fit into memory. */
  constructor(module: WebAssembly.Module, profile: Profile, options: CoreOptions) {
    const geometry = checkGeometry(profile.geometry);
    const abort = (_message: number, file: number, line: number): void => {
      throw new Error(`assertion of the core failed: ${this.#string(file)}:${line}`);
    };
    this.exports = new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as CoreExports;
    this.#words = new Uint32Array(this.exports.memory.buffer);
    const started = this.exports.init(
      Math.log2(geometry.arenaSize),
      Math.log2(geometry.poolSize),
      Math.log2(geometry.alignment),
      geometry.threshold,
      geometry.poolOverhead,
      RELEASE[geometry.release],
      geometry.order === "fingers",
      profile.takesOverRaw,
      profile.maxRequest,
      options.limitBytes,
      options.baseOffsetCount,
      options.idCount,
    );
    if (!started) throw new RangeError("the heap's tables do not fit into WebAssembly memory");
  }

  /** A string of the debug build's static data: UTF-16, its length in bytes in the word before. */
  #string(address: number): string {
    const bytes = new Uint8Array(this.exports.memory.buffer, address, this.read(address - 4));
    return new TextDecoder("utf-16le").decode(bytes);
  }

  /** Linear memory as words. Never keep it: a call that grows memory detaches it. */
  get words(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.exports.memory.buffer);
    return this.#words;
  }

  /** The word at `address`, unsigned. */
  read(address: number): number {
    return this.words[address >>> 2];
  }

  /** The 64-bit number at `address`; exact up to 2^53. */
  read64(address: number): number {
    return this.read(address) + this.read(address + 4) * 2 ** 32;
  }

  write(address: number, word: number): void {
    this.words[address >>> 2] = word;
  }

  /** A copy of the words from `start` to `end`, both multiples of 4; in `into`, where that has the length. */
  copy(start: number, end: number, into?: Uint32Array): Uint32Array {
    const words = this.words.subarray(start / 4, end / 4);
    if (into?.length !== words.length) return words.slice();
    into.set(words);
    return into;
  }
}
