/** Samples: the bytes of a heap at evenly spaced positions. A sample costs a census, not a look at the arenas. */
import { arenaCounters, type HeapStats } from "../inspect/heapstats.js";
import { pinnedBytes } from "./observation.js";
import type { Replay } from "./replay.js";

/** The bytes of a heap after `position` events. */
export interface Sample {
  readonly position: number;
  /** Requested and live, in all domains. */
  readonly liveBytes: number;
  /** Arenas: live blocks, at the size of their classes. */
  readonly allocatedBytes: number;
  /** Arenas: free blocks of pools that have a live block. */
  readonly availableBytes: number;
  /** Arenas: pools without a live block. */
  readonly unusedBytes: number;
  /** See `pinnedBytes` of observation.ts. */
  readonly pinnedBytes: number;
  /** Mapped by the emulated system: arenas, and regions of the raw domain. */
  readonly mappedBytes: number;
}

/** The sample of a heap with these statistics, of which `held` arenas have a live block. */
export function sampleOf(
  { pymalloc, os }: HeapStats,
  held: number,
  { position, liveBytes }: Pick<Sample, "position" | "liveBytes">,
): Sample {
  const { allocated, available, unusedPools } = pymalloc.ledger;
  return {
    position,
    liveBytes,
    allocatedBytes: allocated,
    availableBytes: available,
    unusedBytes: unusedPools,
    pinnedBytes: pinnedBytes(held, pymalloc.arenaSize, allocated),
    mappedBytes: os.mappedBytes,
  };
}

/** The sample of the heap of `replay` at the replay's position. `liveBytes`: for a caller who knows them at less cost. */
export const sample = ({ heap, position }: Replay, liveBytes: number): Sample =>
  sampleOf(heap.stats(), arenaCounters(heap.core).held, { position, liveBytes });

/** `count` + 1 positions from `from` to `to`, evenly spaced; some are equal if there are fewer events. */
export const evenPositions = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, index) => from + Math.floor(((to - from) * index) / count));

/** The same, each position once. */
export const distinctPositions = (from: number, to: number, count: number): number[] =>
  evenPositions(from, to, count).filter((position, index, all) => index === 0 || position !== all[index - 1]);
