/**
 * Segregated free lists, one for each power of two from 16 bytes on; a block is never split, joined, or given back.
 *
 *     pages of 64 KiB:  │ 2^k │ 2^k │ 2^k │ …          k < 16, carved from the left
 *     runs:             │ 2^k                 │        k ≥ 16, one block
 *
 * What class a page is of stands in a table of one byte for each 64 KiB, which is the only overhead: a request is rounded up to a power
 * of two, and that is what its holder may use. A free block's first word is the next of its list; the one freed last is used first.
 * After the lists of Kingsley's malloc (4.2 BSD), which had the class in a header and so gave 64 bytes 128.
 */
import { RAW_STARTS } from "../layout/layout";
import { KIND_FREE, KIND_LIVE, OWN, OWN_SIZE, TABLE, TABLE_SIZE } from "../layout/strategylayout";
import { havePages, isListing, record, recordMany, startPage } from "../strategy/walk";
import { map, os } from "../system/os";
import { touch } from "../system/osmodel";

const LEAST_BITS: u32 = 4;
const MOST_BITS: u32 = 31;
const PAGE_BITS: u32 = 16;
const PAGE_SIZE: usize = 1 << 16;

/** What is kept of each class. */
@unmanaged
class SizeClass {
  free: usize;
  freeCount: u32;
  /** The stretch of the newest page that was never handed out. */
  next: usize;
  end: usize;
  /** Pages, or runs. */
  pages: u32;
}

function classAt(bits: u32): SizeClass {
  return changetype<SizeClass>(OWN + <usize>bits * offsetof<SizeClass>());
}

function bytesMovedAt(): usize {
  return OWN + 32 * offsetof<SizeClass>();
}

export function start(): bool {
  return true;
}

/** The logarithm of the block that a request gets; 32 for one that is too large. */
function bitsFor(nbytes: usize): u32 {
  return nbytes <= 1 << LEAST_BITS ? LEAST_BITS : 32 - clz<u32>(<u32>nbytes - 1);
}

function bitsOf(ptr: usize): u32 {
  return load<u8>(TABLE + (ptr >>> PAGE_BITS));
}

/** Blocks of a page or run of the class. */
function blocksIn(bits: u32): u32 {
  return bits < PAGE_BITS ? (<u32>1) << (PAGE_BITS - bits) : 1;
}

/** A block that was never handed out; 0 when there is no memory. */
function carve(bits: u32): usize {
  const sizeClass = classAt(bits);
  const size = (<usize>1) << bits;
  if (sizeClass.next == sizeClass.end) {
    const nbytes = max<usize>(size, PAGE_SIZE);
    const page = map(nbytes, PAGE_SIZE);
    if (!page) return 0;
    store<u8>(TABLE + (page >>> PAGE_BITS), <u8>bits);
    sizeClass.pages++;
    sizeClass.next = page;
    sizeClass.end = page + nbytes;
  }
  const block = sizeClass.next;
  sizeClass.next = block + size;
  return block;
}

export function malloc(nbytes: usize): usize {
  const bits = bitsFor(nbytes);
  if (bits > MOST_BITS) return 0;
  const sizeClass = classAt(bits);
  const block = sizeClass.free;
  if (!block) return carve(bits);
  sizeClass.free = load<usize>(block);
  sizeClass.freeCount--;
  return block;
}

export function calloc(nelem: usize, elsize: usize): usize {
  const product = <u64>nelem * elsize;
  if (product > u32.MAX_VALUE) return 0;
  const block = malloc(<usize>product);
  if (block) memory.fill(block, 0, <usize>product);
  return block;
}

export function free(ptr: usize): void {
  if (!ptr) return;
  const sizeClass = classAt(bitsOf(ptr));
  touch(ptr, sizeof<usize>());
  store<usize>(ptr, sizeClass.free);
  sizeClass.free = ptr;
  sizeClass.freeCount++;
}

/** Stays as long as the class is the same. */
export function realloc(ptr: usize, nbytes: usize): usize {
  if (!ptr) return malloc(nbytes);
  if (bitsFor(nbytes) == bitsOf(ptr)) return ptr;
  const moved = malloc(nbytes);
  if (!moved) return 0;
  const kept = min<usize>(usableSize(ptr), nbytes);
  memory.copy(moved, ptr, kept);
  store<u64>(bytesMovedAt(), bytesMoved() + kept);
  free(ptr);
  return moved;
}

export function usableSize(ptr: usize): usize {
  return (<usize>1) << bitsOf(ptr);
}

// ---- the walk ---------------------------------------------------------------------------------------

/** Flips the bit of each free block in RAW_STARTS, which nobody else uses here. */
function flipFree(): void {
  for (let bits = LEAST_BITS; bits <= MOST_BITS; bits++) {
    for (let block = classAt(bits).free; block; block = load<usize>(block)) {
      const word = RAW_STARTS + ((block >>> 9) << 2);
      store<u32>(word, load<u32>(word) ^ (1 << (<u32>(block >>> 4) & 31)));
    }
  }
}

function isOnList(block: usize): bool {
  return ((load<u32>(RAW_STARTS + ((block >>> 9) << 2)) >>> (<u32>(block >>> 4) & 31)) & 1) != 0;
}

/** One page or run; returns where it ends. */
function listPage(page: usize): usize {
  const bits = bitsOf(page);
  const size = (<usize>1) << bits;
  const sizeClass = classAt(bits);
  const end = page + max<usize>(size, PAGE_SIZE);
  if (bits < PAGE_BITS) startPage(page, PAGE_SIZE, size, page);
  for (let block = page; block < end; block += size) {
    const isVirgin = block >= sizeClass.next && block < sizeClass.end;
    record(isVirgin || isOnList(block) ? KIND_FREE : KIND_LIVE, block, size);
  }
  return end;
}

export function walk(): void {
  havePages();
  if (isListing()) {
    flipFree();
    for (let page = os.base; page < os.top; ) page = listPage(page); // nothing was ever given back
    flipFree();
    return;
  }
  for (let bits = LEAST_BITS; bits <= MOST_BITS; bits++) {
    const sizeClass = classAt(bits);
    const free = sizeClass.freeCount + <u32>((sizeClass.end - sizeClass.next) >>> bits);
    recordMany(KIND_LIVE, sizeClass.pages * blocksIn(bits) - free, (<usize>1) << bits);
    recordMany(KIND_FREE, free, (<usize>1) << bits);
  }
}

/** The byte of each 64 KiB, and the lists' heads. */
export function tableBytes(): usize {
  return (os.mapped >>> PAGE_BITS) + 4 * (MOST_BITS - LEAST_BITS + 1);
}

export function bytesMoved(): u64 {
  return load<u64>(bytesMovedAt());
}

if (offsetof<SizeClass>() * 32 + 8 > OWN_SIZE) ERROR("the classes leave OWN");
if (TABLE_SIZE != 1 << (32 - PAGE_BITS)) ERROR("TABLE must have one byte for each page of 4 GiB");
