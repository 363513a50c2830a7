/** Plans: what they promise against walks, and their order against a plain greedy search. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Group, greedyOrder } from "../../../src/python/graph/greedyorder.js";
import { releasePlan } from "../../../src/python/graph/plan.js";
import { analyse } from "./analysis.js";
import { needsModel, releasedModel } from "./bruteforce.js";
import { crowdedHeaps, type Heap, heapOf, heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

const ARENA_BYTES = 1048576;

function expectPlan(heap: Heap): void {
  const { sets, held } = analyse(heap);
  const steps = releasePlan(held, sets, heap.owners.count, ARENA_BYTES);
  const releasable = releasedModel(heap, () => true);
  let before = { drop: new Int32Array(), arenas: 0 };
  for (const step of steps) {
    const dropped = new Set(step.drop);
    expect(dropped.size).toBe(step.drop.length);
    expect(step.drop.subarray(0, before.drop.length)).toEqual(before.drop);
    expect(step.arenas).toBe(releasedModel(heap, (owner) => dropped.has(owner)).length);
    expect(step.bytes).toBe(step.arenas * ARENA_BYTES);
    expect(step.arenas).toBeGreaterThan(before.arenas);
    before = { drop: Int32Array.from(step.drop), arenas: step.arenas };
  }
  expect(before.arenas).toBe(releasable.length);
  for (const fraction of [0.5, 0.9]) {
    const goal = Math.ceil(fraction * releasable.length);
    const reaching = steps.find(({ arenas }) => arenas >= goal);
    const counts = steps.map(({ arenas }) => arenas);
    // The step for a goal is no larger than the greedy search makes it.
    const least = greedyModel(heap, goal);
    expect(reaching?.arenas ?? 0, `${counts} for ${goal}`).toBe(goal === 0 ? (counts[0] ?? 0) : least);
  }
  // Only owners that release something.
  const needs = needsModel(heap);
  const useful = new Set(releasable.flatMap((arena) => needs[arena].owners));
  expect([...before.drop].filter((owner) => !useful.has(owner))).toEqual([]);
}

/** How many arenas a plain greedy search releases when it has reached the goal. */
function greedyModel(heap: Heap, goal: number): number {
  const needs = needsModel(heap);
  const releasable = releasedModel(heap, () => true).map((arena) => needs[arena].owners);
  const taken = new Set<number>();
  for (;;) {
    const isMet = (need: number[], more: number[]): boolean => need.every((o) => taken.has(o) || more.includes(o));
    const released = releasable.filter((need) => isMet(need, [])).length;
    if (released >= goal) return released;
    const open = releasable.filter((need) => !isMet(need, []));
    const left = (need: number[]): number => need.filter((owner) => !taken.has(owner)).length;
    const score = (need: number[]): number => open.filter((other) => isMet(other, need)).length / left(need);
    const first = (a: number[], b: number[]): number => score(b) - score(a) || left(a) - left(b);
    for (const owner of open.sort(compareSizes).sort(first)[0]) taken.add(owner);
  }
}

const compareSizes = (a: number[], b: number[]): number => a.length - b.length;

describe("the plan", () => {
  it("releases what it promises: half, nine tenths, and all that can be released", () => {
    fc.assert(fc.property(heaps, expectPlan), { numRuns: RUNS });
  });

  it("holds where arenas need 500 owners", () => {
    fc.assert(fc.property(crowdedHeaps(500), expectPlan), { numRuns: 2 });
  });

  it("takes the owners first that release most arenas each, and counts arenas whose needs are met with them", () => {
    // Owner 3 alone: one arena. 0 and 1: four together, one of them needs only 0. 2: nothing without 3.
    const heap = heapOf({
      edges: [
        [0, 10],
        [0, 11],
        [0, 12],
        [0, 13],
        [1, 11],
        [1, 12],
        [1, 13],
        [2, 14],
        [3, 14],
        [3, 15],
      ],
      held: [0, 1, 2, 3],
      arenas: { 10: 0, 11: 1, 12: 2, 13: 3, 14: 4, 15: 5 },
    });
    const { sets, held } = analyse(heap);
    expect(releasePlan(held, sets, 4, 10)).toEqual([
      { drop: Int32Array.of(0, 1), arenas: 4, bytes: 40 },
      { drop: Int32Array.of(0, 1, 3, 2), arenas: 6, bytes: 60 },
    ]);
  });

  it("begins with gc.collect() alone if garbage holds half of the arenas", () => {
    const heap = heapOf({ edges: [[1, 2]], held: [0], arenas: { 0: 0, 1: 1, 2: 2 } });
    const { sets, held } = analyse(heap);
    expect(releasePlan(held, sets, 1, 10)).toEqual([
      { drop: new Int32Array(), arenas: 2, bytes: 20 },
      { drop: Int32Array.of(0), arenas: 3, bytes: 30 },
    ]);
  });
});

describe("the greedy order", () => {
  const groups: fc.Arbitrary<Group[]> = fc.array(
    fc.record({
      owners: fc.uniqueArray(fc.nat(7), { minLength: 1 }).map((owners) => Int32Array.from(owners.sort())),
      arenas: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 8 },
  );

  it("is that of a search that scores every group again each time", () => {
    fc.assert(
      fc.property(groups, (all) => {
        const taken = new Set<number>();
        const left = ({ owners }: Group): number[] => [...owners].filter((owner) => !taken.has(owner));
        for (const { owners, arenas } of greedyOrder(all, 8)) {
          const open = all.filter((group) => left(group).length > 0);
          const metBy = (more: number[]): number =>
            open.filter((group) => left(group).every((o) => more.includes(o))).reduce((sum, g) => sum + g.arenas, 0);
          const score = (group: Group): number => metBy(left(group)) / left(group).length;
          const best = [...open].sort((a, b) => score(b) - score(a) || left(a).length - left(b).length)[0];
          expect([...owners]).toEqual(left(best));
          expect(arenas).toBe(metBy(left(best)));
          for (const owner of owners) taken.add(owner);
        }
        expect(all.filter((group) => left(group).length > 0)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
