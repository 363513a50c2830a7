/** Where the bytes of a process's arenas are: as `sys._debugmallocstats()` counts them. */
import { type Geometry, poolsPerArena } from "../../geometry/geometry.js";
import type { Ledger } from "../../inspect/stats.js";
import type { PoolColumns } from "../objects/pools.js";

/** A size class that has a block in use. */
export interface ClassRow {
  /** Bytes of a block. */
  readonly size: number;
  readonly pools: number;
  readonly used: number;
  readonly free: number;
}

export interface CountedPools {
  readonly ledger: Ledger;
  /** By size. */
  readonly classes: readonly ClassRow[];
}

/** Of the arenas that `counts` says, by position. */
export function ledgerOf(
  pools: PoolColumns,
  geometry: Geometry,
  counts: (arena: number) => boolean = () => true,
): CountedPools {
  const { arenaSize, poolSize, poolOverhead } = geometry;
  const classes = new Map<number, { pools: number; used: number; free: number }>();
  let [slot, allocated, available, quantization, used] = [0, 0, 0, 0, 0];
  for (let pool = 0; pool < pools.addresses.length; pool++) {
    const size = pools.blockSizes[pool];
    const capacity = pools.capacities[pool];
    if (!counts(pools.arenaOf[pool])) {
      slot += capacity;
      continue;
    }
    let live = 0;
    for (const end = slot + capacity; slot < end; slot++) live += pools.isLive[slot];
    if (live === 0) continue;
    used++;
    allocated += live * size;
    available += (capacity - live) * size;
    quantization += poolSize - poolOverhead - capacity * size;
    const row = classes.get(size) ?? { pools: 0, used: 0, free: 0 };
    classes.set(size, { pools: row.pools + 1, used: row.used + live, free: row.free + capacity - live });
  }
  const arenas = pools.arenas.filter((_, arena) => counts(arena));
  const misaligned = arenas.filter((address) => address % poolSize !== 0).length;
  const all = arenas.length * poolsPerArena(geometry) - misaligned;
  const ledger = {
    allocated,
    available,
    unusedPools: (all - used) * poolSize,
    headers: used * poolOverhead,
    quantization,
    arenaAlignment: misaligned * poolSize,
    total: arenas.length * arenaSize,
  };
  const rows = [...classes].map(([size, row]) => ({ size, ...row })).sort((a, b) => a.size - b.size);
  return { ledger, classes: rows };
}
