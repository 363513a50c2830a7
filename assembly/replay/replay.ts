/**
 * Runs an encoded trace.
 *
 * ╒═ an event of the window, 8 bytes ═════════════════════════════╕
 * │ +0  op bits 0–2 · domain bits 3–4 · id bits 5–31              │
 * │ +4  nbytes: malloc, realloc: asked for; calloc: the product   │
 * └───────────────────────────────────────────────────────────────┘
 * ╒═ an answer line, two words ══════════════════════════════════╕
 * │ ARENA, POOL × 65536 + OFFSET      a small block               │
 * │ ANSWER_RAW_BLOCK, 0               a raw block                 │
 * │ ANSWER_ARENA_OBTAINED, N          arena N obtained            │
 * │ ANSWER_ARENA_RELEASED, N          arena N released            │
 * │ ANSWER_FREED, 0                   a free                      │
 * └───────────────────────────────────────────────────────────────┘
 *
 * An id's slot is a word: the address of its block, or 0.
 *
 * The host has checked the trace: no id is allocated twice, none is freed that is not live. What is watched beside the running
 * is derived from the heap after each event, so the allocator carries nothing for it.
 */

import { rawCalloc, rawFree, rawMalloc, rawRealloc } from "../large/raw";
import {
  ANSWER_ARENA_OBTAINED,
  ANSWER_ARENA_RELEASED,
  ANSWER_FREED,
  ANSWER_POOL_SHIFT,
  ANSWER_RAW_BLOCK,
  DOMAIN_MASK,
  DOMAIN_RAW,
  DOMAIN_SHIFT,
  ID_SHIFT,
  OP_FREE,
  OP_MALLOC,
  OP_MARK,
  OP_MASK,
  OP_REALLOC,
  STOP_ARENA_OBTAINED,
  STOP_ARENA_RELEASED,
  STOP_BLOCK_FREED,
  STOP_PINNED_ABOVE,
  STOP_POOL_EMPTY,
  STOP_POOL_FULL,
  WATCH_ANSWERS,
  WATCH_HASH,
} from "../layout/codes";
import {
  ANSWER_SIZE,
  EVENT_SIZE,
  ID_SIZE,
  REPLAY,
  REPLAY_ANSWERED,
  REPLAY_ANSWERS,
  REPLAY_FAILURES,
  REPLAY_FIRST_ARENA,
  REPLAY_HASH,
  REPLAY_IDS,
  REPLAY_OPS,
  REPLAY_RAW_MASK,
  REPLAY_RUNS,
  REPLAY_SIZE,
  REPLAY_SMALL,
  REPLAY_STOP_EMPTY_SZIDX,
  REPLAY_STOP_FULL_SZIDX,
  REPLAY_STOP_ID,
  REPLAY_STOP_PINNED,
  REPLAY_STOPPED,
  REPLAY_WATCH,
  REPLAY_WINDOW,
} from "../layout/layout";
import { stateAt } from "../layout/place";
import { arenaAt, arenas, firstPoolAddress } from "../pymalloc/arena";
import { takeCensus } from "../pymalloc/census";
import { geometry } from "../pymalloc/geometry";
import { poolOf } from "../pymalloc/pool";
import { calloc, free, freeInlined, isOurs, malloc, mallocInlined, realloc } from "../pymalloc/pymalloc";
import { indexToSize } from "../pymalloc/sizeclass";

@unmanaged
class ReplayState {
  /** The ids' slots; the window of events; the answer lines of the last call. */
  ids: usize;
  window: usize;
  answers: usize;
  /** WATCH_… and STOP_… bits. */
  watch: u32;
  /** STOP_POOL_FULL, STOP_POOL_EMPTY: the class, or −1 for any. */
  stopFullSzidx: u32;
  stopEmptySzidx: u32;
  /** STOP_PINNED_ABOVE: the bytes to pass. */
  stopPinned: usize;
  /** STOP_BLOCK_FREED: the id. */
  stopId: u32;
  /** Which STOP_… bits ended the last call. */
  stopped: u32;
  /** Requests that could not be served. */
  failures: u32;
  /** FNV-1a over the answer lines since the start, where WATCH_HASH was set all along. */
  hash: u32;
  /** Answer lines written by the last call. */
  answered: u32;
  /** Placements in pools so far, as the last line of an answer counts them. */
  small: u32;
  /** Domain bits that go to the raw domain: RAW's, and MEM's where the C library serves it. */
  rawMask: u32;
  /** MEM and OBJ events so far. */
  ops: u32;
  /** `ops` when the first arena was obtained; −1 before. */
  firstArena: u32;
  /** Calls of `replay` so far. */
  runs: u32;
  /** Bytes of all blocks in pools that are in use; kept only while STOP_PINNED_ABOVE is watched. */
  blockBytes: usize;
}

const state: ReplayState = changetype<ReplayState>(stateAt(REPLAY));

/** The domain where it stands in an event's first word; RAW there. */
const DOMAIN: u32 = DOMAIN_MASK << DOMAIN_SHIFT;
const RAW: u32 = DOMAIN_RAW << DOMAIN_SHIFT;

const FNV_OFFSET_BASIS: u32 = 2166136261;
const FNV_PRIME: u32 = 16777619;

/** Starts before the first event. The regions are the caller's and zero. */
export function initReplay(ids: usize, window: usize, answers: usize): void {
  state.ids = ids;
  state.window = window;
  state.answers = answers;
  state.hash = FNV_OFFSET_BASIS;
  state.rawMask = RAW;
  state.firstArena = -1;
}

// ---- running ----------------------------------------------------------------------------------------

function resize(old: usize, raw: bool, nbytes: usize): usize {
  if (!raw) return realloc(old, nbytes);
  return old ? rawRealloc(old, nbytes) : rawMalloc(nbytes);
}

function allocate(op: u32, raw: bool, nbytes: usize): usize {
  if (op == OP_MALLOC) return raw ? rawMalloc(nbytes) : malloc(nbytes);
  return raw ? rawCalloc(1, nbytes) : calloc(1, nbytes);
}

/** Runs one event that is no mark, and keeps the id's slot. */
function run(word: u32, nbytes: usize): void {
  const raw = (word & state.rawMask) != 0;
  const slot = state.ids + <usize>(word >>> ID_SHIFT) * ID_SIZE;
  const op = word & OP_MASK;
  const old = load<usize>(slot);
  if (op == OP_FREE) {
    if (!raw) free(old);
    else if (old) rawFree(old);
    store<usize>(slot, 0);
    return;
  }
  const ptr = op == OP_REALLOC ? resize(old, raw, nbytes) : allocate(op, raw, nbytes);
  if (ptr) store<usize>(slot, ptr);
  else state.failures++; // the id keeps what it had: nothing, or the block that could not be resized
}

/** Counts an event of the MEM and OBJ domains. */
function countOp(word: u32): void {
  if ((word & DOMAIN) == RAW) return;
  if (state.firstArena == -1 && arenas.ntimes_arena_allocated != 0) state.firstArena = state.ops;
  state.ops++;
}

/** Runs the events from `event` to `end` with nothing watched. malloc and free of MEM and OBJ, most of a trace, are inlined. */
function runPlain(event: usize, end: usize): void {
  const ids = state.ids;
  const mask = state.rawMask | OP_MASK;
  let ops: u32 = 0;
  for (; event < end; event += EVENT_SIZE) {
    const word = load<u32>(event);
    const kind = word & mask;
    ops += u32((word & DOMAIN) != RAW);
    if (kind == OP_FREE) {
      const slot = ids + <usize>(word >>> ID_SHIFT) * ID_SIZE;
      freeInlined(load<usize>(slot));
      store<usize>(slot, 0);
    } else if (kind == OP_MALLOC) {
      const ptr = mallocInlined(<usize>load<u32>(event, 4));
      store<usize>(ids + <usize>(word >>> ID_SHIFT) * ID_SIZE, ptr);
      if (!ptr) state.failures++;
    } else if ((word & OP_MASK) == OP_MARK) {
      ops--;
    } else {
      run(word, <usize>load<u32>(event, 4));
    }
  }
  state.ops += ops;
}

/**
 * Runs events `first` to `first + count` of the window. Returns how many were run: all of them, or up to and with the one
 * after which a watched condition held.
 */
export function replay(first: u32, count: u32): u32 {
  state.runs++;
  state.stopped = 0;
  state.answered = 0;
  const start = state.window + <usize>first * EVENT_SIZE;
  const end = start + <usize>count * EVENT_SIZE;
  const watch = state.watch;
  if (watch & STOP_PINNED_ABOVE) state.blockBytes = takeCensus();
  for (let event = start; event < end; event += EVENT_SIZE) {
    if (!watch && state.firstArena != -1) {
      runPlain(event, end);
      return count;
    }
    const word = load<u32>(event);
    if ((word & OP_MASK) == OP_MARK) continue;
    const nbytes = <usize>load<u32>(event, 4);
    const stops = watch != 0 && runWatched(word, nbytes, watch);
    if (!watch) run(word, nbytes);
    countOp(word);
    if (stops) return <u32>((event - start) / EVENT_SIZE) + 1;
  }
  return count;
}

// ---- answers ----------------------------------------------------------------------------------------

function fold(hash: u32, word: u32): u32 {
  for (let shift: u32 = 0; shift < 32; shift += 8) hash = (hash ^ ((word >>> shift) & 255)) * FNV_PRIME;
  return hash;
}

function answer(watch: u32, first: u32, second: u32): void {
  if (watch & WATCH_HASH) state.hash = fold(fold(state.hash, first), second);
  if (watch & WATCH_ANSWERS) {
    const line = state.answers + <usize>state.answered * ANSWER_SIZE;
    store<u32>(line, first);
    store<u32>(line, second, 4);
    state.answered++;
  }
}

function answerPlacement(watch: u32, ptr: usize): void {
  if (!ptr || !isOurs(ptr)) {
    answer(watch, ANSWER_RAW_BLOCK, 0);
    return;
  }
  const arena = arenaAt(poolOf(ptr).arenaindex);
  const distance = ptr - firstPoolAddress(arena);
  const poolIndex = <u32>(distance >>> geometry.poolBits);
  state.small++;
  answer(watch, arena.ordinal, (poolIndex << ANSWER_POOL_SHIFT) + <u32>(distance & (geometry.poolSize - 1)));
}

// ---- watching ---------------------------------------------------------------------------------------

function blockBytesAt(ptr: usize): usize {
  return ptr && isOurs(ptr) ? indexToSize(poolOf(ptr).szidx) : 0;
}

/** Bytes of arenas that blocks in use keep from going back, beyond the blocks themselves. */
function pinnedBytes(): usize {
  return <usize>(arenas.narenas_currently_allocated - arenas.nempty) * geometry.arenaSize - state.blockBytes;
}

/** Whether `szidx` is the class `watched`, or any is. */
function isClass(szidx: u32, watched: u32): bool {
  return watched == -1 || watched == szidx;
}

/** Runs one event and answers it; returns whether a watched condition came to hold in it. */
function runWatched(word: u32, nbytes: usize, watch: u32): bool {
  const slot = state.ids + <usize>(word >>> ID_SHIFT) * ID_SIZE;
  const op = word & OP_MASK;
  const before = load<usize>(slot);
  const obtained = arenas.ntimes_arena_allocated;
  const held = arenas.narenas_currently_allocated;
  const pinned = pinnedBytes();
  const bytesBefore = blockBytesAt(before);
  const szidxBefore = bytesBefore ? poolOf(before).szidx : 0;
  run(word, nbytes);
  const after = load<usize>(slot);
  const bytesAfter = blockBytesAt(after);
  state.blockBytes += bytesAfter - bytesBefore;
  const isObtained = arenas.ntimes_arena_allocated != obtained;
  const isReleased = arenas.narenas_currently_allocated != held + u32(isObtained);
  if ((word & DOMAIN) != RAW) {
    if (isObtained) answer(watch, ANSWER_ARENA_OBTAINED, obtained);
    if (isReleased) answer(watch, ANSWER_ARENA_RELEASED, arenas.lastReleased);
    if (op == OP_FREE) answer(watch, ANSWER_FREED, 0);
    else answerPlacement(watch, after);
  }
  let met: u32 = 0;
  if (isObtained) met |= STOP_ARENA_OBTAINED;
  if (isReleased) met |= STOP_ARENA_RELEASED;
  if (bytesAfter && after != before && !poolOf(after).freeblock && isClass(poolOf(after).szidx, state.stopFullSzidx))
    met |= STOP_POOL_FULL;
  if (bytesBefore && after != before && !poolOf(before).count && isClass(szidxBefore, state.stopEmptySzidx))
    met |= STOP_POOL_EMPTY;
  if (pinnedBytes() > state.stopPinned && pinned <= state.stopPinned) met |= STOP_PINNED_ABOVE;
  if (op == OP_FREE && word >>> ID_SHIFT == state.stopId) met |= STOP_BLOCK_FREED;
  state.stopped = met & watch;
  return state.stopped != 0;
}

if (offsetof<ReplayState>() > REPLAY_SIZE) ERROR("struct ReplayState outgrows its slot: raise REPLAY_SIZE");
if (offsetof<ReplayState>("ids") != REPLAY_IDS) ERROR("REPLAY_IDS");
if (offsetof<ReplayState>("window") != REPLAY_WINDOW) ERROR("REPLAY_WINDOW");
if (offsetof<ReplayState>("answers") != REPLAY_ANSWERS) ERROR("REPLAY_ANSWERS");
if (offsetof<ReplayState>("watch") != REPLAY_WATCH) ERROR("REPLAY_WATCH");
if (offsetof<ReplayState>("stopFullSzidx") != REPLAY_STOP_FULL_SZIDX) ERROR("REPLAY_STOP_FULL_SZIDX");
if (offsetof<ReplayState>("stopEmptySzidx") != REPLAY_STOP_EMPTY_SZIDX) ERROR("REPLAY_STOP_EMPTY_SZIDX");
if (offsetof<ReplayState>("stopPinned") != REPLAY_STOP_PINNED) ERROR("REPLAY_STOP_PINNED");
if (offsetof<ReplayState>("stopId") != REPLAY_STOP_ID) ERROR("REPLAY_STOP_ID");
if (offsetof<ReplayState>("stopped") != REPLAY_STOPPED) ERROR("REPLAY_STOPPED");
if (offsetof<ReplayState>("failures") != REPLAY_FAILURES) ERROR("REPLAY_FAILURES");
if (offsetof<ReplayState>("hash") != REPLAY_HASH) ERROR("REPLAY_HASH");
if (offsetof<ReplayState>("answered") != REPLAY_ANSWERED) ERROR("REPLAY_ANSWERED");
if (offsetof<ReplayState>("small") != REPLAY_SMALL) ERROR("REPLAY_SMALL");
if (offsetof<ReplayState>("rawMask") != REPLAY_RAW_MASK) ERROR("REPLAY_RAW_MASK");
if (offsetof<ReplayState>("ops") != REPLAY_OPS) ERROR("REPLAY_OPS");
if (offsetof<ReplayState>("firstArena") != REPLAY_FIRST_ARENA) ERROR("REPLAY_FIRST_ARENA");
if (offsetof<ReplayState>("runs") != REPLAY_RUNS) ERROR("REPLAY_RUNS");
