/**
 * The exports of `attached`: the allocator in the memory of a running interpreter, behind its MEM and OBJ domains.
 *
 * Each function of `PyMemAllocatorEx` comes plain and logged. The first argument, `ctx`, is the domain as in a trace; only the
 * logged ones read it. RAW stays the interpreter's own allocator: there is a logged set that passes its calls on.
 */

import { logFree, logRequest } from "./attached/log";
import { rawCalloc, rawFree, rawMalloc, rawRealloc } from "./large/raw";
import { DOMAIN_SHIFT, OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC } from "./layout/codes";
import { POOL_HEADER_BITS } from "./layout/layout";
import { pools } from "./layout/place";
import { initArenas } from "./pymalloc/arena";
import { geometry, takeGeometry } from "./pymalloc/geometry";
import { initUsedpools } from "./pymalloc/pool";
import { calloc, free, freeInlined, malloc, mallocInlined, realloc } from "./pymalloc/pymalloc";

export { isLiveBlock } from "./pymalloc/block";
export { takeCensus } from "./pymalloc/census";
export { isOurs } from "./pymalloc/pymalloc";

/**
 * Starts without arenas. The span at `base` is zero but for GEOMETRY, which the host has written, and has room for the tables.
 * Returns false for a geometry that is not valid.
 */
export function init(): bool {
  if (!takeGeometry()) return false;
  initUsedpools();
  initArenas(pools() + ((<usize>1) << (32 - geometry.poolBits + POOL_HEADER_BITS)));
  return true;
}

// ---- PyMemAllocatorEx of MEM and OBJ ------------------------------------------------------------------

export function memMalloc(_ctx: u32, nbytes: usize): usize {
  return mallocInlined(nbytes);
}

export function memCalloc(_ctx: u32, nelem: usize, elsize: usize): usize {
  return calloc(nelem, elsize);
}

export function memRealloc(_ctx: u32, ptr: usize, nbytes: usize): usize {
  return realloc(ptr, nbytes);
}

export function memFree(_ctx: u32, ptr: usize): void {
  freeInlined(ptr);
}

// ---- the same, logged -----------------------------------------------------------------------------------

export function loggedMalloc(ctx: u32, nbytes: usize): usize {
  const ptr = malloc(nbytes);
  if (ptr) logRequest((ctx << DOMAIN_SHIFT) | OP_MALLOC, ptr, 0, nbytes);
  return ptr;
}

export function loggedCalloc(ctx: u32, nelem: usize, elsize: usize): usize {
  const ptr = calloc(nelem, elsize);
  if (ptr) logRequest((ctx << DOMAIN_SHIFT) | OP_CALLOC, ptr, nelem, elsize);
  return ptr;
}

export function loggedRealloc(ctx: u32, ptr: usize, nbytes: usize): usize {
  const moved = realloc(ptr, nbytes);
  if (moved) logRequest((ctx << DOMAIN_SHIFT) | OP_REALLOC, moved, ptr, nbytes);
  return moved;
}

export function loggedFree(ctx: u32, ptr: usize): void {
  if (ptr) logFree((ctx << DOMAIN_SHIFT) | OP_FREE, ptr);
  free(ptr);
}

// ---- PyMemAllocatorEx of RAW, passed on and logged --------------------------------------------------------

export function loggedRawMalloc(ctx: u32, nbytes: usize): usize {
  const ptr = rawMalloc(nbytes);
  if (ptr) logRequest((ctx << DOMAIN_SHIFT) | OP_MALLOC, ptr, 0, nbytes);
  return ptr;
}

export function loggedRawCalloc(ctx: u32, nelem: usize, elsize: usize): usize {
  const ptr = rawCalloc(nelem, elsize);
  if (ptr) logRequest((ctx << DOMAIN_SHIFT) | OP_CALLOC, ptr, nelem, elsize);
  return ptr;
}

export function loggedRawRealloc(ctx: u32, ptr: usize, nbytes: usize): usize {
  const moved = rawRealloc(ptr, nbytes);
  if (moved) logRequest((ctx << DOMAIN_SHIFT) | OP_REALLOC, moved, ptr, nbytes);
  return moved;
}

export function loggedRawFree(ctx: u32, ptr: usize): void {
  if (ptr) logFree((ctx << DOMAIN_SHIFT) | OP_FREE, ptr);
  rawFree(ptr);
}
