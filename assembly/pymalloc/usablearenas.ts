/**
 * usable_arenas: the arenas that have a pool to give, in the order in which they serve.
 *
 *     usable_arenas ─► nfreepools 1 ◄─► 1 ◄─► 4 ◄─► 9 ◄─► 64         ascending; allocation uses the head
 *     nfp2lasta                     [1]↑  [4]↑  [9]↑  [64]↑          the last arena with that many
 *
 * An arena is on it ⇔ nfreepools > 0. One that rises to n free pools comes to stand before those that have n; one that falls was
 * the head and stays it. So a move is at most over the arenas with one pool less. To 3.7 it slides over them one by one; from 3.8 on
 * nfp2lasta, the fingers, tells where they end. The order is the same; what it costs, `listSteps`, is not.
 *
 * Source: obmalloc.c, `usable_arenas`, `nfp2lasta`, `insert_to_freepool`.
 */

import { MAX_POOLS_IN_ARENA, NFP2LASTA, NFP2LASTA_SIZE } from "../layout/layout";
import { stateAt } from "../layout/place";
import { Arena, arenas } from "./arena";
import { geometry } from "./geometry";

// ---- nfp2lasta --------------------------------------------------------------------------------------

/** The last usable arena with `nfreepools` free pools, or 0. Kept only where `fingers` is set. */
export function lastWith(nfreepools: u32): usize {
  return load<usize>(stateAt(NFP2LASTA) + ((<usize>nfreepools) << 2));
}

export function setLastWith(nfreepools: u32, arena: usize): void {
  store<usize>(stateAt(NFP2LASTA) + ((<usize>nfreepools) << 2), arena);
}

// ---- usable_arenas: linking only --------------------------------------------------------------------

export function linkHead(arena: Arena): void {
  const next = arenas.usable_arenas;
  arena.nextarena = next;
  arena.prevarena = 0;
  if (next) changetype<Arena>(next).prevarena = changetype<usize>(arena);
  arenas.usable_arenas = changetype<usize>(arena);
}

function linkAfter(arena: Arena, prev: Arena): void {
  const next = prev.nextarena;
  arena.prevarena = changetype<usize>(prev);
  arena.nextarena = next;
  prev.nextarena = changetype<usize>(arena);
  if (next) changetype<Arena>(next).prevarena = changetype<usize>(arena);
}

export function unlinkArena(arena: Arena): void {
  const next = arena.nextarena;
  const prev = arena.prevarena;
  if (next) changetype<Arena>(next).prevarena = prev;
  if (prev) changetype<Arena>(prev).nextarena = next;
  else arenas.usable_arenas = next;
}

/** Puts an arena that is on no list before the first with as many free pools or more. Only strategy builds need it. */
export function insertByCount(arena: Arena): void {
  const nfreepools = arena.nfreepools;
  let prev: usize = 0;
  for (
    let at = arenas.usable_arenas;
    at && changetype<Arena>(at).nfreepools < nfreepools;
    at = changetype<Arena>(at).nextarena
  ) {
    prev = at;
  }
  if (prev) linkAfter(arena, changetype<Arena>(prev));
  else linkHead(arena);
  if (geometry.fingers && !lastWith(nfreepools)) setLastWith(nfreepools, changetype<usize>(arena));
}

// ---- moving -----------------------------------------------------------------------------------------

/** Puts an arena behind those with fewer free pools, arena by arena. */
export function slide(arena: Arena): void {
  const nfreepools = arena.nfreepools;
  let prev = arena;
  let steps: u64 = 0;
  while (prev.nextarena && changetype<Arena>(prev.nextarena).nfreepools < nfreepools) {
    prev = changetype<Arena>(prev.nextarena);
    steps++;
  }
  if (!steps) return;
  arenas.listSteps += steps;
  unlinkArena(arena);
  linkAfter(arena, prev);
}

/** The same in one step: behind `last`, the last arena with one free pool less. */
export function moveBehind(arena: Arena, last: usize): void {
  if (!lastWith(arena.nfreepools)) setLastWith(arena.nfreepools, changetype<usize>(arena));
  if (last == changetype<usize>(arena)) return;
  arenas.listSteps++;
  unlinkArena(arena);
  linkAfter(arena, changetype<Arena>(last));
}

/** Takes an arena that is about to have one free pool more out of nfp2lasta. Returns the last with as many as it had. */
export function leaveFinger(arena: Arena): usize {
  const nfreepools = arena.nfreepools;
  const last = lastWith(nfreepools);
  if (last == changetype<usize>(arena)) {
    const prev = arena.prevarena;
    setLastWith(nfreepools, prev && changetype<Arena>(prev).nfreepools == nfreepools ? prev : 0);
  }
  return last;
}

if (NFP2LASTA_SIZE < (MAX_POOLS_IN_ARENA + 1) * sizeof<usize>())
  ERROR("NFP2LASTA must have one word for each count of free pools, 0 to MAX_POOLS_IN_ARENA");
