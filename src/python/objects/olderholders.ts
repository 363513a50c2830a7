/** Blocks that are older than what is asked about, and have the address of something in it. */
import { grown } from "./columns.js";
import type { PythonMemory } from "./pythonmemory.js";

/** A set of addresses of blocks and objects: multiples of 8 below 2^32. A bit for each that there may be. */
export class AddressBits {
  readonly words: Uint32Array;
  lowest = Infinity;
  highest = 0;

  /** `end`: above all addresses. */
  constructor(end: number) {
    this.words = new Uint32Array((end >>> 8) + 1);
  }

  has(address: number): boolean {
    return (this.words[address >>> 8] & (1 << ((address >>> 3) & 31))) !== 0;
  }

  add(address: number): void {
    this.words[address >>> 8] |= 1 << ((address >>> 3) & 31);
    if (address < this.lowest) this.lowest = address;
    if (address > this.highest) this.highest = address;
  }
}

/** Addresses of the older blocks that have a word that is in `wanted`. A walk over all words of older blocks. */
export function olderHolders(memory: PythonMemory, wanted: AddressBits): number[] {
  const holders: number[] = [];
  const { lowest, highest, words: bits } = wanted;
  if (lowest > highest) return holders;
  const words = memoryWords(memory);
  const span = highest - lowest;
  forEachOlderStretch(memory, (start, end) => {
    for (let at = start; at < end; at++) {
      const word = words[at];
      if ((word - lowest) >>> 0 > span || (word & 7) !== 0) continue;
      if ((bits[word >>> 8] & (1 << ((word >>> 3) & 31))) === 0) continue;
      const block = olderBlockAt(memory, 4 * at);
      if (block !== 0 && block !== holders[holders.length - 1]) holders.push(block);
    }
  });
  return holders;
}

/**
 * For each address, the words of older blocks that have it: a chain in one list of links. One walk over all words of older blocks makes it; it
 * takes 4 bytes for every 8 of memory, and 8 for every word that may be an address.
 */
export class HolderIndex {
  readonly #memory: PythonMemory;
  /** By eighth of an address, its first link. */
  readonly #heads: Int32Array;
  /** Of each link, the next to the same address, 0 if there is none, and the position of its word. */
  #links = new Int32Array(1 << 20);
  #count = 1;

  constructor(memory: PythonMemory) {
    this.#memory = memory;
    this.#heads = new Int32Array((memory.raw.end >>> 3) + 1);
    const words = memoryWords(memory);
    forEachOlderStretch(memory, (start, end) => this.#addWords(words, start, end));
  }

  /** Calls `visit` with each older block that has `address`, a multiple of 8; with a block that has it twice, twice. */
  forEachHolder(address: number, visit: (block: number) => void): void {
    for (let link = this.#heads[address >>> 3]; link !== 0; link = this.#links[2 * link]) {
      const block = olderBlockAt(this.#memory, 4 * this.#links[2 * link + 1]);
      if (block !== 0) visit(block);
    }
  }

  #addWords(words: Int32Array, start: number, end: number): void {
    const { start: lowest, end: highest } = this.#memory.raw;
    const span = highest - lowest;
    const heads = this.#heads;
    let links = this.#links;
    let count = this.#count;
    for (let at = start; at < end; at++) {
      const word = words[at];
      if ((word - lowest) >>> 0 >= span || (word & 7) !== 0) continue;
      if (2 * count === links.length) links = grown(links, new Int32Array(2 * links.length));
      links[2 * count] = heads[word >>> 3];
      links[2 * count + 1] = at;
      heads[word >>> 3] = count++;
    }
    this.#links = links;
    this.#count = count;
  }
}

/** Memory up to the end of what was allocated. Words have 32 bits, for only an attached interpreter has older blocks; signed, V8 reads them faster. */
function memoryWords({ space, raw }: PythonMemory): Int32Array {
  const { buffer, byteOffset, length } = space.bytes(0, raw.end);
  return new Int32Array(buffer, byteOffset, length >>> 2);
}

/** The older block that has `address` in it; 0 if none has. */
function olderBlockAt({ listed, asked }: PythonMemory, address: number): number {
  const block = listed?.blockAt(address) ?? 0;
  return block !== 0 && asked?.has(block) === false ? block : 0;
}

/** Calls `visit` with the positions of words, from one up to another, that all older blocks are in: neither arenas nor large blocks that are asked about. */
function forEachOlderStretch(
  { listed, asked, pools }: PythonMemory,
  visit: (start: number, end: number) => void,
): void {
  listed?.forEachStretch((start, end) => {
    const hasArenas = end - start >= pools.arenaBytes && pools.arenas.some((arena) => arena >= start && arena < end);
    if (!hasArenas && asked?.has(start) === false) visit(start >>> 2, end >>> 2);
  });
}
