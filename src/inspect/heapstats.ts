/** The numbers of a heap now: pymalloc's, the raw domain's, the operating system's, and what reaching them cost. */

import { classCount } from "../geometry/geometry.js";
import type { Profile } from "../geometry/profiles.js";
import * as layout from "../memory/layout.js";
import { type CensusTaker, type Memory, stateWord } from "../memory/memory.js";
import { type PymallocCounts, type PymallocStats, pymallocStats } from "./stats.js";

/** Calls made through a `Heap`. `failures` are those that returned 0 for want of memory; the others count every call. */
export interface CallCounts {
  malloc: number;
  calloc: number;
  realloc: number;
  free: number;
  failures: number;
}

/** `regionBytes` = `blockBytes` + `freeBytes` + `overheadBytes`. */
export interface RawStats {
  /** Blocks in use, and bytes that their holders may use. */
  readonly blocks: number;
  readonly blockBytes: number;
  /** Bytes of the blocks not in use. */
  readonly freeBytes: number;
  /** Bytes of headers, of blocks and of regions. */
  readonly overheadBytes: number;
  readonly regions: number;
  /** Bytes that the raw domain holds of the operating system. */
  readonly regionBytes: number;
}

/** The ledger of the emulated operating system: bytes, and calls. */
export interface OsStats {
  readonly mappedBytes: number;
  readonly mappedPeakBytes: number;
  readonly mappedEverBytes: number;
  readonly maps: number;
  readonly unmaps: number;
  /** Requests that failure injection refused. */
  readonly refused: number;
}

/** What the run so far cost, in counts that are the same on every machine. */
export interface Costs {
  /** Arenas passed (slide) or moved (fingers) to keep usable_arenas in order. */
  readonly listSteps: number;
  /** Pools taken from arenas, and those of them that changed their size class. */
  readonly poolsTaken: number;
  readonly poolsInitialised: number;
  /**
   * Pages of 4 KiB that were touched for the first time since they were mapped, if every block is written to: those of pools when
   * they are first carved, and all of the raw domain's regions.
   */
  readonly pagesTouched: number;
  /** Bytes that realloc copied: within pymalloc and across the threshold, and within the raw domain. */
  readonly bytesMoved: number;
}

export interface HeapStats {
  /** Name of the profile. */
  readonly profile: string;
  readonly pymalloc: PymallocStats;
  readonly raw: RawStats;
  readonly os: OsStats;
  readonly costs: Costs;
  readonly calls: Readonly<CallCounts>;
  /** What `sys.getallocatedblocks()` says: live blocks of MEM, OBJ and, as this heap has one raw allocator, RAW. */
  readonly allocatedBlocks: number;
  /** Bytes of WebAssembly memory, tables and room to grow included: no figure of the emulated process. */
  readonly wasmBytes: number;
}

/** Arenas obtained so far, live arenas, and live arenas with a live block: known without a look at any arena. */
export function arenaCounters(memory: Memory): { obtained: number; live: number; held: number } {
  const counter = (offset: number): number => stateWord(memory, layout.ARENAS + offset);
  const live = counter(layout.ARENAS_NARENAS_CURRENTLY_ALLOCATED);
  return {
    obtained: counter(layout.ARENAS_NTIMES_ARENA_ALLOCATED),
    live,
    held: live - counter(layout.ARENAS_NEMPTY),
  };
}

/** Fills the census and reads it. */
function pymallocCounts(profile: Profile, core: CensusTaker): PymallocCounts {
  core.takeCensus();
  const census = core.stateBase + layout.CENSUS;
  const rows = core.copy(census, census + classCount(profile.geometry) * layout.CENSUS_ROW_SIZE);
  const arenas = (offset: number): number => stateWord(core, layout.ARENAS + offset);
  const { obtained, live } = arenaCounters(core);
  return {
    pools: rows.filter((_, i) => i % 2 === layout.CENSUS_POOLS / 4),
    blocks: rows.filter((_, i) => i % 2 === layout.CENSUS_BLOCKS / 4),
    arenasObtained: obtained,
    arenasReleased: obtained - live,
    arenasHigh: arenas(layout.ARENAS_NARENAS_HIGHWATER),
    arenasLive: live,
    misalignedArenas: arenas(layout.ARENAS_NMISALIGNED),
    unusedPools: arenas(layout.ARENAS_NFREEPOOLS_TOTAL),
    arenaMapHigh: arenas(layout.ARENAS_MAP_HIGH) - 1,
  };
}

function rawStats(core: CensusTaker): RawStats {
  const large = (offset: number): number => stateWord(core, layout.LARGE + offset);
  const blocks = large(layout.LARGE_BLOCKS);
  const regions = large(layout.LARGE_REGION_COUNT);
  const blockBytes = large(layout.LARGE_BLOCK_BYTES);
  const regionBytes = large(layout.LARGE_REGION_BYTES);
  const overheadBytes = blocks * layout.RAW_HEADER + regions * layout.REGION_FIRST_PAYLOAD;
  return {
    blocks,
    blockBytes,
    freeBytes: regionBytes - blockBytes - overheadBytes,
    overheadBytes,
    regions,
    regionBytes,
  };
}

function osStats(core: CensusTaker): OsStats {
  const os = (offset: number): number => stateWord(core, layout.OS + offset);
  return {
    mappedBytes: os(layout.OS_MAPPED),
    mappedPeakBytes: os(layout.OS_MAPPED_PEAK),
    mappedEverBytes: core.read64(core.stateBase + layout.OS + layout.OS_MAPPED_EVER),
    maps: os(layout.OS_MAPS),
    unmaps: os(layout.OS_UNMAPS),
    refused: os(layout.OS_REFUSED),
  };
}

function costs(core: CensusTaker, { geometry }: Profile): Costs {
  const carved = stateWord(core, layout.ARENAS + layout.ARENAS_POOLS_CARVED);
  return {
    pagesTouched: Math.ceil(
      (carved * geometry.poolSize + core.read64(core.stateBase + layout.LARGE + layout.LARGE_BYTES_MAPPED)) /
        layout.OS_PAGE_SIZE,
    ),
    listSteps: core.read64(core.stateBase + layout.ARENAS + layout.ARENAS_LIST_STEPS),
    poolsTaken: stateWord(core, layout.ARENAS + layout.ARENAS_POOLS_TAKEN),
    poolsInitialised: stateWord(core, layout.ARENAS + layout.ARENAS_POOLS_INITIALISED),
    bytesMoved: core.read64(core.stateBase + layout.LARGE + layout.LARGE_BYTES_MOVED),
  };
}

export function heapStats(profile: Profile, core: CensusTaker, calls: Readonly<CallCounts>): HeapStats {
  const pymalloc = pymallocStats(profile, pymallocCounts(profile, core));
  const raw = rawStats(core);
  return {
    profile: profile.name,
    pymalloc,
    raw,
    os: osStats(core),
    costs: costs(core, profile),
    calls: { ...calls },
    allocatedBlocks: raw.blocks + pymalloc.classes.reduce((sum, { blocks }) => sum + blocks, 0),
    wasmBytes: core.memory.buffer.byteLength,
  };
}
