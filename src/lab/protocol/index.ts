/**
 * What the page and the engine say to each other. The engine lives in a worker (heapworker.ts, by comlink) or, in tests, in the same
 * thread; everything here can be cloned, and typed arrays in answers are the caller's own: the worker transfers them.
 *
 *     page ── open, openRecording ──► engine      a trace, a run of Python, or a heap image
 *          ── setProfiles ──────────►             one or two sides: heaps of different profiles on the same trace
 *          ── seek, step, toMark ───►             the cursor, common to both sides  ──►  Moment of each side
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

import type { Geometry } from "../../geometry/geometry.js";
import type { CustomGeometry, Profile } from "../../geometry/profiles.js";
import type { HeapStats } from "../../inspect/heapstats.js";
import type { FreePreview } from "../../inspect/previewfree.js";
import type { PoolState } from "../../inspect/snapshot.js";
import type { SourceLine } from "../../python/interpreter/sites.js";
import type { Moment } from "../../replay/observation.js";
import type { StopCondition } from "../../replay/replay.js";
import { COLLECTED, type ObjectLayout, type RecordedRun, type SeenObjects } from "../../trace/recordedrun.js";
import type { Trace } from "../../trace/trace.js";

export type { CustomGeometry, FreePreview, Geometry, HeapStats, Moment, PoolState, SourceLine, StopCondition, Trace };
export { COLLECTED, type ObjectLayout, type RecordedRun, type SeenObjects };

/** The left heap, or the right one. */
export type SideIndex = 0 | 1;

/** A profile by name (`3.12`, `2.7-32`, `wasm32`), or a geometry of one's own. */
export type ProfileChoice = string | CustomGeometry;

/** How far a long operation has come. With comlink wrap the function: `proxy(onProgress)`. */
export interface Progress {
  readonly doing: "reading" | "first pass" | "searching" | "sampling";
  /** 0 to 1. */
  readonly done: number;
}

export type OnProgress = (progress: Progress) => void;

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
  seek(position: number, options?: ViewOptions): Promise<MomentView | null>;
  /** Moves the cursor by `count` events, negative for back, from where the latest seek or step put it, answered or not. */
  step(count: number, options?: ViewOptions): Promise<MomentView | null>;
  /** To the next mark (1) or the one before (−1); to the end or the start where there is none. */
  toMark(direction: 1 | -1, options?: ViewOptions): Promise<MomentView | null>;
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

// ---- what is open ------------------------------------------------------------------------------------

export interface Opened {
  readonly info: TraceInfo;
  readonly sides: SideInfo[];
}

export interface TraceInfo {
  readonly kind: "trace" | "recording" | "image";
  readonly name: string;
  /** What the bytes were: `rep`, `pytrace`, `mtrace`, `heaptrack`, `memray`, `image`, `recording`. */
  readonly format: string;
  /** Marks included; 0 for a heap image, which is one moment. */
  readonly events: number;
  /** Events of the MEM and OBJ domains. */
  readonly ops: number;
  /** One more than the highest id. */
  readonly ids: number;
  readonly peakLiveBytes: number;
  readonly recordedBy: string | null;
  /** Names as in `replay --json`; positions right behind the marks. */
  readonly marks: readonly MarkInfo[];
  /** Entry 0 is "unknown"; only that one where types are not known. */
  readonly types: readonly string[];
  /** Entry 0 is `null`; only that one where lines are not known. */
  readonly lines: readonly (SourceLine | null)[];
  /** What a reader must know, a sentence each. */
  readonly notes: readonly string[];
}

export interface MarkInfo {
  readonly name: string;
  readonly position: number;
}

export interface SideInfo {
  /** Name of the profile; `custom` for a geometry. */
  readonly profile: string;
  readonly geometry: Geometry;
  readonly pointerBits: 32 | 64;
  /** What stands behind the placements of this profile. */
  readonly witness: Profile["witness"];
  readonly source: string;
  /** NB_SMALL_SIZE_CLASSES. */
  readonly classCount: number;
  /** What to know before comparing, a sentence each. */
  readonly notes: readonly string[];
  /** Bytes that the moments kept on the way take. */
  readonly keyframeBytes: number;
}

// ---- the cursor --------------------------------------------------------------------------------------

export interface ViewOptions {
  /** Which of the slower columns the map wants: `age`, `type`, `line` of pools and raw runs. Default: none. */
  readonly colour?: "age" | "type" | "line" | null;
  /** The sides wanted. Default: all. */
  readonly sides?: readonly SideIndex[];
}

export interface MomentView {
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
  readonly moment: Moment;
  readonly stats: HeapStats;
  /** Requests up to here that could not be served. */
  readonly failures: number;
  /** Where the block of the event run last was before it, and is after it; 0 for nowhere. */
  readonly touched: { readonly before: number; readonly after: number };
  readonly map: MapView;
}

// ---- the map: every byte between `base` and `top` is in exactly one arena, region or free span ------------

export interface MapView {
  /** First address that the emulated system maps, and the end of the highest span. */
  readonly base: number;
  readonly top: number;
  readonly arenas: ArenaColumns;
  readonly pools: PoolColumns;
  readonly regions: RegionColumns;
  readonly rawRuns: RawRunColumns;
  /** What lies between spans and is not mapped; of an attached heap's image also what is Python's own. */
  readonly freeSpans: { readonly count: number; readonly address: Uint32Array; readonly bytes: Uint32Array };
}

/** Live arenas, in the order in which they were obtained. */
export interface ArenaColumns {
  readonly count: number;
  readonly ordinal: Uint32Array;
  readonly address: Uint32Array;
  /** What it takes of the system: a misaligned arena lies in the middle of a span that is one pool longer. */
  readonly spanAddress: Uint32Array;
  readonly spanBytes: Uint32Array;
  /** Address of pool 0; pool i is at i × pool size from it. */
  readonly firstPoolAddress: Uint32Array;
  /** Index of pool 0 in `PoolColumns`; one entry more, the count, at the end. */
  readonly firstPool: Uint32Array;
  readonly nfreepools: Uint32Array;
  readonly ntotalpools: Uint32Array;
  /** Live blocks, and their bytes at the size of their classes. */
  readonly blocks: Uint32Array;
  readonly blockBytes: Uint32Array;
  /** Place in usable_arenas, 0 for the one that serves next; −1 where it is not in it. */
  readonly usable: Int32Array;
}

/** Values of `PoolColumns.state`, and the name of each. */
export const POOL = { UNTOUCHED: 0, EMPTY: 1, USED: 2, FULL: 3 } as const;
export const POOL_STATES: readonly PoolState[] = ["untouched", "empty", "used", "full"];
/** `PoolColumns.szidx` of a pool that never had a class. */
export const NO_CLASS = 0xffff;

/** All pools of all live arenas. */
export interface PoolColumns {
  readonly count: number;
  /** Index in `POOL_STATES`. */
  readonly state: Uint8Array;
  /** The size class of its present or last life, or `NO_CLASS`. */
  readonly szidx: Uint16Array;
  /** Live blocks. */
  readonly blocks: Uint16Array;
  /** Share of its blocks that are live: 0 for none only, 255 for all only. */
  readonly occupancy: Uint8Array;
  /** Mean age of its live blocks in events, −1 where there is none; `null` unless asked for. */
  readonly age: Float32Array | null;
  /** The type, and the line, that most of its live bytes are of; `null` unless asked for. */
  readonly type: Uint32Array | null;
  readonly line: Uint32Array | null;
}

/** Regions of the raw domain, in order of address: 12 bytes of header, the runs, 4 bytes of end. */
export interface RegionColumns {
  readonly count: number;
  readonly address: Uint32Array;
  readonly bytes: Uint32Array;
  /** 1 for a region that one large block has to itself. */
  readonly isMapped: Uint8Array;
  /** Index of its first run; one entry more, the count, at the end. */
  readonly firstRun: Uint32Array;
}

/** Blocks of the raw domain next to each other and alike. Each is a run of its own unless `isMerged`. */
export interface RawRunColumns {
  readonly count: number;
  /** Whether neighbours of one state were put together, as there are too many to draw. */
  readonly isMerged: boolean;
  /** Of the first block's header. */
  readonly address: Uint32Array;
  /** Headers included. */
  readonly bytes: Uint32Array;
  readonly blocks: Uint32Array;
  readonly isFree: Uint8Array;
  readonly age: Float32Array | null;
  readonly type: Uint32Array | null;
  readonly line: Uint32Array | null;
}

// ---- time --------------------------------------------------------------------------------------------

export interface TimelineRange {
  readonly from: number;
  readonly to: number;
  /** Samples, at most. Default: 600. */
  readonly samples?: number;
}

/** Columns of equal length, and ticks. Bytes. */
export interface Timeline {
  readonly side: SideIndex;
  readonly position: Uint32Array;
  /** Asked for and live, in all domains. */
  readonly live: Float64Array;
  /** Arenas: live blocks at the size of their classes; blocks not in use of pools in use; pools without a block in use. */
  readonly allocated: Float64Array;
  readonly available: Float64Array;
  readonly unused: Float64Array;
  /** Arenas with a live block, less the bytes of those blocks. */
  readonly pinned: Float64Array;
  /** Arenas, and regions of the raw domain. */
  readonly mapped: Float64Array;
  /** Ticks, one an arena obtained, or released: right behind its event, or at most `tickEvents` − 1 events later. */
  readonly obtained: Uint32Array;
  readonly released: Uint32Array;
  /** 1: the ticks are exact. A range of few events has such; `runUntil` finds the very event of any. */
  readonly tickEvents: number;
}

// ---- a pool, a block ---------------------------------------------------------------------------------

/** Values of `PoolView.blockState`, and the name of each. */
export const BLOCK = { UNTOUCHED: 0, FREE: 1, ALLOCATED: 2 } as const;
export const BLOCK_STATES = ["untouched", "free", "allocated"] as const;

export interface PoolView {
  readonly position: number;
  readonly arenaOrdinal: number;
  readonly index: number;
  readonly address: number;
  readonly state: PoolState;
  /** Its header, as CPython has it. Links are addresses of pools, 0 for none or the head of the ring. */
  readonly header: {
    readonly count: number;
    readonly freeblock: number;
    readonly nextpool: number;
    readonly prevpool: number;
    readonly arenaindex: number;
    readonly szidx: number | null;
    readonly nextoffset: number;
    readonly maxnextoffset: number;
  };
  readonly headerBytes: number;
  readonly blockSize: number;
  readonly capacity: number;
  /** Bytes at its end that no block can use. */
  readonly quantizationBytes: number;
  // Columns by block, in order of address: block i is at `headerBytes` + i × `blockSize`.
  /** Index in `BLOCK_STATES`. */
  readonly blockState: Uint8Array;
  /** Of a free block its place on the free list, 0 for the one handed out next; else −1. */
  readonly freeIndex: Int32Array;
  /** Of a live block its id, else −1. */
  readonly id: Int32Array;
  /** Of a live block: bytes asked for; the event that allocated it (−1 not known); type; line. */
  readonly asked: Uint32Array;
  readonly bornAt: Int32Array;
  readonly type: Uint32Array;
  readonly line: Uint32Array;
}

/** What a live block was asked for; `null` in a heap image. */
export interface BlockOrigin {
  readonly id: number;
  readonly domain: "obj" | "mem" | "raw";
  /** Bytes asked for, when it was allocated or last resized. */
  readonly asked: number;
  /** Index of the event that allocated it, and how many events ago that is: 0 for the one run last. */
  readonly bornAt: number;
  readonly age: number;
  /** Index of the event that last resized it; −1 for none. */
  readonly resizedAt: number;
  readonly type: number;
  readonly line: number;
  /** Index of the event that will free it; −1 where none does. */
  readonly freedAt: number;
}

/** What is at an address. `text` says it in one line, as in "block 17 of pool 3 of arena 0, class 48, already free". */
export type PlaceView = { readonly position: number; readonly address: number; readonly text: string } & (
  | BlockPlace
  | RawPlace
  | {
      readonly kind: "header" | "quantization" | "untouched-pool";
      readonly arenaOrdinal: number;
      readonly poolIndex: number;
    }
  | { readonly kind: "arena-edge"; readonly arenaOrdinal: number }
  | { readonly kind: "free-span" | "outside" }
);

export interface BlockPlace {
  readonly kind: "block";
  readonly state: (typeof BLOCK_STATES)[number];
  readonly arenaOrdinal: number;
  readonly poolIndex: number;
  readonly blockIndex: number;
  readonly blockAddress: number;
  /** Bytes; the size of the class. */
  readonly size: number;
  readonly szidx: number;
  /** Of a free block: its place on the free list, and the next free block (0 for the last). */
  readonly freeIndex: number | null;
  readonly nextFree: number | null;
  readonly origin: BlockOrigin | null;
  /** Of an object that was seen: `null` in what is no run of Python. */
  readonly object: ObjectState | null;
  /** Of a live block: what freeing it would do. */
  readonly preview: FreePreview | null;
  /** How its bytes are used, in order: they add up to `size`. */
  readonly parts: readonly BlockPart[];
  /** Its bytes, where they are known: in heap images. */
  readonly bytes: Uint8Array | null;
}

/** What an object was when it was last seen before the cursor or, if it was not, when it was first seen after it. */
export interface ObjectState {
  /** Of the moment when it was seen. */
  readonly position: number;
  /** `ob_refcnt`. */
  readonly refcount: number;
  readonly collected: (typeof COLLECTED)[number];
}

/** `asked`: the holder's, as one. Of an object of a known type it is cut into what CPython lays out, from `managed` to `object`, the rest. */
export interface BlockPart {
  readonly what:
    | "asked"
    | "managed"
    | "gc-head"
    | "ob_refcnt"
    | "ob_type"
    | "object"
    | "rounding"
    | "link"
    | "left-over"
    | "untouched"
    | "unknown";
  readonly offset: number;
  readonly bytes: number;
}

export interface RawPlace {
  readonly kind: "raw-block" | "raw-free" | "raw-header";
  /** Of the payload, or of the header. */
  readonly blockAddress: number;
  /** Bytes of the payload. */
  readonly size: number;
  readonly regionAddress: number;
  readonly regionBytes: number;
  readonly isMapped: boolean;
  readonly origin: BlockOrigin | null;
}

// ---- breakpoints -------------------------------------------------------------------------------------

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

// ---- what holds memory, and what changed ---------------------------------------------------------------

/** Live blocks in arenas that have something in common: a type, a line or a size class. */
export interface HoldingRow {
  /** Number of the type or line; szidx. */
  readonly key: number;
  /** As in "dict", "app.py:12 load", "48 bytes". */
  readonly name: string;
  readonly blocks: number;
  /** At the size of their classes. */
  readonly bytes: number;
}

export interface HolderRow extends HoldingRow {
  /** Ordinals of the arenas that they are in. */
  readonly arenas: Uint32Array;
  /** Bytes of arenas that would go back if these blocks were gone. */
  readonly pinCostBytes: number;
}

/** The same by what is known; `byType` and `byLine` are empty where nothing is. */
export interface By<Row> {
  readonly byType: readonly Row[];
  readonly byLine: readonly Row[];
  readonly byClass: readonly Row[];
}

export interface PinnedArenaRow {
  readonly ordinal: number;
  readonly address: number;
  readonly blocks: number;
  readonly bytes: number;
  /** Arena size − bytes. */
  readonly pinnedBytes: number;
  /** What holds it: at most eight of each, the most bytes first. */
  readonly holdings: By<HoldingRow>;
}

export interface PinTable {
  readonly position: number;
  /** Arenas with a live block, those that the fewest hold first. */
  readonly arenas: readonly PinnedArenaRow[];
  /** The highest pin cost first, then the most bytes. */
  readonly holders: By<HolderRow>;
  readonly liveBytes: number;
  readonly pinnedBytes: number;
}

/** Blocks, and the bytes that were asked for them. */
export interface Amount {
  readonly blocks: number;
  readonly bytes: number;
}

export interface DifferenceRow {
  readonly key: number;
  readonly name: string;
  readonly born: Amount;
  readonly died: Amount;
}

/**
 * From `from` to `to`: aliveAfter = aliveBefore + born − died, in blocks; in bytes + `resizedBytes` too. The rows of each of
 * byType, byLine, byClass add up to born and died. szidx −1: blocks of the raw domain, whether by size or by routing.
 */
export interface Difference {
  readonly from: number;
  readonly to: number;
  readonly aliveBefore: Amount;
  readonly aliveAfter: Amount;
  /** Allocated since `from`, and alive at `to`; alive at `from`, and dead at `to`. */
  readonly born: Amount;
  readonly died: Amount;
  /** Allocated and freed in between: blocks, and bytes as first asked for. */
  readonly passing: Amount;
  /** What those alive at both have grown by reallocs. */
  readonly resizedBytes: number;
  readonly rows: By<DifferenceRow>;
  readonly arenasObtained: Uint32Array;
  readonly arenasReleased: Uint32Array;
  /** Pools whose live blocks or class differ, of arenas that are there at either moment. */
  readonly pools: {
    readonly count: number;
    readonly arenaOrdinal: Uint32Array;
    readonly index: Uint32Array;
    readonly blocksBefore: Uint16Array;
    readonly blocksAfter: Uint16Array;
    /** Or `NO_CLASS`: never had one, or its arena is not there. */
    readonly szidxBefore: Uint16Array;
    readonly szidxAfter: Uint16Array;
  };
}
