/** A mapping of a process: a piece of its memory, and what the system says of it. */
import type { AddressRange } from "../space/mallocblocks.js";
import type { SpaceSegment } from "../space/segments.js";

export interface Region extends SpaceSegment {
  readonly isWritable: boolean;
  /** Part of a program or a library: its data, or the zeroed memory behind that. */
  readonly isStatic: boolean;
  /** The path of the file, or the system's name such as `[heap]`. Empty for other anonymous memory. */
  readonly path: string;
}

/** The words of 32 bits of a region, little-endian. */
export const wordsOf = ({ bytes }: Region): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);

/** Returns the parts of a region that lie outside all arenas. `arenas`: their addresses, in ascending order. */
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
