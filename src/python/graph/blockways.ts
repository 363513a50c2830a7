/** The ways to all blocks that are asked about, and what refers to each, as plain columns. */
import type { BlockWays } from "../../trace/recordedrun.js";
import type { Names } from "../objects/names.js";
import { KIND } from "../objects/nodes.js";
import type { PythonHeap } from "./ownedheap.js";
import type { Ways } from "./ways.js";

/** Rows at most: a row takes thirty bytes, and a text if no other has the same step. */
const MOST_ROWS = 400_000;
/** Referrers that a row has at most. */
const MOST_REFERRERS = 8;

export interface WaysInput {
  readonly heap: PythonHeap;
  readonly ways: Ways;
  readonly names: Names;
  /** The path of a node. */
  readonly pathOf: (node: number) => string;
  /** The id of the block at an address; −1 if it has none. */
  readonly idAt: (block: number) => number;
}

/** `null` if there are too many. Linear in nodes and references. */
export function blockWays(input: WaysInput): BlockWays | null {
  const { heap, idAt } = input;
  const { objects, bytes } = heap;
  const rowOf = new Int32Array(objects.nodes.count).fill(-1);
  const nodes: number[] = [];
  const id: number[] = [];
  for (let node = 0; node < rowOf.length; node++) {
    const block = bytes[node] === 0 ? -1 : idAt(objects.blockAddress(node));
    if (block < 0) continue;
    rowOf[node] = nodes.length;
    nodes.push(node);
    id.push(block);
    if (nodes.length > MOST_ROWS) return null;
  }
  return { id: Uint32Array.from(id), ...stepColumns(input, nodes, rowOf), ...referrerColumns(input, nodes, rowOf) };
}

function stepColumns(
  { heap, ways, names, pathOf }: WaysInput,
  nodes: readonly number[],
  rowOf: Int32Array,
): Pick<BlockWays, "before" | "step" | "steps"> {
  const { kinds } = heap.objects.nodes;
  const before = new Uint32Array(nodes.length);
  const step = new Uint32Array(nodes.length);
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text) ?? numbers.size;
    numbers.set(text, known);
    return known;
  };
  // One container after the other, for a container's items are looked up together.
  const byParent = [...nodes.keys()].sort((a, b) => ways.before(nodes[a]) - ways.before(nodes[b]));
  for (const row of byParent) {
    const node = nodes[row];
    const parent = ways.before(node);
    const grandparent = parent < 0 ? -1 : ways.before(parent);
    // The first steps from a root belong together: a module's dict has no name of its own, nor has a frame's cell.
    const isNearRoot = parent < 0 || grandparent < 0 || ways.before(grandparent) < 0;
    const last = isNearRoot ? null : names.lastStep(grandparent, parent, node);
    let from = last?.from ?? -1;
    while (from >= 0 && kinds[from] === KIND.DATA) from = ways.before(from);
    const rowBefore = from < 0 ? -1 : rowOf[from];
    before[row] = rowBefore + 1;
    step[row] = numberOf(last !== null && rowBefore >= 0 ? last.text : pathOf(node));
  }
  return { before, step, steps: [...numbers.keys()] };
}

function referrerColumns(
  { heap, pathOf }: WaysInput,
  nodes: readonly number[],
  rowOf: Int32Array,
): Pick<BlockWays, "firsts" | "referrers" | "outside" | "referrerCounts"> {
  const { all: graph, objects } = heap;
  const { kinds, owners } = objects.nodes;
  const referrerCounts = new Uint32Array(nodes.length);
  for (const target of graph.targets) if (rowOf[target] >= 0) referrerCounts[rowOf[target]]++;
  const firsts = new Uint32Array(nodes.length + 1);
  for (let row = 0; row < nodes.length; row++)
    firsts[row + 1] = firsts[row] + Math.min(referrerCounts[row], MOST_REFERRERS);
  const referrers = new Uint32Array(firsts[nodes.length]);
  const next = firsts.slice();
  const outside = new Map<number, number>();
  for (let node = 0; node < graph.nodeCount; node++) {
    for (let edge = graph.offsets[node]; edge < graph.offsets[node + 1]; edge++) {
      const row = rowOf[graph.targets[edge]];
      if (row < 0 || next[row] === firsts[row + 1]) continue;
      // Data refers on behalf of the object that owns it.
      const from = kinds[node] === KIND.DATA && owners[node] >= 0 ? owners[node] : node;
      if (rowOf[from] < 0 && !outside.has(from)) outside.set(from, outside.size);
      referrers[next[row]++] = rowOf[from] >= 0 ? rowOf[from] : nodes.length + (outside.get(from) as number);
    }
  }
  return { firsts, referrers, outside: [...outside.keys()].map(pathOf), referrerCounts };
}
