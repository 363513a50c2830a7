/**
 * The raw domain, as pymalloc.ts needs it: large.ts in `core`, the interpreter's own allocator in `attached`.
 * Source: obmalloc.c, `_PyMem_Raw`.
 */

import * as process from "../attached/process";
import { ATTACHED } from "../layout/place";
import { largeCalloc, largeFree, largeMalloc, largeRealloc } from "./large";

/** A block of at least `nbytes` (of 0 bytes too); 0 when there is no memory. */
export function rawMalloc(nbytes: usize): usize {
  return ATTACHED ? process.rawMalloc(process.rawContext, nbytes) : largeMalloc(nbytes);
}

/** As rawMalloc of `nelem` × `elsize` bytes, with that many zeroed. */
export function rawCalloc(nelem: usize, elsize: usize): usize {
  return ATTACHED ? process.rawCalloc(process.rawContext, nelem, elsize) : largeCalloc(nelem, elsize);
}

/** Resizes a block in use; the block, or another with its contents, or 0 and the block is as it was. */
export function rawRealloc(ptr: usize, nbytes: usize): usize {
  return ATTACHED ? process.rawRealloc(process.rawContext, ptr, nbytes) : largeRealloc(ptr, nbytes);
}

/** Frees a block in use. */
export function rawFree(ptr: usize): void {
  if (ATTACHED) process.rawFree(process.rawContext, ptr);
  else largeFree(ptr);
}
