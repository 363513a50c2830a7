/** What an attached interpreter asked for since the attaching, as a trace; and, of each live block, its size and source line. */

import * as layout from "../../memory/layout.js";
import { TraceBuilder, type TracePart } from "../../trace/builder.js";
import {
  DOMAIN_RAW,
  type Domain,
  domainOf,
  idOf,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_REALLOC,
  opOf,
  packEvent,
} from "../../trace/event.js";
import type { Trace } from "../../trace/trace.js";
import { type Request, RequestTable } from "./requesttable.js";

const WORDS = layout.LOGGED_SIZE / 4;
/** Events that are encoded before the trace takes them, all at once. */
const BATCH_EVENTS = 4096;
/** Numbers by event: what an array is that grows. */
class EventNumbers {
  #numbers = new Uint32Array(1 << 16);

  set(event: number, number: number): void {
    if (event >= this.#numbers.length) {
      const room = new Uint32Array(Math.max(2 * this.#numbers.length, event + 1));
      room.set(this.#numbers);
      this.#numbers = room;
    }
    this.#numbers[event] = number;
  }

  /** Those of events `from` to before `to`. */
  slice(from: number, to: number): Uint32Array {
    this.set(to, 0);
    return this.#numbers.slice(from, to);
  }
}

/** Says which type an object has that is freed: the number of the first of the three words that is its type, or 0. */
export type TypeOfFreed = (type0: number, type8: number, type16: number) => number;

export class Recording {
  /** Called after events were taken, in the middle of a call of the allocator: must not call the interpreter. */
  onTake: () => void = () => {};
  /** Frees and reallocs of blocks that are older than the attaching. */
  unmatched = 0;
  readonly #builder = new TraceBuilder(1 << 16);
  readonly #batch = new Uint32Array(2 * BATCH_EVENTS);
  #batched = 0;
  readonly #live = new RequestTable();
  /** What `keepColumns` asked for. */
  #columns: { readonly line: EventNumbers; readonly type: EventNumbers; readonly typeOfFreed: TypeOfFreed } | null =
    null;

  /** `recordedBy`: the Python that asks, whatever the geometry of the heap that serves it. */
  constructor(recordedBy: string) {
    this.#builder.recordedBy = recordedBy;
  }

  get eventCount(): number {
    return this.#builder.eventCount + this.#batched / 2;
  }

  /** Appends a piece of the log, whole events. */
  take(words: Uint32Array): void {
    for (let at = 0; at < words.length; at += WORDS) {
      const what = words[at];
      const op = opOf(what);
      const ptr = words[at + 1];
      if (op === OP_FREE) {
        this.#free(ptr, words, at);
        continue;
      }
      const domain = domainOf(what);
      const old = words[at + 2];
      const nbytes = words[at + 3];
      const site = words[at + 4];
      if (op === OP_REALLOC && old !== 0) this.#realloc(old, ptr, nbytes, site);
      else if (op === OP_CALLOC) this.#calloc(domain, ptr, old, nbytes, site);
      else this.#append(OP_MALLOC, domain, this.#enter(domain, ptr, nbytes, site), nbytes);
    }
    this.#passOn();
    this.onTake();
  }

  mark(name: string): void {
    this.#builder.mark(name);
  }

  /** From here on the line and type of each block are kept beside the events, so that any moment's blocks have them. */
  keepColumns(typeOfFreed: TypeOfFreed): void {
    this.#columns = { line: new EventNumbers(), type: new EventNumbers(), typeOfFreed };
  }

  /**
   * Of events `from` to before `to`: the number of the source line that asked (malloc, calloc, realloc), and, of those that allocated a
   * block, the number of its type, 0 where it is not known: of blocks that were freed, and of those that `setType` was told.
   */
  columns(from: number, to: number): { lineOfEvent: Uint32Array; typeOfEvent: Uint32Array } {
    if (this.#columns === null) throw new RangeError("the recording keeps no columns; call keepColumns first");
    const { line, type } = this.#columns;
    return { lineOfEvent: line.slice(from, to), typeOfEvent: type.slice(from, to) };
  }

  /** Notes the type of the live block at `address`. */
  setType(address: number, type: number): void {
    const id = this.idAt(address);
    if (id >= 0) this.#columns?.type.set(this.#live.born(id), type);
  }

  /** The live blocks that were asked for, as they are now and as they will be. */
  get requests(): RequestTable {
    return this.#live;
  }

  /** What the live block at `address` was asked for; `null` for one that is older than the attaching, or none. */
  request(address: number): Request | null {
    return this.#live.request(address);
  }

  /** Number of the source line of the live block at `address`; 0 as in `Request.site`, and for one that `request` does not know. */
  site(address: number): number {
    return this.#live.site(address);
  }

  /** Bytes asked for and live. */
  get liveBytes(): number {
    return this.#builder.liveBytes;
  }

  /** The part of the trace that follows the first `events` events, whose callocs have `callocs` numbers, and `marks` marks; with the totals of the whole. */
  traceSince(events: number, callocs: number, marks: number): TracePart {
    return this.#builder.since(events, callocs, marks);
  }

  /** The trace up to now. The recording can go on. */
  trace(): Trace {
    const trace = this.#builder.finish();
    return { ...trace, marks: [...trace.marks] };
  }

  /** Id of the live block at `address`; −1 as `request`'s `null`. */
  idAt(address: number): number {
    return this.#live.idAt(address);
  }

  /** An id for the new block at `ptr`. */
  #enter(domain: number, ptr: number, nbytes: number, site: number): number {
    const born = this.eventCount;
    this.#columns?.line.set(born, site);
    return this.#live.enter(domain, ptr, nbytes, site, born);
  }

  #calloc(domain: number, ptr: number, count: number, size: number, site: number): void {
    const id = this.#enter(domain, ptr, count * size, site);
    this.#passOn();
    this.#builder.calloc(domain as Domain, id, count, size);
  }

  #free(ptr: number, words: Uint32Array, at: number): void {
    const id = this.idAt(ptr);
    if (id < 0) {
      this.unmatched++;
      return;
    }
    if (this.#columns) {
      const { type, typeOfFreed } = this.#columns;
      const found = typeOfFreed(words[at + 2], words[at + 3], words[at + 4]);
      // What was seen of it while it lived stands, unless it was freed as an object.
      if (found !== 0) type.set(this.#live.born(id), found);
    }
    this.#append(OP_FREE, this.#live.domain(id), id, 0);
    this.#live.leave(id, ptr);
  }

  /** A block that is older stays with the raw allocator whatever its new size, so from here on it counts as the RAW domain's. */
  #realloc(old: number, ptr: number, nbytes: number, site: number): void {
    const id = this.idAt(old);
    if (id < 0) {
      this.unmatched++;
      this.#append(OP_MALLOC, DOMAIN_RAW, this.#enter(DOMAIN_RAW, ptr, nbytes, site), nbytes);
      return;
    }
    this.#columns?.line.set(this.eventCount, site);
    this.#append(OP_REALLOC, this.#live.domain(id), id, nbytes);
    this.#live.move(id, old, ptr, nbytes, site);
  }

  #append(op: number, domain: number, id: number, value: number): void {
    if (this.#batched === this.#batch.length) this.#passOn();
    this.#batch[this.#batched] = packEvent(op, domain, id);
    this.#batch[this.#batched + 1] = value;
    this.#batched += 2;
  }

  /** Lets the trace have what is encoded. Each event is good; one that plainEvents leaves is a malloc with a new id. */
  #passOn(): void {
    const [batch, builder, end] = [this.#batch, this.#builder, this.#batched];
    for (let at = builder.plainEvents(batch, 0, end); at < end; at = builder.plainEvents(batch, at + 2, end)) {
      builder.malloc(domainOf(batch[at]) as Domain, idOf(batch[at]), batch[at + 1]);
    }
    this.#batched = 0;
  }
}
