/** The statistics of a process's arenas: what its `sys._debugmallocstats()` would print. */
import { classCount, poolsPerArena } from "../../geometry/geometry.js";
import type { Profile } from "../../geometry/profiles.js";
import { type PymallocStats, pymallocStats } from "../../inspect/stats.js";
import type { PoolColumns } from "../objects/pools.js";

/** Of these only what is there now: the process does not say how many arenas it ever had. */
export type ArenaStats = Pick<PymallocStats, "classes" | "ledger">;

/** `isCounted`: whether to count the arena at a position of `pools.arenas`. */
export function arenaStats(
  pools: PoolColumns,
  profile: Profile,
  isCounted: (arena: number) => boolean = () => true,
): ArenaStats {
  const { geometry } = profile;
  const counts = { pools: new Uint32Array(classCount(geometry)), blocks: new Uint32Array(classCount(geometry)) };
  let [slot, used] = [0, 0];
  for (let pool = 0; pool < pools.addresses.length; pool++) {
    const first = slot;
    slot += pools.capacities[pool];
    if (!isCounted(pools.arenaOf[pool])) continue;
    let live = 0;
    for (let at = first; at < slot; at++) live += pools.isLive[at];
    if (live === 0) continue;
    const szidx = pools.blockSizes[pool] / geometry.alignment - 1;
    counts.pools[szidx]++;
    counts.blocks[szidx] += live;
    used++;
  }
  const arenas = pools.arenas.filter((_, arena) => isCounted(arena));
  const misalignedArenas = arenas.filter((address) => address % geometry.poolSize !== 0).length;
  return pymallocStats(profile, {
    ...counts,
    arenasObtained: arenas.length,
    arenasReleased: 0,
    arenasHigh: arenas.length,
    arenasLive: arenas.length,
    misalignedArenas,
    unusedPools: arenas.length * poolsPerArena(geometry) - misalignedArenas - used,
    arenaMapHigh: -1,
  });
}
