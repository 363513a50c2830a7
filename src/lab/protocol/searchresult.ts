/** Breakpoints: conditions, and the position at which one comes to hold. */
import type { StopCondition } from "../../replay/replay.js";
import type { SideIndex } from "./sideindex.js";

/** `arena-held-by`: by a free or realloc an arena comes to be held by just `blocks` (1 or more) live blocks. */
export type LabCondition = StopCondition | { readonly type: "arena-held-by"; readonly blocks: number };

export interface SearchOptions {
  /** Side on which the heap's conditions are looked for. Default: all; a hit on either counts. */
  readonly side?: SideIndex;
  /** No place beyond this position is looked for. Default: the end of the trace in that direction. */
  readonly limit?: number;
}

export interface SearchResult {
  /** `null` where there is none. */
  readonly position: number | null;
  /** What came to hold there: index in the conditions given, and side. */
  readonly hits: readonly { readonly side: SideIndex; readonly condition: number }[];
}
