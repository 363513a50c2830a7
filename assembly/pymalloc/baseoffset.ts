/**
 * How far past a multiple of the pool size each arena starts.
 *
 * CPython's arenas start where `malloc` or `mmap` puts them; one that is not aligned to a pool has one pool less. Offsets come
 * from a list of words in the instrument region: a queue, each entry for the next arena obtained, after whose end arenas are
 * aligned; or a pattern that repeats over the arenas, by ordinal or by their place in the address space.
 */

import { BASE_OFFSETS, BASE_OFFSETS_COUNT, BASE_OFFSETS_SIZE } from "../layout/layout";
import { stateAt } from "../layout/place";
import { geometry } from "./geometry";

@unmanaged
class BaseOffsets {
  /** The list, one word an entry; room for as many as the host announced at init. */
  list: usize;
  count: u32;
  /** Entries of the queue that arenas have taken. */
  taken: u32;
  repeats: bool;
  byPlace: bool;
}

const offsets: BaseOffsets = changetype<BaseOffsets>(stateAt(BASE_OFFSETS));

export function initBaseOffsets(list: usize): void {
  offsets.list = list;
}

/** Appends to the queue, or to the pattern. The caller knows that there is room. */
export function pushBaseOffset(bytes: usize): void {
  store<u32>(offsets.list + ((<usize>offsets.count) << 2), <u32>bytes);
  offsets.count++;
}

/** Makes a pattern of the list instead of a queue. */
export function repeatBaseOffsets(repeats: bool, byPlace: bool): void {
  offsets.repeats = repeats;
  offsets.byPlace = byPlace;
}

/** Whether the pattern goes by the place of an arena: the lowest that no live arena has. */
export function goesByPlace(): bool {
  return offsets.byPlace;
}

/** Bytes past a multiple of the pool size at which the arena with this ordinal, or place, is to start. */
export function baseOffset(turn: u32): usize {
  if (offsets.count == 0) return 0;
  const entry = offsets.repeats ? turn % offsets.count : offsets.taken;
  if (entry >= offsets.count) return 0;
  return <usize>load<u32>(offsets.list + ((<usize>entry) << 2)) & (geometry.poolSize - 1);
}

/** Takes an entry of the queue, once the arena that it is for was obtained. */
export function takeBaseOffset(): void {
  if (offsets.taken < offsets.count) offsets.taken++;
}

if (offsetof<BaseOffsets>() > BASE_OFFSETS_SIZE) ERROR("struct BaseOffsets outgrows its slot: raise BASE_OFFSETS_SIZE");
if (offsetof<BaseOffsets>("count") != BASE_OFFSETS_COUNT) ERROR("BASE_OFFSETS_COUNT");
