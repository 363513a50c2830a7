/**
 * What goes if some places are dropped, by a walk from all that is left. A place is an owner as a whole, or one part of a container in it:
 *
 *     del registry          the owner
 *     del registry.recent   the references from the container's members to the part, and to its key
 */
import { FIXED, NAMESPACE, UNATTRIBUTED } from "./graph.js";
import type { OwnedHeap } from "./ownedheap.js";

/** References that are deleted: each from one of `sources` to one of `targets`. */
export interface Cut {
  readonly sources: readonly number[];
  readonly targets: readonly number[];
}

export interface Drop {
  readonly owner: number;
  /** `null` for the whole owner. */
  readonly cut: Cut | null;
}

/** Returns the arenas without live blocks after the drops and gc.collect(), in ascending order. Linear in nodes and references. */
export function releasedByDrops(heap: OwnedHeap, drops: readonly Drop[]): Int32Array {
  const { arenaOf, held } = heap;
  const isLeft = whatIsLeft(heap, drops);
  const isHeld = new Uint8Array(held.needs.length);
  for (let node = 0; node < isLeft.length; node++)
    if (isLeft[node] === 1 && arenaOf[node] >= 0) isHeld[arenaOf[node]] = 1;
  const released: number[] = [];
  for (let arena = 0; arena < isHeld.length; arena++)
    if (isHeld[arena] === 0 && held.liveBlocks[arena] > 0) released.push(arena);
  return Int32Array.from(released);
}

/** By node, 1 if something that is not dropped reaches it. */
function whatIsLeft({ graph, flags, owners }: OwnedHeap, drops: readonly Drop[]): Uint8Array {
  const { nodeCount, offsets, targets } = graph;
  const isLeft = new Uint8Array(nodeCount);
  const stack = new Int32Array(nodeCount);
  let depth = 0;
  const reach = (node: number): void => {
    if (isLeft[node] === 1) return;
    isLeft[node] = 1;
    stack[depth++] = node;
  };
  const isDropped = new Uint8Array(owners.count);
  const cuts = new Map<number, Set<number>>();
  for (const { owner, cut } of drops) {
    if (cut === null) isDropped[owner] = 1;
    else for (const source of cut.sources) cuts.set(source, new Set([...(cuts.get(source) ?? []), ...cut.targets]));
  }
  for (let node = 0; node < nodeCount; node++) {
    if ((flags[node] & NAMESPACE) !== 0)
      isLeft[node] = 1; // no walk enters it
    else if ((flags[node] & (FIXED | UNATTRIBUTED)) !== 0) reach(node);
  }
  owners.nodes.forEach((node, pair) => {
    if (isDropped[owners.ids[pair]] === 0) reach(node);
  });
  while (depth > 0) {
    const node = stack[--depth];
    const cut = cuts.size === 0 ? undefined : cuts.get(node);
    for (let edge = offsets[node]; edge < offsets[node + 1]; edge++)
      if (cut === undefined || !cut.has(targets[edge])) reach(targets[edge]);
  }
  return isLeft;
}
