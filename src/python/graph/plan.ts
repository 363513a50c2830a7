/**
 * The release plan: owners to drop so that half of the arenas go back, nine tenths, and all that can be released. A
 * greedy search keeps the owners few; to find the fewest is NP-hard (minimum k-union).
 */
import type { ArenaNeeds } from "./arenaneeds.js";
import { type Group, greedyOrder } from "./greedyorder.js";
import { EMPTY_SET, isFixed, isUnattributed, type OwnerSets } from "./ownersets.js";
import { releasedArenas } from "./released.js";

const FRACTIONS = [1 / 2, 9 / 10];
/** How many owners the needs that are searched have in all. Larger needs are left to the last step. */
const MAX_MEMBERS = 2 ** 22;

export interface PlanStep {
  /** All owners to drop, those of the steps before included, the most rewarding first. */
  readonly drop: Int32Array;
  /** All arenas that go then. If `drop` is empty, gc.collect() alone releases them. */
  readonly arenas: number;
  readonly bytes: number;
}

/**
 * Returns at most three steps, each with more arenas than the one before; none if nothing can be released. Linear in
 * arenas, owners and tries, apart from the search; see greedy.ts.
 */
export function releasePlan(held: ArenaNeeds, sets: OwnerSets, ownerCount: number, arenaBytes: number): PlanStep[] {
  const needs = held.needs.filter((need, arena) => {
    return held.liveBlocks[arena] > 0 && !isFixed(need) && !isUnattributed(need);
  });
  const isDropped = new Uint8Array(ownerCount);
  const drop: number[] = [];
  const steps: PlanStep[] = [];
  const take = (owners: Int32Array): void => {
    for (const owner of owners) {
      isDropped[owner] = 1;
      drop.push(owner);
    }
  };
  const goals = FRACTIONS.map((fraction) => Math.ceil(fraction * needs.length));
  const addStep = (): void => {
    const arenas = releasedArenas(held, sets, isDropped).length;
    while (goals.length > 0 && goals[0] <= arenas) goals.shift();
    if (arenas > (steps.at(-1)?.arenas ?? 0)) {
      steps.push({ drop: Int32Array.from(drop), arenas, bytes: arenas * arenaBytes });
    }
  };

  let released = needs.filter((need) => need === EMPTY_SET).length;
  if (goals[0] <= released) addStep();
  for (const { owners, arenas } of greedyOrder(groupsOf(needs, sets), ownerCount)) {
    if (goals.length === 0) break;
    take(owners);
    released += arenas;
    if (goals[0] <= released) addStep();
  }
  const arenasOf = sets.sumByOwner(needs, new Uint8Array(needs.length).fill(1), ownerCount);
  take(Int32Array.from(arenasOf.keys()).filter((owner) => arenasOf[owner] > 0 && !isDropped[owner]));
  addStep();
  return steps;
}

/** Returns each need once, with its owners: needs with fewest owners first, as long as MAX_MEMBERS allows. */
function groupsOf(needs: Int32Array, sets: OwnerSets): Group[] {
  const arenas = new Map<number, number>();
  for (const need of needs) if (need !== EMPTY_SET) arenas.set(need, (arenas.get(need) ?? 0) + 1);
  let members = 0;
  return [...arenas.keys()]
    .sort((a, b) => sets.size(a) - sets.size(b))
    .filter((need) => (members += sets.size(need)) <= MAX_MEMBERS)
    .map((need) => ({ owners: sets.owners(need), arenas: arenas.get(need)! }));
}
