/** What an attached interpreter asked for since the attaching, as a trace; and, of each live block, its size and source line. */
import * as layout from "../../assembly/layout.js";
import { type Domain, TraceBuilder } from "../trace/builder.js";
import { SparseIds } from "../trace/sparse-ids.js";
import { DOMAIN_RAW, MAX_IDS, OP_CALLOC, OP_FREE, OP_REALLOC, type Trace } from "../trace/trace.js";

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

export class Recording {
  /** Frees and reallocs of blocks that are older than the attaching. */
  unmatched = 0;
  readonly #builder = new TraceBuilder(1 << 16);
  readonly #ids = new SparseIds(0);
  #nbytes = new Uint32Array(1 << 12);
  #sites = new Uint32Array(1 << 12);
  #domains = new Uint8Array(1 << 12);
  #born = new Uint32Array(1 << 12);

  constructor(recordedBy: string) {
    this.#builder.recordedBy = recordedBy;
  }

  get eventCount(): number {
    return this.#builder.eventCount;
  }

  /** Appends a piece of the log, whole events. */
  take(words: Uint32Array): void {
    for (let at = 0; at < words.length; at += WORDS) {
      const op = words[at] & 7;
      const domain = ((words[at] >>> 3) & 3) as Domain;
      const [ptr, old, nbytes, site] = [words[at + 1], words[at + 2], words[at + 3], words[at + 4]];
      if (op === OP_FREE) this.#free(ptr);
      else if (op === OP_REALLOC && old !== 0) this.#realloc(old, ptr, nbytes, site);
      else if (op === OP_CALLOC) this.#allocate(domain, ptr, old * nbytes, site, [old, nbytes]);
      else this.#allocate(domain, ptr, nbytes, site);
    }
  }

  mark(name: string): void {
    this.#builder.mark(name);
  }

  /** What the live block at `address` was asked for; `null` for one that is older than the attaching, or none. */
  request(address: number): Request | null {
    const id = this.#ids.find(address);
    if (id < 0) return null;
    return {
      nbytes: this.#nbytes[id],
      domain: this.#domains[id] as Domain,
      site: this.#sites[id],
      born: this.#born[id],
    };
  }

  /** The trace up to now. The recording can go on. */
  trace(): Trace {
    return this.#builder.finish();
  }

  #allocate(domain: Domain, ptr: number, nbytes: number, site: number, calloc?: [count: number, size: number]): void {
    const id = this.#ids.enter(ptr, MAX_IDS);
    if (id < 0) throw new RangeError(`more than ${MAX_IDS} live blocks cannot be recorded`);
    if (id >= this.#nbytes.length) this.#grow();
    this.#nbytes[id] = nbytes;
    this.#sites[id] = site;
    this.#domains[id] = domain;
    this.#born[id] = this.#builder.eventCount;
    if (calloc) this.#builder.calloc(domain, id, ...calloc);
    else this.#builder.malloc(domain, id, nbytes);
  }

  #free(ptr: number): void {
    const id = this.#ids.find(ptr);
    if (id < 0) {
      this.unmatched++;
      return;
    }
    this.#builder.free(this.#domains[id] as Domain, id);
    this.#ids.leave(ptr);
  }

  /** A block that is older stays with the raw allocator whatever its new size, so from here on it counts as the RAW domain's. */
  #realloc(old: number, ptr: number, nbytes: number, site: number): void {
    const id = this.#ids.find(old);
    if (id < 0) {
      this.unmatched++;
      this.#allocate(DOMAIN_RAW, ptr, nbytes, site);
      return;
    }
    this.#builder.realloc(this.#domains[id] as Domain, id, nbytes);
    if (ptr !== old) {
      this.#ids.leave(old);
      this.#ids.enter(ptr, MAX_IDS); // gets the slot that was just freed
    }
    this.#nbytes[id] = nbytes;
    this.#sites[id] = site;
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
  }
}
