/** The truth about small heaps, by its definition: what is reached, what is reached without something. */
import { DATA, FIXED, NAMESPACE } from "../../../src/python/graph/graph.js";
import type { Heap } from "./heaps.js";

/** What `starts` reach without entering a namespace, or a node of `without`. */
export function reachable(
  { successors, flags }: Heap,
  starts: Iterable<number>,
  without = new Set<number>(),
): Set<number> {
  const enters = (node: number): boolean => !(flags[node] & NAMESPACE) && !without.has(node);
  const reached = new Set([...starts].filter(enters));
  for (const node of reached) for (const to of successors[node]) if (enters(to)) reached.add(to);
  return reached;
}

const nodesWith = (heap: Heap, flag: number): number[] => [...heap.flags.keys()].filter((n) => heap.flags[n] & flag);

export function nodesHeldBy({ owners }: Heap, isWanted: (owner: number) => boolean): number[] {
  return [...owners.nodes].filter((_, pair) => isWanted(owners.ids[pair]));
}

/** What stays if these owners are dropped and garbage is collected. */
export function staying(heap: Heap, isDropped: (owner: number) => boolean): Set<number> {
  const held = nodesHeldBy(heap, (owner) => !isDropped(owner));
  return new Set([...reachable(heap, [...held, ...nodesWith(heap, FIXED)]), ...nodesWith(heap, NAMESPACE)]);
}

/** By node, the owners that reach it, in ascending order, and whether something that never goes does. */
export function reachModel(heap: Heap): { owners: number[][]; isFixed: boolean[] } {
  const fixed = staying(heap, () => true);
  const byOwner = Array.from({ length: heap.owners.count }, (_, owner) =>
    reachable(
      heap,
      nodesHeldBy(heap, (other) => other === owner),
    ),
  );
  const nodes = [...heap.flags.keys()];
  return {
    owners: nodes.map((node) => [...byOwner.keys()].filter((owner) => byOwner[owner].has(node))),
    isFixed: nodes.map((node) => fixed.has(node)),
  };
}

/** Arenas with a live block, in order. */
export const heldArenas = ({ arenaOf }: Heap): number[] =>
  [...new Set(arenaOf)].filter((a) => a >= 0).sort((a, b) => a - b);

/** Arenas that have a live block, and none when these owners are dropped. */
export function releasedModel(heap: Heap, isDropped: (owner: number) => boolean): number[] {
  const stay = staying(heap, isDropped);
  const kept = new Set([...stay].map((node) => heap.arenaOf[node]));
  return heldArenas(heap).filter((arena) => !kept.has(arena));
}

/** By arena, its owners and whether something that never goes reaches it; for arenas that are not held, nothing. */
export function needsModel(heap: Heap): { owners: number[]; isFixed: boolean }[] {
  const { owners, isFixed } = reachModel(heap);
  return Array.from({ length: heap.arenaCount }, (_, arena) => {
    const nodes = [...heap.arenaOf.keys()].filter((node) => heap.arenaOf[node] === arena);
    const all = new Set(nodes.flatMap((node) => owners[node]));
    return { owners: [...all].sort((a, b) => a - b), isFixed: nodes.some((node) => isFixed[node]) };
  });
}

/** The nodes that the seeds do not reach without `node`, itself included. */
export function dominatedBy(heap: Heap, seeds: Iterable<number>, node: number): Set<number> {
  const starts = [...seeds];
  const rest = reachable(heap, starts, new Set([node]));
  return new Set([...reachable(heap, starts)].filter((other) => !rest.has(other)));
}

/** An object with the data blocks that it reaches through data alone and that it dominates. */
export function containerModel(heap: Heap, seeds: Iterable<number>, node: number): Set<number> {
  const dominated = dominatedBy(heap, seeds, node);
  const container = new Set([node]);
  for (const member of container) {
    for (const to of heap.successors[member]) if (heap.flags[to] & DATA && dominated.has(to)) container.add(to);
  }
  return container;
}

/** The objects to which a container refers, in the order of its members and their edges. */
export function partsModel(heap: Heap, container: Set<number>): number[] {
  const parts = new Set<number>();
  for (const member of container) {
    for (const to of heap.successors[member]) {
      if (!(heap.flags[to] & (DATA | NAMESPACE)) && !container.has(to)) parts.add(to);
    }
  }
  return [...parts];
}
