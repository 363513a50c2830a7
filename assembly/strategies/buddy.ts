/**
 * Binary buddies in chunks of 1 MiB: a block is a power of two, split in halves until it fits and joined with its other half, its buddy,
 * as soon as that is free too. Requests over 512 KiB are mapped on their own (large.ts).
 *
 * ╒════════ chunk: 1 MiB, at a multiple of that; 64 KiB less where the least block has 16 bytes, 32 KiB where it has 32 ════╕
 * │  +0  one byte for each least block: at the first of a block LIVE or FREE, and the logarithm of its size; else 0          │
 * │      (where the table tells of itself: +16 next, +20 prev of the chunks, +24 live: blocks handed out)                    │
 * │ 2^t  block of 2^t │ of 2^(t+1) │ … │ of 512 KiB              t: the logarithm of the table's size                        │
 * └───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * The buddy of the block of 2^k at offset o is at o ^ 2^k. A free block's first two words are next and prev in the list of its size; the
 * one freed last is used first, and of one that is split the lower half. A chunk without a live block goes back.
 * Method: Knowlton, "A Fast Storage Allocator", CACM 1965.
 */
import { largeCalloc, largeFree, largeMalloc, largeRealloc } from "../large/large";
import { isRawBlock, large, rawUsableSize } from "../large/rawblock";
import { walkRegions } from "../large/rawwalk";
import { KIND_FREE, KIND_LIVE, KIND_OVERHEAD, OWN, OWN_SIZE } from "../layout/strategylayout";
import { record } from "../strategy/walk";
import { map, unmap } from "../system/os";
import { touch } from "../system/osmodel";

@unmanaged
class Chunk {
  next: usize;
  prev: usize;
  live: u32;
}

@unmanaged
class Links {
  next: usize;
  prev: usize;
}

@unmanaged
class Buddy {
  leastBits: u32;
  /** The newest chunk, or 0. */
  chunks: usize;
}

const state: Buddy = changetype<Buddy>(OWN);
const HEADS: usize = OWN + 16;
const CHUNK_BITS: u32 = 20;
const CHUNK_SIZE: usize = 1 << 20;
const MOST_BITS: u32 = 19;
const MOST: usize = 1 << 19;
const LIVE: u32 = 0x80;
const FREE: u32 = 0x40;
const BITS: u32 = 0x1f;

/** `leastBits` is the logarithm of the least block: 4 or 5. */
export function start(leastBits: u32): bool {
  if (leastBits != 4 && leastBits != 5) return false;
  state.leastBits = leastBits;
  return true;
}

function chunkOf(ptr: usize): usize {
  return ptr & ~(CHUNK_SIZE - 1);
}

function chunkAt(chunk: usize): Chunk {
  return changetype<Chunk>(chunk + 16);
}

function tableBits(): u32 {
  return CHUNK_BITS - state.leastBits;
}

/** Where the byte of the least block at `ptr` stands. */
function byteOf(ptr: usize): usize {
  return chunkOf(ptr) + ((ptr & (CHUNK_SIZE - 1)) >>> state.leastBits);
}

function setByte(ptr: usize, byte: u32): void {
  touch(byteOf(ptr), 1);
  store<u8>(byteOf(ptr), <u8>byte);
}

function bitsOf(ptr: usize): u32 {
  return load<u8>(byteOf(ptr)) & BITS;
}

function bitsFor(nbytes: usize): u32 {
  const least = (<usize>1) << state.leastBits;
  return nbytes <= least ? state.leastBits : 32 - clz<u32>(<u32>nbytes - 1);
}

// ---- lists of free blocks -----------------------------------------------------------------------------

function headOf(bits: u32): usize {
  return HEADS + ((<usize>bits) << 2);
}

function pushFree(block: usize, bits: u32): void {
  const next = load<usize>(headOf(bits));
  touch(block, offsetof<Links>());
  changetype<Links>(block).next = next;
  changetype<Links>(block).prev = 0;
  if (next) changetype<Links>(next).prev = block;
  store<usize>(headOf(bits), block);
  setByte(block, FREE | bits);
}

/** Takes a free block off its list. Its byte is the caller's to write. */
function unlinkFree(block: usize, bits: u32): void {
  const links = changetype<Links>(block);
  if (links.next) changetype<Links>(links.next).prev = links.prev;
  if (links.prev) changetype<Links>(links.prev).next = links.next;
  else store<usize>(headOf(bits), links.next);
}

// ---- chunks -----------------------------------------------------------------------------------------

/** Maps a chunk; all that its table leaves is free. */
function openChunk(): bool {
  const chunk = map(CHUNK_SIZE, CHUNK_SIZE);
  if (!chunk) return false;
  memory.fill(chunk, 0, (<usize>1) << tableBits());
  setByte(chunk, LIVE | tableBits()); // nobody's buddy
  touch(chunk + 16, offsetof<Chunk>());
  chunkAt(chunk).next = state.chunks;
  if (state.chunks) chunkAt(state.chunks).prev = chunk;
  state.chunks = chunk;
  for (let bits = tableBits(); bits <= MOST_BITS; bits++) pushFree(chunk + ((<usize>1) << bits), bits);
  return true;
}

/** Gives back a chunk without a live block: it is joined to what it was when it came. */
function closeChunk(chunk: usize): void {
  const c = chunkAt(chunk);
  for (let bits = tableBits(); bits <= MOST_BITS; bits++) unlinkFree(chunk + ((<usize>1) << bits), bits);
  if (c.next) chunkAt(c.next).prev = c.prev;
  if (c.prev) chunkAt(c.prev).next = c.next;
  else state.chunks = c.next;
  unmap(chunk, CHUNK_SIZE);
}

// ---- the four functions -------------------------------------------------------------------------------

/** The least size that has a free block and is 2^`bits` or more; MOST_BITS + 1 when there is none. */
function listFor(bits: u32): u32 {
  while (bits <= MOST_BITS && !load<usize>(headOf(bits))) bits++;
  return bits;
}

/** Frees upper halves of the block at `block`, of 2^`have`, until 2^`bits` are left. */
function halve(block: usize, have: u32, bits: u32): void {
  while (have > bits) {
    have--;
    pushFree(block + ((<usize>1) << have), have);
  }
  setByte(block, LIVE | bits);
}

export function malloc(nbytes: usize): usize {
  if (nbytes > MOST) return largeMalloc(nbytes);
  const bits = bitsFor(nbytes);
  let have = listFor(bits);
  if (have > MOST_BITS) {
    if (!openChunk()) return 0;
    have = listFor(bits);
  }
  const block = load<usize>(headOf(have));
  unlinkFree(block, have);
  halve(block, have, bits);
  chunkAt(chunkOf(block)).live++;
  return block;
}

export function calloc(nelem: usize, elsize: usize): usize {
  const product = <u64>nelem * elsize;
  if (product > MOST) return largeCalloc(nelem, elsize);
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
  const chunk = chunkOf(ptr);
  let block = ptr;
  let bits = bitsOf(ptr);
  setByte(block, 0);
  for (; bits < MOST_BITS; bits++) {
    const buddy = chunk + ((block - chunk) ^ ((<usize>1) << bits));
    if (load<u8>(byteOf(buddy)) != <u8>(FREE | bits)) break;
    unlinkFree(buddy, bits);
    setByte(buddy, 0);
    block = min<usize>(block, buddy);
  }
  pushFree(block, bits);
  if (!--chunkAt(chunk).live) closeChunk(chunk);
}

/** Stays where it is long enough for that; what it then needs no longer is freed, half by half. */
export function realloc(ptr: usize, nbytes: usize): usize {
  if (!ptr) return malloc(nbytes);
  if (isRawBlock(ptr)) {
    if (nbytes > MOST) return largeRealloc(ptr, nbytes);
  } else if (nbytes <= usableSize(ptr)) {
    halve(ptr, bitsOf(ptr), bitsFor(nbytes));
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
  return isRawBlock(ptr) ? rawUsableSize(ptr) : (<usize>1) << bitsOf(ptr);
}

export function walk(): void {
  for (let chunk = state.chunks; chunk; chunk = chunkAt(chunk).next) {
    const first = chunk + ((<usize>1) << tableBits());
    record(KIND_OVERHEAD, chunk, first - chunk);
    for (let block = first; block < chunk + CHUNK_SIZE; block += (<usize>1) << bitsOf(block)) {
      record(load<u8>(byteOf(block)) & LIVE ? KIND_LIVE : KIND_FREE, block, (<usize>1) << bitsOf(block));
    }
  }
  walkRegions();
}

/** The heads of its lists. */
export function tableBytes(): usize {
  return 4 * (MOST_BITS - state.leastBits + 1);
}

export function bytesMoved(): u64 {
  return large.bytesMoved;
}

if (offsetof<Buddy>() > HEADS - OWN) ERROR("struct Buddy reaches into the heads of its lists");
if (HEADS + 4 * (MOST_BITS + 1) > OWN + OWN_SIZE) ERROR("the heads of the lists leave OWN");
