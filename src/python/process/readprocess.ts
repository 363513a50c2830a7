/** Copies the memory of a process that is stopped. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Region } from "../native/region.js";
import { ResidentPages } from "../native/residentpages.js";
import { isOfSystem, isWanted, type Mapping, type Part, parseMappings, partsOf } from "./mappings.js";

/** Bytes of a piece of a large mapping, and of a read. */
const PIECE_BYTES = 2 ** 30;
const READ_BYTES = 2 ** 24;
const PAGE = 4096;

/** An open process: its memory can be read, whether it is stopped or not. */
export class ProcessMemory {
  readonly #pid: number;
  readonly #mem: number;
  /** Memory for copies, by address of what is copied. */
  readonly #ready = new Map<number, Uint8Array>();

  /** Throws the error of the system if the process cannot be read. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#mem = openSync(`/proc/${pid}/mem`, "r");
  }

  close(): void {
    closeSync(this.#mem);
  }

  mappings(): Mapping[] {
    return parseMappings(readFileSync(`/proc/${this.#pid}/maps`, "utf8"));
  }

  /**
   * Gets memory for a copy. New memory takes longer to get from the system than to fill: got before the process is stopped, it shortens the
   * pause.
   */
  prepare(): void {
    for (const { start, end } of this.#parts().filter(({ isWritable }) => isWritable))
      for (let at = start; at < end; at += PIECE_BYTES) {
        const bytes = new Uint8Array(Math.min(PIECE_BYTES, end - at));
        for (let touched = 0; touched < bytes.length; touched += PAGE) bytes[touched] = 1;
        this.#ready.set(at, bytes);
      }
  }

  /** A copy of all that a Python may have objects in and can write. */
  readVariables(): Region[] {
    return this.#copies(this.#parts().filter(({ isWritable }) => isWritable));
  }

  /** A copy of constants. It makes the system load them for the process, which counts them as its own from then on. */
  readConstants(): Region[] {
    return this.#copies(this.#parts().filter(({ isWritable }) => !isWritable));
  }

  #parts(): Part[] {
    return partsOf(this.mappings(), (address) => this.page(address)).filter(isWanted);
  }

  #copies(parts: readonly Part[]): Region[] {
    return parts.flatMap(({ isWritable, isStatic, path, ...mapping }) =>
      this.#readMapping(mapping).map((piece) => ({ ...piece, isWritable, isStatic, path })),
    );
  }

  /** Which pages of it are in memory. `null` if the system does not say. */
  residentPages(): ResidentPages | null {
    const parts = partsOf(this.mappings(), (address) => this.page(address)).filter(({ path }) => !isOfSystem(path));
    let pagemap: number;
    try {
      pagemap = openSync(`/proc/${this.#pid}/pagemap`, "r");
    } catch {
      return null;
    }
    try {
      const mapped = parts.map(({ start, end, isStatic }) => ({
        start,
        isResident: residentIn(pagemap, start / PAGE, (end - start) / PAGE),
        kind: isStatic ? ("file" as const) : ("anonymous" as const),
      }));
      return new ResidentPages(mapped, PAGE);
    } finally {
      closeSync(pagemap);
    }
  }

  /** The page at `address`; 0 where it cannot be read. */
  page(address: number): Uint8Array {
    const page = new Uint8Array(PAGE);
    this.#fill(page, address);
    return page;
  }

  #readMapping({ start, end }: Pick<Mapping, "start" | "end">): { start: number; bytes: Uint8Array }[] {
    const pieces: { start: number; bytes: Uint8Array }[] = [];
    for (let at = start; at < end; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, end - at);
      const ready = this.#ready.get(at);
      const bytes = ready?.length === length ? ready : new Uint8Array(length);
      if (this.#fill(bytes, at)) pieces.push({ start: at, bytes });
    }
    return pieces;
  }

  /** Returns whether anything could be read. Pages that cannot be, such as guards of a stack, are 0. */
  #fill(bytes: Uint8Array, start: number): boolean {
    let [at, hasRead] = [0, false];
    while (at < bytes.length) {
      const got = this.#readAt(bytes, at, start);
      if (got > 0) hasRead = true;
      const next = got > 0 ? at + got : at + PAGE - ((start + at) % PAGE);
      if (got === 0) bytes.fill(0, at, next);
      at = next;
    }
    return hasRead;
  }

  #readAt(bytes: Uint8Array, at: number, start: number): number {
    try {
      return readSync(this.#mem, bytes, at, Math.min(READ_BYTES, bytes.length - at), start + at);
    } catch {
      return 0;
    }
  }
}

/** An entry of `/proc/PID/pagemap`: 8 bytes, of which the highest bit says that the page is in memory. */
const ENTRY_BYTES = 8;
/** Pages whose entries are read at once. */
const ENTRIES = 1 << 17;

/** By page, 1 for one in memory. */
function residentIn(pagemap: number, first: number, pages: number): Uint8Array {
  const isResident = new Uint8Array(pages);
  const entries = new Uint8Array(ENTRY_BYTES * Math.min(ENTRIES, pages));
  for (let page = 0; page < pages; ) {
    const count = Math.min(ENTRIES, pages - page);
    const got = readSync(pagemap, entries, 0, ENTRY_BYTES * count, ENTRY_BYTES * (first + page));
    if (got === 0) break;
    const read = got / ENTRY_BYTES;
    for (let i = 0; i < read; i++) isResident[page + i] = entries[ENTRY_BYTES * i + ENTRY_BYTES - 1] >>> 7;
    page += read;
  }
  return isResident;
}
