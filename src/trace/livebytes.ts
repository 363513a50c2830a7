/** How many bytes are asked for and live at each place of a trace, in all domains: the same whatever the allocator. */
import { idOf, OP_FREE, OP_MARK, opOf } from "./event.js";
import type { Trace } from "./trace.js";

export class LiveBytes {
  readonly #words: Uint32Array;
  readonly #sizes: Uint32Array;
  #position = 0;
  #bytes = 0;

  constructor({ words, idCount }: Pick<Trace, "words" | "idCount">) {
    this.#words = words;
    this.#sizes = new Uint32Array(idCount);
  }

  #step(): void {
    const word = this.#words[2 * this.#position];
    const op = opOf(word);
    if (op !== OP_MARK) {
      const id = idOf(word);
      const nbytes = op === OP_FREE ? 0 : this.#words[2 * this.#position + 1];
      this.#bytes += nbytes - this.#sizes[id];
      this.#sizes[id] = nbytes;
    }
    this.#position++;
  }

  /** Before event `position`. Quick when asked for places in order; going back starts over. */
  at(position: number): number {
    if (position < this.#position) {
      this.#position = 0;
      this.#bytes = 0;
      this.#sizes.fill(0);
    }
    while (this.#position < position) this.#step();
    return this.#bytes;
  }

  /** The highest number from event `from` to `to`, both included. */
  peak(from: number, to: number): number {
    let peak = this.at(from);
    while (this.#position < to) {
      this.#step();
      if (this.#bytes > peak) peak = this.#bytes;
    }
    return peak;
  }

  /** The first place from behind event `from` to `limit` with more than `bytes` where the event before had not; `null` for none. */
  passes(bytes: number, from: number, limit: number): number | null {
    let before = this.at(from);
    while (this.#position < limit) {
      this.#step();
      if (this.#bytes > bytes && before <= bytes) return this.#position;
      before = this.#bytes;
    }
    return null;
  }
}
