/**
 * The emulated operating system: maps and unmaps spans of pages in linear memory, and keeps the ledger of what is mapped.
 *
 *     base                                            top                     memory.size
 *      │ mapped │ free │ mapped …              │ mapped │  never mapped, or given back  │
 *
 * Free spans below `top` are found through a fit index; their lengths stand in OS_PAGES, one word a page: at a free span's first
 * and last page the number of its pages, elsewhere 0. So both neighbours of a span that comes back are known at once.
 * A free span at the end lowers `top` instead.
 *
 * WebAssembly memory never shrinks: what the process holds is `mapped`, not `memory.size()`.
 */

import { aligned_alloc, free } from "../attached/process";
import { findSpan, INDEX_SIZE, insertSpan, removeSpan } from "../large/fit";
import { DEBUG } from "../layout/debug";
import {
  OS,
  OS_BASE,
  OS_EVER_TOP,
  OS_INDEX,
  OS_INDEX_SIZE,
  OS_LIMIT,
  OS_MAPPED,
  OS_MAPPED_EVER,
  OS_MAPPED_PEAK,
  OS_MAPS,
  OS_PAGE_BITS,
  OS_PAGE_SIZE,
  OS_PAGES,
  OS_PAGES_SIZE,
  OS_REFUSE_EVERY,
  OS_REFUSED,
  OS_REQUESTS,
  OS_SIZE,
  OS_TOP,
  OS_UNMAPS,
} from "../layout/layout";
import { ATTACHED, STRATEGY, stateAt } from "../layout/place";
import { MODEL_BRK, MODEL_WASM } from "../layout/strategylayout";
import { forget, hold, mapPages, model, unmapPages } from "./osmodel";

@unmanaged
class OsState {
  /** First address that can be mapped; the heap base. */
  base: usize;
  /** End of the highest mapped span. */
  top: usize;
  /** The highest `top` there was: memory from here on is still zero. */
  everTop: usize;
  /** No address from here on is mapped. At most 4 GiB − 64 KiB, so that an end address never wraps to 0. */
  limit: usize;
  /** Bytes mapped now, and the most there were. */
  mapped: usize;
  mappedPeak: usize;
  /** Bytes of all spans ever mapped. */
  mappedEver: u64;
  maps: u32;
  unmaps: u32;
  /** Failure injection: every so many requests one is refused; 0 for none. */
  refuseEvery: u32;
  requests: u32;
  refused: u32;
}

export const os: OsState = changetype<OsState>(stateAt(OS));

const WASM_PAGE_BITS: u32 = 16;
const HIGHEST_LIMIT: usize = 0xffff0000;

/** The page size less 1. A strategy's build may have pages of 16 or 64 KiB. */
function pageMask(): usize {
  return STRATEGY ? ((<usize>1) << model.pageBits) - 1 : OS_PAGE_SIZE - 1;
}

const MAX_WASM_PAGES: u32 = 65536;

/**
 * V8 collects garbage each time a memory grows to more than 64 MiB, however little it grows, and that takes as long as there are live
 * JavaScript objects. So growing is rare: by at least this many wasm pages (64 MiB), and by a quarter of what there is.
 */
const LEAST_GROWTH: u32 = 1024;
/** And a heap has this much from the start, for making a memory costs the same however large it is. Pages are the host's when touched. */
const BYTES_AT_START: usize = 96 << 20;

/** Starts with nothing mapped. `base` is a multiple of the page size; `limitBytes` bounds what can be mapped, 0 for no bound. */
export function initOs(base: usize, limitBytes: usize): void {
  os.base = base;
  os.top = base;
  os.everTop = base;
  os.limit = limitBytes && limitBytes < HIGHEST_LIMIT - base ? base + (limitBytes & ~pageMask()) : HIGHEST_LIMIT;
}

/** `nbytes` rounded up to whole pages. */
export function pageRound(nbytes: usize): usize {
  return (nbytes + pageMask()) & ~pageMask();
}

function pagesWord(address: usize): usize {
  return OS_PAGES + ((address >>> OS_PAGE_BITS) << 2);
}

function insertFree(span: usize, nbytes: usize): void {
  const pages = <u32>(nbytes >>> OS_PAGE_BITS);
  store<u32>(pagesWord(span), pages);
  store<u32>(pagesWord(span + nbytes - OS_PAGE_SIZE), pages);
  insertSpan(OS_INDEX, span, pages);
}

/** Takes the free span at `span` out; returns its bytes. */
function removeFree(span: usize): usize {
  const pages = load<u32>(pagesWord(span));
  const nbytes = (<usize>pages) << OS_PAGE_BITS;
  if (DEBUG) assert(pages != 0); // the first page of a free span
  removeSpan(OS_INDEX, span, pages);
  store<u32>(pagesWord(span), 0);
  store<u32>(pagesWord(span + nbytes - OS_PAGE_SIZE), 0);
  return nbytes;
}

/** Makes linear memory reach to `end` > 0. Grows it in large steps, or by just what is needed where a large one is refused. */
export function reach(end: usize): bool {
  const wanted = <u32>((end - 1) >>> WASM_PAGE_BITS) + 1;
  const have = <u32>memory.size();
  if (wanted <= have) return true;
  const least = wanted - have;
  const generous = min<u32>(max<u32>(least, max<u32>(LEAST_GROWTH, have >>> 2)), MAX_WASM_PAGES - have);
  return memory.grow(<i32>generous) >= 0 || memory.grow(<i32>least) >= 0;
}

/** Makes linear memory reach to `base`, and as far on as the first maps of a system of `limitBytes` go, where that can be had. */
export function reachStart(base: usize, limitBytes: usize): bool {
  const room = limitBytes ? min<usize>(limitBytes, BYTES_AT_START) : BYTES_AT_START;
  return reach(base + room) || reach(base);
}

/** Counts a request for memory; true when failure injection refuses it. */
function refuses(): bool {
  os.requests++;
  if (os.refuseEvery == 0 || os.requests % os.refuseEvery != 0) return false;
  os.refused++;
  return true;
}

function enter(nbytes: usize): void {
  os.mapped += nbytes;
  os.mappedEver += nbytes;
  os.maps++;
  if (os.mapped > os.mappedPeak) os.mappedPeak = os.mapped;
}

/** What counts as held, by the model of a strategy's build. */
function held(): usize {
  if (model.kind == MODEL_BRK) return os.top - os.base;
  if (model.kind == MODEL_WASM) return ((((os.everTop - 1) >>> WASM_PAGE_BITS) + 1) << WASM_PAGE_BITS) - os.base;
  return os.mapped;
}

function noteMapped(address: usize, nbytes: usize): void {
  mapPages(address, nbytes);
  hold(held());
}

/** `top` is the one before. Which pages are no longer resident is the model's affair. */
function noteUnmapped(address: usize, nbytes: usize, top: usize): void {
  unmapPages(address, nbytes);
  if (model.kind == MODEL_BRK) forget(os.top, top - os.top);
  else if (model.kind != MODEL_WASM) forget(address, nbytes);
  hold(held());
}

/** A free span that holds `nbytes` at a multiple of `align`, or 0. */
function findFree(nbytes: usize, align: usize): usize {
  const pages = <u32>(nbytes >>> OS_PAGE_BITS);
  const span = findSpan(OS_INDEX, pages);
  if (!span || align <= OS_PAGE_SIZE) return span;
  const at = (span + align - 1) & ~(align - 1);
  if (at + nbytes <= span + ((<usize>load<u32>(pagesWord(span))) << OS_PAGE_BITS)) return span;
  return findSpan(OS_INDEX, pages + <u32>((align - OS_PAGE_SIZE) >>> OS_PAGE_BITS));
}

/** `nbytes` at a multiple of `align`, at the top. */
function mapAtTop(nbytes: usize, align: usize): usize {
  const at = (os.top + align - 1) & ~(align - 1);
  if (at < os.top || at > os.limit || nbytes > os.limit - at || !reach(at + nbytes)) return 0;
  if (at != os.top) insertFree(os.top, at - os.top);
  os.top = at + nbytes;
  if (os.top > os.everTop) os.everTop = os.top;
  return at;
}

/**
 * Maps `nbytes`, a positive multiple of the page size, at a multiple of `align`, a power of two.
 * Returns the address, or 0 when there is no memory. Contents are those of whoever had the memory before.
 */
export function map(nbytes: usize, align: usize): usize {
  if (DEBUG) assert(nbytes != 0 && (nbytes & pageMask()) == 0); // whole pages
  if (refuses()) return 0;
  const at = ATTACHED ? obtain(nbytes, align) : placeSpan(nbytes, STRATEGY ? max<usize>(align, pageMask() + 1) : align);
  if (at) enter(nbytes);
  if (STRATEGY && at) noteMapped(at, nbytes);
  return at;
}

/** The span for map: free below the top, or at the top; 0 when there is none. */
function placeSpan(nbytes: usize, align: usize): usize {
  const span = findFree(nbytes, align);
  let at: usize;
  if (span) {
    const spanBytes = removeFree(span);
    at = (span + align - 1) & ~(align - 1);
    if (at != span) insertFree(span, at - span);
    const rest = span + spanBytes - (at + nbytes);
    if (rest) insertFree(at + nbytes, rest);
  } else {
    at = mapAtTop(nbytes, align);
  }
  return at;
}

/** The span for map, from the process that the attached build lives in. `base` and `top` come to enclose all that was mapped. */
function obtain(nbytes: usize, align: usize): usize {
  const at = aligned_alloc(align, nbytes);
  if (!at) return 0;
  if (at < os.base || !os.base) os.base = at;
  if (at + nbytes > os.top) os.top = at + nbytes;
  return at;
}

/** Maps the `nbytes` that start at `end`, where a mapped span ends, if they are free. */
export function extend(end: usize, nbytes: usize): bool {
  if (DEBUG) assert(nbytes != 0 && (nbytes & pageMask()) == 0); // whole pages
  if (end == os.top) {
    if (refuses() || nbytes > os.limit - end || !reach(end + nbytes)) return false;
    os.top = end + nbytes;
    if (os.top > os.everTop) os.everTop = os.top;
  } else {
    if ((<usize>load<u32>(pagesWord(end))) << OS_PAGE_BITS < nbytes || refuses()) return false;
    const rest = removeFree(end) - nbytes;
    if (rest) insertFree(end + nbytes, rest);
  }
  enter(nbytes);
  if (STRATEGY) noteMapped(end, nbytes);
  return true;
}

/** Gives back `nbytes` at `address`: mapped pages, not necessarily a whole span. */
export function unmap(address: usize, nbytes: usize): void {
  if (DEBUG) assert(((address | nbytes) & pageMask()) == 0 && address >= os.base && address + nbytes <= os.top);
  os.mapped -= nbytes;
  os.unmaps++;
  const top = STRATEGY ? os.top : 0;
  if (ATTACHED) free(address);
  else putBack(address, nbytes);
  if (STRATEGY) noteUnmapped(address, nbytes, top);
}

/** Joins a span that comes back with its free neighbours. */
function putBack(address: usize, nbytes: usize): void {
  let span = address;
  let end = address + nbytes;
  if (span > os.base) {
    const pagesBefore = load<u32>(pagesWord(span - OS_PAGE_SIZE));
    if (pagesBefore) {
      span -= (<usize>pagesBefore) << OS_PAGE_BITS;
      removeFree(span);
    }
  }
  if (end == os.top) {
    os.top = span;
    return;
  }
  if (load<u32>(pagesWord(end))) end += removeFree(end);
  insertFree(span, end - span);
}

if (INDEX_SIZE > OS_INDEX_SIZE) ERROR("an index of fit.ts outgrows its slot: raise OS_INDEX_SIZE");
if (OS_PAGES_SIZE != 4 << (32 - OS_PAGE_BITS)) ERROR("OS_PAGES must have one word for each page of 4 GiB");
if (offsetof<OsState>() > OS_SIZE) ERROR("struct OsState outgrows its slot: raise OS_SIZE");
if (offsetof<OsState>("base") != OS_BASE) ERROR("OS_BASE");
if (offsetof<OsState>("top") != OS_TOP) ERROR("OS_TOP");
if (offsetof<OsState>("everTop") != OS_EVER_TOP) ERROR("OS_EVER_TOP");
if (offsetof<OsState>("limit") != OS_LIMIT) ERROR("OS_LIMIT");
if (offsetof<OsState>("mapped") != OS_MAPPED) ERROR("OS_MAPPED");
if (offsetof<OsState>("mappedPeak") != OS_MAPPED_PEAK) ERROR("OS_MAPPED_PEAK");
if (offsetof<OsState>("mappedEver") != OS_MAPPED_EVER) ERROR("OS_MAPPED_EVER");
if (offsetof<OsState>("maps") != OS_MAPS) ERROR("OS_MAPS");
if (offsetof<OsState>("unmaps") != OS_UNMAPS) ERROR("OS_UNMAPS");
if (offsetof<OsState>("refuseEvery") != OS_REFUSE_EVERY) ERROR("OS_REFUSE_EVERY");
if (offsetof<OsState>("requests") != OS_REQUESTS) ERROR("OS_REQUESTS");
if (offsetof<OsState>("refused") != OS_REFUSED) ERROR("OS_REFUSED");
