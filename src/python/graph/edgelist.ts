/**
 * References as a decoder finds them, in any order, each with the evidence for it. One stream of 32-bit words in
 * chunks, so that growing never copies:
 *
 *   ~source │ target << 2 | level │ target << 2 | level │ … │ ~source │ …
 *
 * A source is written only when it changes: a decoder that emits object by object pays 4 bytes a reference and
 * 4 bytes an object.
 */

/** Evidence for a reference: by a known layout; a word in an object's body; a word in unclaimed data. */
export const BY_LAYOUT = 0;
export const IN_BODY = 1;
export const IN_DATA = 2;

const LEVEL_BITS = 2;
const LEVEL_MASK = 3;
/** Node numbers are below this. */
export const MAX_NODES = 2 ** (31 - LEVEL_BITS);

const FIRST_CHUNK_WORDS = 2 ** 10;
const MAX_CHUNK_WORDS = 2 ** 20;

export class EdgeList {
  readonly #full: Int32Array[] = [];
  #chunk = new Int32Array(FIRST_CHUNK_WORDS);
  #used = 0;
  #source = -1;

  /** Adds a reference between nodes 0 to MAX_NODES - 1, with level BY_LAYOUT, IN_BODY or IN_DATA. Not checked here. */
  add(source: number, target: number, level: number): void {
    if (source !== this.#source) {
      this.#source = source;
      this.#push(~source);
    }
    this.#push((target << LEVEL_BITS) | level);
  }

  #push(word: number): void {
    if (this.#used === this.#chunk.length) {
      this.#full.push(this.#chunk);
      this.#chunk = new Int32Array(Math.min(2 * this.#chunk.length, MAX_CHUNK_WORDS));
      this.#used = 0;
    }
    this.#chunk[this.#used++] = word;
  }

  /** The stream, chunk by chunk. Read a word with `sourceOf`, or with `targetOf` and `levelOf`. */
  *chunks(): Generator<Int32Array> {
    yield* this.#full;
    yield this.#chunk.subarray(0, this.#used);
  }
}

/** The source that a word below 0 announces. */
export const sourceOf = (word: number): number => ~word;
/** The target of a word from 0 on. */
export const targetOf = (word: number): number => word >> LEVEL_BITS;
/** The evidence level of a word from 0 on. */
export const levelOf = (word: number): number => word & LEVEL_MASK;
