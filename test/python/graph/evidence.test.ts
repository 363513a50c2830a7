/** References against reference counts, by the definition of each node's own references. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  auditReferences,
  auditSummary,
  HELD_BY_C,
  IMMORTAL,
  IS_IMMORTAL,
  NO_ROOT,
  rootReasons,
  UNCOUNTED,
  UNREFERENCED,
} from "../../../src/python/graph/evidence.js";
import { LEVEL } from "../../../src/python/objects/edges.js";
import { referencesOf } from "./heaps.js";
import { RUNS } from "./runs.js";

const NODES = 8;
const node = fc.nat(NODES - 1);
const edges = fc.array(fc.tuple(node, node, fc.constantFrom(LEVEL.LAYOUT, LEVEL.BODY, LEVEL.DATA)), { maxLength: 40 });
const counts = fc.array(fc.oneof(fc.nat(6), fc.constantFrom(IMMORTAL, UNCOUNTED)), {
  minLength: NODES,
  maxLength: NODES,
});

describe("the audit", () => {
  it("drops weaker evidence where better evidence accounts for the count, and makes roots of the rest", () => {
    fc.assert(
      fc.property(edges, counts, (added, refcounts) => {
        const words = Int32Array.from(refcounts);
        const audit = auditReferences(referencesOf(NODES, added), words);
        const reasons = rootReasons(words, audit);
        let dropped = 0;
        const outcomes = { objects: 0, explained: 0, heldByC: 0, overcounted: 0 };
        refcounts.forEach((count, node) => {
          const at = [LEVEL.LAYOUT, LEVEL.BODY, LEVEL.DATA].map(
            (level) => added.filter(([, to, l]) => to === node && l === level).length,
          );
          const isMortal = count >= 0;
          let kept: number = LEVEL.DATA;
          if (isMortal && at[0] + at[1] >= count) kept = LEVEL.BODY;
          if (isMortal && at[0] >= count) kept = LEVEL.LAYOUT;
          const found = at.slice(0, kept + 1).reduce((a, b) => a + b);
          dropped += at.slice(kept + 1).reduce((a, b) => a + b, 0);
          expect(audit.keptLevel[node]).toBe(kept);
          expect(audit.unexplained[node]).toBe((isMortal ? count : 0) - found);
          if (count === IMMORTAL) expect(reasons[node]).toBe(IS_IMMORTAL);
          else if (count === UNCOUNTED) expect(reasons[node]).toBe(found === 0 ? UNREFERENCED : NO_ROOT);
          else expect(reasons[node]).toBe(count > found ? HELD_BY_C : NO_ROOT);
          if (!isMortal) return;
          outcomes.objects++;
          if (count === found) outcomes.explained++;
          else if (count > found) outcomes.heldByC++;
          else outcomes.overcounted++;
        });
        expect(audit.droppedEdges).toBe(dropped);
        expect(auditSummary(words, audit)).toEqual(outcomes);
        expect([...words]).toEqual(refcounts);
      }),
      { numRuns: RUNS },
    );
  });

  it("makes no root of a free-listed object, though a stale word looks like a reference to it", () => {
    const refcounts = Int32Array.of(1, 0);
    const audit = auditReferences(referencesOf(2, [[0, 1, LEVEL.DATA]]), refcounts);
    expect(audit.droppedEdges).toBe(1);
    expect([...rootReasons(refcounts, audit)]).toEqual([HELD_BY_C, NO_ROOT]);
  });
});
