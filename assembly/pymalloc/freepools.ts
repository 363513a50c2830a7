/**
 * Pools out of arenas and back: which pool a class gets next, and when an arena goes back.
 *
 * A pool comes from the head of usable_arenas: the one emptied last, else the next never carved. A pool that became empty goes on
 * its arena's stack. What differs by version: `returns` says whether a wholly free arena goes back (eager to 3.8, not the last one
 * from 3.9 on); 2.3 and 2.4 (RELEASE_NEVER) have one stack of empty pools for all arenas, carve from one current arena, and give
 * none back.
 *
 * Source: obmalloc.c, `allocate_from_new_pool`, `insert_to_freepool`; of 2.3 and 2.4 `PyObject_Malloc` and `PyObject_Free`.
 */

import { RELEASE_KEEP_LAST, RELEASE_NEVER } from "../layout/codes";
import { DEBUG } from "../layout/debug";
import { ARENA_OBJECT_SIZE, DUMMY_SIZE_IDX } from "../layout/layout";
import { STRATEGY } from "../layout/place";
import { ARENA_FULLEST } from "../layout/strategylayout";
import { chooseArena, dropFreePool } from "../strategy/arenachoice";
import { policy } from "../strategy/policy";
import { Arena, arenaAt, arenas, newArena, releaseArena } from "./arena";
import { geometry } from "./geometry";
import { Pool, poolOf } from "./pool";
import { lastWith, leaveFinger, linkHead, moveBehind, setLastWith, slide, unlinkArena } from "./usablearenas";

/** The next pool that was never used of an arena that has one. */
function carvePool(arena: Arena): Pool {
  const pool = poolOf(arena.pool_address);
  arena.pool_address += geometry.poolSize;
  arenas.poolsCarved++;
  pool.arenaindex = <u32>((changetype<usize>(arena) - arenas.table) / ARENA_OBJECT_SIZE);
  pool.szidx = DUMMY_SIZE_IDX;
  return pool;
}

function countTaken(arena: Arena): void {
  arenas.poolsTaken++;
  arenas.nfreepools--;
  if (arena.nfreepools == arena.ntotalpools) arenas.nempty--;
}

/** 2.3 and 2.4: the pool emptied last, of whatever arena; else one carved from the current arena. */
function takePoolOfAny(): usize {
  if (arenas.freepools) {
    const pool = changetype<Pool>(arenas.freepools);
    arenas.freepools = changetype<usize>(pool.nextpool);
    const arena = arenaAt(pool.arenaindex);
    countTaken(arena);
    arena.nfreepools--;
    return changetype<usize>(pool);
  }
  let current = changetype<Arena>(arenas.current);
  if (!arenas.current || current.pool_address + geometry.poolSize > current.address + geometry.arenaSize) {
    const opened = newArena();
    if (!opened) return 0;
    arenas.current = opened;
    current = changetype<Arena>(opened);
  }
  countTaken(current);
  current.nfreepools--;
  return changetype<usize>(carvePool(current));
}

/** A pool on no list, its header as its last life left it or just carved; 0 when there is no memory. */
export function takePool(): usize {
  if (geometry.release == RELEASE_NEVER) return takePoolOfAny();
  if (!arenas.usable_arenas) {
    const opened = newArena();
    if (!opened) return 0;
    arenas.usable_arenas = opened;
    if (geometry.fingers) setLastWith(changetype<Arena>(opened).nfreepools, opened);
  }
  const head = STRATEGY && policy.arena != ARENA_FULLEST ? chooseArena() : arenas.usable_arenas;
  const arena = changetype<Arena>(head);
  const nfreepools = arena.nfreepools;
  if (DEBUG) assert(nfreepools > 0); // usable
  countTaken(arena);
  if (STRATEGY && policy.arena != ARENA_FULLEST) {
    dropFreePool(arena);
  } else {
    if (geometry.fingers) {
      if (lastWith(nfreepools) == head) setLastWith(nfreepools, 0);
      if (nfreepools > 1) setLastWith(nfreepools - 1, head);
    }
    arena.nfreepools = nfreepools - 1;
    if (nfreepools == 1) unlinkArena(arena);
  }
  if (arena.freepools) {
    const pool = changetype<Pool>(arena.freepools);
    arena.freepools = changetype<usize>(pool.nextpool);
    return changetype<usize>(pool);
  }
  return changetype<usize>(carvePool(arena));
}

/** Whether a wholly free arena goes back. `listed`: it was usable before; else it would come first of usable_arenas. */
function returns(arena: Arena, listed: bool): bool {
  if (STRATEGY && policy.keepsArenas) return false;
  if (geometry.release != RELEASE_KEEP_LAST) return true;
  return (listed ? arena.nextarena : arenas.usable_arenas) != 0;
}

/** insert_to_freepool: a pool that became empty, and is on no ring, goes back to its arena; the arena may go back in turn. */
export function returnPool(pool: Pool): void {
  arenas.nfreepools++;
  const arena = arenaAt(pool.arenaindex);
  const listed = arena.nfreepools > 0;
  if (geometry.release == RELEASE_NEVER) {
    pool.nextpool = changetype<Pool>(arenas.freepools);
    arenas.freepools = changetype<usize>(pool);
    if (++arena.nfreepools == arena.ntotalpools) arenas.nempty++;
    return;
  }
  pool.nextpool = changetype<Pool>(arena.freepools);
  arena.freepools = changetype<usize>(pool);
  const last = geometry.fingers && listed ? leaveFinger(arena) : 0;
  const nfreepools = ++arena.nfreepools;
  if (nfreepools == arena.ntotalpools) {
    arenas.nempty++;
    if (returns(arena, listed)) {
      if (listed) unlinkArena(arena);
      releaseArena(arena);
      return;
    }
  }
  if (!listed) {
    linkHead(arena);
    if (geometry.fingers && !lastWith(1)) setLastWith(1, changetype<usize>(arena));
  } else if (geometry.fingers) {
    moveBehind(arena, last);
  } else {
    slide(arena);
  }
}
