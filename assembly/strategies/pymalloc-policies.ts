/**
 * CPython's allocator under any profile: the same code as `core`, with the policies of policy.ts. Pools have the profile's header, in
 * overhead; what pools do not serve is large.ts's, as in `core`.
 *
 * Arenas start at a multiple of the pool size.
 */

import { large } from "../large/rawblock";
import { walkRegions } from "../large/rawwalk";
import { RELEASE_NEVER } from "../layout/codes";
import { POOL_HEADER_BITS } from "../layout/layout";
import { ARENA_RANDOM, KIND_OVERHEAD, KIND_UNUSED, POOL_LOWEST, STRATEGY_POOLS } from "../layout/strategylayout";
import { arenaAt, arenas, firstPoolAddress, initArenas } from "../pymalloc/arena";
import { geometry, takeGeometry } from "../pymalloc/geometry";
import { blocksInPool, initUsedpools, Pool, poolAddress, poolOf, sortRings } from "../pymalloc/pool";
import { indexToSize } from "../pymalloc/sizeclass";
import { policy } from "../strategy/policy";
import { havePages, haveUnits, record, recordPage, recordUnit } from "../strategy/walk";
import { pageRound } from "../system/os";

export { rawCalloc, rawFree, rawMalloc, rawRealloc } from "../large/raw";
export { usableSize } from "../pymalloc/block";
export { calloc, free, malloc, realloc } from "../pymalloc/pymalloc";

/** Starts with the geometry that the host has written into GEOMETRY, and with the numbers of setPolicies. */
export function start(arenaPolicy: u32, poolPolicy: u32, keepsArenas: bool, seed: u32): bool {
  if (!takeGeometry()) return false;
  initUsedpools();
  initArenas(STRATEGY_POOLS + ((<usize>1) << (32 - geometry.poolBits + POOL_HEADER_BITS)));
  return setPolicies(arenaPolicy, poolPolicy, keepsArenas, seed);
}

/**
 * Has `arenaPolicy`, one of ARENA_…, and `poolPolicy`, one of POOL_…, hold from now on. `seed` starts the dice, where they did not
 * roll before. Arenas that were kept so far stay until they become empty again.
 */
export function setPolicies(arenaPolicy: u32, poolPolicy: u32, keepsArenas: bool, seed: u32): bool {
  if (arenaPolicy > ARENA_RANDOM || poolPolicy > POOL_LOWEST) return false;
  if (policy.arena != arenaPolicy || !policy.dice) policy.dice = max<u32>(seed * 0x9e3779b9, 1);
  policy.arena = arenaPolicy;
  policy.keepsArenas = keepsArenas;
  if (policy.pool != poolPolicy) {
    policy.pool = poolPolicy;
    sortRings();
  }
  return true;
}

function walkPool(pool: Pool): void {
  const address = poolAddress(pool);
  if (!pool.count) {
    record(KIND_UNUSED, address, geometry.poolSize);
    return;
  }
  const size = indexToSize(pool.szidx);
  const carved = <u32>((pool.nextoffset - geometry.poolOverhead) / size);
  const count = blocksInPool(pool.szidx);
  recordPage(
    address,
    geometry.poolSize,
    address + geometry.poolOverhead,
    size,
    count,
    pool.count,
    carved,
    pool.freeblock,
    0,
  );
}

/** Whether arenas go back at all. */
function givesBack(): bool {
  return geometry.release != RELEASE_NEVER && !policy.keepsArenas;
}

function walkArena(index: u32): void {
  const arena = arenaAt(index);
  const end = arena.address + geometry.arenaSize;
  if (givesBack()) recordUnit(arena.address, geometry.arenaSize);
  for (let at = firstPoolAddress(arena); at < end; at += geometry.poolSize) {
    if (at < arena.pool_address) walkPool(poolOf(at));
    else record(KIND_UNUSED, at, geometry.poolSize);
  }
  record(KIND_OVERHEAD, end, pageRound(geometry.arenaSize) - geometry.arenaSize);
}

export function walk(): void {
  havePages();
  if (givesBack()) haveUnits();
  for (let index: u32 = 0; index < arenas.maxarenas; index++) {
    if (arenaAt(index).address) walkArena(index);
  }
  walkRegions();
}

/** The descriptors of arenas, of 48 bytes in a 64-bit build, of 28 in a 32-bit one. */
export function tableBytes(): usize {
  return <usize>arenas.maxarenas * (geometry.poolOverhead >= 48 ? 48 : 28);
}

export function bytesMoved(): u64 {
  return large.bytesMoved;
}
