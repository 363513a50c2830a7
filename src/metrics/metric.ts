/** What a metric is: a number with its formula, its source and the two byte counts that it is made of. */

/** The two byte counts, in the order in which `Metric.counts` names them. Neither is ever negative. */
export type ByteCounts = readonly [number, number];

export interface Measured {
  /** `null` where the metric is not applicable; never NaN or infinite. */
  readonly value: number | null;
  readonly bytes: ByteCounts;
}

/** A metric of `Of`: of a whole run (`Course`) or of a heap at a moment (`HeapMoment`). */
export interface Metric<Of> {
  /** As in JSON. */
  readonly id: string;
  readonly name: string;
  readonly formula: string;
  /** A ratio is a plain number: 0.25 is a quarter. */
  readonly unit: "ratio" | "bytes" | "pools";
  readonly source: string;
  /** What the two byte counts are. */
  readonly counts: readonly [string, string];
  readonly notApplicable: string;
  /** `null` where nothing of it is known, not even the byte counts. */
  measure(of: Of): Measured | null;
}

/**
 * The least denominator of a ratio that has no bound: a page. Who asks for less gets a page all the same, and a ratio to
 * that says nothing about the allocator.
 */
export const LEAST_BYTES = 4096;

/** above ÷ below − minus, or not applicable where there is less than `least` below. */
export function ratio(above: number, below: number, least: number, minus = 0): Measured {
  return { value: below < least ? null : above / below - minus, bytes: [above, below] };
}

/** 1 − part ÷ whole, which is between 0 and 1; not applicable where the whole is 0. */
export function missing(part: number, whole: number): Measured {
  return { value: whole > 0 ? Math.max(1 - part / whole, 0) : null, bytes: [part, whole] };
}
