/** A mapping of a process: a piece of its memory, and what the system says of it. */
import type { SpaceSegment } from "../space/segments.js";

export interface Region extends SpaceSegment {
  readonly isWritable: boolean;
  /** Part of a program or a library: its data, or the zeroed memory behind that. */
  readonly isStatic: boolean;
  /** Of the file; `[heap]`, `[stack]` … as the system calls it; empty for other anonymous memory. */
  readonly path: string;
}

/** The words of 32 bits of a region, little-endian. */
export const wordsOf = ({ bytes }: Region): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);

export const endOf = ({ start, bytes }: Region): number => start + bytes.length;
