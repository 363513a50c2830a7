/**
 * Counts pools and blocks by size class by walking the heap; nothing is counted while it runs.
 *
 * ╒═ a row of CENSUS, one a size class ═══════════════╕
 * │ +0  pools     with at least one block in use       │
 * │ +4  blocks    in use                               │
 * └────────────────────────────────────────────────────┘
 *
 * Source: obmalloc.c, `_PyObject_DebugMallocStats`.
 */

import {
  CENSUS,
  CENSUS_BLOCKS,
  CENSUS_POOLS,
  CENSUS_ROW_SIZE,
  CENSUS_SIZE,
  NB_SMALL_SIZE_CLASSES_MAX,
  POOL_HEADER_SIZE,
} from "../layout/layout";
import { stateAt } from "../layout/place";
import { arenaAt, arenas, firstPoolAddress } from "./arena";
import { geometry } from "./geometry";
import { Pool, poolOf } from "./pool";
import { indexToSize } from "./sizeclass";

@unmanaged
class Row {
  pools: u32;
  blocks: u32;
}

function rowOf(szidx: u32): Row {
  return changetype<Row>(stateAt(CENSUS) + <usize>szidx * CENSUS_ROW_SIZE);
}

/** Fills CENSUS; returns the bytes of all blocks in use. */
export function takeCensus(): usize {
  memory.fill(stateAt(CENSUS), 0, <usize>geometry.classCount * CENSUS_ROW_SIZE);
  for (let index: u32 = 0; index < arenas.maxarenas; index++) {
    const arena = arenaAt(index);
    if (!arena.address) continue;
    const end = changetype<usize>(poolOf(arena.pool_address));
    for (let at = changetype<usize>(poolOf(firstPoolAddress(arena))); at < end; at += POOL_HEADER_SIZE) {
      const pool = changetype<Pool>(at);
      if (!pool.count) continue;
      const row = rowOf(pool.szidx);
      row.pools++;
      row.blocks += pool.count;
    }
  }
  let bytes: usize = 0;
  for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
    bytes += <usize>rowOf(szidx).blocks * indexToSize(szidx);
  }
  return bytes;
}

if (offsetof<Row>() != CENSUS_ROW_SIZE) ERROR("CENSUS_ROW_SIZE");
if (CENSUS_SIZE != offsetof<Row>() * NB_SMALL_SIZE_CLASSES_MAX) ERROR("CENSUS must have one row for each size class");
if (offsetof<Row>("pools") != CENSUS_POOLS) ERROR("CENSUS_POOLS");
if (offsetof<Row>("blocks") != CENSUS_BLOCKS) ERROR("CENSUS_BLOCKS");
