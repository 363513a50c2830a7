/**
 * Arena needs: the owners of an arena's live blocks. The arena goes back when all of them are dropped. Garbage needs no
 * owner. An arena with FIXED in its need never goes back; for one with UNATTRIBUTED it is not known when.
 */
import { EMPTY_SET, type OwnerSets } from "./ownersets.js";

export interface ArenaNeeds {
  /** By arena, the union of its blocks' sets; the empty set if all of them are garbage. */
  readonly needs: Int32Array;
  /** By arena. An arena without live blocks is not held, and is counted nowhere. */
  readonly liveBlocks: Uint32Array;
}

/**
 * Adds up the sets of the nodes in each arena. `arenaOf` has each node's arena, 0 to arenaCount - 1, or -1 for a node
 * outside of them. May renumber the sets in `reach`. At most one union a node.
 */
export function arenaNeeds(reach: Int32Array, arenaOf: Int32Array, arenaCount: number, sets: OwnerSets): ArenaNeeds {
  const needs = new Int32Array(arenaCount);
  const liveBlocks = new Uint32Array(arenaCount);
  for (let node = 0; node < reach.length; node++) {
    const arena = arenaOf[node];
    if (arena < 0) continue;
    liveBlocks[arena]++;
    if (reach[node] === EMPTY_SET) continue;
    needs[arena] = sets.union(needs[arena], reach[node]);
    if (sets.isCrowded) sets.compact(reach, needs);
  }
  return { needs, liveBlocks };
}
