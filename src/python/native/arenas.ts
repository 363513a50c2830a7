/**
 * The arenas of a process, from the table in which pymalloc keeps them, and the pools that are theirs.
 *
 *     arenas[i], 48 bytes    0 address │ 8 pool_address │ 16 nfreepools │ 20 ntotalpools │ 24 freepools │ 32 nextarena │ 40 prevarena
 *
 *     address ≤ pool_address ≤ address + arena size; pools from there on were never made
 *     ntotalpools is that of an arena, or one less if the arena does not start at a multiple of a pool
 *
 * No symbol says where the table is. Its entries are recognised, and the header of an arena's first pool says the entry's index: so each
 * entry votes for the start of its table. `realloc` moves the table, and an old copy stays readable: of two tables with the same arena, the
 * one with more votes counts. A subinterpreter with an allocator of its own (3.12 on) has a table of its own.
 *
 * Source: Objects/obmalloc.c, `struct arena_object`, `new_arena`; the same on 64 bits from 3.7 on.
 */
import { type Geometry, poolsPerArena } from "../../geometry/geometry.js";
import type { Space } from "../space/space.js";
import type { FoundPool } from "./poolsearch.js";
import { type Region, wordsOf } from "./region.js";

const ENTRY_BYTES = 48;
/** Arenas start at a page. */
const PAGE = 4096;
/** More than any process has: 64 GiB in the smallest arenas. */
const MAX_ARENAS = 1 << 18;

export interface FoundArena {
  readonly address: number;
  /** Pools from here on were never made. */
  readonly poolAddress: number;
  readonly index: number;
  /** Which of the tables it is in: a heap of its own each. */
  readonly heap: number;
}

/** By address. `pools`: what looks like one; entries of the table do not lie in them. */
export function findArenas(
  space: Space,
  regions: readonly Region[],
  pools: readonly FoundPool[],
  geometry: Geometry,
): FoundArena[] {
  const tables = [...votes(space, regions, pools, geometry)].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const arenas: FoundArena[] = [];
  const known = new Set<number>();
  let heap = 0;
  for (const [table] of tables) {
    const found = readTable(space, table, heap, geometry);
    if (found.length === 0 || found.some(({ address }) => known.has(address))) continue;
    for (const arena of found) {
      known.add(arena.address);
      arenas.push(arena);
    }
    heap++;
  }
  return arenas.sort((a, b) => a.address - b.address);
}

/** By address of a table, the entries that say that it starts there. */
function votes(
  space: Space,
  regions: readonly Region[],
  pools: readonly FoundPool[],
  geometry: Geometry,
): Map<number, number> {
  const { poolSize, arenaSize } = geometry;
  const total = poolsPerArena(geometry);
  const isPool = new Set(pools.map(({ address }) => address));
  const tables = new Map<number, number>();
  for (const region of regions) {
    if (!region.isWritable) continue;
    const words = wordsOf(region);
    for (let at = 0; at + ENTRY_BYTES / 4 <= words.length; at += 2) {
      const here = region.start + 4 * at;
      if (here % poolSize === 0 && isPool.has(here)) {
        at += poolSize / 4 - 2;
        continue;
      }
      const pooled = words[at + 5];
      if ((pooled !== total && pooled !== total - 1) || words[at + 4] > pooled || (words[at] & (PAGE - 1)) !== 0)
        continue;
      const address = words[at] + words[at + 1] * 2 ** 32;
      const poolAddress = words[at + 2] + words[at + 3] * 2 ** 32;
      if (!isEntry(address, poolAddress, pooled, geometry)) continue;
      const firstPool = Math.ceil(address / poolSize) * poolSize;
      if (poolAddress <= firstPool || !space.has(address, arenaSize)) continue; // no pool says the index
      const table = here - ENTRY_BYTES * space.uint32(firstPool + ARENAINDEX);
      if (table > 0) tables.set(table, (tables.get(table) ?? 0) + 1);
    }
  }
  return tables;
}

const ARENAINDEX = 32;

function isEntry(address: number, poolAddress: number, pooled: number, geometry: Geometry): boolean {
  const { poolSize, arenaSize } = geometry;
  return (
    address >= PAGE &&
    address % PAGE === 0 &&
    poolAddress >= address &&
    poolAddress <= address + arenaSize &&
    poolAddress % poolSize === 0 &&
    (pooled === poolsPerArena(geometry)) === (address % poolSize === 0)
  );
}

/** Reads the table at `table`. An entry that is not in use has address 0. The first entry with impossible fields ends the table. */
function readTable(space: Space, table: number, heap: number, geometry: Geometry): FoundArena[] {
  const arenas: FoundArena[] = [];
  for (let index = 0; index < MAX_ARENAS; index++) {
    const entry = table + ENTRY_BYTES * index;
    if (!space.has(entry, ENTRY_BYTES)) break;
    const address = space.word(entry);
    const poolAddress = space.word(entry + 8);
    const pooled = space.uint32(entry + 20);
    if (address === 0) continue;
    if (space.uint32(entry + 16) > pooled || !isEntry(address, poolAddress, pooled, geometry)) break;
    if (pooled !== poolsPerArena(geometry) && pooled !== poolsPerArena(geometry) - 1) break;
    if (space.has(address, geometry.arenaSize)) arenas.push({ address, poolAddress, index, heap });
  }
  return arenas;
}

export interface ArenaPool extends FoundPool {
  /** Position of its arena. */
  readonly arena: number;
}

/** The pools that lie in an arena, where it has made pools, and that say so. `arenas` and `pools` by address. */
export function poolsOfArenas(
  pools: readonly FoundPool[],
  arenas: readonly FoundArena[],
  { arenaSize }: Geometry,
): ArenaPool[] {
  const found: ArenaPool[] = [];
  let arena = 0;
  for (const pool of pools) {
    while (arena < arenas.length && arenas[arena].address + arenaSize <= pool.address) arena++;
    if (arena === arenas.length) break;
    const { address, poolAddress, index } = arenas[arena];
    if (pool.address >= address && pool.address < poolAddress && pool.arenaIndex === index)
      found.push({ ...pool, arena });
  }
  return found;
}
