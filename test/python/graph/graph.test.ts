/** The graph has the references whose evidence counts, in order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildGraph } from "../../../src/python/graph/graph.js";
import { LEVEL } from "../../../src/python/objects/edges.js";
import { referencesOf } from "./heaps.js";
import { RUNS } from "./runs.js";

const NODES = 9;
const node = fc.nat(NODES - 1);
const level = fc.constantFrom(...Object.values(LEVEL));

describe("buildGraph", () => {
  it("keeps each node's references in order, and drops those with weaker evidence", () => {
    const added = fc.array(fc.tuple(node, node, level), { maxLength: 60 });
    const kept = fc.array(level, { minLength: NODES, maxLength: NODES });
    fc.assert(
      fc.property(added, kept, (edges, levels) => {
        const { offsets, targets } = buildGraph(referencesOf(NODES, edges), Uint8Array.from(levels));
        for (let from = 0; from < NODES; from++) {
          expect([...targets.subarray(offsets[from], offsets[from + 1])]).toEqual(
            edges.filter(([a, b, evidence]) => a === from && evidence <= levels[b]).map(([, b]) => b),
          );
        }
        expect(offsets.length).toBe(NODES + 1);
        expect(targets.length).toBe(offsets[NODES]);
      }),
      { numRuns: RUNS },
    );
  });

  it("makes a graph without nodes", () => {
    expect(buildGraph(referencesOf(0, []), new Uint8Array(0))).toEqual({
      nodeCount: 0,
      offsets: new Uint32Array(1),
      targets: new Int32Array(0),
    });
  });
});
