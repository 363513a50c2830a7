/** Dominators against walks without the node, and the tree's sums and lowest dominators against lists of nodes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dominators } from "../../../src/python/graph/dominators.js";
import { dominatedSums, lowestDominators, treeOrder } from "../../../src/python/graph/dominatortree.js";
import { dominatedBy, reachable } from "./bruteforce.js";
import { heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

const seedLists = fc.array(fc.nat(29), { maxLength: 3 });

describe("dominators", () => {
  it("are the nodes without which a node is not reached", () => {
    fc.assert(
      fc.property(heaps, seedLists, (heap, some) => {
        const seeds = some.map((seed) => seed % heap.flags.length);
        const { nodes, numbers, dominator } = dominators(heap.graph, heap.flags, Int32Array.from(seeds));
        const reached = reachable(heap, seeds);
        expect(nodes[0]).toBe(-1);
        expect(new Set(nodes.subarray(1))).toEqual(reached);
        expect([...numbers.keys()].filter((node) => numbers[node] > 0)).toEqual([...reached].sort((a, b) => a - b));
        for (let number = 1; number < nodes.length; number++) {
          expect(numbers[nodes[number]]).toBe(number);
          expect(dominator[number]).toBeLessThan(number);
          const dominated = new Set([nodes[number]]);
          for (let below = number + 1; below < nodes.length; below++) {
            if (dominated.has(nodes[dominator[below]])) dominated.add(nodes[below]);
          }
          expect(dominated).toEqual(dominatedBy(heap, seeds, nodes[number]));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("have sums, an order, and a lowest one of each set of nodes", () => {
    const subsets = fc.array(fc.array(fc.nat(29), { maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(heaps, seedLists, subsets, (heap, some, wanted) => {
        const seeds = some.map((seed) => seed % heap.flags.length);
        const found = dominators(heap.graph, heap.flags, Int32Array.from(seeds));
        const all = [...found.nodes.keys()];
        const dominated = all.map((number) => {
          return number === 0 ? new Set(all) : numbersOf(dominatedBy(heap, seeds, found.nodes[number]));
        });
        const values = Float64Array.from(found.nodes, (node) => (node < 0 ? 5 : heap.bytes[node]));
        expect([...dominatedSums(found, values)]).toEqual(
          dominated.map((below) => [...below].reduce((sum, number) => sum + values[number], 0)),
        );
        const order = treeOrder(found);
        expect(new Set(order.enter)).toEqual(new Set(all));
        for (const a of all) {
          const { enter, leave } = order;
          expect(all.filter((b) => enter[a] <= enter[b] && enter[b] < leave[a])).toEqual(
            all.filter((b) => dominated[a].has(b)),
          );
        }
        const subsets = wanted.map((subset) => subset.map((number) => number % all.length));
        const places = subsets.map((subset) => subset.map((number) => order.enter[number]));
        const lowest = lowestDominators(
          order,
          Int32Array.from(places, (list) => (list.length > 0 ? Math.min(...list) : -1)),
          Int32Array.from(places, (list) => (list.length > 0 ? Math.max(...list) : -1)),
        );
        expect([...lowest]).toEqual(
          subsets.map((subset) => {
            const common = all.filter((number) => subset.every((member) => dominated[number].has(member)));
            return subset.length > 0 ? common.find((a) => common.every((b) => dominated[b].has(a))) : -1;
          }),
        );

        function numbersOf(nodes: Set<number>): Set<number> {
          return new Set([...nodes].map((node) => found.numbers[node]));
        }
      }),
      { numRuns: RUNS },
    );
  });
});
