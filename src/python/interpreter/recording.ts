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

/** What a live block was asked for. */
export interface Request {
  /** Bytes asked for, at its allocation or its last realloc. */
  readonly nbytes: number;
  readonly domain: Domain;
  /** Number of the source line; 0 where no Python code asked. */
  readonly site: number;
  /** Events of the recording before the one that allocated it. */
  readonly born: number;
}

const WORDS = layout.LOGGED_SIZE / 4;
/** Events that are encoded before the trace takes them, all at once. */
const BATCH_EVENTS = 4096;
/** Blocks start at multiples of 8; an id table's page has those of 64 KiB. */
const PAGE_BITS = 16;
const PAGE_MASK = (1 << PAGE_BITS) - 1;
const PAGE_IDS = 1 << (PAGE_BITS - 3);

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
  /** By address: one more than the id of the live block that starts there. */
  readonly #pages: (Uint32Array | undefined)[] = [];
  /** What `keepColumns` asked for. */
  #columns: { readonly line: EventNumbers; readonly type: EventNumbers; readonly typeOfFreed: TypeOfFreed } | null =
    null;
  /** By id. */
  #nbytes = new Uint32Array(1 << 12);
  #sites = new Uint32Array(1 << 12);
  #domains = new Uint8Array(1 << 12);
  #born = new Uint32Array(1 << 12);
  /** A stack of the ids that are not in use, and how many ids there are. */
  #unused = new Uint32Array(1 << 12);
  #unusedCount = 0;
  #idCount = 0;

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
    if (id >= 0) this.#columns?.type.set(this.#born[id], type);
  }

  /** What the live block at `address` was asked for; `null` for one that is older than the attaching, or none. */
  request(address: number): Request | null {
    const id = this.idAt(address);
    if (id < 0) return null;
    return {
      nbytes: this.#nbytes[id],
      domain: this.#domains[id] as Domain,
      site: this.#sites[id],
      born: this.#born[id],
    };
  }

  /** Number of the source line of the live block at `address`; 0 as in `Request.site`, and for one that `request` does not know. */
  site(address: number): number {
    const id = this.idAt(address);
    return id < 0 ? 0 : this.#sites[id];
  }

  /** Calls `visit` for each live block, by address: with its bytes as asked for. */
  forEachLive(visit: (address: number, nbytes: number) => void): void {
    for (const [index, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < PAGE_IDS; at++)
        if (page[at] !== 0) visit(index * 2 ** PAGE_BITS + 8 * at, this.#nbytes[page[at] - 1]);
    }
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
    const page = this.#pages[address >>> PAGE_BITS];
    return page === undefined ? -1 : page[(address & PAGE_MASK) >>> 3] - 1;
  }

  #setId(address: number, entry: number): void {
    const index = address >>> PAGE_BITS;
    let page = this.#pages[index];
    if (page === undefined) {
      page = new Uint32Array(PAGE_IDS);
      this.#pages[index] = page;
    }
    page[(address & PAGE_MASK) >>> 3] = entry;
  }

  /** An id for the new block at `ptr`. */
  #enter(domain: number, ptr: number, nbytes: number, site: number): number {
    const id = this.#unusedCount > 0 ? this.#unused[--this.#unusedCount] : this.#idCount++;
    if (id === this.#nbytes.length) this.#grow();
    this.#setId(ptr, id + 1);
    this.#nbytes[id] = nbytes;
    this.#sites[id] = site;
    this.#domains[id] = domain;
    this.#born[id] = this.eventCount;
    this.#columns?.line.set(this.#born[id], site);
    return id;
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
      type.set(this.#born[id], typeOfFreed(words[at + 2], words[at + 3], words[at + 4]));
    }
    this.#append(OP_FREE, this.#domains[id], id, 0);
    this.#setId(ptr, 0);
    this.#unused[this.#unusedCount++] = id;
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
    this.#append(OP_REALLOC, this.#domains[id], id, nbytes);
    if (ptr !== old) {
      this.#setId(old, 0);
      this.#setId(ptr, id + 1);
    }
    this.#nbytes[id] = nbytes;
    this.#sites[id] = site;
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

  #grow(): void {
    const grown = <T extends Uint32Array | Uint8Array>(had: T): T => {
      const room = new (had.constructor as new (length: number) => T)(2 * had.length);
      room.set(had);
      return room;
    };
    this.#nbytes = grown(this.#nbytes);
    this.#sites = grown(this.#sites);
    this.#domains = grown(this.#domains);
    this.#born = grown(this.#born);
    this.#unused = grown(this.#unused);
  }
}
