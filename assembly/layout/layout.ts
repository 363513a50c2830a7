/**
 * Where things are: offsets and sizes that the core defines and the host reads.
 *
 * Plain constants only, so that asc compiles this file and TypeScript imports it as it is. The file that owns a struct
 * proves each of its offsets against `offsetof`, and that the struct fits its slot; proofs.ts proves that no region reaches
 * into the next. A moved field, a struct that grew or an overlap breaks the build, not the reader.
 *
 * ╒═══════════════ linear memory of `core` ════════════════╕
 * │        0  nothing; address 0 is NULL                    │
 * │    1,024  strings of the assertions of the debug build  │
 * │    4,096  STATE       geometry, counters, list heads    │
 * │  USEDPOOLS            one ring head a size class        │
 * │  CENSUS               what census.ts last counted       │
 * │  NFP2LASTA            last usable arena by free pools   │
 * │  OS_PAGES             one word a page of 4 KiB          │
 * │  RAW_STARTS           one bit for 16 bytes: a raw block │
 * │  POOLS                one header a pool-sized unit      │
 * │  arena table          one descriptor an arena           │  its address depends on the geometry
 * │  instrument           replay: ids, bases, window        │  sized at init
 * ╞══ heap base ════════════════════════════════════════════╡
 * │  what os.ts maps: arenas and regions of the raw domain  │
 * └─────────────────────────────────────────────────────────┘
 *
 * Everything below the heap base is the emulator's own and in no ledger of the emulated process.
 */

/** Bytes of a page of the emulated operating system. */
export const OS_PAGE_BITS: usize = 12;
export const OS_PAGE_SIZE: usize = 1 << OS_PAGE_BITS;

/** Alignment of every block of the raw domain, and bytes for one bit of RAW_STARTS. */
export const RAW_ALIGNMENT: usize = 16;

/** A size class that no request has: the szidx of a pool that was carved and not yet initialised. */
export const DUMMY_SIZE_IDX: u32 = 0xffff;

/** The most size classes a valid geometry has: a threshold of 32 KiB in steps of 8. */
export const NB_SMALL_SIZE_CLASSES_MAX: u32 = 4096;

/** The most pools in an arena of a valid geometry. */
export const MAX_POOLS_IN_ARENA: u32 = 65536;

export const POOL_HEADER_BITS: usize = 5;
export const POOL_HEADER_SIZE: usize = 1 << POOL_HEADER_BITS;
export const CENSUS_ROW_SIZE: usize = 8;

// ---- regions, each from the end of the one before (proofs.ts) ------------------------------------------

export const STATE: usize = 4096;
export const STATE_SIZE: usize = 28672;
export const USEDPOOLS: usize = STATE + STATE_SIZE;
export const USEDPOOLS_SIZE: usize = POOL_HEADER_SIZE * NB_SMALL_SIZE_CLASSES_MAX;
export const CENSUS: usize = USEDPOOLS + USEDPOOLS_SIZE;
export const CENSUS_SIZE: usize = CENSUS_ROW_SIZE * NB_SMALL_SIZE_CLASSES_MAX;
export const NFP2LASTA: usize = CENSUS + CENSUS_SIZE;
export const NFP2LASTA_SIZE: usize = ((MAX_POOLS_IN_ARENA + 1) * 4 + 63) & ~63; // a word for 0 pools, too
export const OS_PAGES: usize = NFP2LASTA + NFP2LASTA_SIZE;
export const OS_PAGES_SIZE: usize = 4 << (32 - OS_PAGE_BITS); // a word for each page of 4 GiB
export const RAW_STARTS: usize = OS_PAGES + OS_PAGES_SIZE;
export const RAW_STARTS_SIZE: usize = (1 << 29) / RAW_ALIGNMENT; // 4 GiB / RAW_ALIGNMENT / 8
export const POOLS: usize = RAW_STARTS + RAW_STARTS_SIZE;

// ---- slots in STATE: one struct each, which the file that owns it proves to fit --------------------------

export const GEOMETRY: usize = STATE;
export const GEOMETRY_SIZE: usize = 128;
export const BASE_OFFSETS: usize = GEOMETRY + GEOMETRY_SIZE;
export const BASE_OFFSETS_SIZE: usize = 64;
export const ARENAS: usize = BASE_OFFSETS + BASE_OFFSETS_SIZE;
export const ARENAS_SIZE: usize = 128;
export const LARGE: usize = ARENAS + ARENAS_SIZE;
export const LARGE_SIZE: usize = 64;
export const OS: usize = LARGE + LARGE_SIZE;
export const OS_SIZE: usize = 128;
export const REPLAY: usize = OS + OS_SIZE;
export const REPLAY_SIZE: usize = 128;
export const BROKEN: usize = REPLAY + REPLAY_SIZE;
export const BROKEN_SIZE: usize = 128;
export const LOG: usize = BROKEN + BROKEN_SIZE;
export const LOG_SIZE: usize = 256;
export const LARGE_INDEX: usize = LOG + LOG_SIZE;
export const LARGE_INDEX_SIZE: usize = 5120;
export const OS_INDEX: usize = LARGE_INDEX + LARGE_INDEX_SIZE;
export const OS_INDEX_SIZE: usize = 6144;

// ---- struct Geometry (geometry.ts): what the host writes before init, and one number that follows ------

export const GEOMETRY_ARENA_BITS: usize = 0;
export const GEOMETRY_POOL_BITS: usize = 4;
export const GEOMETRY_ALIGNMENT_SHIFT: usize = 8;
export const GEOMETRY_THRESHOLD: usize = 12;
export const GEOMETRY_POOL_OVERHEAD: usize = 16;
export const GEOMETRY_RELEASE: usize = 20;
export const GEOMETRY_FINGERS: usize = 24;
export const GEOMETRY_TAKES_OVER_RAW: usize = 28;
export const GEOMETRY_MAX_REQUEST: usize = 32;
export const GEOMETRY_POOL_SIZE: usize = 40;

// ---- struct Pool (pool.ts): CPython's 32-bit pool header ----------------------------------------

export const POOL_COUNT: usize = 0;
export const POOL_FREEBLOCK: usize = 4;
export const POOL_NEXTPOOL: usize = 8;
export const POOL_PREVPOOL: usize = 12;
export const POOL_ARENAINDEX: usize = 16;
export const POOL_SZIDX: usize = 20;
export const POOL_NEXTOFFSET: usize = 24;
export const POOL_MAXNEXTOFFSET: usize = 28;

// ---- struct Arena (arena.ts): CPython's 32-bit arena descriptor and the arena's ordinal -----------

export const ARENA_OBJECT_SIZE: usize = 36;
export const ARENA_ADDRESS: usize = 0;
export const ARENA_POOL_ADDRESS: usize = 4;
export const ARENA_NFREEPOOLS: usize = 8;
export const ARENA_NTOTALPOOLS: usize = 12;
export const ARENA_FREEPOOLS: usize = 16;
export const ARENA_NEXTARENA: usize = 20;
export const ARENA_PREVARENA: usize = 24;
export const ARENA_ORDINAL: usize = 28;
export const ARENA_PLACE: usize = 32;

// ---- struct BaseOffsets (baseoffset.ts) -------------------------------------------------------------

export const BASE_OFFSETS_COUNT: usize = 4;

// ---- struct ArenaState (arena.ts) -----------------------------------------------------------------

export const ARENAS_TABLE: usize = 0;
export const ARENAS_MAXARENAS: usize = 4;
export const ARENAS_USABLE_ARENAS: usize = 8;
export const ARENAS_UNUSED_ARENA_OBJECTS: usize = 12;
export const ARENAS_NARENAS_CURRENTLY_ALLOCATED: usize = 16;
export const ARENAS_NTIMES_ARENA_ALLOCATED: usize = 20;
export const ARENAS_NARENAS_HIGHWATER: usize = 24;
export const ARENAS_NEMPTY: usize = 28;
export const ARENAS_NMISALIGNED: usize = 32;
export const ARENAS_LAST_RELEASED: usize = 36;
export const ARENAS_MAP_HIGH: usize = 40;
export const ARENAS_FREEPOOLS: usize = 44;
export const ARENAS_CURRENT: usize = 48;
export const ARENAS_LIST_STEPS: usize = 56; // 64 bits
export const ARENAS_POOLS_TAKEN: usize = 64;
export const ARENAS_POOLS_INITIALISED: usize = 68;
export const ARENAS_POOLS_CARVED: usize = 72;
export const ARENAS_NFREEPOOLS_TOTAL: usize = 76;

// ---- struct LargeState (rawblock.ts) -----------------------------------------------------------------

export const LARGE_REGIONS: usize = 0;
export const LARGE_SPARE: usize = 4;
export const LARGE_BLOCKS: usize = 12;
export const LARGE_BLOCK_BYTES: usize = 16;
export const LARGE_REGION_COUNT: usize = 20;
export const LARGE_REGION_BYTES: usize = 24;
export const LARGE_BYTES_MOVED: usize = 32; // 64 bits
export const LARGE_BYTES_MAPPED: usize = 40; // 64 bits

// ---- a region and its blocks (region.ts, rawblock.ts) -------------------------------------------------------------

export const REGION_NEXT: usize = 0;
export const REGION_BYTES: usize = 8;
/** From a region's start to its first payload; from a block's header to its payload. */
export const REGION_FIRST_PAYLOAD: usize = 16;
export const RAW_HEADER: usize = 4;
/** Bits of a block's header. MAPPED without FIRST: the header at the region's end. */
export const RAW_FREE_FLAG: usize = 1;
export const RAW_PREV_FREE_FLAG: usize = 2;
export const RAW_MAPPED_FLAG: usize = 4;
export const RAW_FIRST_FLAG: usize = 8;

// ---- struct OsState (os.ts) -----------------------------------------------------------------------

export const OS_BASE: usize = 0;
export const OS_TOP: usize = 4;
export const OS_EVER_TOP: usize = 8;
export const OS_LIMIT: usize = 12;
export const OS_MAPPED: usize = 16;
export const OS_MAPPED_PEAK: usize = 20;
export const OS_MAPPED_EVER: usize = 24; // 64 bits
export const OS_MAPS: usize = 32;
export const OS_UNMAPS: usize = 36;
export const OS_REFUSE_EVERY: usize = 40;
export const OS_REQUESTS: usize = 44;
export const OS_REFUSED: usize = 48;

// ---- struct ReplayState (replay.ts) ---------------------------------------------------------------

export const REPLAY_IDS: usize = 0;
export const REPLAY_WINDOW: usize = 4;
export const REPLAY_ANSWERS: usize = 8;
export const REPLAY_WATCH: usize = 12;
export const REPLAY_STOP_FULL_SZIDX: usize = 16;
export const REPLAY_STOP_EMPTY_SZIDX: usize = 20;
export const REPLAY_STOP_PINNED: usize = 24;
export const REPLAY_STOP_ID: usize = 28;
export const REPLAY_STOPPED: usize = 32;
export const REPLAY_FAILURES: usize = 36;
export const REPLAY_HASH: usize = 40;
export const REPLAY_ANSWERED: usize = 44;
export const REPLAY_SMALL: usize = 48;
export const REPLAY_RAW_MASK: usize = 52;
export const REPLAY_OPS: usize = 56;
export const REPLAY_FIRST_ARENA: usize = 60;
export const REPLAY_RUNS: usize = 64;

/** Events that one call of `replay` runs at most. */
export const WINDOW_EVENTS: u32 = 16384;
export const EVENT_SIZE: usize = 8;
/** An id's slot: the address of its block, or 0. */
export const ID_SIZE: usize = 4;
/** Answer lines that one event gives at most: an arena obtained, one released, a placement. */
export const ANSWERS_PER_EVENT: u32 = 3;
export const ANSWER_SIZE: usize = 8;

// ---- struct Log (log.ts), attached only ----------------------------------------------------------------

export const LOG_NEXT: usize = 0;
export const LOG_START: usize = 4;
export const LOG_END: usize = 8;
export const LOG_SITES: usize = 12;
export const LOG_THREAD: usize = 16;
export const LOG_CURRENT_FRAME: usize = 20;
export const LOG_PREVIOUS: usize = 24;
export const LOG_EXECUTABLE: usize = 28;
export const LOG_INSTR_PTR: usize = 32;
export const LOG_CODE_TYPE: usize = 36;

/** An event of the log, and its words. */
export const LOGGED_SIZE: usize = 20;
export const LOGGED_WHAT: usize = 0;
export const LOGGED_PTR: usize = 4;
export const LOGGED_OLD: usize = 8;
export const LOGGED_NBYTES: usize = 12;
export const LOGGED_SITE: usize = 16;

/** Entries of the table of sites, and the bytes of one. */
export const SITES: usize = 8192;
export const SITE_SIZE: usize = 8;

// ---- a row of CENSUS (census.ts) --------------------------------------------------------------------

export const CENSUS_POOLS: usize = 0;
export const CENSUS_BLOCKS: usize = 4;

// ---- struct Tally (check.ts), debug builds only -------------------------------------------------------

export const BROKEN_ADDRESS: usize = 0;
