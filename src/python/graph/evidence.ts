/**
 * The audit: reference counts against references found. The count of a mortal object is exact. So it shows which words
 * only look like references, and how many references are missing because C code holds them.
 *
 *   count ≤ references by layout                             drop weaker evidence
 *   count ≤ references by layout and in objects' bodies      drop words of unclaimed data
 *
 *   count − references kept > 0    held by C: a root
 *                           = 0    explained
 *                           < 0    overcounted: some references are borrowed
 */
import { LEVEL, type Level, type References } from "../objects/edges.js";

/** Instead of a reference count: of an immortal or static object; of a data block. */
export const IMMORTAL = -1;
export const UNCOUNTED = -2;

export interface Audit {
  /** By node, the weakest evidence that counts. */
  readonly keptLevel: Uint8Array;
  /** By node, the reference count minus the references kept; for nodes without a count, minus the references. */
  readonly unexplained: Int32Array;
  readonly droppedEdges: number;
}

/**
 * Weighs the references to each node. `refcounts` has a node's reference count, 0 or more, or IMMORTAL, or UNCOUNTED.
 * One pass over the references, 5 bytes a node.
 */
export function auditReferences({ targets, levels }: References, refcounts: Int32Array): Audit {
  const unexplained = refcounts.slice();
  for (let node = 0; node < refcounts.length; node++) if (refcounts[node] < 0) unexplained[node] = 0;
  const keptLevel = new Uint8Array(refcounts.length).fill(LEVEL.DATA);
  let droppedEdges = 0;
  /** Edges of weaker levels: few are. */
  const [body, data]: [number[], number[]] = [[], []];
  for (let edge = 0; edge < targets.length; edge++) {
    if (levels[edge] === LEVEL.LAYOUT) unexplained[targets[edge]]--;
    else (levels[edge] === LEVEL.BODY ? body : data).push(edge);
  }
  const weigh = (edges: readonly number[], level: Level): void => {
    for (const edge of edges) {
      if (level <= keptLevel[targets[edge]]) unexplained[targets[edge]]--;
      else droppedEdges++;
    }
  };
  /** Where the count is accounted for, nothing weaker than `level` counts. */
  const settle = (level: Level): void => {
    for (let node = 0; node < refcounts.length; node++)
      if (refcounts[node] >= 0 && unexplained[node] <= 0 && level < keptLevel[node]) keptLevel[node] = level;
  };
  settle(LEVEL.LAYOUT);
  weigh(body, LEVEL.BODY);
  settle(LEVEL.BODY);
  weigh(data, LEVEL.DATA);
  return { keptLevel, unexplained, droppedEdges };
}

/** Why a node is a root: C code holds it; it is an immortal or static object; it is data that nothing refers to. */
export const NO_ROOT = 0;
export const HELD_BY_C = 1;
export const IS_IMMORTAL = 2;
export const UNREFERENCED = 3;

/** Returns the reason of each node, or NO_ROOT. A free-listed object has count 0 and is not a root. */
export function rootReasons(refcounts: Int32Array, { unexplained }: Audit): Uint8Array {
  const reasons = new Uint8Array(refcounts.length);
  for (let node = 0; node < refcounts.length; node++) {
    const count = refcounts[node];
    if (count === IMMORTAL) reasons[node] = IS_IMMORTAL;
    else if (count === UNCOUNTED && unexplained[node] === 0) reasons[node] = UNREFERENCED;
    else if (count >= 0 && unexplained[node] > 0) reasons[node] = HELD_BY_C;
  }
  return reasons;
}

export interface AuditSummary {
  /** Mortal objects. */
  readonly objects: number;
  /** Those whose count is exactly the references found. */
  readonly explained: number;
  /** Those with references that were not found. */
  readonly heldByC: number;
  /** Those with more references found than counted. */
  readonly overcounted: number;
}

/** Returns how complete the graph is. */
export function auditSummary(refcounts: Int32Array, { unexplained }: Audit): AuditSummary {
  const byOutcome = [0, 0, 0];
  for (let node = 0; node < refcounts.length; node++) {
    if (refcounts[node] >= 0) byOutcome[1 + Math.sign(unexplained[node])]++;
  }
  const [overcounted, explained, heldByC] = byOutcome;
  return { objects: overcounted + explained + heldByC, explained, heldByC, overcounted };
}
