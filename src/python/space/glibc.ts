/**
 * Blocks of glibc's malloc on 64 bits. The word before a block says how long it is. The chunks of the main arena can be listed; those of other
 * arenas, and chunks that were mapped by themselves, cannot.
 *
 *     chunk   ┌ prev_size ┬ size ┬ block …      size: a multiple of 16 │ 4 not the main arena │ 2 mapped by itself │ 1 the chunk before is in use
 *
 * Source: malloc/malloc.c, `struct malloc_chunk`. A block may use the `prev_size` of the next chunk.
 */
import type { AddressRange, RawBlocks } from "./mallocblocks.js";
import { rangeWith } from "./rangesearch.js";
import type { Space } from "./space.js";

const WORD = 8;
const FLAGS = 15;
const IS_MMAPPED = 2;
const MIN_CHUNK = 32;
const PAGE = 4096;

export class GlibcBlocks implements RawBlocks {
  readonly start: number;
  readonly end: number;
  readonly #space: Space;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #main: ListedChunks | null;

  /**
   * `ranges`: memory that malloc may have its chunks in, apart from each other. `main`: the one of them that the main arena has to itself; its
   * chunks are listed, and what is none of them is no block.
   */
  constructor(space: Space, ranges: readonly AddressRange[], main: AddressRange | null) {
    const sorted = [...ranges].sort((a, b) => a.start - b.start);
    this.#space = space;
    this.#starts = Float64Array.from(sorted, ({ start }) => start);
    this.#ends = Float64Array.from(sorted, ({ end }) => end);
    this.#main = main === null ? null : new ListedChunks(space, main);
    this.start = sorted[0]?.start ?? 0;
    this.end = sorted.at(-1)?.end ?? 0;
  }

  sizeAt(address: number): number {
    if (address % 16 !== 0 || this.#main?.has(address - 2 * WORD) === false) return 0;
    const range = rangeWith(this.#starts, this.#ends, address);
    if (range < 0) return 0;
    const head = this.#space.word(address - WORD);
    const size = sizeOf(head);
    const chunk = address - 2 * WORD;
    const end = chunk + size;
    if (size < MIN_CHUNK || end > this.#ends[range]) return 0;
    if ((head & IS_MMAPPED) !== 0) return chunk % PAGE === 0 && size % PAGE === 0 ? size - 2 * WORD : 0;
    // The next chunk says that this one is in use.
    const next = this.#space.word(end + WORD);
    return (next & 1) === 1 ? size - WORD : 0;
  }
}

const sizeOf = (head: number): number => head - (head % (FLAGS + 1));

/** The chunks of the main arena, one behind the other from the start of its mapping on. */
class ListedChunks {
  readonly #start: number;
  /** Up to here all chunks are listed. */
  readonly #end: number;
  /** A bit for every 16 bytes: 1 where a chunk starts. */
  readonly #bits: Uint32Array;

  constructor(space: Space, range: AddressRange) {
    this.#start = range.start;
    this.#bits = new Uint32Array(Math.ceil((range.end - range.start) / (16 * 32)));
    let end = range.start;
    for (const { start, next } of chunksOf(space, range)) {
      const bit = (start - range.start) / 16;
      this.#bits[bit >>> 5] |= 1 << (bit & 31);
      end = next;
    }
    this.#end = end;
  }

  /** Whether a chunk starts at `address`; `null` if that is not known. */
  has(address: number): boolean | null {
    if (address < this.#start || address >= this.#end) return null;
    const bit = (address - this.#start) / 16;
    return (this.#bits[bit >>> 5] & (1 << (bit & 31))) !== 0;
  }
}

interface Chunk {
  readonly start: number;
  readonly next: number;
}

/** Up to the first that is none. */
function* chunksOf(space: Space, { start, end }: AddressRange): Generator<Chunk> {
  for (let chunk = start; chunk + MIN_CHUNK <= end; ) {
    const size = sizeOf(space.word(chunk + WORD));
    const next = chunk + size;
    if (size < MIN_CHUNK || next > end) return;
    yield { start: chunk, next };
    chunk = next;
  }
}

/** Whether `range` is the main arena's: from its start to its end it has chunks, without a gap. */
export function isMainArena(space: Space, range: AddressRange): boolean {
  let [end, count] = [range.start, 0];
  for (const { next } of chunksOf(space, range)) [end, count] = [next, count + 1];
  return count >= MANY_CHUNKS && end + MIN_CHUNK > range.end;
}

/** Chunks that no other memory seems to have one behind the other. */
const MANY_CHUNKS = 16;

/**
 * The free chunks of the main arena, which has the mapping `range`: each that the next says is not in use, and the top. They are given without
 * their own words.
 */
export function* freeChunks(space: Space, range: AddressRange): Generator<AddressRange> {
  for (const { start, next } of chunksOf(space, range)) {
    const isTop = next + 2 * WORD > range.end;
    if (isTop || (space.word(next + WORD) & 1) === 0) yield { start: start + 2 * WORD, end: next };
  }
}
