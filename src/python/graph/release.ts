/**
 * The promise: which arenas go back if these owners are dropped. Dropping is to delete all the names of an owner and
 * to call gc.collect(), so arenas that only garbage holds go with any drop, even of nothing.
 */
import type { ArenaNeeds } from "./arenaneeds.js";
import type { OwnerSets } from "./ownersets.js";

/** The arenas that hold no live block any more. `isDropped` by owner. Linear in arenas, owners and tries. */
export function releasedArenas({ needs, liveBlocks }: ArenaNeeds, sets: OwnerSets, isDropped: Uint8Array): Int32Array {
  const isGone = sets.dropTest(isDropped);
  const released: number[] = [];
  for (let arena = 0; arena < needs.length; arena++) {
    if (liveBlocks[arena] > 0 && isGone(needs[arena])) released.push(arena);
  }
  return Int32Array.from(released);
}

/**
 * How many of `arenas` that become free are unmapped, at least and at most. From CPython 3.9 on (`keepsLast`) an arena
 * that becomes free stays if it is then the last usable one. Source: obmalloc.c, `insert_to_freepool`.
 */
export function releaseRange(arenas: number, keepsLast: boolean): { least: number; most: number } {
  return { least: keepsLast ? Math.max(arenas - 1, 0) : arenas, most: arenas };
}
