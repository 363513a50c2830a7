/** The graph has the edges that were added, in order, and refuses nodes that do not exist. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BY_LAYOUT, EdgeList, IN_BODY, IN_DATA } from "../../../src/python/graph/edgelist.js";
import { buildGraph } from "../../../src/python/graph/graph.js";
import { RUNS } from "./runs.js";

const NODES = 9;
const node = fc.nat(NODES - 1);
const edges = fc.array(fc.tuple(node, node, fc.constantFrom(BY_LAYOUT, IN_BODY, IN_DATA)), { maxLength: 60 });

describe("buildGraph", () => {
  it("keeps each node's edges in the order in which they were added, and drops those with weaker evidence", () => {
    const kept = fc.option(fc.array(fc.nat(IN_DATA), { minLength: NODES, maxLength: NODES }), { nil: undefined });
    fc.assert(
      fc.property(edges, kept, (added, levels) => {
        const list = new EdgeList();
        for (const [from, to, level] of added) list.add(from, to, level);
        const { offsets, targets } = buildGraph(NODES, list, levels && Uint8Array.from(levels));
        for (let from = 0; from < NODES; from++) {
          expect([...targets.subarray(offsets[from], offsets[from + 1])]).toEqual(
            added.filter(([a, b, level]) => a === from && level <= (levels?.[b] ?? IN_DATA)).map(([, b]) => b),
          );
        }
        expect(offsets.length).toBe(NODES + 1);
        expect(targets.length).toBe(offsets[NODES]);
      }),
      { numRuns: RUNS },
    );
  });

  it("keeps edges over the chunks of a long list", () => {
    const list = new EdgeList();
    const count = 3_000_000;
    for (let i = 0; i < count; i++) list.add(i % 5, (i * 7) % 11, IN_DATA);
    const { offsets, targets } = buildGraph(11, list);
    expect(targets.length).toBe(count);
    for (let i = 0; i < count; i += 1013) {
      const at = offsets[i % 5] + Math.floor(i / 5);
      if (targets[at] !== (i * 7) % 11) throw new Error(`edge ${i} leads to ${targets[at]}`);
    }
  });

  it("refuses a source or target that is not a node, and more nodes than there are numbers", () => {
    const list = new EdgeList();
    list.add(0, 2, BY_LAYOUT);
    expect(() => buildGraph(2, list)).toThrow(new RangeError("an edge refers to node 2; the graph has 2 nodes"));
    list.add(7, 0, BY_LAYOUT);
    expect(() => buildGraph(3, list)).toThrow(new RangeError("an edge refers to node 7; the graph has 3 nodes"));
    expect(() => buildGraph(2 ** 29 + 1, new EdgeList())).toThrow(RangeError);
  });

  it("makes a graph without nodes", () => {
    expect(buildGraph(0, new EdgeList())).toEqual({
      nodeCount: 0,
      offsets: new Uint32Array(1),
      targets: new Int32Array(0),
    });
  });
});
