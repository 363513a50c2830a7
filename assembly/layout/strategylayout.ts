/**
 * Where things are that only strategy builds have, as layout.ts says it for all: plain constants, read by asc and by TypeScript.
 * The two spell a relative import differently, so this file imports nothing: MODEL and TOUCHED repeat where layout.ts ends, and
 * proofs.ts holds them to it.
 *
 * ╒═══════════ linear memory of a strategy, where it differs from `core` ═══════════╕
 * │  MODEL, WALK, POLICY, FIT_RULE   structs, in STATE after OS_INDEX                │
 * │  OWN         what a strategy keeps for itself, all zero at first                 │
 * │  MARKS       one bit a block of a page: scratch of a walk; ends where STATE does │
 * │  TOUCHED     one bit a page of the emulated system: resident                     │
 * │  RANGES      one word a range of 2 MiB: pages of it that are mapped              │
 * │  RECORDS     the window of a walk                                                │
 * │  TABLE       64 KiB for one byte each 64 KiB of memory: a strategy's own         │
 * │  pool table, arena table   of pymalloc                                           │
 * ╞══ heap base ═════════════════════════════════════════════════════════════════════╡
 */

/** A record of the window of a walk: five words. */
export const RECORD_SIZE: usize = 20;
export const WINDOW_RECORDS: u32 = 1024;

// ---- structs and scratch in STATE --------------------------------------------------------------------

export const MODEL: usize = 16384; // OS_INDEX + OS_INDEX_SIZE
export const MODEL_SIZE: usize = 128;
export const WALK: usize = MODEL + MODEL_SIZE;
export const WALK_SIZE: usize = 128;
export const POLICY: usize = WALK + WALK_SIZE;
export const POLICY_SIZE: usize = 64;
export const FIT_RULE: usize = POLICY + POLICY_SIZE;
export const FIT_RULE_SIZE: usize = 704;
export const OWN: usize = FIT_RULE + FIT_RULE_SIZE;
export const OWN_SIZE: usize = 13312;
export const MARKS: usize = OWN + OWN_SIZE;
export const MARKS_SIZE: usize = 2048;

// ---- tables, from where `core` has its pool table on ---------------------------------------------------

export const TOUCHED: usize = 38207552; // POOLS
export const TOUCHED_SIZE: usize = (1 << (32 - 12)) / 8; // a bit for each 4 KiB of 4 GiB
export const RANGES: usize = TOUCHED + TOUCHED_SIZE;
export const RANGES_SIZE: usize = 4 << (32 - 21); // a word for each 2 MiB of 4 GiB
export const RECORDS: usize = RANGES + RANGES_SIZE;
export const RECORDS_SIZE: usize = RECORD_SIZE * WINDOW_RECORDS;
export const TABLE: usize = RECORDS + RECORDS_SIZE;
export const TABLE_SIZE: usize = 1 << (32 - 16); // a byte for each 64 KiB of 4 GiB
export const STRATEGY_POOLS: usize = TABLE + TABLE_SIZE;

// ---- struct ModelState (osmodel.ts) ------------------------------------------------------------------

export const MODEL_KIND: usize = 0;
export const MODEL_PAGE_BITS: usize = 4;
export const MODEL_RESIDENT: usize = 8;
export const MODEL_RESIDENT_PEAK: usize = 12;
export const MODEL_HELD: usize = 16;
export const MODEL_HELD_PEAK: usize = 20;

/** What counts as held: mapped now; top − base; the highest top ever; as mapped, but touched 2 MiB at a time. */
export const MODEL_MMAP: u32 = 0;
export const MODEL_BRK: u32 = 1;
export const MODEL_WASM: u32 = 2;
export const MODEL_HUGEPAGES: u32 = 3;

// ---- struct WalkState (walk.ts) ------------------------------------------------------------------------

export const WALK_LIVE_BLOCKS: usize = 0;
export const WALK_FREE_REGIONS: usize = 4;
/** Four words: the bytes of each kind. */
export const WALK_BYTES: usize = 8;
export const WALK_LARGEST_FREE: usize = 24;
export const WALK_COUNT: usize = 28;
export const WALK_FREE_SQUARES: usize = 32; // f64
export const WALK_HAS_PAGES: usize = 40;
export const WALK_HAS_UNITS: usize = 44;

/** The kinds of records; pages and units lie across their records and are none of the sum. */
export const KIND_LIVE: u32 = 0;
export const KIND_FREE: u32 = 1;
export const KIND_OVERHEAD: u32 = 2;
export const KIND_UNUSED: u32 = 3;
export const KIND_PAGE: u32 = 4;
export const KIND_UNIT: u32 = 5;

// ---- policies of pymalloc (policy.ts) and rules of the fit (fitrule.ts) ---------------------------------

export const ARENA_FULLEST: u32 = 0;
export const ARENA_EMPTIEST: u32 = 1;
export const ARENA_LOWEST: u32 = 2;
export const ARENA_RANDOM: u32 = 3;
export const POOL_RECENT: u32 = 0;
export const POOL_FULLEST: u32 = 1;
export const POOL_LOWEST: u32 = 2;

export const FIT_SEGREGATED: u32 = 0;
export const FIT_FIRST: u32 = 1;
export const FIT_BEST: u32 = 2;
