/** Pieces of memory at addresses of their own: a process, a core file, a saved image. */
import { rangeWith } from "./rangesearch.js";
import type { Space } from "./space.js";

export interface SpaceSegment {
  /** Address of the first byte, a multiple of 8. */
  readonly start: number;
  /** A multiple of 8 bytes long, less than 4 GiB, at a multiple of 4 in its buffer. */
  readonly bytes: Uint8Array;
}

export class SegmentSpace implements Space {
  readonly wordBytes: 4 | 8;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #bytes: readonly Uint8Array[];
  readonly #words: readonly Uint32Array[];
  /** Index of the segment that was read last: the next read is most often in it, too. */
  #last = 0;

  /** Throws a `RangeError` if segments overlap, or if one has 4 GiB or more. */
  constructor(segments: readonly SpaceSegment[], wordBytes: 4 | 8) {
    const sorted = segments.filter(({ bytes }) => bytes.length > 0).sort((a, b) => a.start - b.start);
    this.wordBytes = wordBytes;
    this.#starts = Float64Array.from(sorted, ({ start }) => start);
    this.#ends = Float64Array.from(sorted, ({ start, bytes }) => start + bytes.length);
    this.#bytes = sorted.map(({ bytes }) => bytes);
    this.#words = sorted.map(({ bytes }) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
    for (const { start, bytes } of sorted)
      if (bytes.length >= 2 ** 32) throw new RangeError(`the segment at 0x${start.toString(16)} has 4 GiB or more`);
    for (let i = 1; i < sorted.length; i++) {
      if (this.#starts[i] < this.#ends[i - 1])
        throw new RangeError(`segments overlap at address 0x${this.#starts[i].toString(16)}`);
    }
  }

  word(address: number): number {
    const segment = this.#find(address);
    if (segment < 0) return 0;
    const words = this.#words[segment];
    const at = (address - this.#starts[segment]) >>> 2;
    if (this.wordBytes === 4) return words[at];
    // A word may straddle two segments that touch.
    const high = at + 1 < words.length ? words[at + 1] : this.uint32(address + 4);
    return words[at] + high * 2 ** 32;
  }

  uint32(address: number): number {
    const segment = this.#find(address);
    return segment < 0 ? 0 : this.#words[segment][(address - this.#starts[segment]) >>> 2];
  }

  byte(address: number): number {
    const segment = this.#find(address);
    return segment < 0 ? 0 : this.#bytes[segment][address - this.#starts[segment]];
  }

  bytes(start: number, end: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let at = start;
    for (let segment = this.#find(at); segment >= 0 && at < end; segment = this.#find(at)) {
      const piece = this.#bytes[segment].subarray(at - this.#starts[segment], end - this.#starts[segment]);
      pieces.push(piece);
      at += piece.length;
    }
    if (pieces.length === 1) return pieces[0];
    const all = new Uint8Array(at - start);
    let filled = 0;
    for (const piece of pieces) {
      all.set(piece, filled);
      filled += piece.length;
    }
    return all;
  }

  has(address: number, length: number): boolean {
    let at = address;
    for (let segment = this.#find(at); at < address + length; segment = this.#find(at)) {
      if (segment < 0) return false;
      at = this.#ends[segment];
    }
    return true;
  }

  /** Index of the segment with `address` in it; −1 if none has. */
  #find(address: number): number {
    const last = this.#last;
    if (address >= this.#starts[last] && address < this.#ends[last]) return last;
    const found = rangeWith(this.#starts, this.#ends, address);
    if (found >= 0) this.#last = found;
    return found;
  }
}
