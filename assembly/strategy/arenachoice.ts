/** In a strategy's build: the usable arena that the policy chooses, and usable_arenas kept in order though it is not the head. */

import { ARENA_EMPTIEST, ARENA_LOWEST } from "../layout/strategylayout";
import { Arena, arenas } from "../pymalloc/arena";
import { geometry } from "../pymalloc/geometry";
import { insertByCount, leaveFinger, unlinkArena } from "../pymalloc/usablearenas";
import { policy } from "./policy";

/** A number from 0 to `bound` − 1. Source: Marsaglia, "Xorshift RNGs", 2003. */
function below(bound: u32): u32 {
  let dice = policy.dice;
  dice ^= dice << 13;
  dice ^= dice >>> 17;
  dice ^= dice << 5;
  policy.dice = dice;
  return <u32>((<u64>dice * bound) >>> 32);
}

/** The last of usable_arenas: the most free pools. */
function emptiest(): usize {
  let at = arenas.usable_arenas;
  for (let next = changetype<Arena>(at).nextarena; next; next = changetype<Arena>(at).nextarena) at = next;
  return at;
}

function lowest(): usize {
  let found = arenas.usable_arenas;
  for (let at = found; at; at = changetype<Arena>(at).nextarena) {
    if (changetype<Arena>(at).address < changetype<Arena>(found).address) found = at;
  }
  return found;
}

function random(): usize {
  let count: u32 = 0;
  for (let at = arenas.usable_arenas; at; at = changetype<Arena>(at).nextarena) count++;
  let at = arenas.usable_arenas;
  for (let left = below(count); left; left--) at = changetype<Arena>(at).nextarena;
  return at;
}

/** An arena of usable_arenas, which has one, as the policy says where it is not `fullest`. */
export function chooseArena(): usize {
  if (policy.arena == ARENA_EMPTIEST) return emptiest();
  return policy.arena == ARENA_LOWEST ? lowest() : random();
}

/** Takes one from the free pools of a usable arena that need not be the head, and puts the arena where it belongs now. */
export function dropFreePool(arena: Arena): void {
  if (geometry.fingers) leaveFinger(arena);
  unlinkArena(arena);
  if (--arena.nfreepools) insertByCount(arena);
}
