/**
 * Walks the whole heap and names the first broken invariant. In debug builds only.
 *
 * The rules are those that pool.ts, arena.ts, usablearenas.ts, rawblock.ts, region.ts and os.ts state; each has a number, which the host has words for.
 * Source: the comments of obmalloc.c on `usedpools`, `arena_object`, `usable_arenas` and `nfp2lasta`; the sum is the assertion
 * that ends `_PyObject_DebugMallocStats`.
 */

import { RELEASE_EAGER, RELEASE_KEEP_LAST, RELEASE_NEVER } from "../layout/codes";
import { POOL_HEADER_SIZE } from "../layout/layout";
import { Arena, arenaAt, arenas, firstPoolAddress } from "../pymalloc/arena";
import { geometry } from "../pymalloc/geometry";
import { blocksInPool, Pool, poolAddress, poolOf, usedpools } from "../pymalloc/pool";
import { indexToSize } from "../pymalloc/sizeclass";
import { lastWith } from "../pymalloc/usablearenas";
import { os } from "../system/os";
import { checkMemory } from "./checkmemory";
import {
  breaks,
  CARVING,
  COUNTERS,
  DESCRIPTORS,
  FINGERS,
  FOREIGN,
  FREE_LIST,
  NFREEPOOLS,
  RING,
  SOUND,
  SUM,
  startTally,
  tally,
  USABLE_ORDER,
  WHOLLY_FREE,
} from "./invariants";

// ---- pools ------------------------------------------------------------------------------------------

/** Free blocks on the list of a pool, or −1 if one is not a carved block of it, or the list does not end. */
function freeListLength(pool: Pool): u32 {
  const start = poolAddress(pool);
  const size = indexToSize(pool.szidx);
  const limit = blocksInPool(pool.szidx);
  let length: u32 = 0;
  for (let block = pool.freeblock; block; block = load<usize>(block)) {
    const offset = block - start;
    if (offset < geometry.poolOverhead || offset >= pool.nextoffset) return -1;
    if ((offset - geometry.poolOverhead) % size != 0 || ++length > limit) return -1;
  }
  return length;
}

/** A pool that was initialised: `count + free blocks + virgin blocks == blocks in a pool of the class`. */
function checkPool(pool: Pool): u32 {
  const at = changetype<usize>(pool);
  if (pool.szidx >= geometry.classCount) return breaks(CARVING, at);
  const size = indexToSize(pool.szidx);
  const blocks = blocksInPool(pool.szidx);
  if (pool.maxnextoffset != geometry.poolSize - size || pool.nextoffset > pool.maxnextoffset + size)
    return breaks(CARVING, at);
  if (pool.nextoffset < geometry.poolOverhead + 2 * size || (pool.nextoffset - geometry.poolOverhead) % size != 0) {
    return breaks(CARVING, at);
  }
  const free = freeListLength(pool);
  if (free == -1 || pool.count + free != <u32>((pool.nextoffset - geometry.poolOverhead) / size))
    return breaks(FREE_LIST, at);
  const isFull = pool.freeblock == 0;
  if (isFull != (pool.count == blocks)) return breaks(FREE_LIST, at);
  return SOUND;
}

/** The rings: each pool of class c is used, and linked both ways. `usedCount` is the number of used pools that the arenas have. */
function checkRings(usedCount: u32): u32 {
  let listed: u32 = 0;
  for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
    const head = usedpools(szidx);
    if (head.freeblock != 0 || head.count != blocksInPool(szidx)) return breaks(RING, changetype<usize>(head));
    let prev = head;
    for (let pool = head.nextpool; pool != head; pool = pool.nextpool) {
      const at = changetype<usize>(pool);
      if (pool.prevpool != prev || pool.szidx != szidx || ++listed > usedCount) return breaks(RING, at);
      if (pool.count == 0 || pool.freeblock == 0) return breaks(RING, at);
      prev = pool;
    }
    if (head.prevpool != prev) return breaks(RING, changetype<usize>(head));
  }
  return listed == usedCount ? SOUND : breaks(RING, 0);
}

// ---- arenas -----------------------------------------------------------------------------------------

function tallyPool(pool: Pool): void {
  if (pool.count == 0) {
    tally.empty++;
    tally.bytes += geometry.poolSize;
    return;
  }
  const size = indexToSize(pool.szidx);
  const blocks = blocksInPool(pool.szidx);
  if (pool.freeblock) tally.used++;
  const unused = blocks - pool.count;
  const quantization = (geometry.poolSize - geometry.poolOverhead) % size;
  tally.bytes += <usize>pool.count * size + <usize>unused * size + quantization + geometry.poolOverhead;
}

/** Pools on a stack of empty ones, or −1 if one is not empty, is another arena's (`index` ≥ 0), or the stack does not end. */
function emptyPoolsOn(first: usize, index: u32, limit: u32): u32 {
  let length: u32 = 0;
  for (let at = first; at; at = changetype<usize>(changetype<Pool>(at).nextpool)) {
    const pool = changetype<Pool>(at);
    if (pool.count != 0 || pool.freeblock == 0 || ++length > limit) return -1;
    if (index != -1 && pool.arenaindex != index) return -1;
  }
  return length;
}

function checkArena(index: u32): u32 {
  const arena = arenaAt(index);
  const at = changetype<usize>(arena);
  const first = firstPoolAddress(arena);
  const misaligned = arena.address != first;
  const total = geometry.poolsInArena - u32(misaligned);
  const carved = <u32>((arena.pool_address - first) >>> geometry.poolBits);
  if (arena.ntotalpools != total || carved > total || arena.nfreepools > total) return breaks(NFREEPOOLS, at);
  const emptyBefore = tally.empty;
  for (let i: u32 = 0; i < carved; i++) {
    const pool = poolOf(first + ((<usize>i) << geometry.poolBits));
    if (pool.arenaindex != index) return breaks(FOREIGN, changetype<usize>(pool));
    const rule = checkPool(pool);
    if (rule) return rule;
    tallyPool(pool);
  }
  const empty = tally.empty - emptyBefore;
  if (arena.nfreepools != empty + (total - carved)) return breaks(NFREEPOOLS, at);
  if (geometry.release != RELEASE_NEVER && emptyPoolsOn(arena.freepools, index, total) != empty)
    return breaks(NFREEPOOLS, at);
  tally.live++;
  tally.nfreepools += arena.nfreepools;
  tally.misaligned += u32(misaligned);
  tally.wholly += u32(arena.nfreepools == total);
  tally.bytes += <u64>(total - carved) * geometry.poolSize + (misaligned ? geometry.poolSize : 0);
  return SOUND;
}

/** usable_arenas: every live arena with a free pool, in ascending order, linked both ways; nfp2lasta the ends of the runs. */
function checkUsable(): u32 {
  let expected: u32 = 0;
  for (let index: u32 = 0; index < arenas.maxarenas; index++) {
    const arena = arenaAt(index);
    if (arena.address && arena.nfreepools) expected++;
  }
  let prev: usize = 0;
  let listed: u32 = 0;
  for (let at = arenas.usable_arenas; at; at = changetype<Arena>(at).nextarena) {
    const arena = changetype<Arena>(at);
    if (++listed > expected || !arena.address || !arena.nfreepools || arena.prevarena != prev)
      return breaks(USABLE_ORDER, at);
    if (prev && changetype<Arena>(prev).nfreepools > arena.nfreepools) return breaks(USABLE_ORDER, at);
    const next = arena.nextarena;
    const endsRun = !next || changetype<Arena>(next).nfreepools != arena.nfreepools;
    if (geometry.fingers && endsRun && lastWith(arena.nfreepools) != at) return breaks(FINGERS, at);
    prev = at;
  }
  if (listed != expected) return breaks(USABLE_ORDER, 0);
  if (!geometry.fingers) return SOUND;
  for (let count: u32 = 0; count <= geometry.poolsInArena; count++) {
    const at = lastWith(count);
    if (at && (count == 0 || changetype<Arena>(at).nfreepools != count || !changetype<Arena>(at).address)) {
      return breaks(FINGERS, at);
    }
  }
  return SOUND;
}

/** Descriptors: those without an arena are on unused_arena_objects, and no others are. */
function checkDescriptors(): u32 {
  let unused: u32 = 0;
  for (let at = arenas.unused_arena_objects; at; at = changetype<Arena>(at).nextarena) {
    if (changetype<Arena>(at).address || ++unused > arenas.maxarenas) return breaks(DESCRIPTORS, at);
  }
  return unused + tally.live == arenas.maxarenas ? SOUND : breaks(DESCRIPTORS, 0);
}

/** When a wholly free arena may be there. A single pool can be all that a misaligned arena has. */
function checkWhollyFree(): u32 {
  if (geometry.release == RELEASE_EAGER && tally.wholly) return breaks(WHOLLY_FREE, 0);
  if (geometry.release != RELEASE_KEEP_LAST || tally.misaligned || !tally.wholly) return SOUND;
  if (tally.wholly > 1) return breaks(WHOLLY_FREE, 0);
  let last = arenas.usable_arenas;
  while (changetype<Arena>(last).nextarena) last = changetype<Arena>(last).nextarena;
  const arena = changetype<Arena>(last);
  return arena.nfreepools == arena.ntotalpools ? SOUND : breaks(WHOLLY_FREE, last);
}

function isZeroHeader(at: usize): bool {
  return (load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0;
}

/** A header that is not all zero is that of a carved pool of a live arena. */
function checkForeign(): u32 {
  const end = changetype<usize>(poolOf(os.top));
  for (let at = changetype<usize>(poolOf(os.base)); at < end; at += POOL_HEADER_SIZE) {
    if (isZeroHeader(at)) continue;
    const pool = changetype<Pool>(at);
    const arena = arenaAt(pool.arenaindex);
    const address = poolAddress(pool);
    if (pool.arenaindex >= arenas.maxarenas || !arena.address) return breaks(FOREIGN, at);
    if (address < firstPoolAddress(arena) || address >= arena.pool_address) return breaks(FOREIGN, at);
  }
  return SOUND;
}

function checkCounters(): u32 {
  if (arenas.narenas_currently_allocated != tally.live || arenas.nmisaligned != tally.misaligned)
    return breaks(COUNTERS, 0);
  if (arenas.nfreepools != tally.nfreepools) return breaks(COUNTERS, 0);
  if (arenas.nempty != tally.wholly || arenas.narenas_highwater < tally.live) return breaks(COUNTERS, 0);
  if (arenas.ntimes_arena_allocated < arenas.narenas_highwater) return breaks(COUNTERS, 0);
  return tally.bytes == <u64>tally.live * geometry.arenaSize ? SOUND : breaks(SUM, 0);
}

/** The number of the first broken rule, its address in BROKEN; 0 when the heap is sound. */
export function check(): u32 {
  startTally();
  for (let index: u32 = 0; index < arenas.maxarenas; index++) {
    if (!arenaAt(index).address) continue;
    const rule = checkArena(index);
    if (rule) return rule;
  }
  if (geometry.release == RELEASE_NEVER && emptyPoolsOn(arenas.freepools, -1, tally.empty) != tally.empty) {
    return breaks(NFREEPOOLS, arenas.freepools);
  }
  let rule = checkForeign();
  if (!rule) rule = checkRings(tally.used);
  if (!rule) rule = checkCounters();
  if (!rule) rule = checkDescriptors();
  if (!rule && geometry.release != RELEASE_NEVER) rule = checkUsable();
  if (!rule) rule = checkWhollyFree();
  if (!rule) rule = checkMemory();
  return rule;
}
