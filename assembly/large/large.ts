/**
 * The large-object allocator: the RAW domain, and every request that pools do not serve (0 bytes, or over the threshold).
 * Two-level segregated fit with immediate coalescing; every operation but the copy of a realloc is O(1).
 *
 *     rawblock.ts   a block: header, neighbours, whether an address is one
 *     region.ts     where blocks are: pages from os.ts, and when they go back
 *
 * CPython has the C library's malloc here; its placements are not emulated, its contract is: 0 bytes give a block of their own.
 */

import { DEBUG } from "../layout/debug";
import { RAW_FIRST_FLAG, RAW_FREE_FLAG, RAW_HEADER, RAW_MAPPED_FLAG, REGION_FIRST_PAYLOAD } from "../layout/layout";
import { geometry } from "../pymalloc/geometry";
import { extend, os, pageRound, unmap } from "../system/os";
import { findBlock } from "./blockindex";
import {
  blockFor,
  coalesce,
  cut,
  cutFree,
  enterUse,
  FLAGS,
  headerOf,
  isMapped,
  isRawBlock,
  large,
  leaveUse,
  rawUsableSize,
  removeFree,
  setHeader,
  sizeOf,
} from "./rawblock";
import { enterRegionBytes, giveBack, grow, mallocMapped, REGION_OVERHEAD, Region, releaseRegion } from "./region";

/** Requests from here on are mapped on their own (M_MMAP_THRESHOLD of the C library on Linux). */
export const MAPPED_THRESHOLD: usize = 128 << 10;
/** The largest request: more cannot be mapped, and smaller ones do not overflow when rounded. */
const MAX_REQUEST: usize = 0xfff00000;

/** Whether a request is larger than any that can be served, or than the profile allows. */
function isRefused(nbytes: usize): bool {
  return nbytes > MAX_REQUEST || nbytes > geometry.maxRequest;
}

/** A block of at least `nbytes` (of 0 bytes too), at a multiple of 16; 0 when there is no memory. */
export function largeMalloc(nbytes: usize): usize {
  if (isRefused(nbytes)) return 0;
  if (nbytes >= MAPPED_THRESHOLD) return mallocMapped(nbytes);
  const size = blockFor(nbytes);
  let block = findBlock(size);
  if (!block) block = grow(size);
  if (!block) return 0;
  removeFree(block);
  if (large.spare == block - REGION_FIRST_PAYLOAD) large.spare = 0;
  cutFree(block, sizeOf(block), size);
  enterUse(block);
  return block;
}

/** As largeMalloc of `nelem` × `elsize` bytes, with that many zeroed. */
export function largeCalloc(nelem: usize, elsize: usize): usize {
  const product = <u64>nelem * elsize;
  if (product > MAX_REQUEST) return 0;
  const nbytes = <usize>product;
  const zeroFrom = os.everTop;
  const block = largeMalloc(nbytes);
  if (!block) return 0;
  if (nbytes >= MAPPED_THRESHOLD && block >= zeroFrom) return block; // pages that nobody had before
  memory.fill(block, 0, nbytes);
  return block;
}

/** Frees a block in use. */
export function largeFree(block: usize): void {
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
export function largeRealloc(block: usize, nbytes: usize): usize {
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
  const moved = largeMalloc(nbytes);
  if (!moved) return 0;
  const kept = min<usize>(usable, nbytes);
  memory.copy(moved, block, kept);
  large.bytesMoved += kept;
  largeFree(block);
  return moved;
}
