/** The cursor: the heap of each side at a position. */
import type { HeapStats } from "../../inspect/heapstats.js";
import type { Observation } from "../../replay/observation.js";
import type { MapView } from "./mapcolumns.js";
import type { SideIndex } from "./sideindex.js";

export interface ViewOptions {
  /** Which of the slower columns the map wants: `age`, `type`, `line` of pools and raw runs. Default: none. */
  readonly colour?: "age" | "type" | "line" | null;
  /** The sides wanted. Default: all. */
  readonly sides?: readonly SideIndex[];
}

export interface CursorView {
  readonly position: number;
  /** Index of the last mark at or before the cursor, −1 for none. */
  readonly mark: number;
  /** The event that was run last, and the next one; `null` where there is none. */
  readonly last: EventInfo | null;
  readonly next: EventInfo | null;
  /** In the order of `ViewOptions.sides`. */
  readonly sides: readonly SideView[];
}

export interface EventInfo {
  /** Its index. */
  readonly index: number;
  readonly op: "malloc" | "calloc" | "realloc" | "free" | "mark";
  readonly domain: "obj" | "mem" | "raw";
  readonly id: number;
  /** Bytes asked for; of a free those that its block was asked for. */
  readonly nbytes: number;
  readonly type: number;
  readonly line: number;
  /** Of a mark. */
  readonly name: string | null;
}

export interface SideView {
  readonly side: SideIndex;
  /** The very numbers of `replay --json`. `liveBytes` of a heap image is NaN: it has no requests. */
  readonly moment: Observation;
  readonly stats: HeapStats;
  /** Requests up to here that could not be served. */
  readonly failures: number;
  /** Where the block of the event run last was before it, and is after it; 0 for nowhere. */
  readonly touched: { readonly before: number; readonly after: number };
  readonly map: MapView;
}
