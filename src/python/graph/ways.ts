/** The shortest way to each node from something that has a name. */
import { FLAG } from "../objects/nodes.js";
import { FIXED } from "./graph.js";
import type { PythonHeap } from "./ownedheap.js";
import { pathTo, shortestPaths } from "./shortestpaths.js";

export class Ways {
  readonly #parents: Int32Array;

  /** Linear. */
  constructor(heap: PythonHeap) {
    this.#parents = shortestPaths(heap.all, rootsOf(heap));
  }

  /** The node before `node` on the way; −1 for a root, −2 if no root leads there. */
  before(node: number): number {
    return this.#parents[node];
  }

  /** The nodes from a root to `node`, both included; none if no root leads there. */
  to(node: number): readonly number[] {
    return [...pathTo(node, this.#parents)];
  }
}

/** The main module's variables come first, then those of other modules, running frames, and what has no name. */
function rootsOf({ objects, flags, all: graph }: PythonHeap): Int32Array[] {
  const rank = (name: string): number => (name === "__main__" ? 0 : name === "sys" || name === "builtins" ? 2 : 1);
  const modules = [...objects.modules].sort((a, b) => rank(a.name) - rank(b.name)).map(({ node }) => node);
  const frames = objects.frames.map(({ address }) => objects.nodes.at(address)).filter((node) => node >= 0);
  const others: number[] = [];
  for (let node = 0; node < graph.nodeCount; node++)
    if ((flags[node] & FIXED) !== 0 && (objects.nodes.flags[node] & FLAG.NAMESPACE) === 0) others.push(node);
  return [Int32Array.from(modules), Int32Array.from(frames), Int32Array.from(others)];
}
