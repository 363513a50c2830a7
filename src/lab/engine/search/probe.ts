/** Finds hits of one condition on one side. */
export interface Probe {
  /** The first hit in (start, end], or `null`. */
  first(start: number, end: number): number | null;
  /** The last one. */
  last(start: number, end: number): number | null;
}
