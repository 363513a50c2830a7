/** What goes if places are dropped, by a walk: the same as by sets, and as by the definition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { releasedByDrops } from "../../../src/python/graph/drop.js";
import { releasedArenas } from "../../../src/python/graph/released.js";
import { analyse } from "./analysis.js";
import { releasedModel } from "./bruteforce.js";
import { type Heap, heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

const owned = (heap: Heap) => ({ ...heap, arenaBytes: 1, ...analyse(heap) });

describe("dropping", () => {
  it("whole owners releases what their sets promise", () => {
    fc.assert(
      fc.property(heaps, fc.infiniteStream(fc.boolean()), (heap, picks) => {
        const isDropped = Uint8Array.from({ length: heap.owners.count }, () => Number(picks.next().value));
        const drops = [...isDropped.keys()].flatMap((owner) => (isDropped[owner] ? [{ owner, cut: null }] : []));
        const analysed = owned(heap);
        const released = releasedByDrops(analysed, drops);
        expect(released).toEqual(releasedArenas(analysed.held, analysed.sets, isDropped));
        expect([...released]).toEqual(releasedModel(heap, (owner) => isDropped[owner] === 1));
      }),
      { numRuns: RUNS },
    );
  });

  it("parts releases what is not reached without the references that are cut", () => {
    fc.assert(
      fc.property(heaps, fc.nat(), fc.infiniteStream(fc.boolean()), (heap, source, picks) => {
        fc.pre(heap.owners.count > 0);
        const from = source % heap.flags.length;
        const targets = new Set(heap.successors[from].filter(() => picks.next().value));
        const successors = heap.successors.map((to, node) => (node === from ? to.filter((t) => !targets.has(t)) : to));
        const released = releasedByDrops(owned(heap), [{ owner: 0, cut: { sources: [from], targets: [...targets] } }]);
        expect([...released]).toEqual(releasedModel({ ...heap, successors }, () => false));
      }),
      { numRuns: RUNS },
    );
  });
});
