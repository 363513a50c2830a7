/** Conditions that the trace alone answers, whatever the allocator. */
import { idOf, OP_FREE, opOf } from "../../../trace/event.js";
import type { Requests } from "../document/requests.js";
import type { Probe } from "./probe.js";

/** Bytes asked for and live come to be more than `bytes`. */
export class LiveAbove implements Probe {
  constructor(
    private readonly requests: Requests,
    private readonly bytes: number,
  ) {
    if (!(Number.isInteger(bytes) && bytes >= 0))
      throw new RangeError(`live-above needs bytes, a whole number from 0, not ${bytes}`);
  }

  first(start: number, end: number): number | null {
    let live = this.requests.liveBytesAt(start);
    for (let event = start; event < end; event++) {
      const after = live + this.requests.delta(event);
      if (live <= this.bytes && after > this.bytes) return event + 1;
      live = after;
    }
    return null;
  }

  last(start: number, end: number): number | null {
    let live = this.requests.liveBytesAt(end);
    for (let event = end - 1; event >= start; event--) {
      const before = live - this.requests.delta(event);
      if (before <= this.bytes && live > this.bytes) return event + 1;
      live = before;
    }
    return null;
  }
}

/** A block with this id is freed. */
export class BlockFreed implements Probe {
  constructor(
    private readonly requests: Requests,
    private readonly id: number,
  ) {}

  #isIt(event: number): boolean {
    const word = this.requests.words[2 * event];
    return opOf(word) === OP_FREE && idOf(word) === this.id;
  }

  first(start: number, end: number): number | null {
    for (let event = start; event < end; event++) if (this.#isIt(event)) return event + 1;
    return null;
  }

  last(start: number, end: number): number | null {
    for (let event = end - 1; event >= start; event--) if (this.#isIt(event)) return event + 1;
    return null;
  }
}
