/** What changed between two positions. */
import type { By } from "./pintable.js";

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
