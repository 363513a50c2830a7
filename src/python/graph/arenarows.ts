/** Held arenas as rows of a report: what each waits for. */
import type { PythonHeap } from "./ownedheap.js";
import { isFixed, isUnattributed } from "./ownersets.js";
import type { OwnerTable } from "./ownertable.js";

export interface ArenaRow {
  readonly address: number;
  readonly liveBlocks: number;
  /** Bytes of its live blocks, at the size of their classes. */
  readonly liveBytes: number;
  /** The owners that must be dropped, as their namespaces have them. */
  readonly needs: readonly string[];
  /** Something that never goes reaches it: C code, an immortal or a static object. */
  readonly isFixed: boolean;
  /** It has a block of which nobody knows who holds it. */
  readonly isUnattributed: boolean;
}

export function arenaRows({ objects, arenaOf, held, sets }: PythonHeap, table: OwnerTable): ArenaRow[] {
  const { arenas } = objects.memory.pools;
  const liveBytes = new Float64Array(arenas.length);
  for (let node = 0; node < arenaOf.length; node++)
    if (arenaOf[node] >= 0) liveBytes[arenaOf[node]] += objects.nodes.sizes[node];
  const names = new Map<number, readonly string[]>();
  const needsOf = (need: number): readonly string[] => {
    const known = names.get(need) ?? [...sets.owners(need)].map((owner) => table.root(owner));
    names.set(need, known);
    return known;
  };
  return [...arenas]
    .map((address, arena) => ({
      address,
      liveBlocks: held.liveBlocks[arena],
      liveBytes: liveBytes[arena],
      needs: needsOf(held.needs[arena]),
      isFixed: isFixed(held.needs[arena]),
      isUnattributed: isUnattributed(held.needs[arena]),
    }))
    .filter(({ liveBlocks }) => liveBlocks > 0)
    .sort((a, b) => a.needs.length - b.needs.length || a.liveBlocks - b.liveBlocks || a.address - b.address);
}
