/**
 * Blocks of glibc's malloc on 64 bits. Chunks are not listed: the word before a block says how long it is.
 *
 *     chunk   ┌ prev_size ┬ size ┬ block …      size: a multiple of 16 │ 4 not the main arena │ 2 mapped by itself │ 1 the chunk before is in use
 *
 * Source: malloc/malloc.c, `struct malloc_chunk`. A block may use the `prev_size` of the next chunk.
 */
import type { RawBlocks } from "./mallocblocks.js";
import type { Space } from "./space.js";

const WORD = 8;
const FLAGS = 15;
const IS_MMAPPED = 2;
const MIN_CHUNK = 32;
const PAGE = 4096;

export interface MallocRange {
  readonly start: number;
  readonly end: number;
}

export class GlibcBlocks implements RawBlocks {
  readonly start: number;
  readonly end: number;
  readonly #space: Space;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;

  /** `ranges`: memory that malloc may have its chunks in, apart from each other. */
  constructor(space: Space, ranges: readonly MallocRange[]) {
    const sorted = [...ranges].sort((a, b) => a.start - b.start);
    this.#space = space;
    this.#starts = Float64Array.from(sorted, ({ start }) => start);
    this.#ends = Float64Array.from(sorted, ({ end }) => end);
    this.start = sorted[0]?.start ?? 0;
    this.end = sorted.at(-1)?.end ?? 0;
  }

  sizeAt(address: number): number {
    if (address % 16 !== 0) return 0;
    const range = this.#rangeAt(address);
    if (range < 0) return 0;
    const head = this.#space.word(address - WORD);
    const size = head - (head % (FLAGS + 1));
    const chunk = address - 2 * WORD;
    const end = chunk + size;
    if (size < MIN_CHUNK || end > this.#ends[range]) return 0;
    if ((head & IS_MMAPPED) !== 0) return chunk % PAGE === 0 && size % PAGE === 0 ? size - 2 * WORD : 0;
    // The next chunk says that this one is in use.
    const next = this.#space.word(end + WORD);
    return (next & 1) === 1 ? size - WORD : 0;
  }

  /** Index of the range that has `address` in it; −1 if none has. */
  #rangeAt(address: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (address < this.#starts[middle]) high = middle - 1;
      else if (address >= this.#ends[middle]) low = middle + 1;
      else return middle;
    }
    return -1;
  }
}
