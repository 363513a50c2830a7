/** Who holds what: reach sets, retained sizes, needs of arenas and promises, against walks without what is dropped. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DATA, FIXED, NAMESPACE } from "../../../src/python/graph/graph.js";
import { nodesOf, ownersOf } from "../../../src/python/graph/owners.js";
import { isFixed, isUnattributed } from "../../../src/python/graph/ownersets.js";
import { releasedArenas, releaseRange } from "../../../src/python/graph/released.js";
import { retained } from "../../../src/python/graph/retained.js";
import { analyse } from "./analysis.js";
import { heldArenas, needsModel, nodesHeldBy, reachModel, releasedModel, staying } from "./bruteforce.js";
import { crowdedHeaps, graphOf, type Heap, heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

const NONE = (): boolean => false;
const someOwners = fc.func(fc.boolean());

function expectReach(heap: Heap): void {
  const { sets, reach } = analyse(heap);
  const model = reachModel(heap);
  expect([...reach].map((set) => [...sets.owners(set)])).toEqual(model.owners);
  expect([...reach].map(isFixed)).toEqual(model.isFixed);
  expect([...reach].some(isUnattributed)).toBe(false);
}

function expectRetained(heap: Heap): void {
  const { sets, reach } = analyse(heap);
  const { objects, bytes, ...rest } = retained(reach, heap.flags, heap.bytes, sets, heap.owners.count);
  const nodes = [...heap.flags.keys()];
  const sum = (some: number[]): number => some.reduce((total, node) => total + heap.bytes[node], 0);
  const stay = staying(heap, NONE);
  const fixed = staying(heap, () => true);
  const sole = new Set<number>();
  for (let owner = 0; owner < heap.owners.count; owner++) {
    const without = staying(heap, (other) => other === owner);
    const gone = nodes.filter((node) => stay.has(node) && !without.has(node));
    expect([objects[owner], bytes[owner]]).toEqual([
      gone.filter((node) => !(heap.flags[node] & DATA)).length,
      sum(gone),
    ]);
    for (const node of gone) sole.add(node);
  }
  expect(rest).toEqual({
    garbageBytes: sum(nodes.filter((node) => !stay.has(node))),
    fixedBytes: sum([...fixed]),
    sharedBytes: sum(nodes.filter((node) => stay.has(node) && !fixed.has(node) && !sole.has(node))),
    unattributedBytes: 0,
  });
}

function expectNeeds(heap: Heap): void {
  const { sets, held } = analyse(heap);
  const model = needsModel(heap);
  expect([...held.needs].map((need) => [...sets.owners(need)])).toEqual(model.map(({ owners }) => owners));
  expect([...held.needs].map(isFixed)).toEqual(model.map((need) => need.isFixed));
  expect([...held.liveBlocks.keys()].filter((arena) => held.liveBlocks[arena] > 0)).toEqual(heldArenas(heap));
}

function expectReleased(heap: Heap, isDropped: (owner: number) => boolean): void {
  const { sets, held } = analyse(heap);
  const dropped = Uint8Array.from({ length: heap.owners.count }, (_, owner) => Number(isDropped(owner)));
  expect([...releasedArenas(held, sets, dropped)]).toEqual(releasedModel(heap, isDropped));
}

describe("reach sets", () => {
  it("are the owners that reach a node, and whether something that never goes does", () => {
    fc.assert(fc.property(heaps, expectReach), { numRuns: RUNS });
  });

  it("are exact where 500 owners reach a node", () => {
    fc.assert(fc.property(crowdedHeaps(500), expectReach), { numRuns: 3 });
  });

  it("say of a node beyond the limits that its owners are unattributed, and nothing wrong of any other", () => {
    fc.assert(
      fc.property(heaps, fc.nat(6), fc.nat(6), (heap, tries, steps) => {
        const { sets, reach, held } = analyse(heap, { tries, steps });
        const model = reachModel(heap);
        for (let node = 0; node < reach.length; node++) {
          expect(isFixed(reach[node])).toBe(model.isFixed[node]);
          const owners = [...sets.owners(reach[node])];
          if (!isUnattributed(reach[node])) expect(owners).toEqual(model.owners[node]);
          else expect(model.owners[node]).toEqual(expect.arrayContaining(owners));
        }
        // So a promise may be missing, but never is one broken.
        const all = new Uint8Array(heap.owners.count).fill(1);
        expect(releasedModel(heap, () => true)).toEqual(expect.arrayContaining([...releasedArenas(held, sets, all)]));
        const { unattributedBytes, ...sums } = retained(reach, heap.flags, heap.bytes, sets, heap.owners.count);
        const total = sums.bytes.reduce((a, b) => a + b, sums.sharedBytes + sums.fixedBytes + sums.garbageBytes);
        expect(total + unattributedBytes).toBe(heap.bytes.reduce((a, b) => a + b, 0));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("owners", () => {
  it("are what namespaces refer to, each once, if it is no namespace itself", () => {
    const flags = Uint8Array.of(NAMESPACE, 0, NAMESPACE, DATA, FIXED, 0);
    const graph = graphOf(6, [
      [0, 3],
      [0, 2],
      [0, 1],
      [0, 3],
      [1, 5],
      [2, 0],
      [2, 1],
      [2, 4],
    ]);
    const owners = ownersOf(graph, flags);
    expect(owners).toEqual({ count: 3, nodes: Int32Array.of(3, 1, 4), ids: Int32Array.of(0, 1, 2) });
    expect([...nodesOf(owners, 1)]).toEqual([1]);
  });

  it("hold the nodes of their pairs", () => {
    fc.assert(
      fc.property(heaps, fc.nat(8), (heap, owner) => {
        expect([...nodesOf(heap.owners, owner)]).toEqual(nodesHeldBy(heap, (other) => other === owner));
      }),
      { numRuns: 100 },
    );
  });
});

describe("retained sizes", () => {
  it("are what is gone when one owner alone is dropped, and all sums are all bytes", () => {
    fc.assert(fc.property(heaps, expectRetained), { numRuns: RUNS });
  });

  it("are exact where 500 owners reach a node", () => {
    fc.assert(fc.property(crowdedHeaps(500), expectRetained), { numRuns: 3 });
  });
});

describe("arenas", () => {
  it("need the owners of all their blocks", () => {
    fc.assert(fc.property(heaps, expectNeeds), { numRuns: RUNS });
  });

  it("are released exactly as promised, whatever is dropped", () => {
    fc.assert(fc.property(heaps, someOwners, expectReleased), { numRuns: RUNS });
  });

  it("need 500 owners, and are released when the last of them is dropped", () => {
    fc.assert(
      fc.property(crowdedHeaps(500), fc.nat(499), (heap, kept) => {
        expectNeeds(heap);
        expectReleased(heap, (owner) => owner !== kept);
        expectReleased(heap, () => true);
      }),
      { numRuns: 3 },
    );
  });

  it("that become free stay by one, if the last usable one is kept", () => {
    expect(releaseRange(3, false)).toEqual({ least: 3, most: 3 });
    expect(releaseRange(3, true)).toEqual({ least: 2, most: 3 });
    expect(releaseRange(0, true)).toEqual({ least: 0, most: 0 });
  });
});
