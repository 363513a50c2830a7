/** How a run went, as the metrics see it: samples by event count, so that it is the same on every machine. */

export interface CourseSample {
  /** Events run, marks included. */
  readonly position: number;
  /** Bytes asked for and live. */
  readonly liveBytes: number;
  readonly heldBytes: number;
  /** `null` where nobody can tell: foreign wasm. */
  readonly residentBytes: number | null;
}

export interface Course {
  /** At evenly spaced positions: each stands for as many events as any other. At least one. */
  readonly samples: readonly CourseSample[];
  /** The first moment at which the most bytes were asked for and live: exact, not only sampled. */
  readonly mostLive: CourseSample;
  /** The first moment at which the most bytes were held: exact. */
  readonly mostHeld: CourseSample;
  /** Requests that could not be served: what they asked for is not live, but in the bounds. */
  readonly failures: number;
  /** At each of the samples, the bytes that no allocator that gets memory in such units can do without. */
  readonly lowerBoundBytes: ArrayLike<number>;
  /** At each of the samples, what an allocator held that knew when each block would die. */
  readonly greedyBoundBytes: ArrayLike<number>;
}

/** The mean of numbers that are no wilder than bytes: their sum is exact. 0 of none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length === 0 ? 0 : sum / values.length;
}
