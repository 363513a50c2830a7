/** The map: every byte between `base` and `top` is in exactly one arena, region or free span. */
import type { PoolState } from "../../inspect/snapshot.js";

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

/** Values of `PoolColumns.state`. */
export const POOL_STATE = { untouched: 0, empty: 1, used: 2, full: 3 } as const satisfies Record<PoolState, number>;
/** Their names, by value. */
export const POOL_STATES = Object.keys(POOL_STATE) as readonly PoolState[];
/** `PoolColumns.szidx` of a pool that never had a class. */
export const NO_CLASS = 0xffff;

/** All pools of all live arenas. */
export interface PoolColumns {
  readonly count: number;
  /** A value of `POOL_STATE`. */
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
