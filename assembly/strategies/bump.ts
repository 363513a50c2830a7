/**
 * Never uses memory again: each block is laid behind the one before. The least work there is, and what a program costs that is given no
 * memory back.
 *
 * ╒══════ chunk: 256 KiB or more from os.ts, lengthened where that can be ══════╕
 * │  +0  next    the chunk that came after, or 0                                 │
 * │  +4  bytes                                                                   │
 * │  +8  end     where its next block goes                                       │
 * │ +12  header: size │ FREED 1      four bytes before each block                │
 * │ +16  block …                     a multiple of 16                            │
 * └──────────────────────────────────────────────────────────────────────────────┘
 *
 * A freed block stays a free one for the ledger, though nobody will get it. Nothing goes back to the system.
 */
import { OS_PAGE_SIZE } from "../layout/layout";
import { KIND_FREE, KIND_LIVE, KIND_OVERHEAD, KIND_UNUSED, OWN, OWN_SIZE } from "../layout/strategylayout";
import { record } from "../strategy/walk";
import { extend, map, pageRound } from "../system/os";
import { touch } from "../system/osmodel";

@unmanaged
class Chunk {
  next: usize;
  bytes: usize;
  end: usize;
}

@unmanaged
class Bump {
  first: usize;
  last: usize;
  bytesMoved: u64;
}

const state: Bump = changetype<Bump>(OWN);

const FIRST_BLOCK: usize = 16;
const HEADER: usize = 4;
const FREED: usize = 1;
const CHUNK_SIZE: usize = 256 << 10;
const MAX_REQUEST: usize = 0xfff00000;

export function start(): bool {
  return true;
}

/** From a block's header to the header of the next. */
function sizeFor(nbytes: usize): usize {
  return (nbytes + HEADER + 15) & ~15;
}

function sizeOf(ptr: usize): usize {
  return load<usize>(ptr - HEADER) & ~FREED;
}

/** Lengthens the last chunk by what `size` needs, or by CHUNK_SIZE. */
function lengthen(size: usize): bool {
  const last = state.last;
  if (!last) return false;
  const chunk = changetype<Chunk>(last);
  const more = max<usize>(pageRound(size), CHUNK_SIZE);
  if (!extend(last + chunk.bytes, more)) return false;
  chunk.bytes += more;
  return true;
}

/** A new chunk with room for `size`. */
function open(size: usize): bool {
  const nbytes = max<usize>(pageRound(size + FIRST_BLOCK), CHUNK_SIZE);
  const made = map(nbytes, OS_PAGE_SIZE);
  if (!made) return false;
  touch(made, FIRST_BLOCK);
  const chunk = changetype<Chunk>(made);
  chunk.next = 0;
  chunk.bytes = nbytes;
  chunk.end = made + FIRST_BLOCK - HEADER;
  if (state.last) changetype<Chunk>(state.last).next = made;
  else state.first = made;
  state.last = made;
  return true;
}

/** Whether the last chunk has `size` left. */
function fits(size: usize): bool {
  const chunk = changetype<Chunk>(state.last);
  return state.last != 0 && size <= state.last + chunk.bytes - chunk.end; // a sum with `size` may wrap
}

export function malloc(nbytes: usize): usize {
  if (nbytes > MAX_REQUEST) return 0;
  const size = sizeFor(nbytes);
  if (!fits(size) && !lengthen(size) && !open(size)) return 0;
  const chunk = changetype<Chunk>(state.last);
  const header = chunk.end;
  chunk.end = header + size;
  store<usize>(header, size);
  touch(header, HEADER);
  return header + HEADER;
}

export function calloc(nelem: usize, elsize: usize): usize {
  const product = <u64>nelem * elsize;
  if (product > MAX_REQUEST) return 0;
  const block = malloc(<usize>product);
  if (block) memory.fill(block, 0, <usize>product);
  return block;
}

export function free(ptr: usize): void {
  if (ptr) store<usize>(ptr - HEADER, sizeOf(ptr) | FREED);
}

/** Stays where it is long enough for that. */
export function realloc(ptr: usize, nbytes: usize): usize {
  if (!ptr) return malloc(nbytes);
  const usable = usableSize(ptr);
  if (nbytes <= usable) return ptr;
  const moved = malloc(nbytes);
  if (!moved) return 0;
  memory.copy(moved, ptr, usable);
  state.bytesMoved += usable;
  free(ptr);
  return moved;
}

export function usableSize(ptr: usize): usize {
  return sizeOf(ptr) - HEADER;
}

export function walk(): void {
  for (let at = state.first; at; at = changetype<Chunk>(at).next) {
    const chunk = changetype<Chunk>(at);
    record(KIND_OVERHEAD, at, FIRST_BLOCK - HEADER);
    for (let header = at + FIRST_BLOCK - HEADER; header < chunk.end; header += load<usize>(header) & ~FREED) {
      const ptr = header + HEADER;
      record(KIND_OVERHEAD, header, HEADER);
      record(load<usize>(header) & FREED ? KIND_FREE : KIND_LIVE, ptr, sizeOf(ptr) - HEADER);
    }
    record(KIND_UNUSED, chunk.end, at + chunk.bytes - chunk.end);
  }
}

export function tableBytes(): usize {
  return 0;
}

export function bytesMoved(): u64 {
  return state.bytesMoved;
}

if (offsetof<Bump>() > OWN_SIZE) ERROR("struct Bump leaves OWN");
