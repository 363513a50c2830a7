/**
 * The object graph: objects and their data blocks are nodes 0 to nodeCount - 1, references are edges, in compressed
 * sparse rows. The edges of node n are targets[offsets[n]] to targets[offsets[n + 1] - 1], in the order in which they
 * were added; two references to one object are two edges.
 *
 *   offsets   0 │ 2 │ 2 │ 5 …     nodeCount + 1 entries
 *             ▼       ╲
 *   targets   a b      c d e …    4 bytes an edge
 *
 * The order of this folder's functions:
 *
 *   EdgeList ─► auditReferences ─► buildGraph ─► components ─► reachSets ─► retained
 *                      ╰─► rootReasons  ├─► shortestPaths          ╰─► arenaNeeds ─┬─► pinCosts
 *                                       ╰─► dominators                             ├─► releasePlan, releasedArenas
 *                                                ╰────────────► openOwner ◄────────╯
 */
import { type EdgeList, IN_DATA, levelOf, MAX_NODES, sourceOf, targetOf } from "./edgelist.js";

export interface Graph {
  readonly nodeCount: number;
  readonly offsets: Uint32Array;
  readonly targets: Int32Array;
}

/**
 * Flags of a node, a byte each.
 * DATA: a data block (a list's items), not an object.
 * NAMESPACE: a module, its dict, a live frame. It never goes. No walk enters it: the nodes it refers to have owners.
 * FIXED: a node that C code holds, or that is immortal or static. It never goes, and neither do the nodes it reaches.
 */
export const DATA = 1;
export const NAMESPACE = 2;
export const FIXED = 4;

/**
 * Builds the graph of `edges` among `nodeCount` nodes. `keptLevel` (by target; see evidence.ts) drops references with
 * weaker evidence; without it all are kept. Throws `RangeError` if there are too many nodes, or if an edge refers to a
 * node that does not exist. Two passes over the edges.
 */
export function buildGraph(nodeCount: number, edges: EdgeList, keptLevel?: Uint8Array): Graph {
  if (nodeCount > MAX_NODES) throw new RangeError(`nodeCount must be at most ${MAX_NODES} (got ${nodeCount})`);
  const kept = (word: number): boolean => levelOf(word) <= (keptLevel ? keptLevel[targetOf(word)] : IN_DATA);
  // Degrees are counted two places on. Summed up, they are the starts of rows one place on. Filling a row moves its start
  // to its end, which is the start of the next row in its place.
  const offsets = new Uint32Array(nodeCount + 2);
  let source = -1;
  for (const words of edges.chunks()) {
    for (const word of words) {
      const node = word < 0 ? sourceOf(word) : targetOf(word);
      if (node >= nodeCount) throw new RangeError(`an edge refers to node ${node}; the graph has ${nodeCount} nodes`);
      if (word < 0) source = node;
      else if (kept(word)) offsets[source + 2]++;
    }
  }
  for (let i = 2; i < offsets.length; i++) offsets[i] += offsets[i - 1];
  const targets = new Int32Array(offsets[nodeCount + 1]);
  for (const words of edges.chunks()) {
    for (const word of words) {
      if (word < 0) source = sourceOf(word);
      else if (kept(word)) targets[offsets[source + 1]++] = targetOf(word);
    }
  }
  return { nodeCount, offsets: offsets.subarray(0, nodeCount + 1), targets };
}
