/**
 * A model of mimalloc's design, not mimalloc: pages of one size class, four classes to a doubling, in segments of 4 MiB.
 *
 *     classes   16 32 48 64 80 96 112 128 │ 160 192 224 256 │ 320 384 448 512 │ … │ 40 K 48 K 56 K 64 K
 *
 * ╒════════ segment: 4 MiB, at a multiple of that; 64 pages of 64 KiB (blocks to 8 KiB) or 8 of 512 KiB ════╕
 * │  +0  next, prev    of all segments                                                                        │
 * │  +8  pageBits      16 or 19                                                                               │
 * │ +12  used          pages that have a class                                                                │
 * │ +64  descriptor of page 0 │ of page 1 │ …           32 bytes each, below                                  │
 * │ 4 K  page 0: the rest of its 64 or 512 KiB                                                                │
 * │      page 1 │ …                                                                                           │
 * ╞══ descriptor ═════════════════════════════════════════════════════════════════════════════════════════════╡
 * │  +0  next, prev    the queue of its class; 0 at the ends                                                  │
 * │  +8  free          blocks that are handed out first                                                       │
 * │ +12  localFree     blocks freed since: they become `free` when that runs out                              │
 * │ +16  live          blocks handed out                                                                      │
 * │ +20  bin           its class + 1; 0: the page has none                                                    │
 * │ +24  carved        blocks that were handed out once                                                       │
 * │ +28  isFull        off the queue                                                                          │
 * └────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * The first page of a queue serves; one without a block leaves it, and comes back last when it gets one. A new page comes first. An empty
 * page goes back to its segment and a segment without a page to the system, both at once: mimalloc waits, and has its unused pages purged
 * after a time that a trace does not have. Requests over 64 KiB are large.ts's.
 * A block is kept when it shrinks by at most half.
 * Source of the design: Leijen, Zorn, de Moura, "Mimalloc: Free List Sharding in Action", APLAS 2019.
 */
import { largeCalloc, largeFree, largeMalloc, largeRealloc } from "../large/large";
import { isRawBlock, large, rawUsableSize } from "../large/rawblock";
import { walkRegions } from "../large/rawwalk";
import { KIND_OVERHEAD, KIND_UNUSED, OWN, OWN_SIZE } from "../layout/strategylayout";
import { havePages, haveUnits, record, recordPage, recordUnit } from "../strategy/walk";
import { map, unmap } from "../system/os";
import { touch } from "../system/osmodel";

@unmanaged
class Segment {
  next: usize;
  prev: usize;
  pageBits: u32;
  used: u32;
}

@unmanaged
class Page {
  next: usize;
  prev: usize;
  free: usize;
  localFree: usize;
  live: u32;
  bin: u32;
  carved: u32;
  isFull: u32;
}

const SEGMENT_BITS: u32 = 22;
const SEGMENT_SIZE: usize = 1 << 22;
const SMALL_PAGE_BITS: u32 = 16;
const MEDIUM_PAGE_BITS: u32 = 19;
/** Where a segment's first block may be. */
const SEGMENT_HEADER: usize = 4096;
const DESCRIPTORS: usize = 64;
const DESCRIPTOR_BITS: usize = 5;
const THRESHOLD: usize = 64 << 10;
const SMALL_MOST: usize = 8 << 10;
const BINS: u32 = 44;
/** The newest segment, or 0; then first and last page of each queue. */
const SEGMENTS: usize = OWN;
const QUEUES: usize = OWN + 16;

export function start(): bool {
  return true;
}

// ---- classes ----------------------------------------------------------------------------------------

/** The class of a request of at most 64 KiB. */
function binFor(nbytes: usize): u32 {
  const units = max<u32>(<u32>((nbytes + 15) >>> 4), 1);
  if (units <= 8) return units - 1;
  const level = 31 - clz<u32>(units - 1);
  return ((units - 1) >>> (level - 2)) + (level - 3) * 4 + 4;
}

function blockSize(bin: u32): usize {
  if (bin < 8) return (<usize>bin + 1) << 4;
  return (<usize>5 + ((bin - 8) & 3)) << (5 + ((bin - 8) >>> 2));
}

// ---- where a page is ----------------------------------------------------------------------------------

function segmentOf(address: usize): usize {
  return address & ~(SEGMENT_SIZE - 1);
}

function segmentAt(segment: usize): Segment {
  return changetype<Segment>(segment);
}

function pageAt(segment: usize, index: usize): Page {
  return changetype<Page>(segment + DESCRIPTORS + (index << DESCRIPTOR_BITS));
}

function pageOf(ptr: usize): Page {
  const segment = segmentOf(ptr);
  return pageAt(segment, (ptr - segment) >>> segmentAt(segment).pageBits);
}

function indexOf(page: Page): usize {
  return ((changetype<usize>(page) & (SEGMENT_SIZE - 1)) - DESCRIPTORS) >>> DESCRIPTOR_BITS;
}

/** Where a page begins, and its first block. */
function pageAddress(page: Page): usize {
  const segment = segmentOf(changetype<usize>(page));
  return segment + (indexOf(page) << segmentAt(segment).pageBits);
}

function firstBlock(page: Page): usize {
  return pageAddress(page) + (indexOf(page) ? 0 : SEGMENT_HEADER);
}

function pageSize(page: Page): usize {
  return (<usize>1) << segmentAt(segmentOf(changetype<usize>(page))).pageBits;
}

function blocksIn(page: Page): u32 {
  return <u32>((pageAddress(page) + pageSize(page) - firstBlock(page)) / blockSize(page.bin - 1));
}

// ---- queues -----------------------------------------------------------------------------------------

function headOf(bin: u32): usize {
  return QUEUES + ((<usize>bin) << 3);
}

function tailOf(bin: u32): usize {
  return headOf(bin) + 4;
}

function linkFirst(page: Page, bin: u32): void {
  const next = load<usize>(headOf(bin));
  page.next = next;
  page.prev = 0;
  store<usize>(next ? next + offsetof<Page>("prev") : tailOf(bin), changetype<usize>(page));
  store<usize>(headOf(bin), changetype<usize>(page));
}

function linkLast(page: Page, bin: u32): void {
  const prev = load<usize>(tailOf(bin));
  page.next = 0;
  page.prev = prev;
  store<usize>(prev ? prev + offsetof<Page>("next") : headOf(bin), changetype<usize>(page));
  store<usize>(tailOf(bin), changetype<usize>(page));
}

function unlink(page: Page, bin: u32): void {
  store<usize>(page.next ? page.next + offsetof<Page>("prev") : tailOf(bin), page.prev);
  store<usize>(page.prev ? page.prev + offsetof<Page>("next") : headOf(bin), page.next);
}

// ---- segments ---------------------------------------------------------------------------------------

function openSegment(pageBits: u32): usize {
  const segment = map(SEGMENT_SIZE, SEGMENT_SIZE);
  if (!segment) return 0;
  memory.fill(segment, 0, SEGMENT_HEADER);
  touch(segment, SEGMENT_HEADER);
  const s = segmentAt(segment);
  s.next = load<usize>(SEGMENTS);
  s.pageBits = pageBits;
  if (s.next) segmentAt(s.next).prev = segment;
  store<usize>(SEGMENTS, segment);
  return segment;
}

function closeSegment(segment: usize): void {
  const s = segmentAt(segment);
  if (s.next) segmentAt(s.next).prev = s.prev;
  if (s.prev) segmentAt(s.prev).next = s.next;
  else store<usize>(SEGMENTS, s.next);
  unmap(segment, SEGMENT_SIZE);
}

/** A segment of that kind of page that has one left, the newest first; 0 when there is no memory. */
function segmentWithPage(pageBits: u32): usize {
  const pages = (<u32>1) << (SEGMENT_BITS - pageBits);
  for (let segment = load<usize>(SEGMENTS); segment; segment = segmentAt(segment).next) {
    if (segmentAt(segment).pageBits == pageBits && segmentAt(segment).used < pages) return segment;
  }
  return openSegment(pageBits);
}

/** Gives the first page without a class this one, and puts it first in the queue; 0 when there is no memory. */
function openPage(bin: u32): usize {
  const segment = segmentWithPage(blockSize(bin) <= SMALL_MOST ? SMALL_PAGE_BITS : MEDIUM_PAGE_BITS);
  if (!segment) return 0;
  segmentAt(segment).used++;
  let index: usize = 0;
  while (pageAt(segment, index).bin) index++;
  const page = pageAt(segment, index);
  memory.fill(changetype<usize>(page), 0, offsetof<Page>());
  page.bin = bin + 1;
  linkFirst(page, bin);
  return changetype<usize>(page);
}

/** Gives back a page without a live block. */
function closePage(page: Page): void {
  if (!page.isFull) unlink(page, page.bin - 1);
  page.bin = 0;
  const segment = segmentOf(changetype<usize>(page));
  if (!--segmentAt(segment).used) closeSegment(segment);
}

// ---- the four functions -------------------------------------------------------------------------------

/** A block of the page, or 0 when it has none. */
function takeBlock(page: Page): usize {
  if (!page.free) {
    page.free = page.localFree;
    page.localFree = 0;
  }
  const block = page.free;
  if (block) {
    page.free = load<usize>(block);
    return block;
  }
  if (page.carved == blocksIn(page)) return 0;
  const carved = page.carved;
  page.carved = carved + 1;
  return firstBlock(page) + <usize>carved * blockSize(page.bin - 1);
}

export function malloc(nbytes: usize): usize {
  if (nbytes > THRESHOLD) return largeMalloc(nbytes);
  const bin = binFor(nbytes);
  while (true) {
    let at = load<usize>(headOf(bin));
    if (!at) at = openPage(bin);
    if (!at) return 0;
    const page = changetype<Page>(at);
    const block = takeBlock(page);
    if (block) {
      page.live++;
      return block;
    }
    unlink(page, bin);
    page.isFull = 1;
  }
}

export function calloc(nelem: usize, elsize: usize): usize {
  const product = <u64>nelem * elsize;
  if (product > THRESHOLD) return largeCalloc(nelem, elsize);
  const block = malloc(<usize>product);
  if (block) memory.fill(block, 0, <usize>product);
  return block;
}

export function free(ptr: usize): void {
  if (!ptr) return;
  if (isRawBlock(ptr)) {
    largeFree(ptr);
    return;
  }
  const page = pageOf(ptr);
  touch(ptr, sizeof<usize>());
  store<usize>(ptr, page.localFree);
  page.localFree = ptr;
  if (!--page.live) {
    closePage(page);
  } else if (page.isFull) {
    page.isFull = 0;
    linkLast(page, page.bin - 1);
  }
}

/** Whether a block of `size` is kept for `nbytes`: it is long enough, and not by more than half. */
function isKept(size: usize, nbytes: usize): bool {
  return nbytes <= size && nbytes >= size - (size >>> 1);
}

export function realloc(ptr: usize, nbytes: usize): usize {
  if (!ptr) return malloc(nbytes);
  if (isRawBlock(ptr)) {
    if (nbytes > THRESHOLD) return largeRealloc(ptr, nbytes);
  } else if (isKept(usableSize(ptr), nbytes)) {
    return ptr;
  }
  const moved = malloc(nbytes);
  if (!moved) return 0;
  const kept = min<usize>(usableSize(ptr), nbytes);
  memory.copy(moved, ptr, kept);
  large.bytesMoved += kept;
  free(ptr);
  return moved;
}

export function usableSize(ptr: usize): usize {
  return isRawBlock(ptr) ? rawUsableSize(ptr) : blockSize(pageOf(ptr).bin - 1);
}

function walkPage(page: Page): void {
  const address = pageAddress(page);
  const nbytes = pageSize(page);
  const first = firstBlock(page);
  if (page.bin) {
    const size = blockSize(page.bin - 1);
    recordPage(address, nbytes, first, size, blocksIn(page), page.live, page.carved, page.free, page.localFree);
    return;
  }
  record(KIND_OVERHEAD, address, first - address);
  record(KIND_UNUSED, first, address + nbytes - first);
}

export function walk(): void {
  havePages();
  haveUnits();
  for (let segment = load<usize>(SEGMENTS); segment; segment = segmentAt(segment).next) {
    const pages = (<usize>1) << (SEGMENT_BITS - segmentAt(segment).pageBits);
    recordUnit(segment, SEGMENT_SIZE);
    for (let index: usize = 0; index < pages; index++) walkPage(pageAt(segment, index));
  }
  walkRegions();
}

/** The ends of its queues. */
export function tableBytes(): usize {
  return 4 + 8 * <usize>BINS;
}

export function bytesMoved(): u64 {
  return large.bytesMoved;
}

if (QUEUES + 8 * BINS > OWN + OWN_SIZE) ERROR("the ends of the queues leave OWN");
