/**
 * What a trace says by itself, whatever the allocator: for each event the one before it of the same block, and how many bytes are
 * live at each place.
 *
 *     event      0 malloc a   1 malloc b   2 realloc a   3 free a   4 malloc a
 *     previous       −1           −1            0            2          −1
 *
 * With it one can walk a trace backwards as well as forwards: the event that comes undone tells what the block was before.
 */
import { idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../../../trace/event.js";
import type { Trace } from "../../../trace/trace.js";

/** Live bytes are kept at every so many events. */
const LIVE_EVERY = 1024;

export class Requests {
  readonly trace: Trace;
  readonly words: Uint32Array;
  /** Events of the trace. */
  readonly length: number;
  /** Of a realloc or free the event before it of the same block; else −1. */
  readonly previous: Int32Array;
  readonly #live: Float64Array;

  constructor(trace: Trace) {
    this.trace = trace;
    this.words = trace.words;
    this.length = trace.words.length / 2;
    this.previous = new Int32Array(this.length);
    this.#live = new Float64Array(Math.floor(this.length / LIVE_EVERY) + 1);
    this.#scan();
  }

  #scan(): void {
    const { words, previous, length } = this;
    // Two words an id, next to each other for they are far from the next id's: its last event, and the bytes that that asked for.
    const ids = new Uint32Array(2 * this.trace.idCount);
    let live = 0;
    for (let event = 0; event < length; event++) {
      if (event % LIVE_EVERY === 0) this.#live[event / LIVE_EVERY] = live;
      const word = words[2 * event];
      const op = opOf(word);
      if (op === OP_MARK) {
        previous[event] = -1;
        continue;
      }
      const at = 2 * idOf(word);
      const hadBlock = op === OP_REALLOC || op === OP_FREE;
      const nbytes = op === OP_FREE ? 0 : words[2 * event + 1];
      previous[event] = hadBlock ? ids[at] : -1;
      live += nbytes - (hadBlock ? ids[at + 1] : 0);
      ids[at] = event;
      ids[at + 1] = nbytes;
    }
    if (length % LIVE_EVERY === 0) this.#live[length / LIVE_EVERY] = live;
  }

  /** By how many bytes the live ones change in `event`. */
  delta(event: number): number {
    const op = opOf(this.words[2 * event]);
    if (op === OP_MARK) return 0;
    const before = this.previous[event];
    const had = before < 0 ? 0 : this.words[2 * before + 1];
    return (op === OP_FREE ? 0 : this.words[2 * event + 1]) - had;
  }

  /** Bytes asked for and live before event `position`, in all domains. */
  liveBytesAt(position: number): number {
    const kept = Math.floor(position / LIVE_EVERY);
    let live = this.#live[kept];
    for (let event = kept * LIVE_EVERY; event < position; event++) live += this.delta(event);
    return live;
  }

  /** The event that allocated the block that `event`, of it, resized or allocated. */
  birthOf(event: number): number {
    let birth = event;
    while (this.previous[birth] >= 0) birth = this.previous[birth];
    return birth;
  }

  /** The event from `position` on that frees the live block of `id`; −1 where none does. */
  freedAt(id: number, position: number): number {
    for (let event = position; event < this.length; event++) {
      const word = this.words[2 * event];
      if (idOf(word) === id && opOf(word) === OP_FREE) return event;
    }
    return -1;
  }
}
