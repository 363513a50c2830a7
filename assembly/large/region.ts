/**
 * Regions: what the raw domain has of the operating system.
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
 * A request of MAPPED_THRESHOLD or more has a region to itself, which goes back when it is freed. Other regions go back when they
 * are wholly free, but for one that is kept; a long free end goes back too. The region mapped last is lengthened where it can be.
 *
 * What holds: Σ sizes of the blocks of a region + REGION_OVERHEAD == bytes of the region.
 */
import {
  OS_PAGE_SIZE,
  RAW_FIRST_FLAG,
  RAW_HEADER,
  RAW_MAPPED_FLAG,
  RAW_PREV_FREE_FLAG,
  REGION_BYTES,
  REGION_FIRST_PAYLOAD,
  REGION_NEXT,
} from "../layout/layout";
import { extend, map, pageRound, unmap } from "../system/os";
import { coalesce, enterFree, enterUse, headerOf, isEnd, large, removeFree, setHeader, sizeOf } from "./rawblock";

@unmanaged
export class Region {
  next: usize;
  prev: usize;
  bytes: usize;
}

/** A region's own header and the header at its end. */
export const REGION_OVERHEAD: usize = 16;
/** A region is at least this large, and a free end of more than twice this is cut down to it. */
const REGION_GROWTH: usize = 256 << 10;

export function enterRegionBytes(nbytes: usize): void {
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
export function releaseRegion(region: usize): void {
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
export function grow(size: usize): usize {
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
export function giveBack(block: usize): void {
  const size = sizeOf(block);
  const isFirst = (headerOf(block) & RAW_FIRST_FLAG) != 0;
  if (!isFirst && size <= 2 * REGION_GROWTH) return;
  const endHeader = headerOf(block + size);
  if (!isEnd(endHeader)) return;
  const region = endHeader & ~(OS_PAGE_SIZE - 1);
  if (isFirst) {
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

/** A block with a region of its own. */
export function mallocMapped(nbytes: usize): usize {
  const regionBytes = pageRound(nbytes + RAW_HEADER + REGION_OVERHEAD);
  const region = map(regionBytes, OS_PAGE_SIZE);
  if (!region) return 0;
  linkRegion(region, regionBytes);
  const block = region + REGION_FIRST_PAYLOAD;
  setHeader(block, (regionBytes - REGION_OVERHEAD) | RAW_FIRST_FLAG | RAW_MAPPED_FLAG);
  enterUse(block);
  return block;
}

if (offsetof<Region>("next") != REGION_NEXT) ERROR("REGION_NEXT");
if (offsetof<Region>("bytes") != REGION_BYTES) ERROR("REGION_BYTES");
