/** A pool from the inside: its header, and its blocks with what each was asked for. */

import { quantization } from "../../../geometry/geometry.js";
import { freeList } from "../../../inspect/blocks.js";
import * as layout from "../../../memory/layout.js";
import { BLOCK_STATE, type PoolView } from "../../protocol/index.js";
import type { Origins } from "../document/origins.js";
import type { HeapIndex } from "../map/heapindex.js";

/** Throws a `RangeError` where the heap has no such pool. `origins`: `null` in a heap image. */
export function poolView(
  look: HeapIndex,
  origins: Origins | null,
  arenaOrdinal: number,
  index: number,
  position: number,
): PoolView {
  const arena = look.arenas.find(({ ordinal }) => ordinal === arenaOrdinal);
  if (arena === undefined) throw new RangeError(`there is no arena ${arenaOrdinal} at this moment`);
  const pool = arena.pool(index);
  const { geometry } = look.profile;
  const { address, state, capacity, blockSize, szidx } = pool;
  const isUntouched = state === "untouched";
  const header = look.memory.poolTable + (address / geometry.poolSize) * layout.POOL_HEADER_SIZE;
  const first = address + geometry.poolOverhead;
  const columns = {
    blockState: new Uint8Array(capacity),
    freeIndex: new Int32Array(capacity).fill(-1),
    id: new Int32Array(capacity).fill(-1),
    asked: new Uint32Array(capacity),
    bornAt: new Int32Array(capacity).fill(-1),
    type: new Uint32Array(capacity),
    line: new Uint32Array(capacity),
  };
  const handedOut = capacity === 0 ? 0 : (pool.nextoffset - geometry.poolOverhead) / blockSize;
  columns.blockState.fill(BLOCK_STATE.allocated, 0, handedOut).fill(BLOCK_STATE.untouched, handedOut);
  freeList(look.memory, pool).forEach((free, place) => {
    const block = (free - first) / blockSize;
    columns.blockState[block] = BLOCK_STATE.free;
    columns.freeIndex[block] = place;
  });
  if (origins !== null) fillOrigins(columns, origins, first, address + geometry.poolSize, blockSize);
  return {
    position,
    arenaOrdinal,
    index,
    address,
    state,
    header: {
      count: pool.count,
      freeblock: pool.freeblock,
      nextpool: pool.nextpool,
      prevpool: pool.prevpool,
      arenaindex: isUntouched ? 0 : look.memory.read(header + layout.POOL_ARENAINDEX),
      szidx,
      nextoffset: pool.nextoffset,
      maxnextoffset: pool.maxnextoffset,
    },
    headerBytes: geometry.poolOverhead,
    blockSize,
    capacity,
    quantizationBytes: szidx === null ? 0 : quantization(geometry, szidx),
    ...columns,
  };
}

type OriginColumns = Pick<PoolView, "id" | "asked" | "bornAt" | "type" | "line">;

function fillOrigins(columns: OriginColumns, origins: Origins, first: number, end: number, blockSize: number): void {
  const { live, labels, requests } = origins;
  for (const [address, id] of origins.idsIn(first, end)) {
    const block = (address - first) / blockSize;
    const last = live.last[id];
    columns.id[block] = id;
    columns.asked[block] = requests.words[2 * last + 1];
    columns.bornAt[block] = live.birth[id];
    columns.type[block] = labels.typeOfEvent?.[last] ?? 0;
    columns.line[block] = labels.lineOfEvent?.[last] ?? 0;
  }
}
