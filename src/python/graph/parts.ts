/**
 * A container and its parts. To its user a dict holds its values; in memory, a block of data in between does. So a
 * container is an object with its own data: the blocks that it reaches through data alone, and that only it leads to.
 * Its parts are the objects that these refer to.
 *
 *   object ──► data ──► part           the data is the container's own
 *      ╰────► data ◄── other object    this is not, if there is a way to it without the container
 */
import type { Dominators } from "./dominators.js";
import { DATA, type Graph } from "./graph.js";

/** The numbers of a container: itself, and its own data. `number` and results: see dominators.ts. */
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

/** The numbers of a container's parts in the order of its references, each once. Linear in its references. */
export function partsOf(
  container: Set<number>,
  { offsets, targets }: Graph,
  flags: Uint8Array,
  { nodes, numbers }: Dominators,
): Int32Array {
  const parts = new Set<number>();
  for (const member of container) {
    for (let edge = offsets[nodes[member]]; edge < offsets[nodes[member] + 1]; edge++) {
      const number = numbers[targets[edge]];
      if (number !== 0 && !(flags[targets[edge]] & DATA) && !container.has(number)) parts.add(number);
    }
  }
  return Int32Array.from(parts);
}
