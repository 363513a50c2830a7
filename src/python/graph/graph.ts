/**
 * The object graph: objects and their data blocks are nodes 0 to nodeCount - 1, references are edges, in compressed
 * sparse rows. The edges of node n are targets[offsets[n]] to targets[offsets[n + 1] - 1], in the order of memory;
 * two references to one object are two edges.
 *
 *   offsets   0 │ 2 │ 2 │ 5 …     nodeCount + 1 entries
 *             ▼       ╲
 *   targets   a b      c d e …    4 bytes an edge
 *
 * The order of this folder's functions:
 *
 *   References ─► auditReferences ─► buildGraph ─► components ─► reachSets ─► retained
 *                        ╰─► rootReasons  ├─► shortestPaths          ╰─► arenaNeeds ─┬─► pinCosts
 *                                         ╰─► dominators                             ├─► releasePlan, releasedArenas
 *                                                  ╰────────────► openOwner ◄────────╯
 */
import type { References } from "../objects/edges.js";

export interface Graph {
  readonly nodeCount: number;
  readonly offsets: Uint32Array;
  readonly targets: Int32Array;
}

/**
 * Flags of a node, a byte each.
 * DATA: a data block (a list's items), not an object.
 * NAMESPACE: a module, its dict, a live frame. It never goes. No walk enters it: the nodes it refers to have owners.
 * UNATTRIBUTED: a node of which nobody knows who holds it. Neither is it known of the nodes it reaches.
 * FIXED: a node that C code holds, or that is immortal or static. It never goes, and neither do the nodes it reaches.
 */
export const DATA = 1;
export const NAMESPACE = 2;
export const FIXED = 4;
export const UNATTRIBUTED = 8;

/**
 * Builds the graph of the references whose evidence counts. `keptLevel`: by target, the weakest level that does; see evidence.ts. Two passes
 * over the references.
 */
export function buildGraph({ offsets, targets, levels }: References, keptLevel: Uint8Array): Graph {
  const nodeCount = offsets.length - 1;
  const isKept = (edge: number): boolean => levels[edge] <= keptLevel[targets[edge]];
  const kept = new Uint32Array(nodeCount + 1);
  for (let node = 0; node < nodeCount; node++) {
    kept[node + 1] = kept[node];
    for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) if (isKept(edge)) kept[node + 1]++;
  }
  const keptTargets = new Int32Array(kept[nodeCount]);
  let at = 0;
  for (let edge = 0; edge < targets.length; edge++) if (isKept(edge)) keptTargets[at++] = targets[edge];
  return { nodeCount, offsets: kept, targets: keptTargets };
}
