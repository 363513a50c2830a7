import type { ListedBlocks } from "./mallocblocks.js";
import type { Space } from "./space.js";

/**
 * Emscripten's malloc, dlmalloc on 32 bits: chunks from the start of the heap to its end, without a gap.
 *
 *     chunk   ┌ prev_foot ┬ head ┬ block …  ┐┌ prev_foot ┬ head of the next chunk
 *             └───────────┴──────┴──────────┘└───────────┴──────
 *     head    size of the chunk, a multiple of 8 │ CINUSE (2): this chunk is in use │ PINUSE (1): so is the one before
 *
 * Source: malloc.c of dlmalloc 2.8.6, `struct malloc_chunk`. A block may use the `prev_foot` of the next chunk. All chunks are listed once,
 * a bit for each address that a block may have: words that happen to look like a head are none.
 */
export class DlmallocBlocks implements ListedBlocks {
  readonly #space: Space;
  readonly start: number;
  readonly end: number;
  /** Addresses of blocks that count as none. */
  readonly passedOver: ReadonlySet<number>;
  /** A bit for every 8 bytes from `start` on: 1 where a block in use starts. `null` until it is asked for. */
  #starts: Uint32Array | null = null;
  /** Large chunks, whether in use or not. */
  readonly #large: number[] = [];

  /** `start` and `end`: of the memory that malloc has got from the system, `__heap_base` and `sbrk(0)`. */
  constructor(space: Space, start: number, end: number, passedOver: ReadonlySet<number> = new Set()) {
    this.#space = space;
    this.start = start;
    this.end = end;
    this.passedOver = passedOver;
  }

  #list(): Uint32Array {
    const starts = new Uint32Array(Math.ceil((this.end - this.start) / (8 * 32)));
    let chunk = this.start;
    while (chunk < this.end) {
      const head = this.#space.word(chunk + HEAD);
      const size = head - (head & FLAGS);
      if (size === 0) break; // behind the last chunk
      if (size >= LARGE) this.#large.push(chunk);
      if ((head & CINUSE) !== 0 && !this.passedOver.has(chunk + BLOCK)) {
        const bit = (chunk + BLOCK - this.start) / 8;
        starts[bit >>> 5] |= 1 << (bit & 31);
      }
      chunk += size;
    }
    this.#starts = starts;
    return starts;
  }

  sizeAt(address: number): number {
    const offset = address - this.start;
    if (offset < 0 || (offset & 7) !== 0) return 0;
    const bit = offset / 8;
    const starts = this.#starts ?? this.#list();
    return (starts[bit >>> 5] & (1 << (bit & 31))) === 0 ? 0 : this.#bytesAt(address);
  }

  blockAt(address: number): number {
    const starts = this.#starts ?? this.#list();
    const bit = (address - this.start) >>> 3;
    let index = bit >>> 5;
    let bits = starts[index] & (LOWEST_BITS >>> (31 - (bit & 31)));
    while (bits === 0 && index > 0) bits = starts[--index];
    if (bits === 0) return 0;
    const block = this.start + 8 * (32 * index + (31 - Math.clz32(bits)));
    return address < block + this.#bytesAt(block) ? block : 0;
  }

  forEachStretch(visit: (start: number, end: number) => void): void {
    if (this.#starts === null) this.#list();
    let start = this.start;
    for (const chunk of this.#large) {
      if (chunk > start) visit(start, chunk);
      const block = chunk + BLOCK;
      const bytes = this.#bytesAt(block);
      if (this.sizeAt(block) > 0) visit(block, block + bytes);
      start = block + bytes;
    }
    if (start < this.end) visit(start, this.end);
  }

  #bytesAt(block: number): number {
    const head = this.#space.word(block - BLOCK + HEAD);
    return head - (head & FLAGS) - HEAD;
  }
}

/** From the start of a chunk. */
const HEAD = 4;
const BLOCK = 8;
const FLAGS = 7;
const CINUSE = 2;
const LARGE = 65_536;
const LOWEST_BITS = 0xffffffff;
