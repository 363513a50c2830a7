/** Components are the classes of nodes that reach each other, in an order that edges follow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { components } from "../../../src/python/graph/components.js";
import { NAMESPACE } from "../../../src/python/graph/graph.js";
import { reachable } from "./bruteforce.js";
import { heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

describe("components", () => {
  it("are what reaches each other, numbered along the edges; a namespace is in none", () => {
    fc.assert(
      fc.property(heaps, (heap) => {
        const { count, component, order } = components(heap.graph, heap.flags);
        const nodes = [...heap.flags.keys()];
        const reached = nodes.map((node) => reachable(heap, [node]));
        const members = nodes.filter((node) => !(heap.flags[node] & NAMESPACE));
        for (const a of members) {
          expect(members.filter((b) => component[a] === component[b])).toEqual(
            members.filter((b) => a === b || (reached[a].has(b) && reached[b].has(a))),
          );
          expect(members.filter((b) => reached[a].has(b) && component[a] > component[b])).toEqual([]);
        }
        expect(nodes.filter((node) => component[node] < 0)).toEqual(
          nodes.filter((node) => heap.flags[node] & NAMESPACE),
        );
        expect(new Set(members.map((node) => component[node])).size).toBe(count);
        expect([...order].sort((a, b) => a - b)).toEqual(members);
        const inOrder = [...order].map((node) => component[node]);
        expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
        if (count > 0) expect(inOrder[0]).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });
});
