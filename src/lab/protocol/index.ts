/**
 * What the page and the engine say to each other. The engine lives in a worker (heapworker.ts, by comlink) or, in tests, in the same
 * thread; everything here can be cloned, and typed arrays in answers are the caller's own: the worker transfers them.
 *
 *     page ── open, openRecording ──► engine      a trace, a run of Python, or a heap image
 *          ── setProfiles ──────────►             one or two sides: heaps of different profiles on the same trace
 *          ── seek, step, toMark ───►             the cursor, common to both sides  ──►  Observation of each side
 *          ── pool, block, pins, diff, runUntil, timeline, export… ──►                   at the cursor, or over the trace
 *
 * *Position* is the number of events run, marks included, 0 to `TraceInfo.events`. Bytes are bytes; addresses are of the emulated
 * process, below 4 GiB. Numbers of types and lines index `TraceInfo.types` and `TraceInfo.lines`; 0 is not known.
 *
 * Superseded: `null`. Of several seeks (and steps, and goings to marks) only the latest is answered; a newer one, or `cancel`, also
 * ends what takes long: runUntil, diff, timeline of a range. What is asked for is never half an answer.
 *
 * Errors come as rejections: a file that is no trace as the one line of its `TraceError` or `RangeError`; the engine is as it was.
 */

export type { Geometry } from "../../geometry/geometry.js";
export type { CustomGeometry } from "../../geometry/profiles.js";
export type { HeapStats } from "../../inspect/heapstats.js";
export type { FreePreview } from "../../inspect/previewfree.js";
export type { PoolState } from "../../inspect/snapshot.js";
export type { Observation } from "../../replay/observation.js";
export type { StopCondition } from "../../replay/replay.js";
export type { SourceLine } from "../../trace/recordedrun.js";
export {
  COLLECTED,
  type ObjectLayout,
  type RecordedRun,
  type SeenDrop,
  type SeenObjects,
  type SeenOwner,
  type SeenOwners,
} from "../../trace/recordedrun.js";
export type { Trace } from "../../trace/trace.js";
export * from "./blockplace.js";
export * from "./cursorview.js";
export * from "./differencerows.js";
export * from "./labengine.js";
export * from "./mapcolumns.js";
export * from "./opened.js";
export * from "./pintable.js";
export * from "./poolcolumns.js";
export * from "./searchresult.js";
export * from "./sideindex.js";
export * from "./timelinerange.js";
