/** Opened owners against the definition: what is not reached without a part, step by step. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DATA, NAMESPACE } from "../../../src/python/graph/graph.js";
import { type OpenedOwner, openOwner } from "../../../src/python/graph/openowner.js";
import { nodesOf } from "../../../src/python/graph/owners.js";
import { ownerShares } from "../../../src/python/graph/pincost.js";
import { analyse } from "./analysis.js";
import { containerModel, dominatedBy, partsModel, reachable } from "./bruteforce.js";
import { deepHeaps, type Edge, type Heap, heapOf, heaps } from "./heaps.js";
import { RUNS } from "./runs.js";

const ARENA_BYTES = 262144;

const open = (heap: Heap, owner: number): OpenedOwner =>
  openOwner({ ...heap, ...analyse(heap), arenaBytes: ARENA_BYTES }, owner);

const isMost = (part: number, whole: number): boolean => part > 0 && part > 0.9 * whole - 0.0001;

interface OwnerModel {
  readonly seeds: Int32Array;
  /** By node that the owner reaches, what it dominates. */
  readonly dominated: ReadonlyMap<number, Set<number>>;
  /** The bytes of the owner's pin cost for which a set of nodes accounts. */
  readonly costOf: (nodes: ReadonlySet<number>) => number;
}

function ownerModel(heap: Heap, owner: number): OwnerModel {
  const seeds = nodesOf(heap.owners, owner);
  const { sets, held } = analyse(heap);
  const shares = ownerShares(owner, held, sets, ARENA_BYTES);
  const reached = [...reachable(heap, seeds)];
  const dominated = new Map(reached.map((node) => [node, dominatedBy(heap, seeds, node)]));
  const blocks = [...shares.keys()].map((arena) => reached.filter((node) => heap.arenaOf[node] === arena));
  const weigh = (nodes: ReadonlySet<number>): number =>
    blocks.reduce((sum, inside, arena) => {
      return sum + (shares[arena] * inside.filter((node) => nodes.has(node)).length) / (inside.length || 1);
    }, 0);
  const whole = weigh(new Set(reached));
  const wrappers = new Set(reached.filter((node) => isMost(weigh(dominated.get(node)!), whole)));
  const costOf = (nodes: ReadonlySet<number>): number =>
    blocks.reduce((sum, inside, arena) => {
      const others = inside.filter((node) => !wrappers.has(node));
      const counted = others.length > 0 ? others : inside;
      return sum + (counted.length > 0 && counted.every((node) => nodes.has(node)) ? shares[arena] : 0);
    }, 0);
  return { seeds, dominated, costOf };
}

function expectOpened(heap: Heap, owner: number): void {
  const { seeds, dominated, costOf } = ownerModel(heap, owner);
  if (seeds.length === 0 || heap.flags[seeds[0]] & NAMESPACE) return;
  const opened = open(heap, owner);
  const cost = (node: number): number => costOf(dominated.get(node)!);
  const steps = [seeds[0]];
  const costs = [costOf(new Set(dominated.keys()))];
  let parts: number[] = [];
  for (let next: number | undefined = seeds[0]; next !== undefined; ) {
    const below = dominated.get(next)!;
    parts = partsModel(heap, containerModel(heap, seeds, next));
    const whole = costs[costs.length - 1];
    const isNext = (part: number): boolean =>
      below.has(part) && heap.successors[part].length > 0 && isMost(cost(part), whole);
    next = parts.find(isNext);
    if (next === undefined) break;
    steps.push(next);
    costs.push(cost(next));
  }
  expect([...opened.steps]).toEqual(steps);
  expectClose(opened.costBytes, costs);
  expect([...opened.parts]).toEqual(parts);
  expectClose(opened.partCostBytes, parts.map(cost));
  // What the owner alone holds, and not without the part.
  const { sets, reach } = analyse(heap);
  expect([...opened.partRetainedBytes]).toEqual(
    parts.map((part) =>
      [...dominated.get(part)!]
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
    const anyOwner = ([heap, owner]: [Heap, number]): void => expectOpened(heap, owner % (heap.owners.count || 1));
    fc.assert(fc.property(fc.tuple(heaps, fc.nat(8)), anyOwner), { numRuns: RUNS / 2 });
    fc.assert(
      fc.property(deepHeaps, (heap) => expectOpened(heap, 0)),
      { numRuns: RUNS },
    );
  });

  // app ─► its dict's table ─► state ─► table ─► rows ─► items ─► 100 rows, five an arena; each dict has a part more
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
  const arenaOf = (row: number, rowsPerArena = 5): number => Math.floor((row - 9) / rowsPerArena);
  const wrapped = (smallArena: number, rowsPerArena?: number): Heap =>
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
        ...Object.fromEntries(rows.map((r) => [r, arenaOf(r, rowsPerArena)])),
      },
    });

  it("is the list within a dict within an object, though these lie in its arenas", () => {
    const opened = open(wrapped(19), 0);
    expect([...opened.steps]).toEqual([0, 2, 4]);
    expect([...opened.costBytes].map((bytes) => bytes / ARENA_BYTES)).toEqual([20, 19, 19]);
    expect([...opened.parts]).toEqual(rows);
    expect([...opened.partCostBytes]).toEqual(new Array(100).fill(0));
  });

  it("is the list even in a heap of two arenas, one of which the objects around it share", () => {
    const opened = open(wrapped(-1, 50), 0);
    expect([...opened.steps]).toEqual([0, 2, 4]);
    expect([...opened.costBytes]).toEqual([2 * ARENA_BYTES, 2 * ARENA_BYTES, 2 * ARENA_BYTES]);
  });

  it("stays closed if it has no pin cost", () => {
    const heap = heapOf({
      edges: [
        [0, 1],
        [1, 2],
      ],
      held: [0],
      arenas: { 3: 0 },
    });
    expect([...open(heap, 0).steps]).toEqual([0]);
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
