/** The library: heaps, replay, profiles, statistics, traces. Runs in Node and in browsers; files are in `pymalloc/node`. */
import "./webassembly.js";

export { hashLines, placementText } from "./answer.js";
export { type AttachedHeap, type AttachOptions, attach } from "./attach/attach.js";
export { AttachError } from "./attach/attacherror.js";
export type { Generation } from "./attach/generations.js";
export type { Pyodide } from "./attach/interpreter.js";
export { type BlockKind, PythonObjects, type TypedBlock } from "./attach/objects.js";
export {
  type Holder,
  type Holding,
  type PinnedArena,
  type PinReport,
  pinReport,
  type TypeRow,
  typeCensus,
} from "./attach/pins.js";
export { Recording, type Request } from "./attach/recording.js";
export { Sites, type SourceLine } from "./attach/sites.js";
export type { BlockRecord, BlockState } from "./blocks.js";
export { type CompareOptions, type Comparison, compare, type StrategyReport } from "./compare/comparison.js";
export { DebugMallocStatsError, formatDebugMallocStats, parseDebugMallocStats } from "./debugmallocstats.js";
export { HeapExhaustedError, InvalidPointerError, StaleSnapshotError } from "./errors.js";
export type { ArenaEvent, HeapEvent, PoolEvent } from "./events.js";
export type { Geometry, ReleasePolicy, UsableOrder } from "./geometry.js";
export { type Checkpoint, Heap, type HeapOptions } from "./heap.js";
export type { CallCounts, Costs, HeapStats, OsStats, RawStats } from "./heapstats.js";
export { HeapView, type LiveBlock } from "./heapview.js";
export { HeapImage } from "./image.js";
export { MOMENT_METRICS, RUN_METRICS } from "./metrics/metrics.js";
export { type Moment, momentOf, type Pinned } from "./moment.js";
export type { FreePreview } from "./preview.js";
export { type CustomGeometry, customProfile, type Profile, profile, profileNames } from "./profiles.js";
export type { RawBlockRecord, RegionRecord } from "./raw.js";
export { Replay, type ReplayOptions, type StopCondition } from "./replay.js";
export { type ProfileReport, profileReport, type ReplayReport, replayNotes, type Sample } from "./replayreport.js";
export { renderReport } from "./report.js";
export { ArenaRecord, PoolRecord, type PoolState, Snapshot } from "./snapshot.js";
export type { ArenaMapStats, ArenaStats, Ledger, PymallocStats, SizeClassStats } from "./stats.js";
export { foreignStrategy, STRATEGIES, type Strategy, strategy } from "./strategy/strategies.js";
export { decodeTrace, encodeTrace } from "./trace/binary.js";
export { TraceBuilder } from "./trace/builder.js";
export { type ReadOptions, type ReadTrace, readTrace } from "./trace/read.js";
export { writeRep } from "./trace/rep.js";
export * from "./trace/trace.js";
export { type Fit, fitTrace, parseFit } from "./workload/fit.js";
export { makeWorkload, parseWorkload, type Workload } from "./workload/workload.js";
