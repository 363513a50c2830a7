/** A pool from the inside. */
import type { PoolState } from "../../inspect/snapshot.js";

/** Values of `PoolView.blockState`. */
export const BLOCK_STATE = { untouched: 0, free: 1, allocated: 2 } as const;
/** Their names, by value. */
export const BLOCK_STATES = Object.keys(BLOCK_STATE) as readonly (keyof typeof BLOCK_STATE)[];

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
  /** A value of `BLOCK_STATE`. */
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
