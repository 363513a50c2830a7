/** The tree of immediate dominators: sums over dominated nodes, and the lowest common dominator of sets of nodes. */
import type { Dominators } from "./dominators.js";

/**
 * Returns, by number, the sum of `values` (by number) over the nodes that it dominates, itself included: for bytes, its
 * retained size. Linear.
 */
export function dominatedSums({ dominator }: Dominators, values: Float64Array): Float64Array {
  const sums = values.slice();
  for (let number = sums.length - 1; number > 0; number--) sums[dominator[number]] += sums[number];
  return sums;
}

/** Places in the tree, by number: a dominates b exactly if enter[a] <= enter[b] < leave[a]. */
export interface TreeOrder {
  readonly enter: Int32Array;
  readonly leave: Int32Array;
}

/** Places each node directly before the nodes that it dominates. Linear. */
export function treeOrder({ dominator }: Dominators): TreeOrder {
  const leave = new Int32Array(dominator.length).fill(1); // at first, how many nodes are dominated
  for (let number = dominator.length - 1; number > 0; number--) leave[dominator[number]] += leave[number];
  const enter = new Int32Array(dominator.length);
  const next = new Int32Array(dominator.length).fill(1); // the place of the next child
  for (let number = 1; number < dominator.length; number++) {
    const above = dominator[number];
    enter[number] = next[above];
    next[above] += leave[number];
    next[number] = enter[number] + 1;
  }
  for (let number = 0; number < dominator.length; number++) leave[number] += enter[number];
  return { enter, leave };
}

/**
 * Returns, by set of nodes, the number of the lowest node that dominates all of them. `firsts` and `lasts` are the lowest
 * and the highest place in each set. For an empty set, these and the result are -1. Linear in nodes, s log s in s sets.
 */
export function lowestDominators({ enter, leave }: TreeOrder, firsts: Int32Array, lasts: Int32Array): Int32Array {
  const atPlace = new Int32Array(enter.length);
  for (let number = 0; number < enter.length; number++) atPlace[enter[number]] = number;
  const byLast = Int32Array.from(lasts.keys()).sort((a, b) => lasts[a] - lasts[b]);
  const lowest = new Int32Array(lasts.length).fill(-1);
  const dominating = new Int32Array(enter.length); // those of the place, from the root down
  let depth = 0;
  let next = 0;
  while (next < byLast.length && lasts[byLast[next]] < 0) next++;
  for (let place = 0; place < enter.length; place++) {
    while (depth > 0 && leave[dominating[depth - 1]] <= place) depth--;
    dominating[depth++] = atPlace[place];
    for (; next < byLast.length && lasts[byLast[next]] === place; next++) {
      lowest[byLast[next]] = dominating[lastAtMost(firsts[byLast[next]])];
    }
  }
  return lowest;

  /** How deep the last of `dominating` stands that is entered at `place` or before. */
  function lastAtMost(place: number): number {
    let low = 0;
    for (let high = depth - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (enter[dominating[middle]] <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
