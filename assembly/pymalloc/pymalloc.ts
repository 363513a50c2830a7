/**
 * malloc, calloc, realloc and free of the MEM and OBJ domains: small requests go to pools, the rest to large.ts.
 *
 * The fast paths of malloc and free touch the geometry, one pool header and the block. Everything else is a call below them,
 * in the order in which it is reached.
 *
 * Source: obmalloc.c, `pymalloc_alloc`, `pymalloc_free`, `pymalloc_realloc` and the `_PyObject_…` around them.
 */
import { arenas } from "./arena";
import { DEBUG } from "../layout/debug";
import { returnPool, takePool } from "./freepools";
import { geometry } from "./geometry";
import { ATTACHED, STRATEGY } from "../layout/place";
import {
  carveBlock,
  keepOrder,
  linkFirst,
  Pool,
  poolOf,
  startPool,
  unlink,
  unlinkFirstIf,
  usedpools,
} from "./pool";
import { rawCalloc, rawFree, rawMalloc, rawRealloc } from "../large/raw";
import { isRawBlock, large, rawUsableSize } from "../large/rawblock";
import { indexToSize, isSmall, sizeToIndex } from "./sizeclass";

/** Bytes up to which contents are copied here, 8 at a time. */
const MOST_WORDWISE: usize = 256;

/**
 * A block of at least `nbytes`, at a multiple of the profile's alignment; 0 when there is no memory or the profile refuses so
 * large a request. 0 bytes give a block of the raw domain.
 */
export function malloc(nbytes: usize): usize {
  return mallocInlined(nbytes);
}

/** The body of malloc, for replay.ts too: without a call, an event costs 1 to 2 ns less. */
@inline
export function mallocInlined(nbytes: usize): usize {
  if (!isSmall(nbytes)) return rawMalloc(nbytes);
  const szidx = sizeToIndex(nbytes);
  const head = usedpools(szidx);
  const pool = head.nextpool;
  const block = pool.freeblock;
  if (!block) return mallocFromNewPool(szidx, nbytes);
  const count = pool.count + 1;
  pool.count = count;
  const isFull = count == head.count; // told by the counts, for the block's word is late where it is not in the cache
  const freeblock = load<usize>(block);
  pool.freeblock = freeblock;
  unlinkFirstIf(isFull, head, pool);
  if (i32(freeblock == 0) & i32(!isFull)) carveBlock(pool);
  return block;
}

/** The ring of the class is empty: takes a pool from an arena. Without one the request goes to the raw domain. */
function mallocFromNewPool(szidx: u32, nbytes: usize): usize {
  const taken = takePool();
  if (!taken) return rawMalloc(nbytes);
  const pool = changetype<Pool>(taken);
  if (pool.szidx != szidx) arenas.poolsInitialised++;
  return startPool(pool, szidx);
}

/** As malloc of `nelem` × `elsize` bytes, with that many zeroed; 0 too when the profile refuses so large a product. */
export function calloc(nelem: usize, elsize: usize): usize {
  const product = <u64>nelem * elsize;
  if (product > u32.MAX_VALUE) return 0;
  const nbytes = <usize>product;
  if (!isSmall(nbytes)) return rawCalloc(1, nbytes);
  const block = malloc(nbytes);
  if (block) memory.fill(block, 0, nbytes);
  return block;
}

/** Frees a live block of malloc, calloc or realloc; 0 is nothing. */
export function free(ptr: usize): void {
  freeInlined(ptr);
}

/** The body of free, for replay.ts too. */
@inline
export function freeInlined(ptr: usize): void {
  const pool = poolOf(ptr);
  const freeblock = pool.freeblock;
  if (!freeblock) return freeFullOrForeign(pool, ptr);
  if (DEBUG) assert(pool.count > 0); // a used pool
  store<usize>(ptr, freeblock);
  pool.freeblock = ptr;
  if (!--pool.count) {
    unlink(pool);
    returnPool(pool);
  } else if (STRATEGY) {
    keepOrder(pool);
  }
}

/** Where no pool is, and where a full one is, freeblock is 0. */
function freeFullOrForeign(pool: Pool, ptr: usize): void {
  if (!pool.count) {
    if (ptr) rawFree(ptr);
    return;
  }
  store<usize>(ptr, 0);
  pool.freeblock = ptr;
  pool.count--;
  if (DEBUG) assert(pool.count > 0); // a pool has two blocks at least
  linkFirst(pool);
}

/** Whether a live block is pymalloc's own, not the raw domain's. */
export function isOurs(ptr: usize): bool {
  return poolOf(ptr).count != 0;
}

/**
 * Resizes a live block, or allocates when `ptr` is 0. Returns the block, or another with the contents of the first
 * min(old, new) bytes, or 0 when that cannot be had; then the block is as it was. A block of the raw domain stays there.
 */
export function realloc(ptr: usize, nbytes: usize): usize {
  if (!ptr) return malloc(nbytes);
  if (nbytes > geometry.maxRequest) return 0;
  const pool = poolOf(ptr);
  if (!pool.count) return reallocRaw(ptr, nbytes);
  const size = indexToSize(pool.szidx);
  if (nbytes <= size && <usize>4 * nbytes > <usize>3 * size) return ptr;
  const moved = malloc(nbytes);
  if (!moved) return 0;
  copyBlock(moved, ptr, min<usize>(nbytes, size));
  free(ptr);
  return moved;
}

/**
 * Copies the first `nbytes` of a block to another block and counts them. Writes nothing behind them: the next raw block's header may
 * follow at once. Most copies are so short that memory.copy, which V8 leaves to the C library, would cost more than all else in a
 * realloc. If `nbytes` is not a multiple of 8, the last word overlaps the one before it.
 */
function copyBlock(to: usize, from: usize, nbytes: usize): void {
  large.bytesMoved += nbytes;
  if (nbytes > MOST_WORDWISE || nbytes < 8) {
    memory.copy(to, from, nbytes);
    return;
  }
  const last = nbytes - 8;
  for (let at: usize = 0; at < last; at += 8) store<u64>(to + at, load<u64>(from + at));
  store<u64>(to + last, load<u64>(from + last));
}

/** 2.3 takes a raw block over when it comes to be small, even for 0 bytes; every later version leaves it where it is. */
function reallocRaw(ptr: usize, nbytes: usize): usize {
  if (ATTACHED || !geometry.takesOverRaw || nbytes > geometry.threshold) return rawRealloc(ptr, nbytes);
  if (DEBUG) assert(isRawBlock(ptr)); // a live block
  const moved = malloc(max<usize>(nbytes, 1));
  if (!moved) return 0;
  copyBlock(moved, ptr, min<usize>(nbytes, rawUsableSize(ptr)));
  rawFree(ptr);
  return moved;
}
