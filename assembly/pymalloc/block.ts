/**
 * Whether an address is a live block: what a checked free asks before it frees.
 *
 * No bitmap is kept for pools. Range, block boundary and nextoffset come from the header. A free block's first word is 0 or a
 * block of the same pool; only a block whose first word looks so is searched for on the free list.
 */

import { isRawBlock, rawUsableSize } from "../large/rawblock";
import { ATTACHED } from "../layout/place";
import { geometry } from "./geometry";
import { Pool, poolAddress, poolOf } from "./pool";
import { indexToSize } from "./sizeclass";

/** Whether `ptr` is on a block boundary of `pool`, in its carved part. */
function isCarvedBlock(pool: Pool, ptr: usize): bool {
  const offset = ptr - poolAddress(pool);
  if (offset >= pool.nextoffset || offset < geometry.poolOverhead) return false;
  return (offset - geometry.poolOverhead) % indexToSize(pool.szidx) == 0;
}

function isOnFreeList(pool: Pool, ptr: usize): bool {
  for (let block = pool.freeblock; block; block = load<usize>(block)) {
    if (block == ptr) return true;
  }
  return false;
}

/** Whether `ptr` is a live block of a pool or of the raw domain. Any address may be asked for. */
export function isLiveBlock(ptr: usize): bool {
  const pool = poolOf(ptr);
  if (!pool.count) return !ATTACHED && isRawBlock(ptr);
  if (!isCarvedBlock(pool, ptr)) return false;
  const word = load<usize>(ptr);
  if (word && (poolOf(word) != pool || !isCarvedBlock(pool, word))) return true;
  return !isOnFreeList(pool, ptr);
}

/** Bytes that the holder of the live block at `ptr` may use. */
export function usableSize(ptr: usize): usize {
  const pool = poolOf(ptr);
  return pool.count ? indexToSize(pool.szidx) : rawUsableSize(ptr);
}
