/** A size class in a report. */
import type { SizeClassStats } from "../../inspect/stats.js";

/** A size class: its pools, and their blocks. */
export interface ClassRow {
  /** Bytes of a block. */
  readonly size: number;
  readonly pools: number;
  readonly used: number;
  readonly free: number;
}

export const classRow = ({ blockSize, pools, blocks, available }: SizeClassStats): ClassRow => ({
  size: blockSize,
  pools,
  used: blocks,
  free: available,
});
