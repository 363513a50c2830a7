/** A mapping of a process: a piece of its memory, and what the system says of it. */
import type { AddressRange } from "../space/mallocblocks.js";
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

/** Of a region, the ranges of addresses that are in none of `arenas`, which are in order. */
export function outsideArenas(region: Region, arenas: Float64Array, arenaBytes: number): AddressRange[] {
  const ranges: AddressRange[] = [];
  const end = endOf(region);
  let { start } = region;
  for (const arena of arenas) {
    if (arena + arenaBytes <= start || arena >= end) continue;
    if (arena > start) ranges.push({ start, end: arena });
    start = arena + arenaBytes;
  }
  if (start < end) ranges.push({ start, end });
  return ranges;
}

export const endOf = ({ start, bytes }: Region): number => start + bytes.length;
