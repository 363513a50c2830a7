/** Random heaps: small graphs of many shapes, with namespaces, owners, data blocks and arenas. */
import fc from "fast-check";
import { buildGraph, DATA, FIXED, type Graph, NAMESPACE } from "../../../src/python/graph/graph.js";
import type { Owners } from "../../../src/python/graph/owners.js";
import { LEVEL, type References } from "../../../src/python/objects/edges.js";

export type Edge = readonly [from: number, to: number];

export interface Heap {
  readonly graph: Graph;
  /** By node, where its edges lead, in order: for those who do not trust `graph`. */
  readonly successors: readonly (readonly number[])[];
  readonly flags: Uint8Array;
  readonly owners: Owners;
  readonly bytes: Float64Array;
  readonly arenaOf: Int32Array;
  readonly arenaCount: number;
}

/** Rows of references in the order of the edges, which have levels. */
export function referencesOf(nodeCount: number, edges: Iterable<readonly [number, number, number]>): References {
  const rows = Array.from({ length: nodeCount }, (): (readonly [number, number, number])[] => []);
  for (const edge of edges) rows[edge[0]].push(edge);
  const offsets = new Uint32Array(nodeCount + 1);
  for (let node = 0; node < nodeCount; node++) offsets[node + 1] = offsets[node] + rows[node].length;
  const all = rows.flat();
  return {
    offsets,
    targets: Int32Array.from(all, ([, to]) => to),
    levels: Uint8Array.from(all, ([, , level]) => level),
  };
}

/** The graph of some edges, all by layout. */
export function graphOf(nodeCount: number, edges: readonly Edge[]): Graph {
  const references = referencesOf(
    nodeCount,
    edges.map(([from, to]) => [from, to, LEVEL.LAYOUT]),
  );
  return buildGraph(references, new Uint8Array(nodeCount).fill(LEVEL.DATA));
}

function successorsOf(nodeCount: number, edges: readonly Edge[]): number[][] {
  const successors = Array.from({ length: nodeCount }, (): number[] => []);
  for (const [from, to] of edges) successors[from].push(to);
  return successors;
}

/** One owner a node, numbered in order. */
export function ownersAt(nodes: readonly number[]): Owners {
  return { count: nodes.length, nodes: Int32Array.from(nodes), ids: Int32Array.from(nodes.keys()) };
}

/** A heap written out: flags and arenas by node, 0 and none where nothing is said; each node has 16 bytes. */
export function heapOf(heap: {
  edges: readonly Edge[];
  held: readonly number[];
  flags?: Record<number, number>;
  arenas: Record<number, number>;
}): Heap {
  const { edges, held, flags = {}, arenas } = heap;
  const nodeCount = 1 + Math.max(...edges.flat(), ...held);
  return {
    graph: graphOf(nodeCount, edges),
    successors: successorsOf(nodeCount, edges),
    flags: Uint8Array.from({ length: nodeCount }, (_, node) => flags[node] ?? 0),
    owners: ownersAt(held),
    bytes: new Float64Array(nodeCount).fill(16),
    arenaOf: Int32Array.from({ length: nodeCount }, (_, node) => arenas[node] ?? -1),
    arenaCount: 1 + Math.max(...Object.values(arenas)),
  };
}

const SHAPES: Record<string, (at: number, length: number) => Edge[]> = {
  chain: (at, length) => Array.from({ length }, (_, i) => [at + i, at + i + 1]),
  cycle: (at, length) => Array.from({ length }, (_, i) => [at + i, at + ((i + 1) % length)]),
  doubly: (at, length) => [...SHAPES.chain(at, length), ...SHAPES.chain(at, length).map(([a, b]) => [b, a] as Edge)],
  container: (at, length) => Array.from({ length }, (_, i) => [at, at + 1 + i]),
  sink: (at, length) => Array.from({ length }, (_, i) => [at + i, at + length]),
  ladder: (at, length) =>
    Array.from(
      { length },
      (_, i) =>
        [
          [at + i, at + i + 1],
          [at + i, at + length],
        ] as Edge[],
    ).flat(),
};

/** Edges among `nodeCount` nodes: single ones, and shapes that wrap around at the last node. */
export function edgesAmong(nodeCount: number): fc.Arbitrary<Edge[]> {
  const node = fc.nat(nodeCount - 1);
  const shape = fc
    .tuple(fc.constantFrom(...Object.keys(SHAPES)), node, fc.integer({ min: 1, max: 8 }))
    .map(([name, at, length]) => SHAPES[name](at, length).map(([a, b]): Edge => [a % nodeCount, b % nodeCount]));
  const single = fc.tuple(node, node).map((edge): Edge[] => [edge]);
  return fc
    .array(fc.oneof({ weight: 3, arbitrary: single }, { weight: 1, arbitrary: shape }), { maxLength: 2 * nodeCount })
    .map((parts) => parts.flat());
}

const flag = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 5, arbitrary: fc.constant(DATA) },
  { weight: 2, arbitrary: fc.constant(NAMESPACE) },
  { weight: 1, arbitrary: fc.constant(FIXED) },
  { weight: 1, arbitrary: fc.constant(FIXED | DATA) },
);

/** Heaps of 1 to 30 nodes; an owner may hold several nodes, and a node have several owners, or be a namespace. */
export const heaps: fc.Arbitrary<Heap> = fc
  .record({ nodeCount: fc.integer({ min: 1, max: 30 }), arenaCount: fc.integer({ min: 1, max: 6 }) })
  .chain(({ nodeCount, arenaCount }) => {
    const each = { minLength: nodeCount, maxLength: nodeCount };
    const ownerCount = fc.integer({ min: 0, max: 9 });
    return fc
      .record({
        edges: edgesAmong(nodeCount),
        flags: fc.array(flag, each),
        owners: ownerCount.chain((count) => {
          const pair = fc.tuple(fc.nat(nodeCount - 1), fc.nat(Math.max(count - 1, 0)));
          return fc.record({ count: fc.constant(count), pairs: fc.array(pair, { maxLength: count && 2 * count }) });
        }),
        bytes: fc.array(fc.nat(600), each),
        arenaOf: fc.array(fc.integer({ min: -1, max: arenaCount - 1 }), each),
      })
      .map(({ edges, flags, owners: { count, pairs }, bytes, arenaOf }) => ({
        graph: graphOf(nodeCount, edges),
        successors: successorsOf(nodeCount, edges),
        flags: Uint8Array.from(flags),
        owners: {
          count,
          nodes: Int32Array.from(pairs, ([node]) => node),
          ids: Int32Array.from(pairs, ([, owner]) => owner),
        },
        bytes: Float64Array.from(bytes),
        arenaOf: Int32Array.from(arenaOf),
        arenaCount,
      }));
  });

/**
 * Heaps in which `shared` nodes are reached from `count` owners each, over paths of their own, of each other, and over a
 * chain; one arena in three has one of the shared nodes alone.
 */
export const crowdedHeaps = (count: number): fc.Arbitrary<Heap> =>
  fc
    .record({ shared: fc.integer({ min: 1, max: 6 }), hops: fc.array(fc.nat(count - 1), { maxLength: count }) })
    .map(({ shared, hops }) => {
      const edges: Edge[] = [];
      const nodeCount = count + shared;
      for (let owner = 0; owner < count; owner++) {
        const hop = hops[owner] ?? owner;
        // To a shared node, or to an owner that is nearer to one.
        edges.push([owner, hop > owner ? hop : count + (owner % shared)]);
      }
      for (let node = count; node + 1 < nodeCount; node++) edges.push([node, node + 1]);
      return {
        graph: graphOf(nodeCount, edges),
        successors: successorsOf(nodeCount, edges),
        flags: new Uint8Array(nodeCount),
        owners: ownersAt(Array.from({ length: count }, (_, owner) => owner)),
        bytes: new Float64Array(nodeCount).fill(48),
        arenaOf: Int32Array.from({ length: nodeCount }, (_, node) => (node < count ? node % 16 : 16 + node - count)),
        arenaCount: 16 + shared,
      };
    });

/** Heaps of one owner, node 0, deep rather than broad, that fill arenas in the order of their nodes. */
export const deepHeaps: fc.Arbitrary<Heap> = fc.integer({ min: 2, max: 30 }).chain((nodeCount) => {
  const back = fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 4 }), fc.nat(nodeCount));
  const node = fc.nat(nodeCount - 1);
  return fc
    .record({
      backs: fc.array(back, { minLength: nodeCount - 1, maxLength: nodeCount - 1 }),
      more: fc.array(fc.tuple(node, node), { maxLength: 3 }),
      flags: fc.array(fc.constantFrom(0, 0, DATA), { minLength: nodeCount, maxLength: nodeCount }),
      nodesPerArena: fc.integer({ min: 1, max: 12 }),
    })
    .map(({ backs, more, flags, nodesPerArena }) => {
      const edges = [...backs.map((back, i): Edge => [Math.max(i + 1 - back, 0), i + 1]), ...more];
      return heapOf({
        edges,
        flags: { ...flags, 0: 0 },
        held: [0],
        arenas: Object.fromEntries(flags.map((_, at) => [at, Math.floor(at / nodesPerArena)])),
      });
    });
});
