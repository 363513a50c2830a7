/**
 * Blocks of the raw domain: header, free neighbours, and which addresses are in use.
 *
 * ╒════ block: `size` bytes from its header to the next header, a multiple of 16 ═══╕
 * │  −4  header    size │ FIRST 8 │ MAPPED 4 │ PREV_FREE 2 │ FREE 1               │
 * │  +0  payload   of size − 4 bytes, at a multiple of 16        in use           │
 * │  +0  next, prev in the fit index                             free             │
 * │  size − 8      size again, so that the next block finds it   free             │
 * └───────────────────────────────────────────────────────────────────────────────┘
 *
 * A block is named by the address of its payload. FIRST: first of its region. FIRST and MAPPED: alone in its region, which has no
 * end header. MAPPED without FIRST: the header at a region's end, whose other bits are the region's address.
 *
 * What holds:
 *   no two free blocks are neighbours;  header(next).PREV_FREE == header(block).FREE
 *   a bit of RAW_STARTS is set ⇔ a block in use has its payload there
 */

import {
  LARGE,
  LARGE_BLOCK_BYTES,
  LARGE_BLOCKS,
  LARGE_BYTES_MAPPED,
  LARGE_BYTES_MOVED,
  LARGE_REGION_BYTES,
  LARGE_REGION_COUNT,
  LARGE_REGIONS,
  LARGE_SIZE,
  LARGE_SPARE,
  RAW_ALIGNMENT,
  RAW_FIRST_FLAG,
  RAW_FREE_FLAG,
  RAW_HEADER,
  RAW_MAPPED_FLAG,
  RAW_PREV_FREE_FLAG,
  RAW_STARTS,
  RAW_STARTS_SIZE,
} from "../layout/layout";
import { STRATEGY, stateAt } from "../layout/place";
import { touch } from "../system/osmodel";
import { insertBlock, leastBlock, removeBlock } from "./blockindex";

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

export const large: LargeState = changetype<LargeState>(stateAt(LARGE));

export const FLAGS: usize = 15;

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

export function isMapped(header: usize): bool {
  return (header & (RAW_FIRST_FLAG | RAW_MAPPED_FLAG)) == (RAW_FIRST_FLAG | RAW_MAPPED_FLAG);
}

export function setHeader(block: usize, header: usize): void {
  store<usize>(block - RAW_HEADER, header);
  if (STRATEGY) touch(block - RAW_HEADER, RAW_HEADER);
}

/** Size of the block that a request needs. */
export function blockFor(nbytes: usize): usize {
  const size = (nbytes + RAW_HEADER + FLAGS) & ~FLAGS;
  return max<usize>(size, leastBlock());
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

export function enterUse(block: usize): void {
  flipStart(block);
  large.blocks++;
  large.blockBytes += rawUsableSize(block);
}

export function leaveUse(block: usize): void {
  flipStart(block);
  large.blocks--;
  large.blockBytes -= rawUsableSize(block);
}

// ---- free blocks ----------------------------------------------------------------------------------

/** Makes [block, block + size) a free block of the index. Its neighbours are in use, and the next one knows already. */
function enterFreeBefore(block: usize, size: usize): void {
  setHeader(block, size | (headerOf(block) & RAW_FIRST_FLAG) | RAW_FREE_FLAG);
  store<usize>(block + size - RAW_HEADER - 4, size);
  if (STRATEGY) {
    touch(block, 16);
    touch(block + size - RAW_HEADER - 4, 4);
  }
  insertBlock(block, size);
}

/** Makes [block, block + size) a free block of the index. Its neighbours are in use. */
export function enterFree(block: usize, size: usize): void {
  const next = block + size;
  setHeader(next, headerOf(next) | RAW_PREV_FREE_FLAG);
  enterFreeBefore(block, size);
}

export function removeFree(block: usize): void {
  removeBlock(block, sizeOf(block));
}

/**
 * Joins [block, block + size), which is in nobody's use, with its free neighbours; returns the free block that results.
 * Of the header at `block` only FIRST and PREV_FREE are read.
 */
export function coalesce(block: usize, size: usize): usize {
  const next = block + size;
  const nextHeader = headerOf(next);
  if (nextHeader & RAW_FREE_FLAG) {
    removeFree(next);
    size += nextHeader & ~FLAGS;
  } else {
    setHeader(next, nextHeader | RAW_PREV_FREE_FLAG);
  }
  if (headerOf(block) & RAW_PREV_FREE_FLAG) {
    const prevSize = load<usize>(block - RAW_HEADER - 4);
    block -= prevSize;
    size += prevSize;
    removeFree(block);
  }
  enterFreeBefore(block, size);
  return block;
}

/**
 * Cuts the block at `block`, of `have` bytes and in nobody's use, down to `size`; what is left over becomes a free block when it
 * is large enough to be one. Writes the header of a block in use.
 */
export function cut(block: usize, have: usize, size: usize): void {
  const flags = headerOf(block) & (RAW_FIRST_FLAG | RAW_PREV_FREE_FLAG);
  const next = block + have;
  const rest = have - size;
  if (rest < leastBlock()) {
    setHeader(block, have | flags);
    setHeader(next, headerOf(next) & ~RAW_PREV_FREE_FLAG);
    return;
  }
  setHeader(block, size | flags);
  setHeader(block + size, 0);
  coalesce(block + size, rest);
}

/**
 * The same for a block that was free until now: the block after it is in use and knows of a free one before it, so that its header, a
 * cache miss as a rule, is left alone where something is left over.
 */
export function cutFree(block: usize, have: usize, size: usize): void {
  const rest = have - size;
  if (rest < leastBlock()) {
    cut(block, have, size);
    return;
  }
  setHeader(block, size | (headerOf(block) & RAW_FIRST_FLAG));
  setHeader(block + size, 0);
  enterFreeBefore(block + size, rest);
}

if (RAW_ALIGNMENT != FLAGS + 1) ERROR("the flags of a block's header must fill the bits below RAW_ALIGNMENT");
if (RAW_STARTS_SIZE != (1 << 29) / RAW_ALIGNMENT) ERROR("RAW_STARTS must have one bit for each RAW_ALIGNMENT of 4 GiB");
if (offsetof<LargeState>() > LARGE_SIZE) ERROR("struct LargeState outgrows its slot: raise LARGE_SIZE");
if (offsetof<LargeState>("regions") != LARGE_REGIONS) ERROR("LARGE_REGIONS");
if (offsetof<LargeState>("spare") != LARGE_SPARE) ERROR("LARGE_SPARE");
if (offsetof<LargeState>("blocks") != LARGE_BLOCKS) ERROR("LARGE_BLOCKS");
if (offsetof<LargeState>("blockBytes") != LARGE_BLOCK_BYTES) ERROR("LARGE_BLOCK_BYTES");
if (offsetof<LargeState>("regionCount") != LARGE_REGION_COUNT) ERROR("LARGE_REGION_COUNT");
if (offsetof<LargeState>("regionBytes") != LARGE_REGION_BYTES) ERROR("LARGE_REGION_BYTES");
if (offsetof<LargeState>("bytesMoved") != LARGE_BYTES_MOVED) ERROR("LARGE_BYTES_MOVED");
if (offsetof<LargeState>("bytesMapped") != LARGE_BYTES_MAPPED) ERROR("LARGE_BYTES_MAPPED");
