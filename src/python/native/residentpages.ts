/** Which pages of a process are in memory: a byte for each page of its mappings. */
import { rangeWith } from "../space/rangesearch.js";

export interface MappedPages {
  readonly start: number;
  /** 1 for a page that is in memory. */
  readonly isResident: Uint8Array;
  readonly kind: "anonymous" | "file";
}

export class ResidentPages {
  readonly #pageBytes: number;
  readonly #mappings: readonly MappedPages[];
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;

  /** `mappings`: by address, apart from each other. */
  constructor(mappings: readonly MappedPages[], pageBytes: number) {
    this.#mappings = mappings;
    this.#pageBytes = pageBytes;
    this.#starts = Float64Array.from(mappings, ({ start }) => start);
    this.#ends = Float64Array.from(mappings, ({ start, isResident }) => start + isResident.length * pageBytes);
  }

  /** Bytes in memory of all mappings of a kind. */
  bytesOf(kind: MappedPages["kind"]): number {
    let pages = 0;
    for (const mapping of this.#mappings)
      if (mapping.kind === kind) for (const page of mapping.isResident) pages += page;
    return pages * this.#pageBytes;
  }

  /** Bytes in memory from `start` up to `end`, which are in one mapping of a kind. */
  bytesIn(start: number, end: number): number {
    const found = rangeWith(this.#starts, this.#ends, start);
    if (found < 0) return 0;
    const mapping = this.#mappings[found];
    const pageBytes = this.#pageBytes;
    let bytes = 0;
    for (let at = start; at < end; ) {
      const page = Math.floor((at - mapping.start) / pageBytes);
      const next = Math.min(end, mapping.start + (page + 1) * pageBytes);
      if (mapping.isResident[page] === 1) bytes += next - at;
      at = next;
    }
    return bytes;
  }
}
