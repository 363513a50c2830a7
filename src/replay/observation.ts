/** A moment of a replay: what the heap holds, and what holds it. */
import type { RawStats } from "../inspect/heapstats.js";
import type { Ledger } from "../inspect/stats.js";
import type { Replay } from "./replay.js";

/**
 * The memory that cannot go back. Pinned bytes are those of arenas with a live block, less the bytes of their live blocks (at the
 * size of their classes): Σ over such arenas of arena size − live bytes.
 */
export interface Pinned {
  /** Arenas with a live block. */
  readonly arenas: number;
  /** Live blocks in arenas, and their bytes. */
  readonly blocks: number;
  readonly blockBytes: number;
  readonly pinnedBytes: number;
  /** The arenas that the fewest blocks keep from going back: at most five, the fewest first. */
  readonly leastHeld: readonly { readonly ordinal: number; readonly blocks: number; readonly blockBytes: number }[];
}

export interface Moment {
  /** The mark's name, "mark 2" where it has none, or "end". */
  readonly name: string;
  /** Events run, marks included. */
  readonly position: number;
  /** Bytes asked for and live, in all domains. */
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
  /** What the emulated system has mapped: arenas and the raw domain's regions. */
  readonly mappedBytes: number;
  readonly pinned: Pinned;
  /** By arena, in the order in which they were obtained: the share of its bytes that live blocks have, 0 to 1. */
  readonly occupancy: readonly number[];
}

const LEAST_HELD = 5;

/** The moment at which `replay` stands. */
export function momentOf(replay: Replay, name: string): Moment {
  const { pymalloc, raw, os } = replay.heap.stats();
  const { arenaSize } = replay.heap.profile.geometry;
  const arenas = replay.heap.snapshot().arenas.map(({ ordinal, blockCount, blockBytes }) => ({
    ordinal,
    blocks: blockCount,
    blockBytes,
  }));
  const held = arenas.filter(({ blocks }) => blocks > 0);
  const { obtained, released, high, live } = pymalloc.arenas;
  return {
    name,
    position: replay.position,
    liveBytes: replay.liveBytes,
    arenas: { obtained, released, high, live },
    ledgerBytes: pymalloc.ledger,
    raw,
    mappedBytes: os.mappedBytes,
    pinned: {
      arenas: held.length,
      blocks: held.reduce((sum, { blocks }) => sum + blocks, 0),
      blockBytes: pymalloc.ledger.allocated,
      pinnedBytes: held.length * arenaSize - pymalloc.ledger.allocated,
      leastHeld: held.sort((a, b) => a.blocks - b.blocks || a.ordinal - b.ordinal).slice(0, LEAST_HELD),
    },
    occupancy: arenas.map(({ blockBytes }) => blockBytes / arenaSize),
  };
}
