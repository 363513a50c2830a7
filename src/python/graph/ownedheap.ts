/** A heap with its owners: what the questions of this folder are asked of. */

import type { MemoryObjects } from "../objects/memoryobjects.js";
import { FLAG, KIND, type Nodes } from "../objects/nodes.js";
import { type ArenaNeeds, arenaNeeds } from "./arenaneeds.js";
import { components } from "./components.js";
import { type Audit, auditReferences, HELD_BY_C, IMMORTAL, rootReasons, UNCOUNTED } from "./evidence.js";
import { buildGraph, DATA, FIXED, type Graph, NAMESPACE, UNATTRIBUTED } from "./graph.js";
import { leadingTo } from "./leading.js";
import { Namespaces } from "./namespaces.js";
import type { Owners } from "./owners.js";
import { OwnerSets, setLimits } from "./ownersets.js";
import { reachSets } from "./reach.js";

/** By node, arena and owner. */
export interface OwnedHeap {
  readonly graph: Graph;
  /** By node; see graph.ts. */
  readonly flags: Uint8Array;
  /** By node, the bytes that were asked for where that is known, otherwise those of its block; 0 for what is not asked about. */
  readonly bytes: Float64Array | Uint32Array;
  /** By node, its arena, or -1. */
  readonly arenaOf: Int32Array;
  readonly arenaBytes: number;
  readonly owners: Owners;
  readonly sets: OwnerSets;
  /** By node, its set. */
  readonly reach: Int32Array;
  readonly held: ArenaNeeds;
}

/** The heap of an object graph, with its namespaces as owners. */
export interface PythonHeap extends OwnedHeap {
  readonly objects: MemoryObjects;
  readonly owners: Namespaces;
  /** By node, a count, `IMMORTAL` or `UNCOUNTED`. */
  readonly refcounts: Int32Array;
  /** All references that count. `graph` has those that lead to what is asked about; see leading.ts. */
  readonly all: Graph;
  readonly audit: Audit;
}

/** The greatest count: more references than any object has here. */
const MAX_COUNT = 2 ** 31 - 1;

/** Finds the owners of every node. Linear in nodes and references, apart from the sets; see ownersets.ts. */
export function ownedHeap(objects: MemoryObjects): PythonHeap {
  const { nodes, references, memory } = objects;
  const refcounts = countsOf(nodes);
  const audit = auditReferences(references, refcounts);
  const all = buildGraph(references, audit.keptLevel);
  const owners = new Namespaces(objects, all);
  const flags = flagsOf(objects, rootReasons(refcounts, audit));
  const { asked } = objects;
  const graph = asked === null ? all : leadingTo(all, flags, asked);
  fixInternals(graph, flags, owners);
  const sets = new OwnerSets(setLimits(graph.nodeCount, graph.targets.length));
  const reach = reachSets(graph, flags, components(graph, flags), owners, sets);
  const arenaOf = arenasOf(objects);
  return {
    objects,
    all,
    graph,
    flags,
    bytes: asked === null ? nodes.sizes.subarray(0, nodes.count) : bytesOf(objects, asked),
    arenaOf,
    arenaBytes: memory.pools.arenaBytes,
    owners,
    sets,
    reach,
    held: arenaNeeds(reach, arenaOf, memory.pools.arenas.length, sets),
    refcounts,
    audit,
  };
}

function bytesOf(objects: MemoryObjects, asked: Uint8Array): Float64Array {
  const { nodes, memory } = objects;
  const bytes = new Float64Array(nodes.count);
  for (let node = 0; node < nodes.count; node++)
    if (asked[node] === 1) bytes[node] = memory.asked?.bytesOf(objects.blockAddress(node)) ?? nodes.sizes[node];
  return bytes;
}

function countsOf({ count, kinds, flags, refcounts }: Nodes): Int32Array {
  const counts = new Int32Array(count);
  for (let node = 0; node < count; node++) {
    if (kinds[node] === KIND.FREE_LIST) continue; // nobody holds it
    if (kinds[node] !== KIND.OBJECT) counts[node] = UNCOUNTED;
    else if ((flags[node] & (FLAG.IMMORTAL | FLAG.STATIC)) !== 0) counts[node] = IMMORTAL;
    else counts[node] = Math.min(refcounts[node], MAX_COUNT);
  }
  return counts;
}

function flagsOf({ nodes, frames }: MemoryObjects, reasons: Uint8Array): Uint8Array {
  const flags = new Uint8Array(nodes.count);
  for (let node = 0; node < nodes.count; node++) {
    const kind = nodes.kinds[node];
    if (kind !== KIND.OBJECT) flags[node] |= DATA;
    if ((nodes.flags[node] & FLAG.NAMESPACE) !== 0) flags[node] |= NAMESPACE;
    // What nothing known leads to is somebody's, but nobody knows whose.
    else if (kind === KIND.UNKNOWN) flags[node] |= UNATTRIBUTED;
    // The state of an interpreter or a thread.
    else if (kind === KIND.STATE) flags[node] |= FIXED;
    else if ((nodes.flags[node] & (FLAG.IMMORTAL | FLAG.STATIC)) !== 0) flags[node] |= FIXED;
    else if (kind === KIND.OBJECT && reasons[node] === HELD_BY_C) flags[node] |= FIXED;
  }
  for (const { address } of frames) {
    const node = nodes.at(address);
    if (node >= 0) flags[node] = (flags[node] & DATA) | NAMESPACE;
  }
  return flags;
}

/** What a namespace holds under no name, such as the state that a module's C code keeps, goes as little as the namespace does. */
function fixInternals({ nodeCount, offsets, targets }: Graph, flags: Uint8Array, owners: Owners): void {
  const isOwned = new Uint8Array(nodeCount);
  for (const node of owners.nodes) isOwned[node] = 1;
  for (let node = 0; node < nodeCount; node++) {
    if ((flags[node] & NAMESPACE) === 0) continue;
    for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) {
      const target = targets[edge];
      if (isOwned[target] === 0 && (flags[target] & NAMESPACE) === 0) flags[target] |= FIXED;
    }
  }
}

function arenasOf({ nodes, memory }: MemoryObjects): Int32Array {
  const { firsts } = nodes.blocks;
  const arenas = new Int32Array(nodes.count).fill(-1);
  memory.pools.arenaOf.forEach((arena, pool) => {
    arenas.fill(arena, firsts[pool], firsts[pool + 1]);
  });
  return arenas;
}
