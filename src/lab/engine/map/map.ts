/**
 * The map: columns of all arenas and pools, regions and runs of raw blocks, and free spans, so that every byte between the system's
 * base and its top is in one of them.
 *
 *     base                                                                             top
 *      │ arena: edge? pool pool … edge? │ free │ region: header run run … end │ arena … │
 */
import { blockSize, blocksPerPool, classCount } from "../../../geometry/geometry.js";
import type { ArenaRecord } from "../../../inspect/snapshot.js";
import type { ArenaColumns, MapView, PoolColumns } from "../../protocol/index.js";
import { NO_CLASS, POOL_STATE } from "../../protocol/index.js";
import { POOL_WORD, POOL_WORDS } from "../block/poolwords.js";
import type { HeapIndex } from "./heapindex.js";
import { rawColumns } from "./rawmap.js";
import { spansOf, unmapped } from "./spans.js";

/** The share that `count` of `capacity` is, in 255ths: 0 and 255 only where it is none and all. */
function share(count: number, capacity: number): number {
  if (count === 0) return 0;
  return count >= capacity ? 255 : Math.min(Math.max(Math.round((255 * count) / capacity), 1), 254);
}

type Filler = (
  pools: PoolColumns,
  firstPool: number,
  arena: ArenaRecord,
  firstHeader: number,
) => { blocks: number; bytes: number };

/** What fills the columns of an arena's pools, from their headers, and counts its live blocks. There may be 256,000 pools. */
function poolFiller({ profile: { geometry }, snapshot: { poolWords } }: HeapIndex): Filler {
  const { untouched, empty, used, full } = POOL_STATE;
  const classes = Array.from({ length: classCount(geometry) }, (_, szidx) => szidx);
  const sizes = Uint32Array.from(classes, (szidx) => blockSize(geometry, szidx));
  const capacities = Uint32Array.from(classes, (szidx) => blocksPerPool(geometry, szidx));
  return ({ state, szidx, blocks, occupancy }, firstPool, arena, firstHeader) => {
    const carved = (arena.poolAddress - arena.firstPoolAddress) / geometry.poolSize;
    const tally = { blocks: 0, bytes: 0 };
    for (let index = 0; index < arena.ntotalpools; index++) {
      const header = firstHeader + index * POOL_WORDS;
      const pool = firstPool + index;
      const live = poolWords[header + POOL_WORD.count];
      const own = poolWords[header + POOL_WORD.szidx];
      const hasClass = poolWords[header + POOL_WORD.maxnextoffset] !== 0 && own < sizes.length;
      const isFull = poolWords[header + POOL_WORD.freeblock] === 0;
      state[pool] = index >= carved ? untouched : live === 0 ? empty : isFull ? full : used;
      szidx[pool] = hasClass ? own : NO_CLASS;
      blocks[pool] = live;
      if (!hasClass || live === 0) continue;
      occupancy[pool] = share(live, capacities[own]);
      tally.blocks += live;
      tally.bytes += live * sizes[own];
    }
    return tally;
  };
}

/** All arenas and pools of a heap, without colours. */
export function arenaMap(look: HeapIndex): { arenas: ArenaColumns; pools: PoolColumns } {
  const { usableArenas } = look.snapshot;
  const count = look.arenas.length;
  const column = (): Uint32Array => new Uint32Array(count);
  const arenas = {
    count,
    ordinal: column(),
    address: column(),
    spanAddress: column(),
    spanBytes: column(),
    firstPoolAddress: column(),
    firstPool: look.firstPool.slice(),
    nfreepools: column(),
    ntotalpools: column(),
    blocks: column(),
    blockBytes: column(),
    usable: new Int32Array(count).fill(-1),
  };
  const pools = {
    count: look.poolCount,
    state: new Uint8Array(look.poolCount),
    szidx: new Uint16Array(look.poolCount),
    blocks: new Uint16Array(look.poolCount),
    occupancy: new Uint8Array(look.poolCount),
    age: null,
    type: null,
    line: null,
  };
  const places = new Map(usableArenas.map(({ index }, place) => [index, place]));
  const spans = spansOf(look);
  const fillPools = poolFiller(look);
  look.arenas.forEach((arena, at) => {
    arenas.ordinal[at] = arena.ordinal;
    arenas.address[at] = arena.address;
    arenas.spanAddress[at] = spans[at].address;
    arenas.spanBytes[at] = spans[at].bytes;
    arenas.firstPoolAddress[at] = arena.firstPoolAddress;
    arenas.nfreepools[at] = arena.nfreepools;
    arenas.ntotalpools[at] = arena.ntotalpools;
    arenas.usable[at] = places.get(arena.index) ?? -1;
    const tally = fillPools(pools, arenas.firstPool[at], arena, look.headerOf(arena));
    arenas.blocks[at] = tally.blocks;
    arenas.blockBytes[at] = tally.bytes;
  });
  return { arenas, pools };
}

/** The whole map, without colours. `raw`: the raw domain's columns, where they are known. */
export function mapOf(look: HeapIndex, raw: Pick<MapView, "regions" | "rawRuns"> = rawColumns(look)): MapView {
  const { base, top, freeSpans } = unmapped(look);
  return { base, top, ...arenaMap(look), ...raw, freeSpans };
}
