/**
 * What freeing a block would do, told before it is done: which list changes, whether the pool empties, whether the arena goes back.
 *
 *     full ──► used     the pool comes first in the ring of its class
 *     used ──► used     the block comes first on the pool's free list
 *     used ──► empty    the pool leaves the ring; its arena has one free pool more, and goes back when all are free
 *
 * Source: obmalloc.c, `pymalloc_free`, `insert_to_usedpool`, `insert_to_freepool`.
 */

import { whyKept, wouldReturn } from "../geometry/release.js";
import { plural } from "../text/units.js";
import type { ArenaRecord, PoolRecord, PoolState, Snapshot } from "./snapshot.js";

export interface FreePreview {
  readonly address: number;
  /** Bytes that come free. */
  readonly size: number;
  readonly pool: {
    readonly index: number;
    readonly before: PoolState;
    readonly after: PoolState;
    /** Blocks in use that would be left in it. */
    readonly blocksLeft: number;
  };
  readonly arena: {
    readonly ordinal: number;
    /** `nfreepools` before and after. */
    readonly nfreepools: number;
    readonly nfreepoolsAfter: number;
    readonly ntotalpools: number;
    /** Blocks in use that would still hold it: how many the free is short of giving it back. */
    readonly blocksLeft: number;
    /** Whether it would go back to the operating system. */
    readonly isReleased: boolean;
  };
  /** The same in sentences. */
  readonly text: readonly string[];
}

/** Whether `arena`, wholly free, would be the last of usable_arenas. One that was full would come first. */
function wouldBeLast({ usableArenas }: Snapshot, arena: ArenaRecord): boolean {
  return arena.nfreepools > 0 ? usableArenas.at(-1)?.index === arena.index : usableArenas.length === 0;
}

/** What freeing the live block at `address` of `pool` would do. */
export function previewFree(snapshot: Snapshot, pool: PoolRecord, address: number): FreePreview {
  const { arena } = pool;
  const blocksLeft = pool.count - 1;
  const after: PoolState = blocksLeft === 0 ? "empty" : "used";
  const nfreepoolsAfter = arena.nfreepools + Number(after === "empty");
  const arenaBlocksLeft = arena.blockCount - 1;
  const isReleased = arenaBlocksLeft === 0 && wouldReturn(snapshot.geometry.release, wouldBeLast(snapshot, arena));
  const before = pool.state;
  return {
    address,
    size: pool.blockSize,
    pool: { index: pool.index, before, after, blocksLeft },
    arena: {
      ordinal: arena.ordinal,
      nfreepools: arena.nfreepools,
      nfreepoolsAfter,
      ntotalpools: arena.ntotalpools,
      blocksLeft: arenaBlocksLeft,
      isReleased,
    },
    text: [
      poolSentence(pool, before, after, blocksLeft),
      arenaSentence(snapshot, arena, after === "empty", arenaBlocksLeft, isReleased),
    ],
  };
}

function poolSentence(pool: PoolRecord, before: PoolState, after: PoolState, left: number): string {
  const name = `pool ${pool.index} (class ${pool.blockSize})`;
  if (after === "empty")
    return `${name} empties: it leaves the ring of its class, usedpools[${pool.szidx}], for the free pools of its arena`;
  if (before === "full")
    return `${name} was full: it comes first in the ring of its class, usedpools[${pool.szidx}], with one free block`;
  return `${name} stays in use: the block comes first on its free list; ${plural(left, "block")} left`;
}

function arenaSentence(
  snapshot: Snapshot,
  arena: ArenaRecord,
  isPoolFreed: boolean,
  left: number,
  isReleased: boolean,
): string {
  const name = `arena ${arena.ordinal}`;
  if (left > 0) {
    const moved = isPoolFreed ? `${name} has ${arena.nfreepools + 1} of ${arena.ntotalpools} pools free; ` : "";
    return `${moved}${name} does not go back: ${plural(left, "block")} still ${left === 1 ? "holds" : "hold"} it`;
  }
  if (isReleased) return `${name} goes back to the operating system`;
  return `${name} is wholly free${whyKept(snapshot.geometry.release)}`;
}
