/**
 * Containers and their parts. For its user, a dict holds its values; in memory, a data block of the dict holds them. So a
 * container is an object with its own data: the data blocks that it reaches through data alone and that it dominates.
 * Its parts are the objects to which these refer.
 *
 *   object ──► data ──► part           the data is the container's own
 *      ╰────► data ◄── other object    this is not, if a way leads there without the container
 */
import type { Dominators } from "./dominators.js";
import { DATA, type Graph } from "./graph.js";

/** Returns the numbers (see dominators.ts) of the container that is object `number`: its own, then its data's. */
export function containerOf(
  number: number,
  { offsets, targets }: Graph,
  flags: Uint8Array,
  { nodes, numbers, dominator }: Dominators,
): Set<number> {
  const container = new Set([number]);
  for (const member of container) {
    for (let edge = offsets[nodes[member]]; edge < offsets[nodes[member] + 1]; edge++) {
      const target = targets[edge];
      // Each way to data that the container dominates and refers to leads through the container's members alone.
      if (flags[target] & DATA && numbers[target] !== 0 && container.has(dominator[numbers[target]])) {
        container.add(numbers[target]);
      }
    }
  }
  return container;
}

/**
 * Returns the numbers of a container's parts, each once, in the order of its references. Linear in these. `isSeen`: by number, all 0 before
 * and after.
 */
export function partsOf(
  container: Set<number>,
  { offsets, targets }: Graph,
  flags: Uint8Array,
  { nodes, numbers }: Dominators,
  isSeen: Uint8Array,
): Int32Array {
  const parts: number[] = [];
  isSeen[0] = 1; // a node that the owner does not reach
  for (const member of container) isSeen[member] = 1;
  for (const member of container) {
    for (let edge = offsets[nodes[member]]; edge < offsets[nodes[member] + 1]; edge++) {
      const number = numbers[targets[edge]];
      if (isSeen[number] === 1 || flags[targets[edge]] & DATA) continue;
      isSeen[number] = 1;
      parts.push(number);
    }
  }
  isSeen[0] = 0;
  for (const member of container) isSeen[member] = 0;
  for (const part of parts) isSeen[part] = 0;
  return Int32Array.from(parts);
}
