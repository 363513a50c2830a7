/** Pin costs against sums of fractions, and arenas released alone against walks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUnattributed } from "../../../src/python/graph/ownersets.js";
import {
  FIXED_HOLDER,
  GARBAGE_HOLDER,
  ownerShares,
  pinCosts,
  roundedTo,
  UNATTRIBUTED_HOLDER,
} from "../../../src/python/graph/pincost.js";
import { analyse } from "./analysis.js";
import { heldArenas, needsModel, releasedModel } from "./bruteforce.js";
import { crowdedHeaps, type Heap, heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

const arenaSizes = fc.constantFrom(262144, 1048576, 7);

/** The holders of each held arena. */
function holdersModel(heap: Heap): number[][] {
  const { count } = heap.owners;
  const needs = needsModel(heap);
  return heldArenas(heap).map((arena) => {
    const holders = [...needs[arena].owners, ...(needs[arena].isFixed ? [count + FIXED_HOLDER] : [])];
    return holders.length > 0 ? holders : [count + GARBAGE_HOLDER];
  });
}

function expectPinCosts(heap: Heap, arenaBytes: number): void {
  const { sets, held } = analyse(heap);
  const { count } = heap.owners;
  const costs = pinCosts(held, sets, count, arenaBytes);
  const holders = holdersModel(heap);
  expect(costs.heldArenas).toBe(holders.length);
  expect(costs.costBytes.reduce((a, b) => a + b, 0)).toBe(holders.length * arenaBytes);
  const all = Array.from({ length: count + 3 }, (_, holder) => holder);
  const needing = all.map((holder) => holders.filter((needed) => needed.includes(holder)));
  expect([...costs.arenas]).toEqual(needing.map((arenas) => arenas.length));
  for (const holder of all) {
    const exact = needing[holder].reduce((sum, needed) => sum + arenaBytes / needed.length, 0);
    expect(Number.isInteger(costs.costBytes[holder])).toBe(true);
    expect(Math.abs(costs.costBytes[holder] - exact)).toBeLessThan(1 - 1e-6);
    if (holder >= count) continue;
    const shares = ownerShares(holder, held, sets, arenaBytes).reduce((a, b) => a + b, 0);
    expect(shares).toBeCloseTo(exact, 6);
  }
  const goneAnyway = new Set(releasedModel(heap, () => false));
  expect([...costs.arenasAlone.subarray(0, count)]).toEqual(
    all.slice(0, count).map((owner) => {
      return releasedModel(heap, (other) => other === owner).filter((arena) => !goneAnyway.has(arena)).length;
    }),
  );
  expect(costs.arenasAlone[count + GARBAGE_HOLDER]).toBe(goneAnyway.size);
}

describe("pin costs", () => {
  it("divide each held arena equally among its holders, and add up exactly", () => {
    fc.assert(fc.property(heaps, arenaSizes, expectPinCosts), { numRuns: RUNS });
  });

  it("add up exactly among 500 owners of a block", () => {
    fc.assert(fc.property(crowdedHeaps(500), arenaSizes, expectPinCosts), { numRuns: 3 });
  });

  it("are rounded to a sum, whichever way the noise of sums went", () => {
    const rounded = (total: number, ...values: number[]): number[] => [...roundedTo(total, Float64Array.from(values))];
    expect(rounded(10, 2.5, 0, 4.25, 3.25)).toEqual([3, 0, 4, 3]);
    expect(rounded(10, 2.9999999, 0, 4, 3)).toEqual([3, 0, 4, 3]);
    expect(rounded(10, 0.0000001, 4, 3, 4)).toEqual([0, 4, 3, 3]);
    expect(rounded(0)).toEqual([]);
  });

  it("add up, with a holder for what could not be determined", () => {
    fc.assert(
      fc.property(heaps, arenaSizes, fc.nat(6), (heap, arenaBytes, steps) => {
        const { sets, held } = analyse(heap, { tries: 1000, steps });
        const { costBytes, arenas, heldArenas: count } = pinCosts(held, sets, heap.owners.count, arenaBytes);
        expect(count).toBe(heldArenas(heap).length);
        expect(costBytes.reduce((a, b) => a + b, 0)).toBe(count * arenaBytes);
        const unknown = [...held.needs].filter((need, arena) => held.liveBlocks[arena] > 0 && isUnattributed(need));
        expect(arenas[heap.owners.count + UNATTRIBUTED_HOLDER]).toBe(unknown.length);
      }),
      { numRuns: RUNS },
    );
  });
});
