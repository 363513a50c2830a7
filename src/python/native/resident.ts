/**
 * Where a process's resident memory is: what its own tools show as RSS.
 *
 *     total = arenas + large + libc free + other anonymous + file
 */
import type { MemoryObjects } from "../objects/memoryobjects.js";
import { FLAG, KIND } from "../objects/nodes.js";
import { freeChunks } from "../space/glibc.js";
import type { NativeMemory } from "./nativememory.js";
import type { ResidentPages } from "./residentpages.js";

/** Bytes in memory now: not what was swapped out, nor what was never touched. */
export interface Resident {
  readonly totalBytes: number;
  /** Arenas of pymalloc. */
  readonly arenasBytes: number;
  /** Objects and their data outside of arenas. */
  readonly largeBytes: number;
  /** What glibc's main arena has free: in bins and at its top. What it caches for each thread counts as in use. */
  readonly libcFreeBytes: number;
  /** Memory of C code, stacks, other buffers. */
  readonly otherAnonymousBytes: number;
  /** Programs, libraries and files, with their variables. */
  readonly fileBytes: number;
}

export function residentOf(memory: NativeMemory, objects: MemoryObjects, pages: ResidentPages): Resident {
  const { nodes } = objects;
  const { pools, heap, space } = memory;
  const [anonymousBytes, fileBytes] = [pages.bytesOf("anonymous"), pages.bytesOf("file")];
  let [arenasBytes, largeBytes, libcFreeBytes] = [0, 0, 0];
  for (const arena of pools.arenas) arenasBytes += pages.bytesIn(arena, arena + pools.arenaBytes);
  for (let node = nodes.blocks.count; node < nodes.count; node++) {
    if ((nodes.flags[node] & FLAG.STATIC) !== 0 || nodes.kinds[node] === KIND.STATE) continue;
    const block = objects.blockAddress(node);
    largeBytes += pages.bytesIn(block, block + nodes.sizes[node]);
  }
  if (heap !== null) for (const { start, end } of freeChunks(space, heap)) libcFreeBytes += pages.bytesIn(start, end);
  return {
    totalBytes: anonymousBytes + fileBytes,
    arenasBytes,
    largeBytes,
    libcFreeBytes,
    otherAnonymousBytes: anonymousBytes - arenasBytes - largeBytes - libcFreeBytes,
    fileBytes,
  };
}
