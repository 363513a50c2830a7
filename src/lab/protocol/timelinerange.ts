/** Time: the timeline of a trace, or of a range of it. */
import type { TimelineColumns } from "../../replay/timeline.js";
import type { SideIndex } from "./sideindex.js";

export interface TimelineRange {
  readonly from: number;
  readonly to: number;
  /** Samples, at most. Default: 600. */
  readonly samples?: number;
}

/** Columns of samples, and ticks. */
export interface Timeline extends TimelineColumns {
  readonly side: SideIndex;
  /** Ticks, one an arena obtained, or released: right behind its event, or at most `tickEvents` − 1 events later. */
  readonly obtained: Uint32Array;
  readonly released: Uint32Array;
  /** 1: the ticks are exact. A range of few events has such; `runUntil` finds the very event of any. */
  readonly tickEvents: number;
}
