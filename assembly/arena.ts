/**
 * Arenas: spans of ARENA_SIZE bytes from the operating system, cut into pools.
 *
 * ╒══════ Arena (arena_object), an entry of the arena table, 36 bytes ═══╕
 * │  +0  address       first byte; 0: the descriptor is not in use        │
 * │  +4  pool_address  the next pool to carve                             │
 * │  +8  nfreepools    pools on freepools + pools never carved            │
 * │ +12  ntotalpools   all pools; one less when the arena is misaligned   │
 * │ +16  freepools     stack of empty pools, by nextpool                  │
 * │ +20  nextarena     usable: next; not in use: next such descriptor     │
 * │ +24  prevarena     usable: previous                                   │
 * │ +28  ordinal       ours: which arena this is, counted from the first  │
 * │ +32  place         ours: its turn in a pattern of base offsets        │
 * └───────────────────────────────────────────────────────────────────────┘
 *
 *     usable_arenas ─► nfreepools 1 ◄─► 1 ◄─► 4 ◄─► 9 ◄─► 64         ascending; allocation uses the head
 *     nfp2lasta                     [1]↑  [4]↑  [9]↑  [64]↑          the last arena with that many
 *
 * An arena is on usable_arenas ⇔ nfreepools > 0. An arena that rises to n free pools comes to stand before those that have n;
 * one that falls was the head and stays it. So a step is at most over the arenas with one pool less, and with nfp2lasta none.
 *
 * What differs by version is in three places: `fingers` (3.8 on) or a slide; `returns` says when an arena goes back; and
 * 2.3 and 2.4 (RELEASE_NEVER) have one stack of empty pools for all arenas and no usable_arenas.
 *
 * Source: obmalloc.c, `struct arena_object`, `new_arena`, `allocate_from_new_pool`, `insert_to_freepool`.
 */
import { baseOffset, goesByPlace, takeBaseOffset } from "./baseoffset";
import { DEBUG } from "./debug";
import { geometry, RELEASE_KEEP_LAST, RELEASE_NEVER } from "./geometry";
import {
  ARENA_ADDRESS,
  ARENA_FREEPOOLS,
  ARENA_NEXTARENA,
  ARENA_NFREEPOOLS,
  ARENA_NTOTALPOOLS,
  ARENA_OBJECT_SIZE,
  ARENA_ORDINAL,
  ARENA_PLACE,
  ARENA_POOL_ADDRESS,
  ARENA_PREVARENA,
  ARENAS,
  ARENAS_CURRENT,
  ARENAS_FREEPOOLS,
  ARENAS_LAST_RELEASED,
  ARENAS_LIST_STEPS,
  ARENAS_MAP_HIGH,
  ARENAS_MAXARENAS,
  ARENAS_NARENAS_CURRENTLY_ALLOCATED,
  ARENAS_NARENAS_HIGHWATER,
  ARENAS_NEMPTY,
  ARENAS_NFREEPOOLS_TOTAL,
  ARENAS_NMISALIGNED,
  ARENAS_NTIMES_ARENA_ALLOCATED,
  ARENAS_POOLS_CARVED,
  ARENAS_POOLS_INITIALISED,
  ARENAS_POOLS_TAKEN,
  ARENAS_TABLE,
  ARENAS_UNUSED_ARENA_OBJECTS,
  ARENAS_USABLE_ARENAS,
  CENSUS,
  CENSUS_SIZE,
  DUMMY_SIZE_IDX,
  NFP2LASTA,
  POOL_HEADER_BITS,
} from "./layout";
import { map, pageRound, unmap } from "./os";
import { Pool, poolOf } from "./pool";

@unmanaged
export class Arena {
  address: usize;
  pool_address: usize;
  nfreepools: u32;
  ntotalpools: u32;
  freepools: usize;
  nextarena: usize;
  prevarena: usize;
  ordinal: u32;
  place: u32;
}

@unmanaged
export class ArenaState {
  /** The arena table; its room for every arena that fits in memory is reserved at init. */
  table: usize;
  /** Descriptors there are: 16, 32, 64, …. */
  maxarenas: u32;
  usable_arenas: usize;
  unused_arena_objects: usize;
  narenas_currently_allocated: u32;
  ntimes_arena_allocated: u32;
  narenas_highwater: u32;
  /** Arenas without a block in use. */
  nempty: u32;
  /** Arenas whose base is not a multiple of the pool size. */
  nmisaligned: u32;
  /** Ordinal of the arena released last. */
  lastReleased: u32;
  /** One more than the highest virtual arena number that the arena map was told of; a misaligned arena is in two of them. */
  mapHigh: u32;
  /** 2.3 and 2.4: the stack of empty pools, and the arena that pools are carved from. */
  freepools: usize;
  current: usize;
  /** Slide: arenas passed; fingers: arenas moved. What keeping usable_arenas in order cost. */
  listSteps: u64;
  /** Pools taken from arenas, and those of them that started over in another class than their last. */
  poolsTaken: u32;
  poolsInitialised: u32;
  /** Pools that were used for the first time since their arena was obtained. */
  poolsCarved: u32;
  /** The sum of nfreepools over all arenas. */
  nfreepools: u32;
}

export const arenas: ArenaState = changetype<ArenaState>(ARENAS);

/** INITIAL_ARENA_OBJECTS. */
const INITIAL_ARENA_OBJECTS: u32 = 16;

/** Starts without arenas. `table` has room for as many descriptors as arenas fit into 4 GiB. */
export function initArenas(table: usize): void {
  arenas.table = table;
}

/** The descriptor at `index` of the arena table. */
export function arenaAt(index: u32): Arena {
  return changetype<Arena>(arenas.table + <usize>index * ARENA_OBJECT_SIZE);
}

/** The first pool-aligned address in an arena: where its first pool is. */
export function firstPoolAddress(arena: Arena): usize {
  return (arena.address + geometry.poolSize - 1) & ~(geometry.poolSize - 1);
}

// ---- nfp2lasta --------------------------------------------------------------------------------------

/** The last usable arena with `nfreepools` free pools, or 0. Kept only where `fingers` is set. */
export function lastWith(nfreepools: u32): usize {
  return load<usize>(NFP2LASTA + ((<usize>nfreepools) << 2));
}

function setLastWith(nfreepools: u32, arena: usize): void {
  store<usize>(NFP2LASTA + ((<usize>nfreepools) << 2), arena);
}

// ---- usable_arenas: linking only --------------------------------------------------------------------

function linkHead(arena: Arena): void {
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

function unlinkArena(arena: Arena): void {
  const next = arena.nextarena;
  const prev = arena.prevarena;
  if (next) changetype<Arena>(next).prevarena = prev;
  if (prev) changetype<Arena>(prev).nextarena = next;
  else arenas.usable_arenas = next;
}

// ---- obtaining and releasing ------------------------------------------------------------------------

/** Doubles the descriptors when none is unused; the lowest index is taken first. */
function growDescriptors(): void {
  const had = arenas.maxarenas;
  const count = had ? had << 1 : INITIAL_ARENA_OBJECTS;
  let next: usize = 0;
  for (let index = count; index-- > had; ) {
    const arena = arenaAt(index);
    arena.nextarena = next;
    next = changetype<usize>(arena);
  }
  arenas.unused_arena_objects = next;
  arenas.maxarenas = count;
}

/** Bytes that an arena takes of the operating system: a misaligned one lies across one pool-sized unit more. */
function spanBytes(misaligned: bool): usize {
  return pageRound(geometry.arenaSize + (misaligned ? geometry.poolSize : 0));
}

/** The least number that is no live arena's place. Where the census goes there is room to look for it, one bit a place. */
function lowestFreePlace(): u32 {
  memory.fill(CENSUS, 0, CENSUS_SIZE);
  for (let index: u32 = 0; index < arenas.maxarenas; index++) {
    const arena = arenaAt(index);
    if (!arena.address || arena.place >= <u32>CENSUS_SIZE * 8) continue;
    const word = CENSUS + ((<usize>(arena.place >>> 5)) << 2);
    store<u32>(word, load<u32>(word) | ((<u32>1) << (arena.place & 31)));
  }
  let word = CENSUS;
  while (~load<u32>(word) == 0) word += 4;
  return ((<u32>(word - CENSUS)) << 3) + ctz(~load<u32>(word));
}

/** new_arena: an arena with all of its pools free, on no list; or 0 when there is no memory. */
function newArena(): usize {
  if (!arenas.unused_arena_objects) growDescriptors();
  const arena = changetype<Arena>(arenas.unused_arena_objects);
  const ordinal = arenas.ntimes_arena_allocated;
  const place = goesByPlace() ? lowestFreePlace() : ordinal;
  const offset = baseOffset(place);
  const misaligned = offset != 0;
  const span = map(spanBytes(misaligned), geometry.poolSize);
  if (!span) return 0;
  takeBaseOffset();
  arenas.unused_arena_objects = arena.nextarena;
  arena.address = span + offset;
  arena.pool_address = firstPoolAddress(arena);
  arena.ntotalpools = geometry.poolsInArena - u32(misaligned);
  arena.nfreepools = arena.ntotalpools;
  arena.freepools = 0;
  arena.nextarena = 0;
  arena.prevarena = 0;
  arena.ordinal = ordinal;
  arena.place = place;
  arenas.ntimes_arena_allocated = ordinal + 1;
  arenas.nempty++;
  arenas.nfreepools += arena.ntotalpools;
  arenas.nmisaligned += u32(misaligned);
  arenas.mapHigh = max<u32>(arenas.mapHigh, ordinal + 1 + u32(misaligned));
  if (++arenas.narenas_currently_allocated > arenas.narenas_highwater) {
    arenas.narenas_highwater = arenas.narenas_currently_allocated;
  }
  return changetype<usize>(arena);
}

/** Gives a wholly free arena, on no list, back; its descriptor is the next to be used. */
function releaseArena(arena: Arena): void {
  const misaligned = (arena.address & (geometry.poolSize - 1)) != 0;
  const first = firstPoolAddress(arena);
  const carved = (arena.pool_address - first) >>> geometry.poolBits;
  memory.fill(changetype<usize>(poolOf(first)), 0, carved << POOL_HEADER_BITS); // they are nobody's pools now
  unmap(arena.address & ~(geometry.poolSize - 1), spanBytes(misaligned));
  arena.address = 0;
  arena.nextarena = arenas.unused_arena_objects;
  arenas.unused_arena_objects = changetype<usize>(arena);
  arenas.lastReleased = arena.ordinal;
  arenas.narenas_currently_allocated--;
  arenas.nempty--;
  arenas.nfreepools -= arena.ntotalpools;
  arenas.nmisaligned -= u32(misaligned);
}

// ---- pools out of arenas and back -------------------------------------------------------------------

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
  const head = arenas.usable_arenas;
  const arena = changetype<Arena>(head);
  const nfreepools = arena.nfreepools;
  if (DEBUG) assert(nfreepools > 0); // usable
  countTaken(arena);
  if (geometry.fingers) {
    if (lastWith(nfreepools) == head) setLastWith(nfreepools, 0);
    if (nfreepools > 1) setLastWith(nfreepools - 1, head);
  }
  arena.nfreepools = nfreepools - 1;
  if (nfreepools == 1) unlinkArena(arena);
  if (arena.freepools) {
    const pool = changetype<Pool>(arena.freepools);
    arena.freepools = changetype<usize>(pool.nextpool);
    return changetype<usize>(pool);
  }
  return changetype<usize>(carvePool(arena));
}

/** Whether a wholly free arena goes back. `listed`: it was usable before; else it would come first of usable_arenas. */
function returns(arena: Arena, listed: bool): bool {
  if (geometry.release != RELEASE_KEEP_LAST) return true;
  return (listed ? arena.nextarena : arenas.usable_arenas) != 0;
}

/** Puts an arena behind those with fewer free pools, arena by arena. */
function slide(arena: Arena): void {
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
function moveBehind(arena: Arena, last: usize): void {
  if (!lastWith(arena.nfreepools)) setLastWith(arena.nfreepools, changetype<usize>(arena));
  if (last == changetype<usize>(arena)) return;
  arenas.listSteps++;
  unlinkArena(arena);
  linkAfter(arena, changetype<Arena>(last));
}

/** Takes an arena that is about to have one free pool more out of nfp2lasta. Returns the last with as many as it had. */
function leaveFinger(arena: Arena): usize {
  const nfreepools = arena.nfreepools;
  const last = lastWith(nfreepools);
  if (last == changetype<usize>(arena)) {
    const prev = arena.prevarena;
    setLastWith(nfreepools, prev && changetype<Arena>(prev).nfreepools == nfreepools ? prev : 0);
  }
  return last;
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

if (offsetof<Arena>() != ARENA_OBJECT_SIZE) ERROR("ARENA_OBJECT_SIZE");
if (offsetof<Arena>("address") != ARENA_ADDRESS) ERROR("ARENA_ADDRESS");
if (offsetof<Arena>("pool_address") != ARENA_POOL_ADDRESS) ERROR("ARENA_POOL_ADDRESS");
if (offsetof<Arena>("nfreepools") != ARENA_NFREEPOOLS) ERROR("ARENA_NFREEPOOLS");
if (offsetof<Arena>("ntotalpools") != ARENA_NTOTALPOOLS) ERROR("ARENA_NTOTALPOOLS");
if (offsetof<Arena>("freepools") != ARENA_FREEPOOLS) ERROR("ARENA_FREEPOOLS");
if (offsetof<Arena>("nextarena") != ARENA_NEXTARENA) ERROR("ARENA_NEXTARENA");
if (offsetof<Arena>("prevarena") != ARENA_PREVARENA) ERROR("ARENA_PREVARENA");
if (offsetof<Arena>("ordinal") != ARENA_ORDINAL) ERROR("ARENA_ORDINAL");
if (offsetof<Arena>("place") != ARENA_PLACE) ERROR("ARENA_PLACE");
if (offsetof<ArenaState>("table") != ARENAS_TABLE) ERROR("ARENAS_TABLE");
if (offsetof<ArenaState>("maxarenas") != ARENAS_MAXARENAS) ERROR("ARENAS_MAXARENAS");
if (offsetof<ArenaState>("usable_arenas") != ARENAS_USABLE_ARENAS) ERROR("ARENAS_USABLE_ARENAS");
if (offsetof<ArenaState>("unused_arena_objects") != ARENAS_UNUSED_ARENA_OBJECTS) ERROR("ARENAS_UNUSED_ARENA_OBJECTS");
if (offsetof<ArenaState>("narenas_currently_allocated") != ARENAS_NARENAS_CURRENTLY_ALLOCATED)
  ERROR("ARENAS_NARENAS_CURRENTLY_ALLOCATED");
if (offsetof<ArenaState>("ntimes_arena_allocated") != ARENAS_NTIMES_ARENA_ALLOCATED)
  ERROR("ARENAS_NTIMES_ARENA_ALLOCATED");
if (offsetof<ArenaState>("narenas_highwater") != ARENAS_NARENAS_HIGHWATER) ERROR("ARENAS_NARENAS_HIGHWATER");
if (offsetof<ArenaState>("nempty") != ARENAS_NEMPTY) ERROR("ARENAS_NEMPTY");
if (offsetof<ArenaState>("nmisaligned") != ARENAS_NMISALIGNED) ERROR("ARENAS_NMISALIGNED");
if (offsetof<ArenaState>("lastReleased") != ARENAS_LAST_RELEASED) ERROR("ARENAS_LAST_RELEASED");
if (offsetof<ArenaState>("mapHigh") != ARENAS_MAP_HIGH) ERROR("ARENAS_MAP_HIGH");
if (offsetof<ArenaState>("freepools") != ARENAS_FREEPOOLS) ERROR("ARENAS_FREEPOOLS");
if (offsetof<ArenaState>("current") != ARENAS_CURRENT) ERROR("ARENAS_CURRENT");
if (offsetof<ArenaState>("listSteps") != ARENAS_LIST_STEPS) ERROR("ARENAS_LIST_STEPS");
if (offsetof<ArenaState>("poolsTaken") != ARENAS_POOLS_TAKEN) ERROR("ARENAS_POOLS_TAKEN");
if (offsetof<ArenaState>("poolsInitialised") != ARENAS_POOLS_INITIALISED) ERROR("ARENAS_POOLS_INITIALISED");
if (offsetof<ArenaState>("nfreepools") != ARENAS_NFREEPOOLS_TOTAL) ERROR("ARENAS_NFREEPOOLS_TOTAL");
if (offsetof<ArenaState>("poolsCarved") != ARENAS_POOLS_CARVED) ERROR("ARENAS_POOLS_CARVED");
