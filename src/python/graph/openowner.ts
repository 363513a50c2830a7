/**
 * Opening an owner: the place in it that holds the memory. An owner that holds most of the heap is not an answer. So a
 * part that accounts for at least nine tenths of its pin cost takes its place, repeatedly, down to the last container.
 *
 * A part accounts for the owner's share of an arena if it dominates all that the owner holds there: every way from the
 * owner to it leads through the part. Wrappers are left out of account, for their few bytes would hide the part in a
 * small heap. A wrapper is a node that dominates nine tenths of the owner's blocks, each weighed by its arena's share
 * over the owner's blocks there: an application object and its dict, for example.
 */
import { type Dominators, dominators } from "./dominators.js";
import { dominatedSums, lowestDominators, treeOrder } from "./dominatortree.js";
import type { OwnedHeap } from "./ownedheap.js";
import { nodesOf } from "./owners.js";
import { containerOf, partsOf } from "./parts.js";
import { ownerShares } from "./pincost.js";

/** At least 9/10 of something. Costs in bytes are sums of quotients: a thousandth of a byte is noise. */
const isMost = (part: number, whole: number): boolean => part > 0 && 10 * part - 9 * whole > -0.001;

export interface OpenedOwner {
  /** Nodes from the owner's own object to the last container; each is a part of the one before. */
  readonly steps: Int32Array;
  /** By step, the bytes of pin cost that it accounts for; first the owner's whole pin cost. Not rounded. */
  readonly costBytes: Float64Array;
  /** The members of the container that has the last step as a part; none if the owner's own object is the last. */
  readonly holder: Int32Array;
  /** Bytes that the last container dominates and that the owner alone holds. */
  readonly retainedBytes: number;
  /** The parts of the last container: nodes, in the order of its references. */
  readonly parts: Int32Array;
  /** By part, the bytes of pin cost that it accounts for. Not rounded. */
  readonly partCostBytes: Float64Array;
  /** By part, the bytes that it dominates and that the owner alone holds: what goes without the part. */
  readonly partRetainedBytes: Float64Array;
}

/**
 * Opens an owner by its pin cost, or by the bytes that it retains, which suits one whose memory is in large blocks. The first node that it
 * holds must be its object, and must not be a namespace. O(n log n) in the nodes and edges that it reaches without entering a namespace; linear in arenas.
 */
export function openOwner(heap: OwnedHeap, owner: number, by: "pin cost" | "retained" = "pin cost"): OpenedOwner {
  const { graph, flags, bytes, reach, sets } = heap;
  const seeds = nodesOf(heap.owners, owner);
  const found = dominators(graph, flags, seeds);
  const { nodes, numbers, dominator } = found;
  const costs = accountedCosts(found, heap.arenaOf, ownerShares(owner, heap.held, sets, heap.arenaBytes));
  const isContainer = (number: number): boolean => graph.offsets[nodes[number]] < graph.offsets[nodes[number] + 1];

  const ownBytes = new Float64Array(nodes.length);
  // Most nodes have the set of the node before.
  let [set, isOwn] = [-1, false];
  for (let number = 1; number < nodes.length; number++) {
    const node = nodes[number];
    if (reach[node] !== set) [set, isOwn] = [reach[node], sets.soleOwner(reach[node]) === owner];
    if (isOwn) ownBytes[number] = bytes[node];
  }
  const retained = dominatedSums(found, ownBytes);

  const weights = by === "pin cost" ? costs : retained;
  const steps = [numbers[seeds[0]]];
  const stepCosts = [costs[0]];
  let holder = new Set<number>();
  let container = containerOf(steps[0], graph, flags, found);
  const isSeen = new Uint8Array(nodes.length);
  let parts = partsOf(container, graph, flags, found, isSeen);
  const mostOf = (whole: number): number | undefined =>
    parts.find((part) => isMost(weights[part], whole) && container.has(dominator[part]) && isContainer(part));
  for (let part = mostOf(weights[0]); part !== undefined; part = mostOf(weights[part])) {
    steps.push(part);
    stepCosts.push(costs[part]);
    holder = container;
    container = containerOf(part, graph, flags, found);
    parts = partsOf(container, graph, flags, found, isSeen);
  }
  return {
    steps: Int32Array.from(steps, (number) => nodes[number]),
    costBytes: Float64Array.from(stepCosts),
    holder: Int32Array.from(holder, (number) => nodes[number]),
    retainedBytes: retained[steps[steps.length - 1]],
    parts: parts.map((number) => nodes[number]),
    partCostBytes: Float64Array.from(parts, (number) => costs[number]),
    partRetainedBytes: Float64Array.from(parts, (number) => retained[number]),
  };
}

/** By number, the bytes of pin cost that it accounts for; by 0, the owner's. */
function accountedCosts(found: Dominators, arenaOf: Int32Array, shares: Float64Array): Float64Array {
  const arenas = new Int32Array(found.nodes.length).fill(-1);
  for (let number = 1; number < arenas.length; number++) arenas[number] = arenaOf[found.nodes[number]];
  const isWrapper = wrappersAmong(found, arenas, shares);
  const order = treeOrder(found);
  // For each arena, the lowest and the highest place that the owner's blocks have in the tree. Wrappers count only where no other block is.
  const firsts = new Int32Array(shares.length).fill(-1);
  const lasts = new Int32Array(shares.length).fill(-1);
  const extend = (arena: number, place: number): void => {
    if (firsts[arena] < 0 || place < firsts[arena]) firsts[arena] = place;
    if (place > lasts[arena]) lasts[arena] = place;
  };
  for (let number = 1; number < arenas.length; number++)
    if (arenas[number] >= 0 && !isWrapper[number]) extend(arenas[number], order.enter[number]);
  const hasOthers = firsts.map((first) => Number(first >= 0));
  for (let number = 1; number < arenas.length; number++)
    if (arenas[number] >= 0 && isWrapper[number] && !hasOthers[arenas[number]])
      extend(arenas[number], order.enter[number]);
  const costs = new Float64Array(arenas.length);
  lowestDominators(order, firsts, lasts).forEach((number, arena) => {
    if (number >= 0) costs[number] += shares[arena];
  });
  return dominatedSums(found, costs);
}

/** By number, 1 for a wrapper. `arenas`: by number, the node's arena, or -1. */
function wrappersAmong(found: Dominators, arenas: Int32Array, shares: Float64Array): Uint8Array {
  const blocks = new Uint32Array(shares.length);
  for (const arena of arenas) if (arena >= 0) blocks[arena]++;
  const weights = new Float64Array(arenas.length);
  for (let number = 0; number < arenas.length; number++)
    if (arenas[number] >= 0) weights[number] = shares[arenas[number]] / blocks[arenas[number]];
  const dominated = dominatedSums(found, weights);
  const isWrapper = new Uint8Array(arenas.length);
  for (let number = 0; number < arenas.length; number++)
    isWrapper[number] = Number(isMost(dominated[number], dominated[0]));
  return isWrapper;
}
