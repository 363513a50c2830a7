/** The engine, as the page calls it. */
import type { RecordedRun } from "../../trace/recordedrun.js";
import type { PlaceView } from "./blockplace.js";
import type { CursorView, ViewOptions } from "./cursorview.js";
import type { Difference } from "./differencerows.js";
import type { Opened, SideInfo } from "./opened.js";
import type { PinTable } from "./pintable.js";
import type { PoolView } from "./poolcolumns.js";
import type { LabCondition, SearchOptions, SearchResult } from "./searchresult.js";
import type { OnProgress, ProfileChoice, SideIndex } from "./sideindex.js";
import type { Timeline, TimelineRange } from "./timelinerange.js";

export interface LabEngine {
  /**
   * Opens a trace in any form that `readTrace` takes, or a heap image, and makes the sides for it: `profiles`, or the profile that
   * recorded it, else 3.12. The cursor is at the end. Where it fails, what was open stays open; it does so too, with an error
   * named `Superseded`, when something else is opened meanwhile, or `cancel` is called.
   */
  open(
    bytes: Uint8Array,
    name: string,
    profiles?: readonly ProfileChoice[] | null,
    onProgress?: OnProgress,
  ): Promise<Opened>;

  /** The same for a run of Python. */
  openRecording(run: RecordedRun, profiles?: readonly ProfileChoice[] | null, onProgress?: OnProgress): Promise<Opened>;

  /** One side or two. The cursor stays. Throws a `RangeError` for no profile, and where a heap image is open. */
  setProfiles(profiles: readonly ProfileChoice[], onProgress?: OnProgress): Promise<SideInfo[]>;

  /** Puts the cursor at `position`, cut to the trace. `null`: superseded. */
  seek(position: number, options?: ViewOptions): Promise<CursorView | null>;
  /** Moves the cursor by `count` events, negative for back, from where the latest seek or step put it, answered or not. */
  step(count: number, options?: ViewOptions): Promise<CursorView | null>;
  /** To the next mark (1) or the one before (−1); to the end or the start where there is none. */
  toMark(direction: 1 | -1, options?: ViewOptions): Promise<CursorView | null>;
  /** Supersedes whatever is under way, opening included. The cursor stays. */
  cancel(): Promise<void>;

  /** The time line of the whole trace, made when it was opened; or of a range of it, which is replayed for it. */
  timeline(side: SideIndex, range?: TimelineRange, onProgress?: OnProgress): Promise<Timeline | null>;
  /** A pool at the cursor. Throws a `RangeError` where there is none. */
  pool(side: SideIndex, arenaOrdinal: number, index: number): Promise<PoolView>;
  /** What is at `address` at the cursor: any address. */
  block(side: SideIndex, address: number): Promise<PlaceView>;
  /** Address of the live block of `id` at the cursor; 0 for none. */
  locate(side: SideIndex, id: number): Promise<number>;
  /** What holds which arena at the cursor. */
  pins(side: SideIndex): Promise<PinTable>;
  /** What changed on `side` from the earlier of two positions to the later. */
  diff(side: SideIndex, a: number, b: number): Promise<Difference | null>;
  /**
   * The first place after the cursor (direction 1), or the last one before it (−1), right behind an event in which one of
   * `conditions` came to hold. The cursor stays: seek there. Throws a `RangeError` for a condition that is none.
   */
  runUntil(
    conditions: readonly LabCondition[],
    direction: 1 | -1,
    options?: SearchOptions,
    onProgress?: OnProgress,
  ): Promise<SearchResult | null>;

  /** The time line of `timeline` as text. */
  exportTimeline(side: SideIndex, format: "csv" | "json"): Promise<string>;
  /** The heap at the cursor as a heap image, which `open` and the command open again. */
  exportImage(side: SideIndex): Promise<Uint8Array>;
}
