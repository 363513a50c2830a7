/** How memory is read, whoever owns it. */
import { POOLS } from "./layout.js";

/** Where a build keeps its tables (assembly/layout/place.ts). */
export interface Places {
  /** Added to an address that layout.ts has between STATE and OS_PAGES. */
  readonly stateBase: number;
  /** Address of the pool table. */
  readonly poolTable: number;
}

/** Those of `core`. */
export const CORE_PLACES: Places = { stateBase: 0, poolTable: POOLS };

/** The bytes of an emulated process, as what looks into it reads them: linear memory itself, or a saved image of it. */
export interface Memory extends Places {
  /** The word at `address`, a multiple of 4, unsigned. */
  read(address: number): number;
  /** A copy of the words from `start` to `end`, both multiples of 4; in `into`, where that has the length. */
  copy(start: number, end: number, into?: Uint32Array): Uint32Array;
}

/** The word that layout.ts places at `address`, between STATE and OS_PAGES. */
export const stateWord = (memory: Memory, address: number): number => memory.read(memory.stateBase + address);

/** Linear memory of an instance. */
export class LinearMemory implements Memory {
  readonly memory: WebAssembly.Memory;
  readonly stateBase: number;
  readonly poolTable: number;
  #words: Uint32Array;

  constructor(memory: WebAssembly.Memory, { stateBase, poolTable }: Places) {
    this.memory = memory;
    this.stateBase = stateBase;
    this.poolTable = poolTable;
    this.#words = new Uint32Array(memory.buffer);
  }

  /** Linear memory as words. Never keep it: a call that grows memory detaches it. */
  get words(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.memory.buffer);
    return this.#words;
  }

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

  copy(start: number, end: number, into?: Uint32Array): Uint32Array {
    const words = this.words.subarray(start / 4, end / 4);
    if (into?.length !== words.length) return words.slice();
    into.set(words);
    return into;
  }
}

/** What the statistics ask of a running instance beside its memory. */
export interface CensusTaker extends LinearMemory {
  /** Fills CENSUS; returns the bytes of all blocks in use. */
  takeCensus(): number;
}

/** A piece of memory with its place. */
export interface Segment {
  readonly start: number;
  readonly words: Uint32Array;
}

/** The memory that `segments`, in order of address, keep; what lies between them reads as 0. */
export function memoryOf(segments: readonly Segment[], places: Places): Memory {
  const segmentAt = (address: number): Segment | undefined =>
    segments.find((s) => address >= s.start && address < s.start + s.words.length * 4);
  return {
    ...places,
    read: (address) => {
      const segment = segmentAt(address);
      return segment ? segment.words[(address - segment.start) >>> 2] : 0;
    },
    copy: (start, end) => {
      const words = new Uint32Array((end - start) / 4);
      for (const { start: at, words: kept } of segments) {
        const from = Math.max(start, at);
        const to = Math.min(end, at + kept.length * 4);
        if (from < to) words.set(kept.subarray((from - at) / 4, (to - at) / 4), (from - start) / 4);
      }
      return words;
    },
  };
}
