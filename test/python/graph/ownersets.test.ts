/** Sets of owners against JavaScript's sets. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EMPTY_SET,
  FIXED_SET,
  isFixed,
  isUnattributed,
  OwnerSets,
  UNATTRIBUTED_SET,
} from "../../../src/python/graph/ownersets.js";
import { RUNS } from "./runs.js";

const ample = { tries: 2 ** 20, steps: 2 ** 30 };
/** Owners that crowd in words, and some far away. */
const owner = fc.oneof(fc.nat(70), fc.nat(5000), fc.nat(2 ** 30));
const OTHERS = [FIXED_SET, UNATTRIBUTED_SET] as const;

/** A random family: sets are made from earlier ones. */
const family = fc.array(
  fc.oneof(
    fc.record({ owner }),
    fc.record({ other: fc.constantFrom(...OTHERS) }),
    fc.record({ a: fc.nat(200), b: fc.nat(200) }),
  ),
  { minLength: 1, maxLength: 60 },
);
type Step = { owner: number } | { other: 1 | 2 } | { a: number; b: number };
type Member = number | "fixed" | "unattributed";

function grow(steps: Step[], sets: OwnerSets): { made: Int32Array; models: Set<Member>[] } {
  const made: number[] = [];
  const models: Set<Member>[] = [];
  for (const step of steps) {
    if ("owner" in step) {
      made.push(sets.of(step.owner));
      models.push(new Set([step.owner]));
    } else if ("other" in step) {
      made.push(step.other);
      models.push(new Set([step.other === FIXED_SET ? "fixed" : "unattributed"]));
    } else if (made.length > 0) {
      const [a, b] = [step.a % made.length, step.b % made.length];
      made.push(sets.union(made[a], made[b]));
      models.push(new Set([...models[a], ...models[b]]));
    }
  }
  return { made: Int32Array.from(made), models };
}

const ownersIn = (model: Set<Member>): number[] =>
  [...model].filter((member) => typeof member === "number").sort((a, b) => a - b);

function expectSame(sets: OwnerSets, made: Int32Array, models: Set<Member>[]): void {
  models.forEach((model, i) => {
    const owners = ownersIn(model);
    expect([...sets.owners(made[i])]).toEqual(owners);
    expect(sets.size(made[i])).toBe(owners.length);
    expect(isFixed(made[i])).toBe(model.has("fixed"));
    expect(isUnattributed(made[i])).toBe(model.has("unattributed"));
    expect(sets.soleOwner(made[i])).toBe(model.size === 1 && owners.length === 1 ? owners[0] : -1);
    const equal = (other: Set<Member>): boolean =>
      model.size === other.size && [...model].every((member) => other.has(member));
    expect(models.map((_, j) => made[i] === made[j])).toEqual(models.map(equal));
    const asked = [...owners, ...owners.map((o) => o + 1), 0];
    expect(asked.map((o) => sets.has(made[i], o))).toEqual(asked.map((o) => model.has(o)));
  });
}

describe("owner sets", () => {
  it("are equal numbers exactly if they are equal sets, also after compaction", () => {
    fc.assert(
      fc.property(family, family, fc.func(fc.boolean()), (steps, more, isKept) => {
        const sets = new OwnerSets(ample);
        const { made, models } = grow(steps, sets);
        expectSame(sets, made, models);
        const kept = [...made.keys()].filter(isKept);
        const holder = made.filter((_, i) => kept.includes(i));
        const keptModels = kept.map((i) => models[i]);
        sets.compact(holder);
        expectSame(sets, holder, keptModels);
        const later = grow(more, sets);
        expectSame(sets, Int32Array.of(...holder, ...later.made), [...keptModels, ...later.models]);
      }),
      { numRuns: RUNS / 5 },
    );
  });

  it("sum weights by owner, and know what is left when owners are dropped", () => {
    const small: fc.Arbitrary<Step[]> = fc.array(
      fc.oneof(
        fc.record({ owner: fc.nat(39) }),
        fc.record({ other: fc.constantFrom(...OTHERS) }),
        fc.record({ a: fc.nat(200), b: fc.nat(200) }),
      ),
      { minLength: 1, maxLength: 40 },
    );
    const drops = fc.array(fc.constantFrom(0, 1, 1, 1), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(small, drops, (steps, dropped) => {
        const sets = new OwnerSets(ample);
        const { made, models } = grow(steps, sets);
        const weights = Float64Array.from(made, (_, i) => i + 1);
        const sums = sets.sumByOwner(made, weights, 40);
        expect([...sums]).toEqual(
          dropped.map((_, o) => models.reduce((sum, model, i) => sum + (model.has(o) ? weights[i] : 0), 0)),
        );
        const isGone = sets.dropTest(Uint8Array.from(dropped));
        expect([...made].map(isGone)).toEqual(
          models.map((model) => [...model].every((member) => typeof member === "number" && dropped[member] === 1)),
        );
        expect(isGone(EMPTY_SET)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it("refuse limits with more tries than there are numbers", () => {
    expect(() => new OwnerSets({ tries: 2 ** 29, steps: 1 })).toThrow(RangeError);
  });

  it("become unattributed beyond the limit of tries; what is known already stays exact", () => {
    const sets = new OwnerSets({ tries: 4, steps: 1000 });
    const far = [0, 1000, 2000, 3000, 4000].map((o) => sets.of(o));
    expect(far[4]).toBe(UNATTRIBUTED_SET);
    expect(sets.union(far[0], far[1])).toBe(UNATTRIBUTED_SET);
    expect(sets.union(far[0], sets.union(far[1], FIXED_SET))).toBe(UNATTRIBUTED_SET | FIXED_SET);
    expect(sets.union(far[0], far[0])).toBe(far[0]);
    expect(sets.tries).toBe(4);
    const kept = Int32Array.of(far[0], far[1]);
    sets.compact(kept);
    const union = sets.union(kept[0], kept[1]);
    expect([...sets.owners(union)]).toEqual([0, 1000]);
    expect(sets.union(union, UNATTRIBUTED_SET)).toBe(union | UNATTRIBUTED_SET);
  });

  it("leave part of the limits to sets of fewer owners", () => {
    for (const limits of [
      { tries: 8000, steps: 2 ** 30 },
      { tries: 2 ** 20, steps: 8000 },
    ]) {
      const sets = new OwnerSets(limits);
      // Each owner in a word of its own, so that nothing is shared.
      const some = (first: number, count: number): number => {
        let set = EMPTY_SET;
        for (let i = 0; i < count && !isUnattributed(set); i++) set = sets.union(set, sets.of(first + 64 * i));
        return set;
      };
      expect(some(0, 4000)).toBe(UNATTRIBUTED_SET);
      const before = sets.steps;
      expect(sets.size(some(2 ** 20, 40))).toBe(40);
      expect(sets.steps - before).toBeLessThan(40 * 7);
    }
  });
});
