/**
 * The release rule: which arenas go back if some owners are dropped. To drop an owner is to delete all its names and to
 * call gc.collect(). So arenas that only garbage holds go with any drop, even with the drop of nothing.
 */
import type { ArenaNeeds } from "./arenaneeds.js";
import type { OwnerSets } from "./ownersets.js";

/**
 * Returns the arenas without live blocks once the owners with `isDropped` (by owner) not 0 are dropped, in ascending
 * order. Linear in arenas, owners and tries.
 */
export function releasedArenas({ needs, liveBlocks }: ArenaNeeds, sets: OwnerSets, isDropped: Uint8Array): Int32Array {
  const isGone = sets.dropTest(isDropped);
  const released: number[] = [];
  for (let arena = 0; arena < needs.length; arena++) {
    if (liveBlocks[arena] > 0 && isGone(needs[arena])) released.push(arena);
  }
  return Int32Array.from(released);
}

/**
 * Returns how many arenas are unmapped, at least and at most, if `arenas` become free. From CPython 3.9 on (`keepsLast`)
 * an arena that becomes free stays mapped if it is then the last usable one. Source: obmalloc.c, `insert_to_freepool`.
 */
export function releaseRange(arenas: number, keepsLast: boolean): { least: number; most: number } {
  return { least: keepsLast ? Math.max(arenas - 1, 0) : arenas, most: arenas };
}
