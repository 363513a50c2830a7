/**
 * Where in an owner the memory is. An owner that holds most of the heap is not an answer, so it is opened: a part that
 * accounts for at least nine tenths of its pin cost takes its place, again and again, down to the last container.
 *
 * A part accounts for the owner's share of an arena if every way from the owner to what it holds there leads through
 * the part. Wrappers do not count as held there: nodes that dominate nine tenths of all that the owner reaches, such as
 * an application object and its dict. Their few bytes would otherwise hide the part in a small heap.
 */
import { type Dominators, dominators } from "./dominators.js";
import { dominatedSums, lowestDominators, type TreeOrder, treeOrder } from "./dominatortree.js";
import type { Graph } from "./graph.js";
import { containerOf, partsOf } from "./parts.js";

/** A part of at least 9/10. Costs are sums of quotients: a thousandth of a byte is below their noise. */
const takesPlace = (part: number, whole: number): boolean => 10 * part - 9 * whole > -0.001;

/** What the opening needs to know of the heap, by node, and of the owner. */
export interface Opening {
  /** By node; see graph.ts. */
  readonly flags: Uint8Array;
  /** By node, its arena, or -1. */
  readonly arenaOf: Int32Array;
  /** By node, the bytes to count as retained: 0 for what the owner does not hold alone. */
  readonly bytes: Float64Array | Uint32Array;
  /** The nodes that the owner holds directly, its object first. */
  readonly seeds: Int32Array;
  /** By arena, the bytes of it that are the owner's pin cost; see `ownerShares`. */
  readonly shares: Float64Array;
}

export interface OpenedOwner {
  /** Nodes from the owner's own object to the last container; each is a part of the one before. */
  readonly steps: Int32Array;
  /** By step, the bytes of pin cost that it accounts for; first the owner's whole pin cost. Not rounded. */
  readonly costBytes: Float64Array;
  /** The parts of the last container: nodes, in the order of its references. */
  readonly parts: Int32Array;
  /** By part, the bytes of pin cost that it accounts for. Not rounded. */
  readonly partCostBytes: Float64Array;
  /** By part, the bytes that it dominates. */
  readonly partRetainedBytes: Float64Array;
}

/** Opens an owner. O(n log n) in the nodes and edges that it reaches without entering a namespace. */
export function openOwner(graph: Graph, opening: Opening): OpenedOwner {
  const { flags, seeds, bytes } = opening;
  const found = dominators(graph, flags, seeds);
  const { nodes, numbers, dominator } = found;
  const costs = accountedCosts(found, opening);
  const isContainer = (number: number): boolean => graph.offsets[nodes[number]] < graph.offsets[nodes[number] + 1];

  const steps: number[] = [];
  const stepCosts: number[] = [];
  let parts: Int32Array = new Int32Array();
  for (let next: number | undefined = numbers[seeds[0]], cost = costs[0]; next !== undefined; ) {
    steps.push(next);
    stepCosts.push(cost);
    const container = containerOf(next, graph, flags, found);
    parts = partsOf(container, graph, flags, found);
    const whole = cost;
    next = parts.find((part) => takesPlace(costs[part], whole) && container.has(dominator[part]) && isContainer(part));
    if (next !== undefined) cost = costs[next];
  }
  const retained = dominatedSums(
    found,
    Float64Array.from(nodes, (node) => (node < 0 ? 0 : bytes[node])),
  );
  return {
    steps: Int32Array.from(steps, (number) => nodes[number]),
    costBytes: Float64Array.from(stepCosts),
    parts: parts.map((number) => nodes[number]),
    partCostBytes: Float64Array.from(parts, (number) => costs[number]),
    partRetainedBytes: Float64Array.from(parts, (number) => retained[number]),
  };
}

/** By number, the bytes of pin cost that it accounts for; by 0, the owner's. */
function accountedCosts(found: Dominators, { arenaOf, shares }: Opening): Float64Array {
  const { nodes } = found;
  const order = treeOrder(found);
  const extents = arenaExtents(nodes, order, arenaOf, shares.length);
  const lowest = lowestDominators(order, extents.firsts, extents.lasts);
  const costs = new Float64Array(nodes.length);
  lowest.forEach((number, arena) => {
    if (number >= 0) costs[number] += shares[arena];
  });
  return dominatedSums(found, costs);
}

/**
 * By arena, the lowest and highest place in the tree's order of what the owner holds there; of wrappers only if there is
 * nothing else; -1 if there is nothing.
 */
function arenaExtents(
  nodes: Int32Array,
  { enter, leave }: TreeOrder,
  arenaOf: Int32Array,
  arenaCount: number,
): { firsts: Int32Array; lasts: Int32Array } {
  const firsts = new Int32Array(arenaCount).fill(-1);
  const lasts = new Int32Array(arenaCount).fill(-1);
  const isOfWrappers = new Uint8Array(arenaCount);
  const reached = nodes.length - 1;
  for (let number = 1; number < nodes.length; number++) {
    const arena = arenaOf[nodes[number]];
    if (arena < 0) continue;
    const isWrapper = 10 * (leave[number] - enter[number]) >= 9 * reached ? 1 : 0;
    const isFirst = firsts[arena] < 0 || isWrapper < isOfWrappers[arena];
    if (!isFirst && isWrapper > isOfWrappers[arena]) continue;
    isOfWrappers[arena] = isWrapper;
    firsts[arena] = isFirst ? enter[number] : Math.min(firsts[arena], enter[number]);
    lasts[arena] = isFirst ? enter[number] : Math.max(lasts[arena], enter[number]);
  }
  return { firsts, lasts };
}
