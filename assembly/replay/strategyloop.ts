/**
 * The loop that runs a trace on a strategy, or on two: from a switch on, new requests go to the successor, frees to whoever owns the
 * block, and a block of the owner that is resized goes over. A module of its own, with a memory of its own, as loop.ts.
 *
 *     0 … 64 KiB   its state      events: 8 bytes each, as in replay.ts        slots: two words an id
 *
 * ╒═ a slot ═══════════════════════════════════════════════════════════╕
 * │ +0  address of the block, bit 0: the successor's; 0: no block live  │
 * │ +4  bytes asked for                                                 │
 * └─────────────────────────────────────────────────────────────────────┘
 *
 * What goes over is not copied: contents move no block. All state is in linear memory, so that a loop with another successor goes on
 * from a copy of it.
 */
import {
  DOMAIN_RAW,
  DOMAIN_SHIFT,
  ID_SHIFT,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_MARK,
  OP_MASK,
  OP_REALLOC,
} from "../layout/codes";
import * as owner from "./owner";
import * as successor from "./successor";

const LOOP: usize = 1024;
const EVENTS: usize = 65536;
const WASM_PAGE_BITS: usize = 16;
const RAW: u32 = DOMAIN_RAW << DOMAIN_SHIFT;
const OWNED_BY_SUCCESSOR: usize = 1;
const FNV_OFFSET_BASIS: u32 = 2166136261;
const FNV_PRIME: u32 = 16777619;

@unmanaged
class Loop {
  /** Where the slots are. */
  slots: usize;
  /** Requests that could not be served. */
  failures: u32;
  /** FNV-1a over the addresses handed out, word by word. */
  hash: u32;
  switched: bool;
  /** Bytes asked for and live, and the most there were; what could not be served is not among them. Two allocators may have 8 GiB. */
  live: f64;
  livePeak: f64;
  /** The most that both allocators together held, and had resident, after an event since the switch. */
  heldPeak: f64;
  residentPeak: f64;
}

const loop: Loop = changetype<Loop>(LOOP);

/** Makes room for a trace; returns where its events go, or 0 when there is no memory. Slots are zero. */
export function reserve(eventCount: u32, idCount: u32): usize {
  loop.slots = EVENTS + ((<usize>eventCount) << 3);
  loop.hash = FNV_OFFSET_BASIS;
  const end = loop.slots + ((<usize>idCount) << 3);
  const pages = <i32>((end + 65535) >>> WASM_PAGE_BITS) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  return EVENTS;
}

/** Where the slots are, one after the other by id. */
export function slotsAddress(): usize {
  return loop.slots;
}

/** From now on the successor serves. */
export function switchOver(): void {
  loop.switched = true;
  noteTotals();
}

function noteTotals(): void {
  loop.heldPeak = max<f64>(loop.heldPeak, <f64>owner.heldBytes() + <f64>successor.heldBytes());
  loop.residentPeak = max<f64>(loop.residentPeak, <f64>owner.residentBytes() + <f64>successor.residentBytes());
}

function allocate(op: u32, raw: bool, nbytes: usize): usize {
  let ptr: usize;
  if (loop.switched) {
    if (op == OP_CALLOC) ptr = raw ? successor.rawCalloc(1, nbytes) : successor.calloc(1, nbytes);
    else ptr = raw ? successor.rawMalloc(nbytes) : successor.malloc(nbytes);
    if (ptr) successor.touch(ptr, nbytes);
    return ptr ? ptr | OWNED_BY_SUCCESSOR : 0;
  }
  if (op == OP_CALLOC) ptr = raw ? owner.rawCalloc(1, nbytes) : owner.calloc(1, nbytes);
  else ptr = raw ? owner.rawMalloc(nbytes) : owner.malloc(nbytes);
  if (ptr) owner.touch(ptr, nbytes);
  return ptr;
}

function release(held: usize, raw: bool): void {
  if (!held) return; // its request could not be served
  const ptr = held & ~OWNED_BY_SUCCESSOR;
  if (held & OWNED_BY_SUCCESSOR) {
    if (raw) successor.rawFree(ptr);
    else successor.free(ptr);
  } else if (raw) owner.rawFree(ptr);
  else owner.free(ptr);
}

function resize(held: usize, raw: bool, nbytes: usize): usize {
  const ptr = held & ~OWNED_BY_SUCCESSOR;
  if (held & OWNED_BY_SUCCESSOR) {
    const moved = raw ? successor.rawRealloc(ptr, nbytes) : successor.realloc(ptr, nbytes);
    if (moved) successor.touch(moved, nbytes);
    return moved ? moved | OWNED_BY_SUCCESSOR : 0;
  }
  if (held == 0 || loop.switched) {
    const moved = allocate(OP_MALLOC, raw, nbytes);
    if (moved && held) release(held, raw);
    return moved;
  }
  const moved = raw ? owner.rawRealloc(ptr, nbytes) : owner.realloc(ptr, nbytes);
  if (moved) owner.touch(moved, nbytes);
  return moved;
}

function runEvent(word: u32, nbytes: usize): void {
  const op = word & OP_MASK;
  if (op == OP_MARK) return;
  const raw = (word & RAW) != 0;
  const slot = loop.slots + ((<usize>(word >>> ID_SHIFT)) << 3);
  const held = load<usize>(slot);
  if (op == OP_FREE) {
    release(held, raw);
    loop.live -= <f64>load<usize>(slot, 4);
    store<u64>(slot, 0);
    return;
  }
  const ptr = op == OP_REALLOC ? resize(held, raw, nbytes) : allocate(op, raw, nbytes);
  loop.hash = (loop.hash ^ <u32>ptr) * FNV_PRIME;
  if (!ptr && nbytes) {
    loop.failures++; // the block that was to be resized is as it was
    return;
  }
  loop.live += <f64>nbytes - <f64>load<usize>(slot, 4);
  if (loop.live > loop.livePeak) loop.livePeak = loop.live;
  store<usize>(slot, ptr);
  store<usize>(slot, nbytes, 4);
}

/** Runs events `first` to before `end`. */
export function run(first: u32, end: u32): void {
  const stop = EVENTS + ((<usize>end) << 3);
  for (let event = EVENTS + ((<usize>first) << 3); event < stop; event += 8) {
    runEvent(load<u32>(event), <usize>load<u32>(event, 4));
    if (loop.switched) noteTotals();
  }
}

export function liveBytes(): f64 {
  return loop.live;
}

export function livePeakBytes(): f64 {
  return loop.livePeak;
}

export function failures(): u32 {
  return loop.failures;
}

export function hash(): u32 {
  return loop.hash;
}

export function heldPeakBytes(): f64 {
  return loop.heldPeak;
}

export function residentPeakBytes(): f64 {
  return loop.residentPeak;
}
