/** Starts heaps for the specs; `init` of assembly/core.ts does it for the host. Where what lies: scripts/corespecs.ts. */

import { check } from "../../assembly/check/check";
import { RELEASE_KEEP_LAST } from "../../assembly/layout/codes";
import {
  ARENA_OBJECT_SIZE,
  OS_PAGE_BITS,
  OS_PAGES,
  POOL_HEADER_BITS,
  POOLS,
  RAW_STARTS,
  STATE,
} from "../../assembly/layout/layout";
import { arenas, initArenas } from "../../assembly/pymalloc/arena";
import { initBaseOffsets } from "../../assembly/pymalloc/baseoffset";
import { geometry, takeGeometry } from "../../assembly/pymalloc/geometry";
import { initUsedpools } from "../../assembly/pymalloc/pool";
import { initReplay } from "../../assembly/replay/replay";
import { initOs, os, reach } from "../../assembly/system/os";

// Above POOLS for the smallest pools, below SPEC_DATA of scripts/corespecs.ts.
const ARENA_TABLE: usize = 176 << 20;
export const BASE_OFFSETS_LIST: usize = 248 << 20;
const LIST_SIZE: usize = 1 << 20;
export const IDS: usize = 249 << 20;
export const WINDOW: usize = 250 << 20;
export const ANSWERS: usize = 251 << 20;
const REPLAY_REGIONS_SIZE: usize = 3 << 20;
export const HEAP_BASE: usize = 384 << 20;
/** What as-pect may allocate within one test before the next start notices. */
const SLACK: usize = 32 << 20;

/** Zeroes the entries, of 1 << `entryBits` bytes for each 1 << `unitBits` bytes of memory, for [from, to). */
function clearEntries(table: usize, from: usize, to: usize, unitBits: usize, entryBits: usize): void {
  const first = from >>> unitBits;
  const last = (to - 1) >>> unitBits;
  memory.fill(table + (first << entryBits), 0, (last - first + 1) << entryBits);
}

/** Undoes what the heap before wrote: only what was mapped once has entries that are not zero. */
function clear(): void {
  const from = os.base;
  const to = os.everTop;
  if (from < to) {
    clearEntries(OS_PAGES, from, to, OS_PAGE_BITS, 2);
    clearEntries(RAW_STARTS, from, to, 9, 2);
    clearEntries(POOLS, from, to, geometry.poolBits, POOL_HEADER_BITS);
    memory.fill(from, 0, to - from);
  }
  memory.fill(ARENA_TABLE, 0, <usize>arenas.maxarenas * ARENA_OBJECT_SIZE);
  memory.fill(BASE_OFFSETS_LIST, 0, LIST_SIZE);
  memory.fill(IDS, 0, REPLAY_REGIONS_SIZE);
  memory.fill(STATE, 0, OS_PAGES - STATE);
}

/** Writes GEOMETRY as the host does, and has the core take it. */
export function setGeometry(
  arenaBits: u32,
  poolBits: u32,
  alignmentShift: u32,
  threshold: usize,
  poolOverhead: usize,
  release: u32,
  fingers: bool = true,
  takesOverRaw: bool = false,
  maxRequest: usize = 0x7fffffff,
): bool {
  geometry.arenaBits = arenaBits;
  geometry.poolBits = poolBits;
  geometry.alignmentShift = alignmentShift;
  geometry.threshold = threshold;
  geometry.poolOverhead = poolOverhead;
  geometry.release = release;
  geometry.fingers = u32(fingers);
  geometry.takesOverRaw = u32(takesOverRaw);
  geometry.maxRequest = maxRequest;
  return takeGeometry();
}

/** Starts an empty heap at `base`, with nothing left of the one before. Numbers as those of setGeometry. */
export function start(
  arenaBits: u32,
  poolBits: u32,
  alignmentShift: u32,
  threshold: usize,
  poolOverhead: usize,
  release: u32 = RELEASE_KEEP_LAST,
  fingers: bool = true,
  limitBytes: usize = 0,
  base: usize = HEAP_BASE,
): void {
  assert(heap.alloc(0) < HEAP_BASE - SLACK, "as-pect has filled its part of memory: expect less often");
  clear();
  assert(setGeometry(arenaBits, poolBits, alignmentShift, threshold, poolOverhead, release, fingers), "not a geometry");
  assert(reach(base), "memory does not reach the base");
  initOs(base, limitBytes);
  initUsedpools();
  initArenas(ARENA_TABLE);
  initBaseOffsets(BASE_OFFSETS_LIST);
  initReplay(IDS, WINDOW, ANSWERS);
}

/** CPython 3.9 on with 32 bits: arenas of 256 KiB, 64 pools of 4 KiB, classes of 8 to 512 bytes. */
export function startWasm32(release: u32 = RELEASE_KEEP_LAST, fingers: bool = true, limitBytes: usize = 0): void {
  start(18, 12, 3, 512, 32, release, fingers, limitBytes);
}

/** Arenas of 4 KiB, four pools of 1 KiB, classes of 16 to 496 bytes; the largest has two blocks in a pool. */
export function startSmall(release: u32 = RELEASE_KEEP_LAST, fingers: bool = true, limitBytes: usize = 0): void {
  start(12, 10, 4, 496, 32, release, fingers, limitBytes);
}

/** Every invariant holds. */
export function expectSound(message: string = ""): void {
  expect(check()).toBe(0, message);
}

// ---- chance -----------------------------------------------------------------------------------------

let chance: u32 = 1;

/** Starts the same row of random numbers for the same `seed` > 0. */
export function startChance(seed: u32): void {
  chance = seed * 0x9e3779b9;
}

/** A number from 0 to `bound` − 1. Source: Marsaglia, "Xorshift RNGs", 2003. */
export function below(bound: u32): u32 {
  chance ^= chance << 13;
  chance ^= chance >>> 17;
  chance ^= chance << 5;
  return <u32>((<u64>chance * bound) >>> 32);
}
