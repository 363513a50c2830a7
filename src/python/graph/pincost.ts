/**
 * Pin cost: the size of each held arena, divided equally among the holders that it needs. This is the Shapley value of
 * the game that wins an arena when all its holders are dropped. Holders are the owners, 0 to ownerCount - 1, and three
 * more that are not variables, so that all costs add up to the held arenas.
 */
import type { ArenaNeeds } from "./arenaneeds.js";
import { EMPTY_SET, isFixed, isUnattributed, type OwnerSets } from "./ownersets.js";

/** The other holders, counted from ownerCount. Garbage is the holder of an arena that has no other. */
export const FIXED_HOLDER = 0;
export const UNATTRIBUTED_HOLDER = 1;
export const GARBAGE_HOLDER = 2;
const OTHER_HOLDERS = 3;

export interface PinCosts {
  /** Arenas with a live block. */
  readonly heldArenas: number;
  /** By holder, in whole bytes; they add up to `heldArenas` times the arena size. */
  readonly costBytes: Float64Array;
  /** By holder, the arenas that need it. */
  readonly arenas: Float64Array;
  /** By holder, the arenas that need it and nobody else. */
  readonly arenasAlone: Float64Array;
}

/** Returns how many holders divide an arena with this need. */
function holderCount(need: number, sets: OwnerSets): number {
  return sets.size(need) + Number(isFixed(need)) + Number(isUnattributed(need)) || 1;
}

/** Divides the held arenas, of `arenaBytes` each. Linear in arenas, owners and the tries of `sets`. */
export function pinCosts(
  { needs, liveBlocks }: ArenaNeeds,
  sets: OwnerSets,
  ownerCount: number,
  arenaBytes: number,
): PinCosts {
  const held = needs.filter((_, arena) => liveBlocks[arena] > 0);
  const shares = Float64Array.from(held, (need) => arenaBytes / holderCount(need, sets));
  const alone = held.filter((need) => holderCount(need, sets) === 1);
  const costs = sumByHolder(held, shares, sets, ownerCount);
  return {
    heldArenas: held.length,
    costBytes: roundedTo(held.length * arenaBytes, costs),
    arenas: sumByHolder(held, new Uint8Array(held.length).fill(1), sets, ownerCount),
    arenasAlone: sumByHolder(alone, new Uint8Array(alone.length).fill(1), sets, ownerCount),
  };
}

/** Returns the share of each arena in the pin cost of `owner`, in bytes, not rounded. */
export function ownerShares(owner: number, { needs }: ArenaNeeds, sets: OwnerSets, arenaBytes: number): Float64Array {
  return Float64Array.from(needs, (need) => (sets.has(need, owner) ? arenaBytes / holderCount(need, sets) : 0));
}

function sumByHolder(
  needs: Int32Array,
  weights: Float64Array | Uint8Array,
  sets: OwnerSets,
  ownerCount: number,
): Float64Array {
  const sums = new Float64Array(ownerCount + OTHER_HOLDERS);
  sums.set(sets.sumByOwner(needs, weights, ownerCount));
  needs.forEach((need, i) => {
    if (isFixed(need)) sums[ownerCount + FIXED_HOLDER] += weights[i];
    if (isUnattributed(need)) sums[ownerCount + UNATTRIBUTED_HOLDER] += weights[i];
    if (need === EMPTY_SET) sums[ownerCount + GARBAGE_HOLDER] += weights[i];
  });
  return sums;
}

/**
 * Rounds `values` to whole numbers that add up to `total`: down, but up where the remainder is largest. Values are 0 or
 * more; their sum is `total`, apart from floating-point noise.
 */
export function roundedTo(total: number, values: Float64Array): Float64Array {
  const rounded = values.map(Math.floor);
  let missing = total - rounded.reduce((a, b) => a + b, 0);
  const remainder = (holder: number): number => values[holder] - rounded[holder];
  const byRemainder = [...values.keys()].filter((holder) => values[holder] > 0);
  byRemainder.sort((a, b) => remainder(b) - remainder(a));
  for (let i = 0; missing > 0; i++, missing--) rounded[byRemainder[i]]++;
  // Noise may have lifted a value over a whole number.
  for (let i = byRemainder.length - 1; missing < 0; i--) {
    if (rounded[byRemainder[i]] === 0) continue;
    rounded[byRemainder[i]]--;
    missing++;
  }
  return rounded;
}
