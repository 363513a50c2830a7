/**
 * Pin cost: each held arena's size, divided equally among the holders that it needs. It is the Shapley value of the
 * game in which an arena is won when all its holders are dropped. Holders are the owners, 0 to ownerCount - 1, and
 * behind them three that are no variables, so that all costs add up to the held arenas.
 */
import type { ArenaNeeds } from "./arenaneeds.js";
import { EMPTY_SET, isFixed, isUnattributed, type OwnerSets } from "./ownersets.js";

/** Places of the other holders behind the last owner. Garbage holds the arenas that nobody else holds. */
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

/** How many holders divide an arena of this need. */
export function holderCount(need: number, sets: OwnerSets): number {
  return sets.size(need) + Number(isFixed(need)) + Number(isUnattributed(need)) || 1;
}

/** Divides arenas of `arenaBytes` each. Linear in arenas, owners and the tries of `sets`. */
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

/** By arena, the bytes of it that are the pin cost of `owner`: 0 if it does not need the owner. Not rounded. */
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

/** Whole numbers less than 1 from `values`, that add up to `total`: largest remainders are rounded up. */
function roundedTo(total: number, values: Float64Array): Float64Array {
  const rounded = values.map((value) => Math.floor(value + 1e-6)); // 1e-6: a whole number that sums missed narrowly
  let missing = total - rounded.reduce((a, b) => a + b, 0);
  const byRemainder = [...values.keys()]
    .filter((holder) => values[holder] > 0)
    .sort((a, b) => values[b] - rounded[b] - (values[a] - rounded[a]) || a - b);
  for (let i = 0; missing > 0; i++, missing--) rounded[byRemainder[i]]++;
  return rounded;
}
