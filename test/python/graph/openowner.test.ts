/** Opened owners against the definition: what is not reached without a part, step by step. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DATA, NAMESPACE } from "../../../src/python/graph/graph.js";
import { type OpenedOwner, openOwner } from "../../../src/python/graph/openowner.js";
import { nodesOf } from "../../../src/python/graph/owners.js";
import { ownerShares } from "../../../src/python/graph/pincost.js";
import { analyse } from "./analysis.js";
import { containerModel, dominatedBy, partsModel, reachable } from "./bruteforce.js";
import { type Edge, type Heap, heapOf, heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

const ARENA_BYTES = 262144;

function open(heap: Heap, owner: number): OpenedOwner {
  const { sets, reach, held } = analyse(heap);
  return openOwner(heap.graph, {
    flags: heap.flags,
    arenaOf: heap.arenaOf,
    bytes: heap.bytes.map((bytes, node) => (sets.soleOwner(reach[node]) === owner ? bytes : 0)),
    seeds: nodesOf(heap.owners, owner),
    shares: ownerShares(owner, held, sets, ARENA_BYTES),
  });
}

/** The bytes of the owner's pin cost for which a part accounts; without a part, all of them. */
function accountedModel(heap: Heap, owner: number, part: number | null): number {
  const seeds = nodesOf(heap.owners, owner);
  const { sets, held } = analyse(heap);
  const shares = ownerShares(owner, held, sets, ARENA_BYTES);
  const reached = [...reachable(heap, seeds)];
  const wrappers = reached.filter((node) => dominatedBy(heap, seeds, node).size >= 0.9 * reached.length);
  const dominated = part === null ? new Set(reached) : dominatedBy(heap, seeds, part);
  let sum = 0;
  for (let arena = 0; arena < heap.arenaCount; arena++) {
    const inside = reached.filter((node) => heap.arenaOf[node] === arena);
    const others = inside.filter((node) => !wrappers.includes(node));
    if (inside.length === 0) continue;
    if ((others.length > 0 ? others : inside).every((node) => dominated.has(node))) sum += shares[arena];
  }
  return sum;
}

function expectOpened(heap: Heap, owner: number): void {
  const seeds = nodesOf(heap.owners, owner);
  if (seeds.length === 0 || heap.flags[seeds[0]] & NAMESPACE) return;
  const opened = open(heap, owner);
  const steps = [seeds[0]];
  const costs = [accountedModel(heap, owner, null)];
  let parts: number[] = [];
  for (let next: number | undefined = seeds[0]; next !== undefined; ) {
    const container = containerModel(heap, seeds, next);
    const below = dominatedBy(heap, seeds, next);
    parts = partsModel(heap, container);
    next = parts.find(
      (part) =>
        below.has(part) &&
        heap.successors[part].length > 0 &&
        10 * accountedModel(heap, owner, part) - 9 * costs.at(-1)! > -0.001,
    );
    if (next === undefined) break;
    steps.push(next);
    costs.push(accountedModel(heap, owner, next));
  }
  expect([...opened.steps]).toEqual(steps);
  expectClose(opened.costBytes, costs);
  expect(new Set(opened.parts)).toEqual(new Set(parts));
  expect(opened.parts.length).toBe(parts.length);
  expectClose(
    opened.partCostBytes,
    [...opened.parts].map((part) => accountedModel(heap, owner, part)),
  );
  // Without a part, and without its owner, this goes.
  const { sets, reach } = analyse(heap);
  expect([...opened.partRetainedBytes]).toEqual(
    [...opened.parts].map((part) =>
      [...dominatedBy(heap, seeds, part)]
        .filter((node) => sets.soleOwner(reach[node]) === owner)
        .reduce((sum, node) => sum + heap.bytes[node], 0),
    ),
  );
}

function expectClose(actual: Float64Array, expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 3);
  });
}

describe("an opened owner", () => {
  it("leads to the last container that accounts for nine tenths, and has its parts", () => {
    fc.assert(
      fc.property(heaps, fc.nat(8), (heap, owner) => expectOpened(heap, owner % (heap.owners.count || 1))),
      {
        numRuns: RUNS,
      },
    );
  });

  // app ─► its dict's table ─► state ─► table ─► rows ─► items ─► 100 rows, five an arena; each dict has a small part too
  const application: Edge[] = [
    [0, 1],
    [1, 2],
    [1, 7],
    [2, 3],
    [3, 4],
    [3, 8],
    [4, 5],
  ];
  const rows = Array.from({ length: 100 }, (_, i) => 9 + i);
  const arenaOf = (row: number): number => Math.floor((row - 9) / 5);
  const wrapped = (smallArena: number): Heap =>
    heapOf({
      edges: [
        ...application,
        ...rows.flatMap((row): Edge[] => [
          [5, row],
          [row, 6],
        ]),
      ],
      flags: { 1: DATA, 3: DATA, 5: DATA },
      held: [0],
      arenas: {
        0: 0,
        1: 0,
        2: 0,
        4: 1,
        7: smallArena,
        8: smallArena,
        ...Object.fromEntries(rows.map((r) => [r, arenaOf(r)])),
      },
    });

  it("is the list within a dict within an object, though these lie in its arenas", () => {
    const opened = open(wrapped(19), 0);
    expect([...opened.steps]).toEqual([0, 2, 4]);
    expect([...opened.costBytes].map((bytes) => bytes / ARENA_BYTES)).toEqual([20, 19, 19]);
    expect([...opened.parts]).toEqual(rows);
    expect([...opened.partCostBytes]).toEqual(new Array(100).fill(0));
  });

  it("stays closed where two parts hold each arena together", () => {
    const heap = heapOf({
      edges: [
        [0, 1],
        [0, 2],
        ...rows.flatMap((row): Edge[] => [
          [1 + (row % 2), row],
          [row, 200],
        ]),
      ],
      held: [0],
      arenas: Object.fromEntries(rows.map((row) => [row, arenaOf(row)])),
    });
    const opened = open(heap, 0);
    expect([...opened.steps]).toEqual([0]);
    expect([...opened.parts]).toEqual([1, 2]);
    expect([...opened.partCostBytes]).toEqual([0, 0]);
  });

  it("is opened past parts that lead back to it", () => {
    const heap = heapOf({
      edges: [
        [0, 1],
        [1, 0],
        ...rows.flatMap((row): Edge[] => [
          [1, row],
          [row, 0],
          [row, 1],
        ]),
      ],
      held: [0],
      arenas: Object.fromEntries(rows.map((row) => [row, arenaOf(row)])),
    });
    expect([...open(heap, 0).steps]).toEqual([0, 1]);
  });
});
