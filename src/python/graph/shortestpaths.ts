/** Shortest paths from roots: the names of nodes. */
import type { Graph } from "./graph.js";

/** Instead of a parent. */
export const IS_ROOT = -1;
export const UNREACHED = -2;

/**
 * Walks breadth first. Returns the parent of each node: the node before it on a shortest path from a root, IS_ROOT, or
 * UNREACHED. The walk from one list of roots ends before that from the next begins. Among paths of one length, the path
 * from the root listed first wins. Visits each edge once; 8 bytes a node, of which 4 are returned.
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

/** Returns the nodes from a root to `node`, both included; no nodes if no root reaches it. */
export function pathTo(node: number, parents: Int32Array): Int32Array {
  const path: number[] = [];
  if (parents[node] === UNREACHED) return Int32Array.from(path);
  for (let at = node; at !== IS_ROOT; at = parents[at]) path.push(at);
  return Int32Array.from(path).reverse();
}
