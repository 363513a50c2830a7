/** Which blocks of the pools are live: all that were carved, but those on the free list. */
import { blockSize, blocksPerPool, type Geometry } from "../../geometry/geometry.js";
import type { PoolColumns } from "../objects/pools.js";
import { FENCE_BYTES, isFence } from "../space/fenced.js";
import type { Space } from "../space/space.js";
import type { ArenaPool, FoundArena } from "./arenas.js";

export interface FoundBlocks {
  readonly pools: PoolColumns;
  /** Pools whose free list does not agree with their count: the process was in the middle of an allocation. */
  readonly torn: number;
}

/** Blocks that are looked at to find the hooks. */
const SAMPLE = 20_000;

export function findBlocks(
  space: Space,
  pools: readonly ArenaPool[],
  arenas: readonly FoundArena[],
  geometry: Geometry,
): FoundBlocks {
  const { poolSize, arenaSize } = geometry;
  const capacities = Uint32Array.from(pools, ({ szidx }) => blocksPerPool(geometry, szidx));
  const isLive = new Uint8Array(capacities.reduce((sum, capacity) => sum + capacity, 0));
  let [slot, torn] = [0, 0];
  pools.forEach((pool, index) => {
    if (!markLive(space, pool, geometry, isLive.subarray(slot, slot + capacities[index]))) torn++;
    slot += capacities[index];
  });
  const columns = {
    poolSize,
    poolOverhead: geometry.poolOverhead,
    addresses: Float64Array.from(pools, ({ address }) => address),
    blockSizes: Uint32Array.from(pools, ({ szidx }) => blockSize(geometry, szidx)),
    capacities,
    arenaOf: Int32Array.from(pools, ({ arena }) => arena),
    arenas: Float64Array.from(arenas, ({ address }) => address),
    arenaBytes: arenaSize,
    isLive,
  };
  const hookBytes = hasDebugHooks(space, columns) ? FENCE_BYTES : 0;
  return { pools: { ...columns, poolOverhead: columns.poolOverhead + hookBytes }, torn };
}

/** Returns whether as many blocks are live as the pool counts. Of a list that is broken the rest stays live. */
function markLive(space: Space, pool: ArenaPool, geometry: Geometry, isLive: Uint8Array): boolean {
  if (pool.liveCount === 0) return true; // what its header says is left over
  const size = blockSize(geometry, pool.szidx);
  const first = pool.address + geometry.poolOverhead;
  const carved = (pool.nextoffset - geometry.poolOverhead) / size;
  isLive.fill(1, 0, carved);
  let live = carved;
  for (let block = pool.freeblock; block !== 0; block = space.word(block)) {
    const index = (block - first) / size;
    if (!Number.isInteger(index) || index < 0 || index >= carved || isLive[index] === 0) return false;
    isLive[index] = 0;
    live--;
  }
  return live === pool.liveCount;
}

/** Whether more than half of the live blocks have a fence, as far as they are looked at. */
function hasDebugHooks(space: Space, pools: PoolColumns): boolean {
  let [looked, hooked] = [0, 0];
  for (const block of liveBlocks(pools)) {
    if (isFence(space, block + FENCE_BYTES)) hooked++;
    if (++looked === SAMPLE) break;
  }
  return 2 * hooked > looked;
}

/** The addresses of the live blocks, pool by pool. */
export function* liveBlocks(pools: PoolColumns): Generator<number> {
  let slot = 0;
  for (let pool = 0; pool < pools.addresses.length; pool++) {
    let block = pools.addresses[pool] + pools.poolOverhead;
    for (let i = 0; i < pools.capacities[pool]; i++, slot++, block += pools.blockSizes[pool])
      if (pools.isLive[slot] === 1) yield block;
  }
}
