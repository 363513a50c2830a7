/**
 * A trace: the requests and frees of a program, in order, as the core replays them.
 *
 * Two words an event:
 *
 *     word 0   op, domain and id (event.ts)
 *     word 1   malloc, realloc: bytes asked for · calloc: count × size · free: 0 · mark: its index in `marks` (id and domain 0)
 *
 * The id names a block from its allocation to its free; then it may be used again. A validated trace allocates no live id and
 * frees or reallocates no dead one, always in the domain that the block is of.
 */

import { InputError } from "../text/errors.js";

export interface Trace {
  /** Two words an event; `length` is twice the number of events, marks included. */
  readonly words: Uint32Array;
  /** Two numbers a calloc, in order: count and size. Their product is the event's word 1. */
  readonly callocs: Uint32Array;
  /** Names of the marks, in order; "" where a mark has none. */
  readonly marks: readonly string[];
  /**
   * Two numbers a `p` line, in order: the index of the event that it stands before, and its BYTES. They form a queue, taken in
   * the order in which arenas are obtained; an arena obtained while the queue is empty is aligned.
   */
  readonly bases: Uint32Array;
  /** One more than the highest id. */
  readonly idCount: number;
  /** MEM and OBJ events: what the answer, its hash and header line 3 count. */
  readonly opCount: number;
  /** The most bytes that were asked for and live at one time, over all domains. */
  readonly peakLiveBytes: number;
  /** The profile of the Python that recorded the trace (`3.11`, `3.8-32`), where the trace names it. */
  readonly recordedBy: string | null;
}

/** What is wrong with a trace, in one line: file, line or event, what was expected. */
export class TraceError extends InputError {
  override name = "TraceError";
}
