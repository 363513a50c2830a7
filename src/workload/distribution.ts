/** How often numbers come: ranges of integers with counts, drawn from with integers alone. */
import type { Random } from "./random.js";

/** `count` numbers from `from` to `to`, both included, each of the range as likely. */
export type CountedRange = readonly [from: number, to: number, count: number];

export class Distribution {
  /** For each range, the counts of it and of all before. */
  readonly #upTo: number[] = [];

  /** At least one range; counts are positive, and less than 2^32 together. */
  constructor(readonly ranges: readonly CountedRange[]) {
    let sum = 0;
    for (const [, , count] of ranges) this.#upTo.push((sum += count));
  }

  /** Takes a number of `random` for the range, unless there is but one, and one for the place in it, unless it has but one. */
  draw(random: Random): number {
    const [from, to] = this.ranges.length === 1 ? this.ranges[0] : this.ranges[this.#rangeOf(random)];
    return from === to ? from : random.between(from, to);
  }

  #rangeOf(random: Random): number {
    const upTo = this.#upTo;
    const wanted = random.below(upTo[upTo.length - 1]);
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle] > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Numbers below this are counted each by itself, higher ones four ranges to a doubling. */
const EXACT = 8;

/** The range in which `n` is counted: at most a quarter as wide as the power of two below it. `n` is 0 to 2^32 − 1. */
export function rangeAround(n: number): readonly [from: number, to: number] {
  if (n < EXACT) return [n, n];
  const shift = 29 - Math.clz32(n);
  const from = ((n >>> shift) << shift) >>> 0;
  return [from, from + 2 ** shift - 1];
}

/** Counts numbers; those of up to `exactTo` each by itself, others in the ranges of `rangeAround`. */
export class Counting {
  readonly #counts = new Map<number, number>();
  readonly #exactTo: number;

  constructor(exactTo: number) {
    this.#exactTo = exactTo;
  }

  add(n: number): void {
    const from = n <= this.#exactTo ? n : Math.max(rangeAround(n)[0], this.#exactTo + 1);
    this.#counts.set(from, (this.#counts.get(from) ?? 0) + 1);
  }

  /** What was counted, in order; empty ranges are not there. */
  ranges(): CountedRange[] {
    const counted = [...this.#counts].sort(([a], [b]) => a - b);
    return counted.map(([from, count]) => [from, from <= this.#exactTo ? from : rangeAround(from)[1], count]);
  }
}
