/**
 * The exports of `core`: the emulated process with a memory of its own. Numbers only across the border; addresses come out signed.
 */

import { DEBUG } from "./layout/debug";
import {
  ANSWER_SIZE,
  ANSWERS_PER_EVENT,
  ARENA_OBJECT_SIZE,
  EVENT_SIZE,
  ID_SIZE,
  POOL_HEADER_SIZE,
  POOLS,
  STATE,
  WINDOW_EVENTS,
} from "./layout/layout";
import { initArenas } from "./pymalloc/arena";
import { initBaseOffsets } from "./pymalloc/baseoffset";
import { geometry, takeGeometry } from "./pymalloc/geometry";
import { initUsedpools } from "./pymalloc/pool";
import { initReplay } from "./replay/replay";
import { initOs, reachStart } from "./system/os";

export { rawCalloc, rawFree, rawMalloc, rawRealloc } from "./large/raw";
export { isRawBlock } from "./large/rawblock";
export { pushBaseOffset, repeatBaseOffsets } from "./pymalloc/baseoffset";
export { isLiveBlock, usableSize } from "./pymalloc/block";
export { takeCensus } from "./pymalloc/census";
export { calloc, free, isOurs, malloc, realloc } from "./pymalloc/pymalloc";
export { replay } from "./replay/replay";

const WASM_PAGE: usize = 65536;

function alignUp(address: usize, to: usize): usize {
  return (address + to - 1) & ~(to - 1);
}

/** Bytes for one entry for each `1 << bits` bytes of 4 GiB. */
function tableBytes(bits: u32, entrySize: usize): usize {
  return ((<usize>1) << (32 - bits)) * entrySize;
}

/**
 * Starts an empty heap of the geometry that the host has written into GEOMETRY; once an instance, before all else.
 *
 * `limitBytes` bounds what the emulated system maps (0: up to 4 GiB). `baseOffsetCount` and `idCount` make room for that many
 * base offsets and ids of a trace; `idCount` 0 makes none for replay. Returns false when the geometry is not valid or linear
 * memory cannot hold the tables.
 */
export function init(limitBytes: usize, baseOffsetCount: u32, idCount: u32): bool {
  if (DEBUG) assert(__heap_base <= STATE); // static data of this build ends before
  if (!takeGeometry()) return false;
  const arenaTable = POOLS + tableBytes(geometry.poolBits, POOL_HEADER_SIZE);
  const baseOffsets =
    arenaTable + max<usize>(tableBytes(geometry.arenaBits, ARENA_OBJECT_SIZE), 16 * ARENA_OBJECT_SIZE);
  const ids = alignUp(baseOffsets + ((<usize>baseOffsetCount) << 2), ID_SIZE);
  const window = ids + <usize>idCount * ID_SIZE;
  const answers = window + (idCount ? <usize>WINDOW_EVENTS * EVENT_SIZE : <usize>0);
  const end = answers + (idCount ? <usize>WINDOW_EVENTS * ANSWERS_PER_EVENT * ANSWER_SIZE : <usize>0);
  const base = alignUp(end, WASM_PAGE);
  if (!reachStart(base, limitBytes)) return false;
  initOs(base, limitBytes);
  initUsedpools();
  initArenas(arenaTable);
  initBaseOffsets(baseOffsets);
  initReplay(ids, window, answers);
  return true;
}
