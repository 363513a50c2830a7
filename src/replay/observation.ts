/**
 * An observation: what a heap holds at a position, and what holds its arenas. Each number that is derived, not read, is computed here
 * and nowhere else; docs/metrics.md names the functions.
 */
import type { HeapStats, RawStats } from "../inspect/heapstats.js";
import type { Ledger } from "../inspect/stats.js";
import type { Replay } from "./replay.js";

/** The arenas that live blocks keep from being released. */
export interface Pinned {
  /** Arenas with a live block. */
  readonly arenas: number;
  /** Live blocks in arenas, and their bytes at the size of their classes. */
  readonly blocks: number;
  readonly blockBytes: number;
  /** See `pinnedBytes`. */
  readonly pinnedBytes: number;
  /** At most five arenas, those with the fewest live blocks first. */
  readonly leastHeld: readonly { readonly ordinal: number; readonly blocks: number; readonly blockBytes: number }[];
}

export interface Observation {
  /** The mark's name, "mark 2" if the mark has no name, or "end". */
  readonly name: string;
  /** Events run, marks included. */
  readonly position: number;
  /** Bytes requested and live, in all domains. */
  readonly liveBytes: number;
  readonly arenas: {
    readonly obtained: number;
    readonly released: number;
    readonly high: number;
    readonly live: number;
  };
  /** Where the bytes of the arenas are. */
  readonly ledgerBytes: Ledger;
  readonly raw: RawStats;
  /** Bytes that the emulated system has mapped: arenas, and regions of the raw domain. */
  readonly mappedBytes: number;
  readonly pinned: Pinned;
  /** By arena, in the order in which they were obtained: the share of its bytes in live blocks, 0 to 1. */
  readonly occupancy: readonly number[];
}

/** Live arenas, in the order in which they were obtained: live blocks, and their bytes at the size of their classes. */
export interface ArenaBlocks {
  readonly ordinal: ArrayLike<number>;
  readonly blocks: ArrayLike<number>;
  readonly blockBytes: ArrayLike<number>;
}

/** Bytes of `heldArenas` arenas, each with a live block, that are not in live blocks: they cannot be released. */
export const pinnedBytes = (heldArenas: number, arenaSize: number, blockBytes: number): number =>
  heldArenas * arenaSize - blockBytes;

const LEAST_HELD = 5;

/** The observation of a heap with these statistics and these arenas, both read at one position. */
export function observationOf(
  { pymalloc, raw, os }: HeapStats,
  columns: ArenaBlocks,
  { name, position, liveBytes }: Pick<Observation, "name" | "position" | "liveBytes">,
): Observation {
  const { arenaSize, ledger } = pymalloc;
  const { obtained, released, high, live } = pymalloc.arenas;
  const held = Array.from(columns.ordinal, (ordinal, index) => ({
    ordinal,
    blocks: columns.blocks[index],
    blockBytes: columns.blockBytes[index],
  })).filter(({ blocks }) => blocks > 0);
  return {
    name,
    position,
    liveBytes,
    arenas: { obtained, released, high, live },
    ledgerBytes: ledger,
    raw,
    mappedBytes: os.mappedBytes,
    pinned: {
      arenas: held.length,
      blocks: held.reduce((sum, { blocks }) => sum + blocks, 0),
      blockBytes: ledger.allocated,
      pinnedBytes: pinnedBytes(held.length, arenaSize, ledger.allocated),
      leastHeld: held.sort((a, b) => a.blocks - b.blocks || a.ordinal - b.ordinal).slice(0, LEAST_HELD),
    },
    occupancy: Array.from(columns.blockBytes, (bytes) => bytes / arenaSize),
  };
}

/** The observation of the heap of `replay` at the replay's position. */
export function observe(replay: Replay, name: string): Observation {
  const { heap, position, liveBytes } = replay;
  const { arenas } = heap.snapshot();
  const columns = {
    ordinal: arenas.map(({ ordinal }) => ordinal),
    blocks: arenas.map(({ blockCount }) => blockCount),
    blockBytes: arenas.map(({ blockBytes }) => blockBytes),
  };
  return observationOf(heap.stats(), columns, { name, position, liveBytes });
}
