/**
 * The walk over a strategy's heap: every mapped byte in exactly one record, so that the ledger is a sum.
 *
 * ╒═ a record of the window, 5 words ══════════════════════════════════════════════╕
 * │  +0  kind       KIND_…                                                          │
 * │  +4  address    LIVE: of the payload                                            │
 * │  +8  bytes      LIVE: those that the holder may use                             │
 * │ +12  blockSize  PAGE: from one block to the next                                │
 * │ +16  first      PAGE: address of its first block                                │
 * └──────────────────────────────────────────────────────────────────────────────────┘
 *
 *     LIVE       a block handed out, what its holder may use of it
 *     FREE       a block, or a stretch of memory, that could be handed out and is between blocks or in a page with blocks
 *     OVERHEAD   headers, tables in mapped memory, what alignment and quantisation leave
 *     UNUSED     never handed out, or an empty page, pool or arena that is kept
 *     UNIT       memory that goes back to the system as a whole, ahead of its records and beside the sum: an arena
 *     PAGE       a page of blocks of one size, ahead of its records and beside the sum: which of its blocks live tells what could be meshed
 *
 *     mapped == LIVE + FREE + OVERHEAD + UNUSED
 *
 * A strategy exports `walk`, which calls `record` for each. Where only the sum is wanted a page's blocks go by `recordMany`.
 */

import {
  KIND_FREE,
  KIND_LIVE,
  KIND_OVERHEAD,
  KIND_PAGE,
  KIND_UNIT,
  KIND_UNUSED,
  MARKS,
  MARKS_SIZE,
  RECORD_SIZE,
  RECORDS,
  RECORDS_SIZE,
  WALK,
  WALK_BYTES,
  WALK_COUNT,
  WALK_FREE_REGIONS,
  WALK_FREE_SQUARES,
  WALK_HAS_PAGES,
  WALK_HAS_UNITS,
  WALK_LARGEST_FREE,
  WALK_LIVE_BLOCKS,
  WALK_SIZE,
  WINDOW_RECORDS,
} from "../layout/strategylayout";
import { takeRecords } from "./host";

@unmanaged
class WalkState {
  liveBlocks: u32;
  /** Records of FREE and UNUSED; the largest of them, and Σ bytes². */
  freeRegions: u32;
  /** Bytes of LIVE, FREE, OVERHEAD, UNUSED. */
  live: usize;
  free: usize;
  overhead: usize;
  unused: usize;
  largestFree: usize;
  /** Records in the window. */
  count: u32;
  freeSquares: f64;
  /** Whether the strategy has pages of one size, and units, be there some now or none. */
  hasPages: u32;
  hasUnits: u32;
  /** Whether the host wants the records, not only their sum. */
  listing: bool;
}

const state: WalkState = changetype<WalkState>(WALK);

/** Starts a walk; the host calls the strategy's `walk` next. */
export function beginWalk(listing: bool): void {
  memory.fill(WALK, 0, offsetof<WalkState>());
  state.listing = listing;
}

export function isListing(): bool {
  return state.listing;
}

function write(kind: u32, address: usize, nbytes: usize, blockSize: usize, first: usize): void {
  if (state.count == WINDOW_RECORDS) {
    takeRecords();
    state.count = 0;
  }
  const at = RECORDS + <usize>state.count * RECORD_SIZE;
  store<u32>(at, kind);
  store<usize>(at, address, 4);
  store<usize>(at, nbytes, 8);
  store<usize>(at, blockSize, 12);
  store<usize>(at, first, 16);
  state.count++;
}

/** Adds `count` stretches of `nbytes` each to the sum. Only where nothing is listed. */
export function recordMany(kind: u32, count: u32, nbytes: usize): void {
  if (!count || !nbytes) return;
  const sum = WALK + WALK_BYTES + ((<usize>kind) << 2);
  store<usize>(sum, load<usize>(sum) + <usize>count * nbytes);
  if (kind == KIND_LIVE) state.liveBlocks += count;
  if (kind != KIND_FREE && kind != KIND_UNUSED) return;
  state.freeRegions += count;
  state.freeSquares += <f64>count * <f64>nbytes * <f64>nbytes;
  if (nbytes > state.largestFree) state.largestFree = nbytes;
}

/** One stretch of memory; of 0 bytes it is none. */
export function record(kind: u32, address: usize, nbytes: usize): void {
  recordMany(kind, 1, nbytes);
  if (state.listing && nbytes) write(kind, address, nbytes, 0, 0);
}

/** The strategy has pages of one size, perhaps none now. */
export function havePages(): void {
  state.hasPages = 1;
}

/** The strategy gets memory in units that go back as a whole, and may have none now. */
export function haveUnits(): void {
  state.hasUnits = 1;
}

/** The records that follow, up to `nbytes` from `address` on, are those of a unit. */
export function recordUnit(address: usize, nbytes: usize): void {
  haveUnits();
  if (state.listing) write(KIND_UNIT, address, nbytes, 0, 0);
}

/** A page from `address` on, of `nbytes`, with blocks of `blockSize` from `first` on; their records come next. Only where it is listed. */
export function startPage(address: usize, nbytes: usize, blockSize: usize, first: usize): void {
  havePages();
  write(KIND_PAGE, address, nbytes, blockSize, first);
}

// ---- pages of blocks of one size ----------------------------------------------------------------------

function markWord(index: u32): usize {
  return MARKS + ((<usize>(index >>> 5)) << 2);
}

/**
 * A page from `address` on, of `nbytes`, with blocks of `blockSize` from `first` on: of its `count` blocks, `live` are handed out. Of the
 * first `carved` of them those on the lists `free` and `alsoFree` are free; the others were never handed out. What lies before and behind
 * the blocks is overhead.
 */
export function recordPage(
  address: usize,
  nbytes: usize,
  first: usize,
  blockSize: usize,
  count: u32,
  live: u32,
  carved: u32,
  free: usize,
  alsoFree: usize,
): void {
  const end = first + <usize>count * blockSize;
  if (!state.listing) {
    recordMany(KIND_LIVE, live, blockSize);
    recordMany(KIND_FREE, count - live, blockSize);
    recordMany(KIND_OVERHEAD, 1, nbytes - (end - first));
    return;
  }
  startPage(address, nbytes, blockSize, first);
  record(KIND_OVERHEAD, address, first - address);
  memory.fill(MARKS, 0, MARKS_SIZE);
  markList(free, first, blockSize);
  markList(alsoFree, first, blockSize);
  for (let index: u32 = 0; index < count; index++) {
    const isFree = index >= carved || ((load<u32>(markWord(index)) >>> (index & 31)) & 1) != 0;
    record(isFree ? KIND_FREE : KIND_LIVE, first + <usize>index * blockSize, blockSize);
  }
  record(KIND_OVERHEAD, end, address + nbytes - end);
}

/** Marks the blocks of a list linked by their first words. */
function markList(free: usize, first: usize, blockSize: usize): void {
  for (let block = free; block; block = load<usize>(block)) {
    const index = <u32>((block - first) / blockSize);
    const word = markWord(index);
    store<u32>(word, load<u32>(word) | (1 << (index & 31)));
  }
}

if (RECORDS_SIZE != RECORD_SIZE * WINDOW_RECORDS) ERROR("RECORDS must have room for WINDOW_RECORDS records");
if (offsetof<WalkState>() > WALK_SIZE) ERROR("struct WalkState outgrows its slot: raise WALK_SIZE");
if (offsetof<WalkState>("liveBlocks") != WALK_LIVE_BLOCKS) ERROR("WALK_LIVE_BLOCKS");
if (offsetof<WalkState>("freeRegions") != WALK_FREE_REGIONS) ERROR("WALK_FREE_REGIONS");
if (offsetof<WalkState>("live") != WALK_BYTES) ERROR("WALK_BYTES");
if (offsetof<WalkState>("largestFree") != WALK_LARGEST_FREE) ERROR("WALK_LARGEST_FREE");
if (offsetof<WalkState>("count") != WALK_COUNT) ERROR("WALK_COUNT");
if (offsetof<WalkState>("freeSquares") != WALK_FREE_SQUARES) ERROR("WALK_FREE_SQUARES");
if (offsetof<WalkState>("hasPages") != WALK_HAS_PAGES) ERROR("WALK_HAS_PAGES");
if (offsetof<WalkState>("hasUnits") != WALK_HAS_UNITS) ERROR("WALK_HAS_UNITS");
