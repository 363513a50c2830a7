/**
 * Pools: spans of POOL_SIZE bytes, aligned to POOL_SIZE, cut into blocks of one size class.
 *
 * ╒═════════ Pool, the header: one entry of POOLS, 32 bytes ══════════╕
 * │  +0  count          blocks handed out; 0 when empty               │
 * │  +4  freeblock      first free block, or 0                        │
 * │  +8  nextpool       used: next of its class; empty: next empty    │
 * │ +12  prevpool       used: previous of its class                   │
 * │ +16  arenaindex     its arena, as an index of the arena table     │
 * │ +20  szidx          size class; DUMMY_SIZE_IDX when just carved   │
 * │ +24  nextoffset     offset of the first virgin block              │
 * │ +28  maxnextoffset  largest offset at which a block still fits    │
 * └───────────────────────────────────────────────────────────────────┘
 * ╒═════════ the pool itself, at index × POOL_SIZE ═══════════════════╕
 * │ POOL_OVERHEAD bytes, reserved: CPython has the header here        │
 * ├───────────────────────────────────────────────────────────────────┤
 * │ block │ block │ …                                  │ quantization │
 * └───────────────────────────────────────────────────────────────────┘
 *
 *          last free block taken              a block is freed
 *   used ────────────────────────► full ────────────────────────► used
 *    ▲ └── last block in use freed ──► empty ──┐
 *    └──────────── a request takes it ─────────┘
 *
 * POOLS has one header for each POOL_SIZE bytes of linear memory, all zero where no pool of a live arena is; so
 * `freeblock != 0` alone says that an address lies in a used or empty pool, and the test for "is it ours" costs the fast
 * path nothing. Links between pools are addresses of headers. A free block's first word is the next free block.
 *
 * What holds:
 *   count + free blocks + virgin blocks == blocks in a pool of the class
 *   full  ⇔ freeblock == 0 (and on no list);  empty ⇔ count == 0 (and on a list of empty pools);  else on usedpools
 *
 * Source: obmalloc.c, `struct pool_header`, `usedpools`, `pymalloc_pool_extend`.
 */
import { DEBUG } from "../layout/debug";
import {
  NB_SMALL_SIZE_CLASSES_MAX,
  POOL_ARENAINDEX,
  POOL_COUNT,
  POOL_FREEBLOCK,
  POOL_HEADER_BITS,
  POOL_HEADER_SIZE,
  POOL_MAXNEXTOFFSET,
  POOL_NEXTOFFSET,
  POOL_NEXTPOOL,
  POOL_PREVPOOL,
  POOL_SZIDX,
  USEDPOOLS,
  USEDPOOLS_SIZE,
} from "../layout/layout";
import { pools, STRATEGY, stateAt } from "../layout/place";
import { POOL_FULLEST, POOL_LOWEST, POOL_RECENT } from "../layout/strategylayout";
import { policy } from "../strategy/policy";
import { touch } from "../system/osmodel";
import { geometry } from "./geometry";
import { indexToSize } from "./sizeclass";

@unmanaged
export class Pool {
  count: u32;
  freeblock: usize;
  nextpool: Pool;
  prevpool: Pool;
  arenaindex: u32;
  szidx: u32;
  nextoffset: usize;
  maxnextoffset: usize;
}

/** The header of the pool-sized unit that `ptr` lies in, whether or not a pool is there. */
export function poolOf(ptr: usize): Pool {
  return changetype<Pool>(pools() + ((ptr >>> geometry.poolBits) << POOL_HEADER_BITS));
}

/** The first byte of the pool whose header is `pool`. */
export function poolAddress(pool: Pool): usize {
  return ((changetype<usize>(pool) - pools()) >>> POOL_HEADER_BITS) << geometry.poolBits;
}

/**
 * The head of the ring of used pools of class `szidx`. It has the shape of a pool whose freeblock is always 0: taking a block
 * from the first pool of an empty ring finds none, without a test of its own. Its count is that of a full pool of the class.
 */
export function usedpools(szidx: u32): Pool {
  return changetype<Pool>(stateAt(USEDPOOLS) + ((<usize>szidx) << POOL_HEADER_BITS));
}

/** How many blocks a pool of class `szidx` has. */
export function blocksInPool(szidx: u32): u32 {
  return <u32>((geometry.poolSize - geometry.poolOverhead) / indexToSize(szidx));
}

/** Makes every ring empty. */
export function initUsedpools(): void {
  for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
    const head = usedpools(szidx);
    head.count = blocksInPool(szidx);
    head.freeblock = 0;
    head.nextpool = head;
    head.prevpool = head;
  }
}

/** Puts a pool first in the ring of its class: the next request of that class is served from it. */
export function linkFirst(pool: Pool): void {
  if (STRATEGY && policy.pool != POOL_RECENT) return linkInOrder(pool, usedpools(pool.szidx).nextpool);
  const head = usedpools(pool.szidx);
  const next = head.nextpool;
  pool.nextpool = next;
  pool.prevpool = head;
  next.prevpool = pool;
  head.nextpool = pool;
}

/** Puts a pool, from `next` on, before the first of its ring that the policy has serve after it. */
function linkInOrder(pool: Pool, next: Pool): void {
  const head = usedpools(pool.szidx);
  if (policy.pool == POOL_LOWEST)
    while (next != head && changetype<usize>(next) < changetype<usize>(pool)) next = next.nextpool;
  else while (next != head && next.count > pool.count) next = next.nextpool;
  const prev = next.prevpool;
  pool.nextpool = next;
  pool.prevpool = prev;
  prev.nextpool = pool;
  next.prevpool = pool;
}

/** A pool on its ring has one block less: where the fullest serves, it may have to stand behind others now. */
export function keepOrder(pool: Pool): void {
  if (policy.pool != POOL_FULLEST || pool.nextpool.count <= pool.count || pool.nextpool == usedpools(pool.szidx))
    return;
  unlink(pool);
  linkInOrder(pool, pool.nextpool);
}

/** Puts the pools of every ring in the order of the policy, which was another until now. */
export function sortRings(): void {
  for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
    const head = usedpools(szidx);
    let pool = head.prevpool; // backwards, so that those that are equal stay in their order
    head.nextpool = head;
    head.prevpool = head;
    while (pool != head) {
      const prev = pool.prevpool;
      linkFirst(pool);
      pool = prev;
    }
  }
}

/** Takes a pool out of the ring that it is on. Its own links stay as they were. */
export function unlink(pool: Pool): void {
  const next = pool.nextpool;
  const prev = pool.prevpool;
  if (DEBUG) assert(next.prevpool == pool && prev.nextpool == pool); // on a ring
  next.prevpool = prev;
  prev.nextpool = next;
}

/**
 * Takes the first pool of a ring off it where `isFull`, else leaves it there. Which of the two comes next is hard to predict, and
 * the links are at hand; so they are written either way, without a branch.
 */
export function unlinkFirstIf(isFull: bool, head: Pool, pool: Pool): void {
  const next = pool.nextpool;
  head.nextpool = select<Pool>(next, pool, isFull);
  next.prevpool = select<Pool>(head, pool, isFull);
}

/** Whether a pool has a block that was never handed out. */
export function hasVirginBlock(pool: Pool): bool {
  return pool.nextoffset <= pool.maxnextoffset;
}

/** pymalloc_pool_extend: makes the next virgin block the only free one of a pool whose free list ran out. */
export function carveBlock(pool: Pool): void {
  if (DEBUG) assert(pool.freeblock == 0 && hasVirginBlock(pool)); // ran out, and has one
  const offset = pool.nextoffset;
  const block = poolAddress(pool) + offset;
  pool.freeblock = block;
  pool.nextoffset = offset + indexToSize(pool.szidx);
  if (STRATEGY) touch(block, sizeof<usize>());
  store<usize>(block, 0);
}

/**
 * Starts a pool on a life in class `szidx` and hands out a block. A pool whose last life was in the same class keeps its free
 * list and its place of carving, and hands out the block freed last; otherwise it starts over at the first.
 * The caller has taken the pool from its arena. Leaves the pool first in its ring.
 */
export function startPool(pool: Pool, szidx: u32): usize {
  pool.count = 1;
  if (pool.szidx == szidx) {
    linkFirst(pool);
    const block = pool.freeblock;
    if (DEBUG) assert(block != 0); // an empty pool of a class has free blocks
    const next = load<usize>(block);
    pool.freeblock = next;
    // CPython has at least two carved free blocks here, for its pools hold at least seven. A geometry with two blocks a pool
    // also has two: both were handed out and freed, or the second is the one carved ahead.
    if (DEBUG) assert(next != 0);
    return block;
  }
  pool.szidx = szidx;
  linkFirst(pool);
  const size = indexToSize(szidx);
  const first = poolAddress(pool) + geometry.poolOverhead;
  pool.nextoffset = geometry.poolOverhead + 2 * size;
  pool.maxnextoffset = geometry.poolSize - size;
  pool.freeblock = first + size;
  if (STRATEGY) touch(poolAddress(pool), geometry.poolOverhead + size + sizeof<usize>());
  store<usize>(first + size, 0);
  return first;
}

if (offsetof<Pool>() != POOL_HEADER_SIZE) ERROR("POOL_HEADER_SIZE");
if (offsetof<Pool>() != (<usize>1) << POOL_HEADER_BITS) ERROR("POOL_HEADER_BITS");
if (USEDPOOLS_SIZE != offsetof<Pool>() * NB_SMALL_SIZE_CLASSES_MAX)
  ERROR("USEDPOOLS must have one ring head for each size class");
if (offsetof<Pool>("count") != POOL_COUNT) ERROR("POOL_COUNT");
if (offsetof<Pool>("freeblock") != POOL_FREEBLOCK) ERROR("POOL_FREEBLOCK");
if (offsetof<Pool>("nextpool") != POOL_NEXTPOOL) ERROR("POOL_NEXTPOOL");
if (offsetof<Pool>("prevpool") != POOL_PREVPOOL) ERROR("POOL_PREVPOOL");
if (offsetof<Pool>("arenaindex") != POOL_ARENAINDEX) ERROR("POOL_ARENAINDEX");
if (offsetof<Pool>("szidx") != POOL_SZIDX) ERROR("POOL_SZIDX");
if (offsetof<Pool>("nextoffset") != POOL_NEXTOFFSET) ERROR("POOL_NEXTOFFSET");
if (offsetof<Pool>("maxnextoffset") != POOL_MAXNEXTOFFSET) ERROR("POOL_MAXNEXTOFFSET");
