/** Large heaps and hostile ones: counted work stays near-linear, and the answers stay exact. */
import { describe, expect, it } from "vitest";
import { components } from "../../../src/python/graph/components.js";
import { dominators } from "../../../src/python/graph/dominators.js";
import { DATA, type Graph } from "../../../src/python/graph/graph.js";
import { type Group, greedyOrder } from "../../../src/python/graph/greedyorder.js";
import { type OpenedOwner, openOwner } from "../../../src/python/graph/openowner.js";
import { isUnattributed, OwnerSets, type SetLimits, setLimits } from "../../../src/python/graph/ownersets.js";
import { pinCosts } from "../../../src/python/graph/pincost.js";
import { reachSets } from "../../../src/python/graph/reach.js";
import { pathTo, shortestPaths } from "../../../src/python/graph/shortestpaths.js";
import { analyse } from "./analysis.js";
import { type Edge, graphOf, type Heap, ownersAt } from "./heaps.js";

type AddEdge = (from: number, to: number) => void;

function graphWith(nodeCount: number, addEdges: (add: AddEdge) => void): Graph {
  const edges: Edge[] = [];
  addEdges((from, to) => edges.push([from, to]));
  return graphOf(nodeCount, edges);
}

/** Numbers from 0 to `below` - 1 that look random, the same each time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function reachOf(graph: Graph, owners: number[], limits?: SetLimits): { sets: OwnerSets; reach: Int32Array } {
  const flags = new Uint8Array(graph.nodeCount);
  const sets = new OwnerSets(limits ?? setLimits(graph.nodeCount, graph.targets.length));
  return { sets, reach: reachSets(graph, flags, components(graph, flags), ownersAt(owners), sets) };
}

/** The one owner, node 0, opened; arenas of one byte, nodes of 64. */
function openSole(graph: Graph, flags: Uint8Array, arenaOf: Int32Array, arenaCount: number): OpenedOwner {
  const bytes = new Float64Array(graph.nodeCount).fill(64);
  const heap: Heap = { graph, successors: [], flags, owners: ownersAt([0]), bytes, arenaOf, arenaCount };
  return openOwner({ ...heap, ...analyse(heap), arenaBytes: 1 }, 0);
}

const sizeOf = (graph: Graph): number => graph.nodeCount + graph.targets.length;

describe("a doubly linked list 400,000 deep", () => {
  // Nodes 0, 2, 4 … are linked, each with the next odd node as its value; 4,000 nodes an arena.
  const length = 400_000;
  const graph = graphWith(2 * length, (add) => {
    for (let node = 0; node < 2 * length; node += 2) {
      add(node, node + 1);
      if (node > 0) add(node, node - 2);
      if (node + 2 < 2 * length) add(node, node + 2);
    }
  });
  const flags = new Uint8Array(graph.nodeCount);

  it("has one set, found without a union", () => {
    const { sets, reach } = reachOf(graph, [0]);
    expect(reach.every((set) => sets.soleOwner(set) === 0)).toBe(true);
    expect(sets.steps).toBe(0);
  });

  it("has dominators and a path to its end, in steps linear in its size", () => {
    const { dominator, nodes, steps } = dominators(graph, flags, Int32Array.of(0));
    expect(steps).toBeLessThan(4 * sizeOf(graph));
    for (let number = 1; number < nodes.length; number += 997) {
      const node = nodes[number];
      expect(nodes[dominator[number]]).toBe(node % 2 === 1 ? node - 1 : node - 2 < 0 ? -1 : node - 2);
    }
    const path = pathTo(2 * length - 1, shortestPaths(graph, [Int32Array.of(0)]));
    expect(path.length).toBe(length + 1);
  });

  it("is opened down to its last tenth arena", () => {
    const arenas = 200;
    const arenaOf = Int32Array.from({ length: 2 * length }, (_, node) => Math.floor(node / 4000));
    const opened = openSole(graph, flags, arenaOf, arenas);
    // A node accounts for the arenas behind its own, and for its own if it is the first node there. So costs fall by one
    // an arena, down to 9, the last that is nine tenths of the cost before.
    expect(opened.costBytes[0]).toBe(arenas);
    expect(opened.costBytes.at(-1)).toBe(9);
    expect(opened.steps.at(-1)).toBe(4000 * (arenas - 9));
    expect(opened.steps.length).toBe(2000 * (arenas - 9) + 1);
    expect([...opened.partRetainedBytes]).toEqual([64, 64 * (4000 * 9 + 2), 64 * (4000 * 9 - 2)]);
  });
});

describe("50,000 globals", () => {
  const owners = Array.from({ length: 50_000 }, (_, owner) => owner);

  it("that share objects at random have exact sets, in a few steps an edge", () => {
    const sinks = 100;
    const random = generator(1);
    const heldBy = Array.from({ length: sinks }, () => new Set<number>());
    // Each has an object of its own and eight that others share.
    const graph = graphWith(2 * owners.length + sinks, (add) => {
      for (const owner of owners) {
        add(owner, owners.length + owner);
        for (let i = 0; i < 8; i++) {
          const sink = random(sinks);
          add(owners.length + owner, 2 * owners.length + sink);
          heldBy[sink].add(owner);
        }
      }
    });
    const { sets, reach } = reachOf(graph, owners);
    expect(heldBy.map((_, sink) => sets.size(reach[2 * owners.length + sink]))).toEqual(heldBy.map(({ size }) => size));
    expect([...sets.owners(reach[2 * owners.length])]).toEqual([...heldBy[0]].sort((a, b) => a - b));
    expect(sets.steps).toBeLessThan(10 * graph.targets.length);
  });

  it("each of which is reached from all before it: sets of 1, 2, 3 … owners", () => {
    const graph = graphWith(owners.length, (add) => {
      for (const owner of owners.slice(1)) add(owner - 1, owner);
    });
    const { sets, reach } = reachOf(graph, owners);
    const sizes = reach.map((set) => sets.size(set));
    expect(sizes.every((size, i) => size === i + 1)).toBe(true);
    const depth = Math.log2(owners.length / 32) + 2;
    expect(sets.tries).toBeLessThan(depth * owners.length);
    expect(sets.steps).toBeLessThan(depth * owners.length);
    expect([...sets.owners(reach[1234])]).toEqual(owners.slice(0, 1235));
  });

  it("of which the even ones and the odd ones grow apart, and meet at every step", () => {
    const count = owners.length;
    const graph = graphWith(count + count / 2, (add) => {
      for (const owner of owners) {
        if (owner + 2 < count) add(owner, owner + 2);
        add(owner, count + (owner >> 1));
      }
    });
    const { sets, reach } = reachOf(graph, owners);
    const meetings = reach.subarray(count);
    expect(meetings.every((set, i) => sets.size(set) === 2 * i + 2)).toBe(true);
    expect(sets.steps).toBeLessThan(2 * 13 * graph.targets.length);
  });
});

describe("sets without kinship", () => {
  it("stay within the limits and turn unattributed; costs still add up, and promises are not broken", () => {
    const [count, blocks, degree] = [16_384, 1000, 800];
    const random = generator(2);
    const graph = graphWith(count + blocks, (add) => {
      for (let block = 0; block < blocks; block++) {
        for (let i = 0; i < degree; i++) add(random(count), count + block);
      }
    });
    const limits = { tries: 100_000, steps: 500_000 };
    const heap: Heap = {
      graph,
      successors: [],
      flags: new Uint8Array(graph.nodeCount),
      owners: ownersAt(Array.from({ length: count }, (_, owner) => owner)),
      bytes: new Float64Array(graph.nodeCount),
      arenaOf: Int32Array.from({ length: graph.nodeCount }, (_, node) => (node < count ? -1 : (node - count) % 50)),
      arenaCount: 50,
    };
    const { sets, reach, held } = analyse(heap, limits);
    expect(sets.tries).toBeLessThanOrEqual(limits.tries);
    expect(sets.steps).toBeLessThanOrEqual(limits.steps);
    expect(reach.subarray(count).some(isUnattributed)).toBe(true);
    expect(pinCosts(held, sets, count, 262144).costBytes.reduce((a, b) => a + b)).toBe(50 * 262144);
  });
});

describe("a random graph of a million nodes", () => {
  const nodeCount = 1_000_000;
  const random = generator(3);
  const graph = graphWith(nodeCount, (add) => {
    for (let i = 0; i < 2 * nodeCount; i++) add(random(nodeCount), random(nodeCount));
  });

  it("has its sets in less than a step an edge", () => {
    const owners = Array.from({ length: 1000 }, () => random(nodeCount));
    const { sets } = reachOf(graph, [...new Set(owners)]);
    expect(sets.steps).toBeLessThan(graph.targets.length);
  });

  it("has its dominators in a few steps an edge", () => {
    const { nodes, steps } = dominators(graph, new Uint8Array(nodeCount), Int32Array.of(0));
    expect(nodes.length).toBeGreaterThan(nodeCount / 2);
    expect(steps).toBeLessThan(16 * sizeOf(graph));
  });
});

describe("dominators", () => {
  it("far above a node cost no climb: a chain, and at its end 200,000 nodes that its head refers to as well", () => {
    const length = 200_000;
    const graph = graphWith(2 * length, (add) => {
      for (let node = 1; node < length; node++) add(node - 1, node);
      for (let node = length; node < 2 * length; node++) add(length - 1, node);
      for (let node = length; node < 2 * length; node++) add(0, node);
    });
    const found = dominators(graph, new Uint8Array(graph.nodeCount), Int32Array.of(0));
    expect(found.steps).toBeLessThan(4 * sizeOf(graph));
    expect(found.dominator[found.numbers[length]]).toBe(found.numbers[0]);
    expect(found.dominator[found.numbers[2 * length - 1]]).toBe(found.numbers[0]);
  });
});

describe("opening", () => {
  it("visits a table that every node of a long chain refers to only once", () => {
    // Nodes 0 to length - 1 are a chain; each refers to one table, and that to 200,000 names.
    const [length, names] = [200_000, 200_000];
    const flags = new Uint8Array(length + 1 + names);
    flags[length] = DATA;
    const graph = graphWith(flags.length, (add) => {
      for (let node = 0; node < length; node++) {
        if (node + 1 < length) add(node, node + 1);
        add(node, length);
      }
      for (let name = 0; name < names; name++) add(length, length + 1 + name);
    });
    const arenaOf = Int32Array.from(flags, (_, node) => (node < length ? Math.floor(node / 1000) : -1));
    const opened = openSole(graph, flags, arenaOf, length / 1000);
    expect(opened.costBytes.at(-1)).toBe(9);
  });
});

describe("the greedy order", () => {
  it("ends, and takes each owner once, also where thousands of needs overlap", () => {
    const random = generator(4);
    const ownerCount = 5000;
    const groups = Array.from({ length: 3000 }, (): Group => {
      const owners = new Set(Array.from({ length: 200 }, () => random(ownerCount)));
      return { owners: Int32Array.from(owners), arenas: 1 + random(4) };
    });
    let taken = 0;
    let arenas = 0;
    for (const step of greedyOrder(groups, ownerCount)) {
      taken += step.owners.length;
      arenas += step.arenas;
    }
    expect(taken).toBe(new Set(groups.flatMap(({ owners }) => [...owners])).size);
    expect(arenas).toBe(groups.reduce((sum, group) => sum + group.arenas, 0));
  });
});
