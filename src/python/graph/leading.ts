/**
 * The part of a graph that leads to some nodes. A program's owners are asked about what the program asked for; the interpreter's own tens of
 * thousands of objects matter only where they lead to that.
 */
import { type Graph, NAMESPACE } from "./graph.js";

/**
 * Returns the graph without the edges whose target is not in `isWanted` (by node, 1) and leads to no node that is. No way leads through a
 * namespace; see graph.ts. Linear.
 */
export function leadingTo({ nodeCount, offsets, targets }: Graph, flags: Uint8Array, isWanted: Uint8Array): Graph {
  const { starts, sources } = reversed({ nodeCount, offsets, targets });
  const leads = isWanted.slice();
  const stack = new Int32Array(nodeCount);
  let depth = 0;
  for (let node = 0; node < nodeCount; node++) if (leads[node] === 1) stack[depth++] = node;
  while (depth > 0) {
    const node = stack[--depth];
    if (flags[node] & NAMESPACE) continue;
    for (let edge = starts[node]; edge < starts[node + 1]; edge++) {
      const source = sources[edge];
      if (leads[source] === 1) continue;
      leads[source] = 1;
      stack[depth++] = source;
    }
  }
  const kept = new Uint32Array(nodeCount + 1);
  const keptTargets = new Int32Array(targets.length);
  let count = 0;
  for (let node = 0; node < nodeCount; node++) {
    for (let edge = offsets[node]; edge < offsets[node + 1]; edge++)
      if (leads[targets[edge]] === 1) keptTargets[count++] = targets[edge];
    kept[node + 1] = count;
  }
  return { nodeCount, offsets: kept, targets: keptTargets.subarray(0, count) };
}

/** The edges by target: those to node n come from `sources[starts[n]]` up to `sources[starts[n + 1]]`. */
function reversed({ nodeCount, offsets, targets }: Graph): { starts: Uint32Array; sources: Int32Array } {
  const starts = new Uint32Array(nodeCount + 1);
  for (let edge = 0; edge < targets.length; edge++) starts[targets[edge] + 1]++;
  for (let node = 0; node < nodeCount; node++) starts[node + 1] += starts[node];
  const next = starts.slice();
  const sources = new Int32Array(targets.length);
  for (let node = 0; node < nodeCount; node++)
    for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) sources[next[targets[edge]]++] = node;
  return { starts, sources };
}
