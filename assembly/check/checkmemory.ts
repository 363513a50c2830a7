/** The part of check.ts below the arenas: the raw domain's regions, and the spans of the emulated system. */

import { countSpans, isIndexed } from "../large/fit";
import { headerOf, isEnd, isRawBlock, large, sizeOf } from "../large/rawblock";
import { Region } from "../large/region";
import {
  LARGE_INDEX,
  OS_INDEX,
  OS_PAGE_BITS,
  OS_PAGE_SIZE,
  OS_PAGES,
  RAW_ALIGNMENT,
  RAW_FIRST_FLAG,
  RAW_FREE_FLAG,
  RAW_HEADER,
  RAW_MAPPED_FLAG,
  RAW_PREV_FREE_FLAG,
  REGION_FIRST_PAYLOAD,
} from "../layout/layout";
import { arenaAt, arenas } from "../pymalloc/arena";
import { geometry } from "../pymalloc/geometry";
import { os, pageRound } from "../system/os";
import { breaks, RAW_BITS, RAW_BLOCKS, RAW_COUNTERS, RAW_FREE, SOUND, SPANS, SPANS_SUM, tally } from "./invariants";

// ---- regions ----------------------------------------------------------------------------------------

/** Whether no bit of RAW_STARTS is set behind `block` up to the block after it. */
function hasNoStartsInside(block: usize): bool {
  const end = block + sizeOf(block);
  for (let ptr = block + RAW_ALIGNMENT; ptr < end; ptr += RAW_ALIGNMENT) {
    if (isRawBlock(ptr)) return false;
  }
  return true;
}

function checkFreeBlock(block: usize, isAfterFree: bool): u32 {
  const size = sizeOf(block);
  const next = headerOf(block + size);
  if (isAfterFree || next & RAW_FREE_FLAG || !(next & RAW_PREV_FREE_FLAG)) return breaks(RAW_FREE, block);
  if (load<usize>(block + size - RAW_HEADER - 4) != size) return breaks(RAW_FREE, block);
  if (!isIndexed(LARGE_INDEX, block, <u32>(size / RAW_ALIGNMENT))) return breaks(RAW_FREE, block);
  tally.rawFree++;
  return isRawBlock(block) ? breaks(RAW_BITS, block) : SOUND;
}

function checkBlock(block: usize): u32 {
  if (!isRawBlock(block)) return breaks(RAW_BITS, block);
  tally.rawBlocks++;
  tally.rawBytes += sizeOf(block) - RAW_HEADER;
  return SOUND;
}

function checkRegion(region: usize): u32 {
  const end = region + changetype<Region>(region).bytes;
  let block = region + REGION_FIRST_PAYLOAD;
  if (!(headerOf(block) & RAW_FIRST_FLAG)) return breaks(RAW_BLOCKS, block);
  if (headerOf(block) & RAW_MAPPED_FLAG) {
    return block + sizeOf(block) == end ? checkBlock(block) : breaks(RAW_BLOCKS, block);
  }
  let isAfterFree = false;
  while (!isEnd(headerOf(block))) {
    const header = headerOf(block);
    const size = sizeOf(block);
    if (
      size == 0 ||
      block + size > end ||
      ((header & RAW_FIRST_FLAG) != 0) != (block == region + REGION_FIRST_PAYLOAD)
    ) {
      return breaks(RAW_BLOCKS, block);
    }
    if (((header & RAW_PREV_FREE_FLAG) != 0) != isAfterFree) return breaks(RAW_FREE, block);
    const isFree = (header & RAW_FREE_FLAG) != 0;
    const rule = isFree ? checkFreeBlock(block, isAfterFree) : checkBlock(block);
    if (rule) return rule;
    if (!hasNoStartsInside(block)) return breaks(RAW_BITS, block);
    isAfterFree = isFree;
    block += size;
  }
  return block == end && (headerOf(block) & ~(OS_PAGE_SIZE - 1)) == region ? SOUND : breaks(RAW_BLOCKS, block);
}

function checkRegions(): u32 {
  let prev: usize = 0;
  for (let region = large.regions; region; region = changetype<Region>(region).next) {
    const r = changetype<Region>(region);
    if (r.prev != prev || (r.bytes & (OS_PAGE_SIZE - 1)) != 0) return breaks(RAW_BLOCKS, region);
    const rule = checkRegion(region);
    if (rule) return rule;
    tally.regions++;
    tally.regionBytes += r.bytes;
    prev = region;
  }
  if (countSpans(LARGE_INDEX, tally.rawFree) != tally.rawFree) return breaks(RAW_FREE, LARGE_INDEX);
  if (tally.rawBlocks != large.blocks || tally.rawBytes != large.blockBytes) return breaks(RAW_COUNTERS, 0);
  if (tally.regions != large.regionCount || tally.regionBytes != large.regionBytes) return breaks(RAW_COUNTERS, 0);
  return SOUND;
}

// ---- spans ------------------------------------------------------------------------------------------

function pagesAt(address: usize): u32 {
  return load<u32>(OS_PAGES + ((address >>> OS_PAGE_BITS) << 2));
}

/** Free spans: tagged at both ends, in the index, no two neighbours, none at the top. Returns their bytes in the tally. */
function checkSpans(): u32 {
  let address = os.base;
  let isAfterFree = false;
  while (address < os.top) {
    const pages = pagesAt(address);
    if (!pages) {
      isAfterFree = false;
      address += OS_PAGE_SIZE;
      continue;
    }
    const end = address + ((<usize>pages) << OS_PAGE_BITS);
    if (isAfterFree || end >= os.top || pagesAt(end - OS_PAGE_SIZE) != pages) return breaks(SPANS, address);
    if (!isIndexed(OS_INDEX, address, pages)) return breaks(SPANS, address);
    tally.freeSpans++;
    tally.freeBytes += end - address;
    isAfterFree = true;
    address = end;
  }
  if (countSpans(OS_INDEX, tally.freeSpans) != tally.freeSpans) return breaks(SPANS, OS_INDEX);
  return os.top <= os.everTop && os.everTop <= os.limit ? SOUND : breaks(SPANS, os.top);
}

/** What is mapped is the arenas' and the regions', and is all that is neither free nor above the top. */
function checkMapped(): u32 {
  if (os.mapped != os.top - os.base - tally.freeBytes) return breaks(SPANS_SUM, 0);
  let arenaBytes: usize = 0;
  for (let index: u32 = 0; index < arenas.maxarenas; index++) {
    const address = arenaAt(index).address;
    if (!address) continue;
    const misaligned = (address & (geometry.poolSize - 1)) != 0;
    arenaBytes += pageRound(geometry.arenaSize + (misaligned ? geometry.poolSize : 0));
  }
  return os.mapped == arenaBytes + large.regionBytes ? SOUND : breaks(SPANS_SUM, 1);
}

/** The number of the first broken rule of the raw domain and the system; 0 when they are sound. */
export function checkMemory(): u32 {
  let rule = checkRegions();
  if (!rule) rule = checkSpans();
  if (!rule) rule = checkMapped();
  return rule;
}
