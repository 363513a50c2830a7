/** The part of a graph that leads to what is asked about: what is asked about has the same owners there as in the whole. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leadingTo } from "../../../src/python/graph/leading.js";
import { analyse } from "./analysis.js";
import { heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

describe("the part that leads to what is asked about", () => {
  it("has its owners, and no edge to what leads nowhere", () => {
    fc.assert(
      fc.property(heaps, fc.infiniteStream(fc.boolean()), (heap, wants) => {
        const asked = Uint8Array.from(heap.flags, () => Number(wants.next().value));
        const graph = leadingTo(heap.graph, heap.flags, asked);
        expect(graph.targets.length).toBeLessThanOrEqual(heap.graph.targets.length);
        const [whole, part] = [analyse(heap), analyse({ ...heap, graph })];
        for (const node of asked.keys()) {
          if (asked[node] === 0) continue;
          expect([...part.sets.owners(part.reach[node])]).toEqual([...whole.sets.owners(whole.reach[node])]);
          expect(part.reach[node] & 3).toBe(whole.reach[node] & 3);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("is the chains that end in it", () => {
    const graph = { nodeCount: 5, offsets: Uint32Array.of(0, 2, 3, 3, 4, 4), targets: Int32Array.of(1, 3, 2, 4) };
    const part = leadingTo(graph, new Uint8Array(5), Uint8Array.of(0, 0, 1, 0, 0));
    expect([...part.offsets, ...part.targets]).toEqual([0, 1, 2, 2, 2, 2, 1, 2]);
  });
});
