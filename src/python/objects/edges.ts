/** The references of all nodes: rows that are filled in any order, and put into order at the end. */

import { grown } from "./columns.js";

/** How sure it is that a reference is one: the values of `References.levels`. */
export const LEVEL = {
  /** The layout of a known structure has a reference there. */
  LAYOUT: 0,
  /** A word of an object's body. */
  BODY: 1,
  /** A word of data that no layout explains. */
  DATA: 2,
} as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];

/** References by node: those of node n are from `offsets[n]` up to `offsets[n + 1]`. One that is held twice is there twice. */
export interface References {
  readonly offsets: Uint32Array;
  readonly targets: Int32Array;
  readonly levels: Uint8Array;
}

export class EdgeRows {
  #targets = new Int32Array(1 << 16);
  #levels = new Uint8Array(1 << 16);
  #count = 0;
  /** Where the row of each node starts and ends. */
  #starts: Float64Array;
  #ends: Float64Array;
  #node = 0;

  constructor(capacity: number) {
    this.#starts = new Float64Array(capacity);
    this.#ends = new Float64Array(capacity);
  }

  /** From here on edges go out of `node`, which has had none. */
  begin(node: number): void {
    if (node >= this.#starts.length) {
      const length = Math.ceil(1.5 * (node + 1));
      this.#starts = grown(this.#starts, new Float64Array(length));
      this.#ends = grown(this.#ends, new Float64Array(length));
    }
    this.#node = node;
    this.#starts[node] = this.#count;
    this.#ends[node] = this.#count;
  }

  add(target: number, level: Level): void {
    if (this.#count === this.#targets.length) {
      this.#targets = grown(this.#targets, new Int32Array(2 * this.#count));
      this.#levels = grown(this.#levels, new Uint8Array(2 * this.#count));
    }
    this.#targets[this.#count] = target;
    this.#levels[this.#count] = level;
    this.#ends[this.#node] = ++this.#count;
  }

  /** Forgets what goes out of `node`. */
  clear(node: number): void {
    if (node < this.#starts.length) this.#ends[node] = this.#starts[node];
  }

  /** The rows of the first `count` nodes in order. */
  references(count: number): References {
    const offsets = new Uint32Array(count + 1);
    for (let node = 0; node < count; node++) {
      const degree = node < this.#starts.length ? this.#ends[node] - this.#starts[node] : 0;
      offsets[node + 1] = offsets[node] + degree;
    }
    const targets = new Int32Array(offsets[count]);
    const levels = new Uint8Array(offsets[count]);
    for (let node = 0; node < count; node++) {
      let at = offsets[node];
      for (let from = this.#starts[node]; at < offsets[node + 1]; from++, at++) {
        targets[at] = this.#targets[from];
        levels[at] = this.#levels[from];
      }
    }
    return { offsets, targets, levels };
  }
}
