/** The library: heaps, replay, profiles, statistics, traces. Runs in Node and in browsers; files are in `pymalloc/node`. */
import "./memory/webassembly.js";

export { type CompareOptions, type Comparison, compare, type StrategyReport } from "./compare/comparison.js";
export type { Geometry, UsableOrder } from "./geometry/geometry.js";
export { type CustomGeometry, customProfile, type Profile, profile, profileNames } from "./geometry/profiles.js";
export type { ReleasePolicy } from "./geometry/release.js";
export type { ArenaEvent, HeapEvent, PoolEvent } from "./heap/events.js";
export { type Checkpoint, Heap, type HeapOptions } from "./heap/heap.js";
export { HeapView, type LiveBlock } from "./heap/heapview.js";
export type { BlockRecord, BlockState } from "./inspect/blocks.js";
export { DebugMallocStatsError, formatDebugMallocStats, parseDebugMallocStats } from "./inspect/debugmallocstats.js";
export type { CallCounts, Costs, HeapStats, OsStats, RawStats } from "./inspect/heapstats.js";
export { HeapImage } from "./inspect/image.js";
export type { FreePreview } from "./inspect/previewfree.js";
export type { RawBlockRecord, RegionRecord } from "./inspect/rawblocks.js";
export { ArenaRecord, PoolRecord, type PoolState, Snapshot } from "./inspect/snapshot.js";
export type { ArenaMapStats, ArenaStats, Ledger, PymallocStats, SizeClassStats } from "./inspect/stats.js";
export { MOMENT_METRICS, RUN_METRICS } from "./metrics/metrics.js";
export type { ArenaRow } from "./python/graph/arenarows.js";
export {
  type GraphSummary,
  type HeapOwners,
  ObjectGraph,
  type ObjectGraphOptions,
  type Referrer,
} from "./python/graph/objectgraph.js";
export type { OwnerRow } from "./python/graph/ownertable.js";
export type { PartRow } from "./python/graph/places.js";
export type { PlanRow } from "./python/graph/planrows.js";
export { type AttachedHeap, type AttachOptions, attach } from "./python/interpreter/attach.js";
export { AttachError } from "./python/interpreter/attacherror.js";
export type { Generation } from "./python/interpreter/generations.js";
export type { BlockKind, HeapLook, ObjectHead } from "./python/interpreter/heaplook.js";
export type { Pyodide } from "./python/interpreter/interpreter.js";
export { PythonObjects, type TypedBlock } from "./python/interpreter/objects.js";
export {
  type Holder,
  type Holding,
  type PinnedArena,
  type PinReport,
  pinReport,
  type TypeRow,
  typeCensus,
} from "./python/interpreter/pins.js";
export { Recording } from "./python/interpreter/recording.js";
export type { Request } from "./python/interpreter/requesttable.js";
export { Sites } from "./python/interpreter/sites.js";
export { type Observation, observe, type Pinned } from "./replay/observation.js";
export { hashLines, placementText } from "./replay/placements.js";
export { Replay, type ReplayOptions, type StopCondition } from "./replay/replay.js";
export { renderReport } from "./report/renderreplay.js";
export {
  type ProfileReport,
  profileReport,
  type ReplayReport,
  type ReportSample,
  replayNotes,
} from "./report/replayreport.js";
export { foreignStrategy, STRATEGIES, type Strategy, strategy } from "./strategy/strategies.js";
export { HeapExhaustedError, InvalidPointerError, StaleSnapshotError } from "./text/errors.js";
export { TraceBuilder } from "./trace/builder.js";
export {
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  MAX_IDS,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_MARK,
  OP_REALLOC,
} from "./trace/event.js";
export { decodeTrace, encodeTrace } from "./trace/formats/binary.js";
export { writeRep } from "./trace/formats/rep.js";
export { type ReadOptions, type ReadTrace, readTrace } from "./trace/read.js";
export type { RecordedRun, SourceLine } from "./trace/recordedrun.js";
export * from "./trace/trace.js";
export { type Fit, fitTrace, parseFit } from "./workload/fit.js";
export { makeWorkload, parseWorkload, type Workload } from "./workload/workload.js";
