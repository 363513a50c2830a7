/** The live blocks that were asked for since the attaching: of each its id in the trace, its size, and its source line. */
import type { Domain } from "../../trace/event.js";

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

/** Blocks start at multiples of 8; an id table's page has those of 64 KiB. */
const PAGE_BITS = 16;
const PAGE_MASK = (1 << PAGE_BITS) - 1;
const PAGE_IDS = 1 << (PAGE_BITS - 3);

export class RequestTable {
  /** By address: one more than the id of the live block that starts there. */
  #pages: (Uint32Array | undefined)[] = [];
  /** By id. */
  #nbytes: Uint32Array = new Uint32Array(1 << 12);
  #sites: Uint32Array = new Uint32Array(1 << 12);
  #domains: Uint8Array = new Uint8Array(1 << 12);
  #born: Uint32Array = new Uint32Array(1 << 12);
  /** A stack of the ids that are not in use, and how many ids there are. */
  #unused = new Uint32Array(1 << 12);
  #unusedCount = 0;
  #idCount = 0;

  /** As they are now: for looks only. `spare`: a copy that nobody needs any more; its memory is used again. */
  copy(spare: RequestTable | null = null): RequestTable {
    const copy = spare ?? new RequestTable();
    copy.#pages = this.#pages.map((page, index) => page && copied(page, copy.#pages[index]));
    copy.#nbytes = copied(this.#nbytes, copy.#nbytes);
    copy.#sites = copied(this.#sites, copy.#sites);
    copy.#domains = copied(this.#domains, copy.#domains);
    copy.#born = copied(this.#born, copy.#born);
    return copy;
  }

  /** Id of the live block at `address`; −1 for one that is older than the attaching, or none. */
  idAt(address: number): number {
    const page = this.#pages[address >>> PAGE_BITS];
    return page === undefined ? -1 : page[(address & PAGE_MASK) >>> 3] - 1;
  }

  has(address: number): boolean {
    return this.idAt(address) >= 0;
  }

  /** Bytes asked for, of the live block at `address`; 0 where `has` says no. */
  bytesOf(address: number): number {
    const id = this.idAt(address);
    return id < 0 ? 0 : this.#nbytes[id];
  }

  domain(id: number): Domain {
    return this.#domains[id] as Domain;
  }

  born(id: number): number {
    return this.#born[id];
  }

  /** What the live block at `address` was asked for; `null` where `idAt` has none. */
  request(address: number): Request | null {
    const id = this.idAt(address);
    if (id < 0) return null;
    return { nbytes: this.#nbytes[id], domain: this.domain(id), site: this.#sites[id], born: this.#born[id] };
  }

  /** Number of the source line of the live block at `address`; 0 as in `Request.site`, and where `idAt` has none. */
  site(address: number): number {
    const id = this.idAt(address);
    return id < 0 ? 0 : this.#sites[id];
  }

  /** Calls `visit` for each live block, by address: with its bytes as asked for. */
  forEach(visit: (address: number, nbytes: number) => void): void {
    for (const [index, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < PAGE_IDS; at++)
        if (page[at] !== 0) visit(index * 2 ** PAGE_BITS + 8 * at, this.#nbytes[page[at] - 1]);
    }
  }

  /** Returns an id for the new block at `address`. */
  enter(domain: number, address: number, nbytes: number, site: number, born: number): number {
    const id = this.#unusedCount > 0 ? this.#unused[--this.#unusedCount] : this.#idCount++;
    if (id === this.#nbytes.length) this.#grow();
    this.#setId(address, id + 1);
    this.#nbytes[id] = nbytes;
    this.#sites[id] = site;
    this.#domains[id] = domain;
    this.#born[id] = born;
    return id;
  }

  /** The block of `id` lies at `to` from here on, and no longer at `from`. */
  move(id: number, from: number, to: number, nbytes: number, site: number): void {
    if (to !== from) {
      this.#setId(from, 0);
      this.#setId(to, id + 1);
    }
    this.#nbytes[id] = nbytes;
    this.#sites[id] = site;
  }

  /** The block of `id`, at `address`, is no more. */
  leave(id: number, address: number): void {
    this.#setId(address, 0);
    this.#unused[this.#unusedCount++] = id;
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

function copied<T extends Uint32Array | Uint8Array>(from: T, spare: T | undefined): T {
  if (spare?.length !== from.length) return from.slice() as T;
  spare.set(from);
  return spare;
}
