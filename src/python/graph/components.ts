/**
 * Strongly connected components: nodes that reach each other, and so have the same owners. Tarjan's algorithm in
 * Pearce's form (2016), without recursion: one number a node is its lowest index at first, its component afterwards.
 * Namespaces belong to no component; no walk enters them.
 */
import { type Graph, NAMESPACE } from "./graph.js";

export interface Components {
  readonly count: number;
  /** By node: components are numbered from 0 such that no edge leads to a lower one; -1 for a namespace. */
  readonly component: Int32Array;
  /** All nodes but namespaces, in the order of their components. */
  readonly order: Int32Array;
}

/** Finds the components. Visits each edge once; 16 bytes a node, of which 8 are returned. `flags`: see graph.ts. */
export function components({ nodeCount, offsets, targets }: Graph, flags: Uint8Array): Components {
  // 0: not seen. Below `closed`: the lowest index seen from the node. Above: a component's number, from the top down.
  const low = new Int32Array(nodeCount);
  const NEVER = 2 ** 31 - 1;
  let closed = NEVER - 1;
  const order = new Int32Array(nodeCount);
  let orderStart = nodeCount;
  // From the left, the nodes of the walk; from the right, the nodes that wait for their component.
  const stack = new Int32Array(nodeCount);
  const nextEdge = new Uint32Array(nodeCount);
  let waiting = nodeCount;
  let index = 0;

  for (let node = 0; node < nodeCount; node++) if (flags[node] & NAMESPACE) low[node] = NEVER;
  for (let first = 0; first < nodeCount; first++) {
    if (low[first] !== 0) continue;
    let depth = 0;
    stack[0] = first;
    nextEdge[0] = offsets[first];
    low[first] = ++index;
    // The nodes of the walk keep their own index in `order`: it is filled from the right, and so not that far yet.
    order[0] = index;
    while (depth >= 0) {
      const node = stack[depth];
      const end = offsets[node + 1];
      let edge = nextEdge[depth];
      let lowest = low[node];
      let child = -1;
      while (edge < end) {
        const target = targets[edge++];
        const seen = low[target];
        if (seen === 0) {
          child = target;
          break;
        }
        if (seen < lowest) lowest = seen;
      }
      low[node] = lowest;
      if (child >= 0) {
        nextEdge[depth++] = edge;
        stack[depth] = child;
        nextEdge[depth] = offsets[child];
        order[depth] = low[child] = ++index;
        continue;
      }
      if (lowest === order[depth]) {
        while (waiting < nodeCount && low[stack[waiting]] >= lowest) close(stack[waiting++]);
        close(node);
        closed--;
      } else {
        stack[--waiting] = node;
      }
      depth--;
      if (depth >= 0 && low[node] < low[stack[depth]]) low[stack[depth]] = low[node];
    }
  }
  for (let node = 0; node < nodeCount; node++) low[node] = low[node] === NEVER ? -1 : low[node] - closed - 1;
  return { count: NEVER - 1 - closed, component: low, order: order.subarray(orderStart) };

  function close(node: number): void {
    low[node] = closed;
    order[--orderStart] = node;
    index--;
  }
}
