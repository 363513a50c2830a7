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
 * Descriptors double when none is unused, from 16 on; the lowest index is taken first, and one whose arena was released next.
 * Which arena serves is usablearenas.ts; how pools come out of arenas and go back is freepools.ts.
 *
 * Source: obmalloc.c, `struct arena_object`, `new_arena`, and the release at the end of `insert_to_freepool`.
 */

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
  ARENAS_SIZE,
  ARENAS_TABLE,
  ARENAS_UNUSED_ARENA_OBJECTS,
  ARENAS_USABLE_ARENAS,
  CENSUS,
  CENSUS_SIZE,
  POOL_HEADER_BITS,
} from "../layout/layout";
import { stateAt } from "../layout/place";
import { map, pageRound, unmap } from "../system/os";
import { baseOffset, goesByPlace, takeBaseOffset } from "./baseoffset";
import { geometry } from "./geometry";
import { poolOf } from "./pool";

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

export const arenas: ArenaState = changetype<ArenaState>(stateAt(ARENAS));

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
  const seen = stateAt(CENSUS);
  memory.fill(seen, 0, CENSUS_SIZE);
  for (let index: u32 = 0; index < arenas.maxarenas; index++) {
    const arena = arenaAt(index);
    if (!arena.address || arena.place >= <u32>CENSUS_SIZE * 8) continue;
    const word = seen + ((<usize>(arena.place >>> 5)) << 2);
    store<u32>(word, load<u32>(word) | ((<u32>1) << (arena.place & 31)));
  }
  let word = seen;
  while (~load<u32>(word) == 0) word += 4;
  return ((<u32>(word - seen)) << 3) + ctz(~load<u32>(word));
}

/** new_arena: an arena with all of its pools free, on no list; or 0 when there is no memory. */
export function newArena(): usize {
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
export function releaseArena(arena: Arena): void {
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
if (offsetof<ArenaState>() > ARENAS_SIZE) ERROR("struct ArenaState outgrows its slot: raise ARENAS_SIZE");
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
