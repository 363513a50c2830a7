/**
 * Owners: the nodes that namespaces hold directly, and that go when a variable is deleted. An owner is a number, 0 or
 * more. It holds one node or several: for a variable of a module, its value and its name. Owners can share a node.
 */
import { type Graph, NAMESPACE } from "./graph.js";

export interface Owners {
  readonly count: number;
  /** Pairs: owner ids[i] holds node nodes[i] directly. A pair with a namespace has no effect. */
  readonly nodes: Int32Array;
  readonly ids: Int32Array;
}

/** Returns an owner for each node that a namespace refers to, apart from namespaces, in the order of references. */
export function ownersOf({ nodeCount, offsets, targets }: Graph, flags: Uint8Array): Owners {
  const isSeen = new Uint8Array(nodeCount);
  const nodes: number[] = [];
  for (let node = 0; node < nodeCount; node++) {
    if (!(flags[node] & NAMESPACE)) continue;
    for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) {
      const target = targets[edge];
      if (flags[target] & NAMESPACE || isSeen[target]) continue;
      isSeen[target] = 1;
      nodes.push(target);
    }
  }
  return { count: nodes.length, nodes: Int32Array.from(nodes), ids: Int32Array.from(nodes.keys()) };
}

/** Returns the nodes that `owner` holds directly, in the order of the pairs. */
export function nodesOf({ nodes, ids }: Owners, owner: number): Int32Array {
  return nodes.filter((_, pair) => ids[pair] === owner);
}
