/**
 * The large-object allocator: the RAW domain, and every request that pools do not serve (0 bytes, or over the threshold).
 * Two-level segregated fit with immediate coalescing; every operation but the copy of a realloc is O(1).
 *
 * ╒════════════ region: whole pages from os.ts ════════════════════════════════╕
 * │  +0  next      the regions, newest first                                   │
 * │  +4  prev                                                                  │
 * │  +8  bytes     of the region                                               │
 * │ +12  header │ payload …        first block                                 │
 * │      header │ payload …        …                                           │
 * │  end − 4  header: region │ END                                             │
 * └────────────────────────────────────────────────────────────────────────────┘
 *
 * ╒════ block: `size` bytes from its header to the next header, a multiple of 16 ═══╕
 * │  −4  header    size │ FIRST 8 │ MAPPED 4 │ PREV_FREE 2 │ FREE 1               │
 * │  +0  payload   of size − 4 bytes, at a multiple of 16        in use           │
 * │  +0  next, prev in the fit index                             free             │
 * │  size − 8      size again, so that the next block finds it   free             │
 * └───────────────────────────────────────────────────────────────────────────────┘
 *
 * FIRST: first of its region. FIRST and MAPPED: alone in its region, which has no end header. MAPPED without FIRST: END.
 *
 * A block is named by the address of its payload. A request of MAPPED_THRESHOLD or more has a region to itself, which goes back
 * when it is freed. Other regions go back when they are wholly free, but for one that is kept; a long free end goes back too.
 *
 * What holds:
 *   no two free blocks are neighbours;  header(next).PREV_FREE == header(block).FREE
 *   Σ sizes of the blocks of a region + REGION_OVERHEAD == bytes of the region
 *   a bit of RAW_STARTS is set ⇔ a block in use has its payload there
 *
 * CPython has the C library's malloc here; its placements are not emulated, its contract is: 0 bytes give a block of their own.
 */
import { DEBUG } from "./debug";
import { findSpan, insertSpan, removeSpan } from "./fit";
import { geometry } from "./geometry";
import {
  LARGE,
  LARGE_BLOCK_BYTES,
  LARGE_BLOCKS,
  LARGE_BYTES_MAPPED,
  LARGE_BYTES_MOVED,
  LARGE_INDEX,
  LARGE_REGION_BYTES,
  LARGE_REGION_COUNT,
  LARGE_REGIONS,
  LARGE_SPARE,
  OS_PAGE_SIZE,
  RAW_FIRST_FLAG,
  RAW_FREE_FLAG,
  RAW_HEADER,
  RAW_MAPPED_FLAG,
  RAW_PREV_FREE_FLAG,
  RAW_STARTS,
  REGION_BYTES,
  REGION_FIRST_PAYLOAD,
  REGION_NEXT,
} from "./layout";
import { extend, map, os, pageRound, unmap } from "./os";

@unmanaged
class LargeState {
  /** The newest region, or 0. */
  regions: usize;
  /** The one wholly free region that is kept, or 0. */
  spare: usize;
  /** The region that was mapped last for more than one block, or 0: the one that is lengthened. */
  growing: usize;
  /** Blocks in use and the bytes of their payloads. */
  blocks: u32;
  blockBytes: usize;
  /** Regions, and their bytes: what the raw domain holds of the operating system. */
  regionCount: u32;
  regionBytes: usize;
  /** Bytes that realloc copied, here and in pools, because a block could not stay where it was. */
  bytesMoved: u64;
  /** Bytes of all pages ever mapped for regions. */
  bytesMapped: u64;
}

export const large: LargeState = changetype<LargeState>(LARGE);

@unmanaged
export class Region {
  next: usize;
  prev: usize;
  bytes: usize;
}

const FLAGS: usize = 15;
/** A region's own header and the header at its end. */
export const REGION_OVERHEAD: usize = 16;
const MIN_BLOCK: usize = 16;
const UNIT_BITS: u32 = 4;

/** Requests from here on are mapped on their own (M_MMAP_THRESHOLD of the C library on Linux). */
export const MAPPED_THRESHOLD: usize = 128 << 10;
/** A region is at least this large, and a free end of more than twice this is cut down to it. */
const REGION_GROWTH: usize = 256 << 10;
/** The largest request: more cannot be mapped, and smaller ones do not overflow when rounded. */
const MAX_REQUEST: usize = 0xfff00000;

export function headerOf(block: usize): usize {
  return load<usize>(block - RAW_HEADER);
}

export function sizeOf(block: usize): usize {
  return headerOf(block) & ~FLAGS;
}

/** Whether `header` is the one at the end of a region. */
export function isEnd(header: usize): bool {
  return (header & (RAW_FIRST_FLAG | RAW_MAPPED_FLAG)) == RAW_MAPPED_FLAG;
}

function isMapped(header: usize): bool {
  return (header & (RAW_FIRST_FLAG | RAW_MAPPED_FLAG)) == (RAW_FIRST_FLAG | RAW_MAPPED_FLAG);
}

function setHeader(block: usize, header: usize): void {
  store<usize>(block - RAW_HEADER, header);
}

/** Size of the block that a request needs. */
function blockFor(nbytes: usize): usize {
  const size = (nbytes + RAW_HEADER + FLAGS) & ~FLAGS;
  return max<usize>(size, MIN_BLOCK);
}

/** Bytes that the holder of `block` may use. */
export function rawUsableSize(block: usize): usize {
  return sizeOf(block) - RAW_HEADER;
}

// ---- which addresses are blocks in use ------------------------------------------------------------

function startsWord(ptr: usize): usize {
  return RAW_STARTS + ((ptr >>> 9) << 2);
}

function startsBit(ptr: usize): u32 {
  return (<u32>1) << (<u32>(ptr >>> 4) & 31);
}

/** Whether `ptr` is a block in use. Any address may be asked for. */
export function isRawBlock(ptr: usize): bool {
  return (ptr & FLAGS) == 0 && (load<u32>(startsWord(ptr)) & startsBit(ptr)) != 0;
}

function flipStart(block: usize): void {
  const word = startsWord(block);
  store<u32>(word, load<u32>(word) ^ startsBit(block));
}

function enterUse(block: usize): void {
  flipStart(block);
  large.blocks++;
  large.blockBytes += rawUsableSize(block);
}

function leaveUse(block: usize): void {
  flipStart(block);
  large.blocks--;
  large.blockBytes -= rawUsableSize(block);
}

// ---- free blocks ----------------------------------------------------------------------------------

/** Makes [block, block + size) a free block of the index. Its neighbours are in use. */
function enterFree(block: usize, size: usize): void {
  setHeader(block, size | (headerOf(block) & RAW_FIRST_FLAG) | RAW_FREE_FLAG);
  store<usize>(block + size - RAW_HEADER - 4, size);
  const next = block + size;
  setHeader(next, headerOf(next) | RAW_PREV_FREE_FLAG);
  insertSpan(LARGE_INDEX, block, <u32>(size >>> UNIT_BITS));
}

function removeFree(block: usize): void {
  removeSpan(LARGE_INDEX, block, <u32>(sizeOf(block) >>> UNIT_BITS));
}

/**
 * Joins [block, block + size), which is in nobody's use, with its free neighbours; returns the free block that results.
 * Of the header at `block` only FIRST and PREV_FREE are read.
 */
function coalesce(block: usize, size: usize): usize {
  const next = block + size;
  const nextHeader = headerOf(next);
  if (nextHeader & RAW_FREE_FLAG) {
    removeFree(next);
    size += nextHeader & ~FLAGS;
  }
  if (headerOf(block) & RAW_PREV_FREE_FLAG) {
    const prevSize = load<usize>(block - RAW_HEADER - 4);
    block -= prevSize;
    size += prevSize;
    removeFree(block);
  }
  enterFree(block, size);
  return block;
}

/**
 * Cuts the block at `block`, of `have` bytes and in nobody's use, down to `size`; what is left over becomes a free block when it
 * is large enough to be one. Writes the header of a block in use.
 */
function cut(block: usize, have: usize, size: usize): void {
  const flags = headerOf(block) & (RAW_FIRST_FLAG | RAW_PREV_FREE_FLAG);
  const next = block + have;
  const rest = have - size;
  if (rest < MIN_BLOCK) {
    setHeader(block, have | flags);
    setHeader(next, headerOf(next) & ~RAW_PREV_FREE_FLAG);
    return;
  }
  setHeader(block, size | flags);
  setHeader(block + size, 0);
  coalesce(block + size, rest);
}

// ---- regions --------------------------------------------------------------------------------------

function enterRegionBytes(nbytes: usize): void {
  large.regionBytes += nbytes;
  large.bytesMapped += nbytes;
}

function linkRegion(region: usize, nbytes: usize): void {
  const r = changetype<Region>(region);
  r.next = large.regions;
  r.prev = 0;
  r.bytes = nbytes;
  if (large.regions) changetype<Region>(large.regions).prev = region;
  large.regions = region;
  large.regionCount++;
  enterRegionBytes(nbytes);
}

/** Takes a region off the list and gives its pages back. */
function releaseRegion(region: usize): void {
  const r = changetype<Region>(region);
  if (r.next) changetype<Region>(r.next).prev = r.prev;
  if (r.prev) changetype<Region>(r.prev).next = r.next;
  else large.regions = r.next;
  if (large.growing == region) large.growing = 0;
  large.regionCount--;
  large.regionBytes -= r.bytes;
  unmap(region, r.bytes);
}

/** Writes the header at the end of a region. */
function closeRegion(region: usize): void {
  setHeader(region + changetype<Region>(region).bytes, region | RAW_MAPPED_FLAG);
}

/** Lengthens the region that grew last by `nbytes` of whole pages; returns the free block at its end, or 0. */
function lengthenRegion(nbytes: usize): usize {
  const region = large.growing;
  if (!region) return 0;
  const r = changetype<Region>(region);
  const block = region + r.bytes; // its header is the region's end so far
  if (!extend(block, nbytes)) return 0;
  r.bytes += nbytes;
  enterRegionBytes(nbytes);
  closeRegion(region);
  setHeader(block, headerOf(block) & RAW_PREV_FREE_FLAG);
  return coalesce(block, nbytes);
}

/** A free block of at least `size`, in the index, from new pages; 0 when there are none. */
function grow(size: usize): usize {
  const nbytes = max<usize>(pageRound(size + REGION_OVERHEAD), REGION_GROWTH);
  const lengthened = lengthenRegion(nbytes);
  if (lengthened) return lengthened;
  const region = map(nbytes, OS_PAGE_SIZE);
  if (!region) return 0;
  linkRegion(region, nbytes);
  closeRegion(region);
  large.growing = region;
  const block = region + REGION_FIRST_PAYLOAD;
  setHeader(block, RAW_FIRST_FLAG);
  enterFree(block, nbytes - REGION_OVERHEAD);
  return block;
}

/**
 * Gives back what a free block in the index leaves unneeded: its whole region, unless none is kept yet, or the pages of a long
 * end. Called when a block was freed, so that a heap which shrinks goes back.
 */
function giveBack(block: usize): void {
  const size = sizeOf(block);
  const endHeader = headerOf(block + size);
  if (!isEnd(endHeader)) return;
  const region = endHeader & ~(OS_PAGE_SIZE - 1);
  if (headerOf(block) & RAW_FIRST_FLAG) {
    if (large.spare && large.spare != region) {
      removeFree(block);
      releaseRegion(region);
      return;
    }
    large.spare = region;
  }
  if (size <= 2 * REGION_GROWTH) return;
  removeFree(block);
  const r = changetype<Region>(region);
  const end = pageRound(block + REGION_GROWTH);
  const surplus = region + r.bytes - end;
  r.bytes -= surplus;
  large.regionBytes -= surplus;
  closeRegion(region);
  enterFree(block, end - block);
  unmap(end, surplus);
}

/** Whether a request is larger than any that can be served, or than the profile allows. */
function isRefused(nbytes: usize): bool {
  return nbytes > MAX_REQUEST || nbytes > geometry.maxRequest;
}

/** A block with a region of its own. */
function mallocMapped(nbytes: usize): usize {
  const regionBytes = pageRound(nbytes + RAW_HEADER + REGION_OVERHEAD);
  const region = map(regionBytes, OS_PAGE_SIZE);
  if (!region) return 0;
  linkRegion(region, regionBytes);
  const block = region + REGION_FIRST_PAYLOAD;
  setHeader(block, (regionBytes - REGION_OVERHEAD) | RAW_FIRST_FLAG | RAW_MAPPED_FLAG);
  enterUse(block);
  return block;
}

// ---- the four functions ---------------------------------------------------------------------------

/** A block of at least `nbytes` (of 0 bytes too), at a multiple of 16; 0 when there is no memory. */
export function rawMalloc(nbytes: usize): usize {
  if (isRefused(nbytes)) return 0;
  if (nbytes >= MAPPED_THRESHOLD) return mallocMapped(nbytes);
  const size = blockFor(nbytes);
  let block = findSpan(LARGE_INDEX, <u32>(size >>> UNIT_BITS));
  if (!block) block = grow(size);
  if (!block) return 0;
  removeFree(block);
  if (large.spare == block - REGION_FIRST_PAYLOAD) large.spare = 0;
  cut(block, sizeOf(block), size);
  enterUse(block);
  return block;
}

/** As rawMalloc of `nelem` × `elsize` bytes, with that many zeroed. */
export function rawCalloc(nelem: usize, elsize: usize): usize {
  const product = <u64>nelem * elsize;
  if (product > MAX_REQUEST) return 0;
  const nbytes = <usize>product;
  const zeroFrom = os.everTop;
  const block = rawMalloc(nbytes);
  if (!block) return 0;
  if (nbytes >= MAPPED_THRESHOLD && block >= zeroFrom) return block; // pages that nobody had before
  memory.fill(block, 0, nbytes);
  return block;
}

/** Frees a block in use. */
export function rawFree(block: usize): void {
  if (DEBUG) assert(isRawBlock(block)); // a block in use
  leaveUse(block);
  if (isMapped(headerOf(block))) releaseRegion(block - REGION_FIRST_PAYLOAD);
  else giveBack(coalesce(block, sizeOf(block)));
}

/** Lengthens or shortens a block of a region where it is. */
function resizeInPlace(block: usize, size: usize): bool {
  const have = sizeOf(block);
  if (size <= have) {
    cut(block, have, size);
    return true;
  }
  const next = block + have;
  const nextHeader = headerOf(next);
  if (!(nextHeader & RAW_FREE_FLAG) || have + (nextHeader & ~FLAGS) < size) return false;
  removeFree(next);
  cut(block, have + (nextHeader & ~FLAGS), size);
  return true;
}

/** Lengthens or shortens, by whole pages, the region of a block that has it to itself, where it is. */
function remapInPlace(block: usize, nbytes: usize): bool {
  if (nbytes < MAPPED_THRESHOLD) return false;
  const region = block - REGION_FIRST_PAYLOAD;
  const r = changetype<Region>(region);
  const regionBytes = pageRound(nbytes + RAW_HEADER + REGION_OVERHEAD);
  if (regionBytes > r.bytes) {
    const more = regionBytes - r.bytes;
    if (!extend(region + r.bytes, more)) return false;
    enterRegionBytes(more);
  } else if (regionBytes < r.bytes) {
    unmap(region + regionBytes, r.bytes - regionBytes);
    large.regionBytes -= r.bytes - regionBytes;
  }
  r.bytes = regionBytes;
  setHeader(block, (regionBytes - REGION_OVERHEAD) | RAW_FIRST_FLAG | RAW_MAPPED_FLAG);
  return true;
}

/**
 * Resizes a block in use, in place where that can be. Returns the block, or another with the contents of the first
 * min(old, new) bytes, or 0 when there is no memory; then the block is as it was.
 */
export function rawRealloc(block: usize, nbytes: usize): usize {
  if (DEBUG) assert(isRawBlock(block)); // a block in use
  if (isRefused(nbytes)) return 0;
  const usable = rawUsableSize(block);
  const mapped = isMapped(headerOf(block));
  const inPlace = mapped
    ? remapInPlace(block, nbytes)
    : nbytes < MAPPED_THRESHOLD && resizeInPlace(block, blockFor(nbytes));
  if (inPlace) {
    large.blockBytes += rawUsableSize(block) - usable;
    return block;
  }
  const moved = rawMalloc(nbytes);
  if (!moved) return 0;
  const kept = min<usize>(usable, nbytes);
  memory.copy(moved, block, kept);
  large.bytesMoved += kept;
  rawFree(block);
  return moved;
}

if (offsetof<LargeState>("regions") != LARGE_REGIONS) ERROR("LARGE_REGIONS");
if (offsetof<LargeState>("spare") != LARGE_SPARE) ERROR("LARGE_SPARE");
if (offsetof<LargeState>("blocks") != LARGE_BLOCKS) ERROR("LARGE_BLOCKS");
if (offsetof<LargeState>("blockBytes") != LARGE_BLOCK_BYTES) ERROR("LARGE_BLOCK_BYTES");
if (offsetof<LargeState>("regionCount") != LARGE_REGION_COUNT) ERROR("LARGE_REGION_COUNT");
if (offsetof<LargeState>("regionBytes") != LARGE_REGION_BYTES) ERROR("LARGE_REGION_BYTES");
if (offsetof<LargeState>("bytesMoved") != LARGE_BYTES_MOVED) ERROR("LARGE_BYTES_MOVED");
if (offsetof<Region>("next") != REGION_NEXT) ERROR("REGION_NEXT");
if (offsetof<Region>("bytes") != REGION_BYTES) ERROR("REGION_BYTES");
if (offsetof<LargeState>("bytesMapped") != LARGE_BYTES_MAPPED) ERROR("LARGE_BYTES_MAPPED");
