/**
 * Pages of one size class and no arenas: an empty page goes back to the system at once. Classes are those of pymalloc on 64 bits, 16 to
 * 512 bytes by 16, so that what differs from it is what arenas do; larger requests are large.ts's.
 *
 * ╒════════ page: 4, 16 or 64 KiB, at a multiple of that; at least a page of the system ═════════╕
 * │  +0  next, prev     the pages of its class that have a free block; 0 at the ends              │
 * │  +8  allNext, allPrev   every page                                                            │
 * │ +16  free           first free block, linked by first words                                  │
 * │ +20  live           blocks handed out                                                         │
 * │ +24  szidx          its class                                                                 │
 * │ +28  carved         blocks that were handed out once                                          │
 * │ +32  block │ block │ …                                                                        │
 * └────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * The page that was opened, or got a block back when it was full, last serves its class first; in it the block freed last.
 */
import { largeCalloc, largeFree, largeMalloc, largeRealloc } from "../large/large";
import { isRawBlock, large, rawUsableSize } from "../large/rawblock";
import { walkRegions } from "../large/rawwalk";
import { OWN, OWN_SIZE } from "../layout/strategylayout";
import { havePages, haveUnits, recordPage, recordUnit } from "../strategy/walk";
import { map, pageRound, unmap } from "../system/os";
import { touch } from "../system/osmodel";

@unmanaged
class Page {
  next: usize;
  prev: usize;
  allNext: usize;
  allPrev: usize;
  free: usize;
  live: u32;
  szidx: u32;
  carved: u32;
}

@unmanaged
class Slab {
  pageSize: usize;
  all: usize;
}

const state: Slab = changetype<Slab>(OWN);
const HEADS: usize = OWN + 16;
const CLASSES: u32 = 32;
const THRESHOLD: usize = 512;
const HEADER: usize = offsetof<Page>();

/** `pageBits` is the logarithm of a page's bytes, 12 to 16. */
export function start(pageBits: u32): bool {
  if (pageBits < 12 || pageBits > 16) return false;
  state.pageSize = pageRound((<usize>1) << pageBits);
  return true;
}

function szidxFor(nbytes: usize): u32 {
  return nbytes ? <u32>((nbytes - 1) >>> 4) : 0;
}

function blockSize(szidx: u32): usize {
  return (<usize>szidx + 1) << 4;
}

function blocksIn(szidx: u32): u32 {
  return <u32>((state.pageSize - HEADER) / blockSize(szidx));
}

function headOf(szidx: u32): usize {
  return HEADS + ((<usize>szidx) << 2);
}

function pageOf(ptr: usize): Page {
  return changetype<Page>(ptr & ~(state.pageSize - 1));
}

/** Puts a page first in the list of its class. */
function linkFirst(page: Page): void {
  const head = headOf(page.szidx);
  const next = load<usize>(head);
  page.next = next;
  page.prev = 0;
  if (next) changetype<Page>(next).prev = changetype<usize>(page);
  store<usize>(head, changetype<usize>(page));
}

function unlink(page: Page): void {
  if (page.next) changetype<Page>(page.next).prev = page.prev;
  if (page.prev) changetype<Page>(page.prev).next = page.next;
  else store<usize>(headOf(page.szidx), page.next);
}

/** A page without a block, first in its class's list; 0 when there is no memory. */
function open(szidx: u32): usize {
  const at = map(state.pageSize, state.pageSize);
  if (!at) return 0;
  touch(at, HEADER);
  const page = changetype<Page>(at);
  page.allNext = state.all;
  page.allPrev = 0;
  if (state.all) changetype<Page>(state.all).allPrev = at;
  state.all = at;
  page.free = 0;
  page.live = 0;
  page.szidx = szidx;
  page.carved = 0;
  linkFirst(page);
  return at;
}

/** Gives back a page without a live block. */
function close(page: Page): void {
  unlink(page);
  if (page.allNext) changetype<Page>(page.allNext).allPrev = page.allPrev;
  if (page.allPrev) changetype<Page>(page.allPrev).allNext = page.allNext;
  else state.all = page.allNext;
  unmap(changetype<usize>(page), state.pageSize);
}

export function malloc(nbytes: usize): usize {
  if (nbytes > THRESHOLD) return largeMalloc(nbytes);
  const szidx = szidxFor(nbytes);
  let at = load<usize>(headOf(szidx));
  if (!at) at = open(szidx);
  if (!at) return 0;
  const page = changetype<Page>(at);
  let block = page.free;
  if (block) {
    page.free = load<usize>(block);
  } else {
    block = at + HEADER + <usize>page.carved * blockSize(szidx);
    page.carved++;
  }
  if (++page.live == blocksIn(szidx)) unlink(page);
  return block;
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
  store<usize>(ptr, page.free);
  page.free = ptr;
  if (page.live-- == blocksIn(page.szidx)) linkFirst(page);
  if (!page.live) close(page);
}

/** Stays as long as the class is the same. */
export function realloc(ptr: usize, nbytes: usize): usize {
  if (!ptr) return malloc(nbytes);
  if (isRawBlock(ptr)) {
    if (nbytes > THRESHOLD) return largeRealloc(ptr, nbytes);
  } else if (nbytes <= THRESHOLD && szidxFor(nbytes) == pageOf(ptr).szidx) {
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
  return isRawBlock(ptr) ? rawUsableSize(ptr) : blockSize(pageOf(ptr).szidx);
}

export function walk(): void {
  havePages();
  haveUnits();
  for (let at = state.all; at; at = changetype<Page>(at).allNext) {
    const page = changetype<Page>(at);
    const szidx = page.szidx;
    recordUnit(at, state.pageSize);
    recordPage(
      at,
      state.pageSize,
      at + HEADER,
      blockSize(szidx),
      blocksIn(szidx),
      page.live,
      page.carved,
      page.free,
      0,
    );
  }
  walkRegions();
}

/** The heads of its lists. */
export function tableBytes(): usize {
  return 4 * (CLASSES + 1);
}

export function bytesMoved(): u64 {
  return large.bytesMoved;
}

if (offsetof<Slab>() > HEADS - OWN) ERROR("struct Slab reaches into the heads of its lists");
if (HEADS + 4 * CLASSES > OWN + OWN_SIZE) ERROR("the heads of the lists leave OWN");
