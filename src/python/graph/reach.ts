/**
 * Reach sets: the owners that hold a node. The set has each owner from which the node is reached without entering a
 * namespace, FIXED if something that never goes reaches it, and UNATTRIBUTED if something does of which nobody knows who
 * holds it. The node goes exactly when all owners in its set are dropped, unless FIXED is in it. With UNATTRIBUTED in it,
 * nobody knows. With the empty set it is garbage, and goes with gc.collect().
 *
 * The nodes of a strongly connected component have one set. Components are visited in order, so each set is complete
 * before it is passed on: every edge is walked once and costs one union at most.
 */
import type { Components } from "./components.js";
import { FIXED, type Graph, NAMESPACE, UNATTRIBUTED } from "./graph.js";
import type { Owners } from "./owners.js";
import { EMPTY_SET, FIXED_SET, type OwnerSets, UNATTRIBUTED_SET } from "./ownersets.js";

/**
 * Returns the set of each node, in `sets`; {FIXED} for a namespace. `flags`: see graph.ts. A node that only a namespace
 * refers to is garbage unless `owners` has it, or it is FIXED or UNATTRIBUTED. At most one union an edge, node and pair of `owners`.
 */
export function reachSets(
  { nodeCount, offsets, targets }: Graph,
  flags: Uint8Array,
  { component, order }: Components,
  owners: Owners,
  sets: OwnerSets,
): Int32Array {
  const reach = new Int32Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    if (flags[node] & (FIXED | NAMESPACE)) reach[node] = FIXED_SET;
    if (flags[node] & UNATTRIBUTED) reach[node] |= UNATTRIBUTED_SET;
  }
  owners.nodes.forEach((node, pair) => {
    if (!(flags[node] & NAMESPACE)) reach[node] = sets.union(reach[node], sets.of(owners.ids[pair]));
  });

  for (let start = 0, end: number; start < order.length; start = end) {
    const first = order[start];
    let set = reach[first];
    for (end = start + 1; end < order.length && component[order[end]] === component[first]; end++) {
      set = sets.union(set, reach[order[end]]);
    }
    if (set === EMPTY_SET) continue;
    for (let i = start; i < end; i++) reach[order[i]] = set;
    for (let i = start; i < end; i++) {
      const node = order[i];
      for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) {
        const target = targets[edge];
        if (reach[target] === reach[node] || flags[target] & NAMESPACE) continue;
        reach[target] = sets.union(reach[target], reach[node]);
        if (sets.isCrowded) sets.compact(reach);
      }
    }
  }
  return reach;
}
