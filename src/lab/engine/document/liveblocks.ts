/** Of each id's live block, at a place of the trace, the event that allocated it and the one that last resized it. */
import { idOf, OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC, opOf } from "../../../trace/event.js";
import type { Requests } from "./requests.js";

/** Moments that are kept on the way take this, and so much of what the trace has live at its peak; and are so many events apart. */
const KEPT_BYTES = 20 * 2 ** 20;
const KEPT_SHARE = 0.2;
const LEAST_APART = 1 << 16;

interface Kept {
  readonly last: Int32Array;
  readonly birth: Int32Array;
}

export class LiveBlocks {
  readonly #requests: Requests;
  /** By id: the event that last allocated or resized its live block; −1 where it has none. */
  readonly last: Int32Array;
  /** By id: the event that allocated its live block; of no meaning where it has none. */
  readonly birth: Int32Array;
  #position = 0;
  /** Moment n is at n × `#apart`; there until it was passed once. */
  readonly #kept: (Kept | undefined)[] = [];
  readonly #apart: number;

  constructor(requests: Requests) {
    this.#requests = requests;
    this.last = new Int32Array(requests.trace.idCount).fill(-1);
    this.birth = new Int32Array(requests.trace.idCount);
    const room = KEPT_BYTES + KEPT_SHARE * requests.trace.peakLiveBytes;
    const moments = Math.floor(room / Math.max(this.last.byteLength + this.birth.byteLength, 1));
    this.#apart = Math.max(Math.ceil(requests.length / (moments + 1)), LEAST_APART);
  }

  /** Goes to before event `position`; takes as long as there are events between, or from a moment that was kept. */
  moveTo(position: number): this {
    const nearest = Math.round(position / this.#apart);
    const kept = this.#kept[nearest];
    const way = Math.abs(nearest * this.#apart - position);
    if (kept !== undefined && way + this.#apart / 4 < Math.abs(this.#position - position)) {
      this.last.set(kept.last);
      this.birth.set(kept.birth);
      this.#position = nearest * this.#apart;
    }
    while (this.#position < position) {
      const next = (Math.floor(this.#position / this.#apart) + 1) * this.#apart;
      this.#forwards(Math.min(next, position));
      if (this.#position === next)
        this.#kept[next / this.#apart] ??= { last: this.last.slice(), birth: this.birth.slice() };
    }
    this.#backwards(position);
    return this;
  }

  #forwards(end: number): void {
    const { words } = this.#requests;
    const [last, birth] = [this.last, this.birth];
    for (let event = this.#position; event < end; event++) {
      const word = words[2 * event];
      const op = opOf(word);
      const id = idOf(word);
      if (op === OP_FREE) last[id] = -1;
      else if (op === OP_REALLOC) last[id] = event;
      else if (op === OP_MALLOC || op === OP_CALLOC) last[id] = birth[id] = event;
    }
    this.#position = Math.max(this.#position, end);
  }

  #backwards(end: number): void {
    const { words, previous } = this.#requests;
    const [last, birth] = [this.last, this.birth];
    for (let event = this.#position - 1; event >= end; event--) {
      const word = words[2 * event];
      const op = opOf(word);
      const id = idOf(word);
      if (op === OP_MALLOC || op === OP_CALLOC) last[id] = -1;
      else if (op === OP_REALLOC) last[id] = previous[event];
      else if (op === OP_FREE) {
        last[id] = previous[event];
        birth[id] = this.#requests.birthOf(previous[event]);
      }
    }
    this.#position = Math.min(this.#position, end);
  }
}
