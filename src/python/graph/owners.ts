/**
 * Owners: what namespaces hold directly, that is, what goes when a variable is deleted. An owner is a number from 0 on
 * and holds one node or more (a module's dict holds a variable's value and its name); a node can be held by several.
 */
import { type Graph, NAMESPACE } from "./graph.js";

export interface Owners {
  readonly count: number;
  /** Pairs: owner ids[i] holds node nodes[i] directly. */
  readonly nodes: Int32Array;
  readonly ids: Int32Array;
}

/** An owner for each node that a namespace refers to and that is none itself, in the order of the references. */
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

/** The nodes that `owner` holds directly, in the order of the pairs. */
export function nodesOf({ nodes, ids }: Owners, owner: number): Int32Array {
  return nodes.filter((_, pair) => ids[pair] === owner);
}
