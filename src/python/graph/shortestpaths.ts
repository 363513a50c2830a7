/** The shortest way from a root to each node: for names. */
import type { Graph } from "./graph.js";

/** In the place of a parent. */
export const IS_ROOT = -1;
export const UNREACHED = -2;

/**
 * Walks breadth first and returns the parent of each node: the node before it on a shortest way from a root, IS_ROOT,
 * or UNREACHED. Each list of `rootLists` is exhausted before the next; among ways of one length, that from the root
 * listed first wins. Visits each edge once; 8 bytes a node, of which 4 are returned.
 */
export function shortestPaths({ nodeCount, offsets, targets }: Graph, rootLists: readonly Int32Array[]): Int32Array {
  const parents = new Int32Array(nodeCount).fill(UNREACHED);
  const queue = new Int32Array(nodeCount);
  let head = 0;
  let tail = 0;
  const reached = (node: number, parent: number): void => {
    if (parents[node] !== UNREACHED) return;
    parents[node] = parent;
    queue[tail++] = node;
  };
  for (const roots of rootLists) {
    for (const root of roots) reached(root, IS_ROOT);
    while (head < tail) {
      const node = queue[head++];
      for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) reached(targets[edge], node);
    }
  }
  return parents;
}

/** The nodes from a root to `node`, both included; none if no root reaches it. */
export function pathTo(node: number, parents: Int32Array): Int32Array {
  const path: number[] = [];
  if (parents[node] === UNREACHED) return Int32Array.from(path);
  for (let at = node; at !== IS_ROOT; at = parents[at]) path.push(at);
  return Int32Array.from(path).reverse();
}
