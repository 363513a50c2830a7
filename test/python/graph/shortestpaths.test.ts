/** Shortest ways, against distances from each list of roots. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IS_ROOT, pathTo, shortestPaths, UNREACHED } from "../../../src/python/graph/shortestpaths.js";
import { type Edge, edgesAmong, graphOf } from "./heaps.js";
import { RUNS } from "./runs.js";

const NODES = 25;
const node = fc.nat(NODES - 1);
const lists = fc.array(fc.array(node, { maxLength: 4 }), { maxLength: 4 });

/** How many edges lead from the root to each node, around the nodes of `taken`. */
function distancesFrom(root: number, edges: readonly Edge[], taken: ReadonlySet<number>): Map<number, number> {
  const found = new Map<number, number>();
  if (!taken.has(root)) found.set(root, 0);
  for (const [at, distance] of found) {
    for (const [from, to] of edges) {
      if (from === at && !found.has(to) && !taken.has(to)) found.set(to, distance + 1);
    }
  }
  return found;
}

describe("shortest paths", () => {
  it("lead from the first list that reaches a node, by fewest edges, from the root listed first", () => {
    fc.assert(
      fc.property(edgesAmong(NODES), lists, (edges, rootLists) => {
        const parents = shortestPaths(
          graphOf(NODES, edges),
          rootLists.map((list) => Int32Array.from(list)),
        );
        const taken = new Set<number>();
        for (const roots of rootLists) {
          const distances = roots.map((root) => distancesFrom(root, edges, taken));
          for (const at of new Set(distances.flatMap((distance) => [...distance.keys()]))) {
            taken.add(at);
            const lengths = distances.map((distance) => distance.get(at) ?? Number.POSITIVE_INFINITY);
            const path = [...pathTo(at, parents)];
            expect(path.length - 1).toBe(Math.min(...lengths));
            expect(path[0]).toBe(roots[lengths.indexOf(path.length - 1)]);
            expect(parents[path[0]]).toBe(IS_ROOT);
            expect(path.at(-1)).toBe(at);
            const steps = path.slice(1).map((to, i): Edge => [path[i], to]);
            expect(steps.filter(([a, b]) => !edges.some(([from, to]) => from === a && to === b))).toEqual([]);
          }
        }
        for (let node = 0; node < NODES; node++) {
          if (!taken.has(node)) expect([parents[node], [...pathTo(node, parents)]]).toEqual([UNREACHED, []]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
