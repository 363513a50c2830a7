/**
 * The door through which every event comes into a trace: one place for the rules, whatever format is read.
 *
 *     reader ──► TraceBuilder.malloc, calloc, realloc, free, mark, base ──► finish(): Trace
 *        ▲                     │
 *        └── what is wrong ────┘    the reader knows file and line, and gives both to BadInput
 *
 * An event that breaks a rule leaves the builder as it was, so that a lenient reader goes on with the next one.
 */

import {
  DOMAIN_RAW,
  type Domain,
  domainOf,
  idOf,
  MAX_IDS,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_MARK,
  OP_REALLOC,
  opOf,
  packEvent,
} from "./event.js";
import { SparseIds } from "./formats/sparse-ids.js";
import { isMarkName } from "./markname.js";
import { type Trace, TraceError } from "./trace.js";

/** DOMAIN_OBJ, DOMAIN_MEM or DOMAIN_RAW. */
/** What a rule says of an event: `null` where it is good, else what is wrong and what was expected, without a position. */
export type Verdict = string | null;

/** The end of a trace, from some event on. The totals are of the whole trace. */
export type TracePart = Pick<Trace, "words" | "callocs" | "marks" | "idCount" | "opCount" | "peakLiveBytes">;

const DOMAIN_NAMES = ["OBJ", "MEM", "RAW"];
const MESSAGES_KEPT = 10;
const FOUR_GIB = 2 ** 32;

/** Bad input: the end of the reading or, to a lenient reader, something to count and pass over. */
export class BadInput {
  /** Lines or events that were passed over. */
  skipped = 0;
  /** The first few of them, each as the error that it would have been. */
  readonly messages: string[] = [];

  constructor(
    /** The file, as messages are to call it. */
    readonly name: string,
    readonly lenient: boolean,
  ) {}

  /** Throws a `TraceError`, or counts when lenient. `where` follows the name: `:12`, `: event 12`. */
  report(where: string, what: string): void {
    const message = `${this.name}${where}: ${what}`;
    if (!this.lenient) throw new TraceError(message);
    this.skipped++;
    if (this.messages.length < MESSAGES_KEPT) this.messages.push(message);
  }
}

/** Pairs of words, appended: segments that double in size, so that nothing is copied before the end. */
class Pairs {
  #segment: Uint32Array;
  #used = 0;
  #full: Uint32Array[] = [];
  #before = 0;

  constructor(room = 256) {
    this.#segment = new Uint32Array(2 * room);
  }

  get count(): number {
    return (this.#before + this.#used) / 2;
  }

  push(first: number, second: number): void {
    if (this.#used === this.#segment.length) this.#grow();
    const used = this.#used;
    const segment = this.#segment;
    segment[used] = first;
    segment[used + 1] = second;
    this.#used = used + 2;
  }

  pushAll(words: Uint32Array): void {
    for (let at = 0; at < words.length; ) {
      if (this.#used === this.#segment.length) this.#grow();
      const piece = words.subarray(at, at + this.#segment.length - this.#used);
      this.#segment.set(piece, this.#used);
      this.#used += piece.length;
      at += piece.length;
    }
  }

  #grow(): void {
    this.#full.push(this.#segment);
    this.#before += this.#used;
    this.#segment = new Uint32Array(Math.min(Math.max(this.#before, 512), 2 ** 20));
    this.#used = 0;
  }

  /** A copy of those from number `from` on. */
  since(from: number): Uint32Array {
    const words = new Uint32Array(this.#before + this.#used - from);
    let start = 0;
    for (const segment of [...this.#full, this.#segment.subarray(0, this.#used)]) {
      const skipped = Math.max(from - start, 0);
      if (skipped < segment.length) words.set(segment.subarray(skipped), start + skipped - from);
      start += segment.length;
    }
    return words;
  }

  join(): Uint32Array {
    if (this.#before === 0 && this.#used === this.#segment.length) return this.#segment;
    const words = new Uint32Array(this.#before + this.#used);
    let at = 0;
    for (const segment of this.#full) {
      words.set(segment, at);
      at += segment.length;
    }
    words.set(this.#segment.subarray(0, this.#used), at);
    return words;
  }
}

/**
 * Appends events to a trace. Each method returns `null`, or what is wrong with the event, which then did not happen.
 *
 * An id is any integer from 0 to 2^53 − 1. Where a trace uses its ids densely, they are kept. From the first id on that is far
 * beyond the number of events so far, ids that are higher than all before are renumbered: each gets the number freed last, or
 * the next one. For neither a reader's tables nor the core's may be sized by one number in a file. So `idCount` is at most
 * 131,072 + 9 × events, and a trace that is written and read again is the same trace.
 */
export class TraceBuilder {
  /** The profile of the Python that recorded the trace; a reader sets it where the file says so. */
  recordedBy: string | null = null;

  readonly #words: Pairs;
  readonly #callocs = new Pairs();
  readonly #bases = new Pairs();
  readonly #marks: string[] = [];

  // One entry a slot: 1 + domain of the live block or 0, and the bytes asked for.
  #state = new Uint8Array(1024);
  #size = new Uint32Array(1024);
  /** Ids below this are their own slots. */
  #direct = 1024;
  #sparse: SparseIds | null = null;
  #idCount = 0;

  #opCount = 0;
  #liveBytes = 0;
  #peakLiveBytes = 0;

  /** `events` makes room for so many; it must come from the length of a file, never from a number in it. */
  constructor(events?: number) {
    this.#words = new Pairs(events);
  }

  /** Events so far, marks included. */
  get eventCount(): number {
    return this.#words.count;
  }

  /** MEM and OBJ events so far. */
  get opCount(): number {
    return this.#opCount;
  }

  /** The highest id that a method was given, or −1. Higher than any id in the words when ids were renumbered. */
  get highestId(): number {
    return Math.max(this.#sparse?.highest ?? -1, this.#idCount - 1);
  }

  /** Bytes asked for of the live block `id`. */
  sizeOf(id: number): number {
    return this.#size[this.#find(id)];
  }

  malloc(domain: Domain, id: number, nbytes: number): Verdict {
    return this.#allocate(OP_MALLOC, domain, id, nbytes);
  }

  calloc(domain: Domain, id: number, count: number, size: number): Verdict {
    if (count >>> 0 !== count || size >>> 0 !== size) return `calloc of ${count} × ${size} bytes, ${BELOW_4_GIB} each`;
    if (count * size >= FOUR_GIB) return `calloc of ${count} × ${size} bytes, ${BELOW_4_GIB} in all`;
    const verdict = this.#allocate(OP_CALLOC, domain, id, count * size);
    if (verdict === null) this.#callocs.push(count, size);
    return verdict;
  }

  realloc(domain: Domain, id: number, nbytes: number): Verdict {
    if (nbytes >>> 0 !== nbytes) return badSize(nbytes);
    const slot = this.#find(id);
    if (this.#state[slot] !== domain + 1) return this.#notLive("realloc", domain, id, slot);
    this.#liveBytes += nbytes - this.#size[slot];
    if (this.#liveBytes > this.#peakLiveBytes) this.#peakLiveBytes = this.#liveBytes;
    this.#size[slot] = nbytes;
    this.#append(OP_REALLOC, domain, slot, nbytes);
    return null;
  }

  free(domain: Domain, id: number): Verdict {
    const slot = this.#find(id);
    if (this.#state[slot] !== domain + 1) return this.#notLive("free", domain, id, slot);
    this.#state[slot] = 0;
    this.#liveBytes -= this.#size[slot];
    this.#append(OP_FREE, domain, slot, 0);
    if (id >= this.#direct) this.#sparse?.leave(id);
    return null;
  }

  /** A moment of interest. The name is one line, without blanks around it; "" where there is none. */
  mark(name: string): Verdict {
    if (!isMarkName(name)) return "a mark's name with control characters or blanks around it, expected one plain line";
    this.#words.push(OP_MARK, this.#marks.length);
    this.#marks.push(name);
    return null;
  }

  /** The next arena not yet spoken for starts `bytes` past a multiple of the pool size. */
  base(bytes: number): Verdict {
    if (bytes >>> 0 !== bytes) return `base ${bytes}, ${BELOW_4_GIB}`;
    this.#bases.push(this.eventCount, bytes);
    return null;
  }

  /**
   * Appends events that are already as `Trace.words` has them, from index `from` up to `to`, as long as each is a malloc,
   * realloc or free that breaks no rule and whose id has its slot. Returns the index of the first other one: one of the methods
   * above is to take it, or to say what is wrong with it.
   */
  plainEvents(words: Uint32Array, from: number, to: number): number {
    const [state, size] = [this.#state, this.#size];
    let [idCount, opCount, live, peak] = [this.#idCount, this.#opCount, this.#liveBytes, this.#peakLiveBytes];
    let at = from;
    for (; at < to; at += 2) {
      const head = words[at];
      const value = words[at + 1];
      const op = opOf(head);
      const owner = domainOf(head) + 1;
      const slot = idOf(head);
      if (slot >= this.#direct || owner > DOMAIN_RAW + 1) break;
      if (op === OP_MALLOC) {
        if (state[slot] !== 0) break;
        state[slot] = owner;
        size[slot] = value;
        live += value;
        if (slot >= idCount) idCount = slot + 1;
      } else {
        if (state[slot] !== owner) break;
        if (op === OP_FREE && value === 0) state[slot] = 0;
        else if (op !== OP_REALLOC) break;
        live += value - size[slot];
        size[slot] = value;
      }
      if (live > peak) peak = live;
      if (owner !== DOMAIN_RAW + 1) opCount++;
    }
    [this.#idCount, this.#opCount, this.#liveBytes, this.#peakLiveBytes] = [idCount, opCount, live, peak];
    this.#words.pushAll(words.subarray(from, at));
    return at;
  }

  /** Bytes asked for and live. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** What follows the first `events` events, `callocs` numbers of callocs, and `marks` marks; and the totals of all events. */
  since(events: number, callocs: number, marks: number): TracePart {
    return {
      words: this.#words.since(2 * events),
      callocs: this.#callocs.since(callocs),
      marks: this.#marks.slice(marks),
      idCount: this.#idCount,
      opCount: this.#opCount,
      peakLiveBytes: this.#peakLiveBytes,
    };
  }

  /** The trace up to now. What is appended later is in none but a later one, marks apart: their list is the builder's own. */
  finish(): Trace {
    return {
      words: this.#words.join(),
      callocs: this.#callocs.join(),
      marks: this.#marks,
      bases: this.#bases.join(),
      idCount: this.#idCount,
      opCount: this.#opCount,
      peakLiveBytes: this.#peakLiveBytes,
      recordedBy: this.recordedBy,
    };
  }

  #allocate(op: number, domain: Domain, id: number, nbytes: number): Verdict {
    if (nbytes >>> 0 !== nbytes) return badSize(nbytes);
    const slot = id < this.#direct ? id : this.#enter(id);
    if (this.#state[slot] !== 0) return this.#notFree(id, slot);
    this.#state[slot] = domain + 1;
    this.#size[slot] = nbytes;
    if (slot >= this.#idCount) this.#idCount = slot + 1;
    this.#liveBytes += nbytes;
    if (this.#liveBytes > this.#peakLiveBytes) this.#peakLiveBytes = this.#liveBytes;
    this.#append(op, domain, slot, nbytes);
    return null;
  }

  #append(op: number, domain: Domain, slot: number, value: number): void {
    this.#words.push(packEvent(op, domain, slot), value);
    if (domain !== DOMAIN_RAW) this.#opCount++;
  }

  /** The slot of a live id; anything that is no index where there is none. */
  #find(id: number): number {
    if (id < this.#direct || this.#sparse === null) return id;
    return this.#sparse.find(id);
  }

  /** A slot for an id that the tables have no room for, or −1. */
  #enter(id: number): number {
    if (!Number.isSafeInteger(id)) return -1;
    if (this.#sparse === null) {
      if (id < Math.min(MAX_IDS, DENSE_IDS + 4 * this.eventCount)) {
        this.#direct = this.#reserve(id);
        return id;
      }
      this.#direct = this.#idCount;
      this.#sparse = new SparseIds(this.#idCount);
    }
    const slot = this.#sparse.enter(id, MAX_IDS);
    if (slot >= this.#state.length) this.#reserve(slot);
    return slot;
  }

  /** Makes room for `slot` in the tables; returns the room. */
  #reserve(slot: number): number {
    let room = this.#state.length;
    while (room <= slot) room *= 2;
    const [state, size] = [this.#state, this.#size];
    this.#state = new Uint8Array(room);
    this.#state.set(state);
    this.#size = new Uint32Array(room);
    this.#size.set(size);
    return room;
  }

  #notFree(id: number, slot: number): string {
    if (this.#state[slot] !== undefined) return `id ${id} is already live, expected a free of it first`;
    return isId(id) ? `more than ${MAX_IDS} ids` : badId(id);
  }

  #notLive(op: string, domain: Domain, id: number, slot: number): string {
    const state = this.#state[slot] ?? 0;
    if (!isId(id)) return badId(id);
    if (state === 0) return `${op} of id ${id}, which is not live, expected an id that was allocated and not yet freed`;
    return `${op} of id ${id} in domain ${DOMAIN_NAMES[domain]}, expected ${DOMAIN_NAMES[state - 1]}, where it was allocated`;
  }
}

/** Ids below this are kept as they are however few events there are. */
const DENSE_IDS = 2 ** 16;

const BELOW_4_GIB = "expected less than 4294967296 (4 GiB)";
const badSize = (nbytes: number): string => `size ${nbytes}, ${BELOW_4_GIB}`;

const isId = (id: number): boolean => Number.isSafeInteger(id) && id >= 0;
const badId = (id: number): string => `id ${id}, expected an integer less than 9007199254740992 (2^53)`;

/** Whether `text` has the form of a profile's name: `3.11`, `3.11.7`, `3.8-32`. Whether there is such a profile is not asked. */
export function isRecorderName(text: string): boolean {
  return /^\d{1,3}\.\d{1,3}(\.\d{1,3})?(-[0-9a-z]{1,16})?$/.test(text);
}
