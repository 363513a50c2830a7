/** The algorithms one after the other, as a caller runs them. */
import { type ArenaNeeds, arenaNeeds } from "../../../src/python/graph/arenaneeds.js";
import { components } from "../../../src/python/graph/components.js";
import { OwnerSets, type SetLimits } from "../../../src/python/graph/ownersets.js";
import { reachSets } from "../../../src/python/graph/reach.js";
import type { Heap } from "./heaps.js";

export interface Analysis {
  readonly sets: OwnerSets;
  readonly reach: Int32Array;
  readonly held: ArenaNeeds;
}

const AMPLE: SetLimits = { tries: 2 ** 20, steps: 2 ** 30 };

export function analyse(heap: Heap, limits = AMPLE): Analysis {
  const sets = new OwnerSets(limits);
  const reach = reachSets(heap.graph, heap.flags, components(heap.graph, heap.flags), heap.owners, sets);
  return { sets, reach, held: arenaNeeds(reach, heap.arenaOf, heap.arenaCount, sets) };
}
