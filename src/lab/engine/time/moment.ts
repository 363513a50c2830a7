/**
 * The moment of `replay --json` from what the map has already read: `momentOf` of src/replay/observation.ts makes a record a pool and counts live
 * bytes from the start, which for each step of a large heap is too slow. A test holds the two equal.
 */
import type { HeapStats } from "../../../inspect/heapstats.js";
import type { Moment } from "../../../replay/observation.js";
import type { ArenaColumns } from "../../protocol/index.js";

const LEAST_HELD = 5;

/** `arenas` and `stats` of one heap at one moment. */
export function momentFrom(
  { pymalloc, raw, os }: HeapStats,
  columns: ArenaColumns,
  at: Pick<Moment, "name" | "position" | "liveBytes">,
): Moment {
  const { arenaSize, ledger } = pymalloc;
  const { obtained, released, high, live } = pymalloc.arenas;
  const held = Array.from(columns.ordinal, (ordinal, index) => ({
    ordinal,
    blocks: columns.blocks[index],
    blockBytes: columns.blockBytes[index],
  })).filter(({ blocks }) => blocks > 0);
  return {
    name: at.name,
    position: at.position,
    liveBytes: at.liveBytes,
    arenas: { obtained, released, high, live },
    ledgerBytes: ledger,
    raw,
    mappedBytes: os.mappedBytes,
    pinned: {
      arenas: held.length,
      blocks: held.reduce((sum, { blocks }) => sum + blocks, 0),
      blockBytes: ledger.allocated,
      pinnedBytes: held.length * arenaSize - ledger.allocated,
      leastHeld: held.sort((a, b) => a.blocks - b.blocks || a.ordinal - b.ordinal).slice(0, LEAST_HELD),
    },
    occupancy: Array.from(columns.blockBytes, (bytes) => bytes / arenaSize),
  };
}
