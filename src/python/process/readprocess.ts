/** Copies the memory of a process that is stopped. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Region } from "../native/region.js";
import { isWanted, type Mapping, parseMappings, partsOf } from "./mappings.js";

/** Bytes of a piece of a large mapping, and of a read. */
const PIECE_BYTES = 2 ** 30;
const READ_BYTES = 2 ** 24;
const PAGE = 4096;

/** An open process: its memory can be read, whether it is stopped or not. */
export class ProcessMemory {
  readonly #pid: number;
  readonly #mem: number;

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

  /** A copy of all that a Python may have objects in. */
  read(): Region[] {
    return partsOf(this.mappings(), (address) => this.page(address))
      .filter(isWanted)
      .flatMap(({ isWritable, isStatic, path, ...mapping }) =>
        this.#readMapping(mapping).map((piece) => ({ ...piece, isWritable, isStatic, path })),
      );
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
      const bytes = new Uint8Array(Math.min(PIECE_BYTES, end - at));
      if (this.#fill(bytes, at)) pieces.push({ start: at, bytes });
    }
    return pieces;
  }

  /** Returns whether anything could be read. Pages that cannot be, such as guards of a stack, stay 0. */
  #fill(bytes: Uint8Array, start: number): boolean {
    let [at, hasRead] = [0, false];
    while (at < bytes.length) {
      const got = this.#readAt(bytes, at, start);
      if (got > 0) hasRead = true;
      at += got > 0 ? got : PAGE - ((start + at) % PAGE);
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
