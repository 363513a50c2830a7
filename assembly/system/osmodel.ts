/**
 * What counts as held and as resident, in strategy builds: four operating systems over the same spans of os.ts.
 *
 *                held                                resident: pages touched, until …
 *     mmap       what is mapped                      unmapped
 *     brk        from base to top                    the top sinks below them
 *     wasm       from base to the highest top ever   (never given back)
 *     hugepages  what is mapped                      unmapped; where a range of 2 MiB is mapped as a whole, all of it is touched at once
 *
 * A page is touched when a block on it is handed out, for the holder writes all of a block, and when an allocator writes a header, a
 * link or a table there. Where spans lie is the same under each model: the model counts, os.ts places.
 */
import { OS_PAGE_BITS } from "../layout/layout";
import {
  MODEL,
  MODEL_HELD,
  MODEL_HELD_PEAK,
  MODEL_HUGEPAGES,
  MODEL_KIND,
  MODEL_PAGE_BITS,
  MODEL_RESIDENT,
  MODEL_RESIDENT_PEAK,
  MODEL_SIZE,
  RANGES,
  RANGES_SIZE,
  TOUCHED,
  TOUCHED_SIZE,
} from "../layout/strategylayout";

@unmanaged
class ModelState {
  /** One of MODEL_…. */
  kind: u32;
  /** Logarithm of the page size: 12, 14 or 16. */
  pageBits: u32;
  /** Bytes of touched pages, and the most there were. */
  resident: usize;
  residentPeak: usize;
  held: usize;
  heldPeak: usize;
}

export const model: ModelState = changetype<ModelState>(MODEL);

/** A range that one huge page takes: 2 MiB. */
const RANGE_BITS: u32 = 21;

/** Starts with nothing held. Returns false for a model or a page size that there is not. */
export function initModel(kind: u32, pageBits: u32): bool {
  if (kind > MODEL_HUGEPAGES || (pageBits != 12 && pageBits != 14 && pageBits != 16)) return false;
  model.kind = kind;
  model.pageBits = pageBits;
  return true;
}

/** Notes how much is held now. */
export function hold(nbytes: usize): void {
  model.held = nbytes;
  if (nbytes > model.heldPeak) model.heldPeak = nbytes;
}

// ---- pages ------------------------------------------------------------------------------------------

function touchedWord(page: u32): usize {
  return TOUCHED + ((<usize>(page >>> 5)) << 2);
}

function isTouched(page: u32): bool {
  return ((load<u32>(touchedWord(page)) >>> (page & 31)) & 1) != 0;
}

function flip(page: u32): void {
  const word = touchedWord(page);
  store<u32>(word, load<u32>(word) ^ (1 << (page & 31)));
}

function pagesOfRange(page: u32): usize {
  return RANGES + ((<usize>(page >>> (RANGE_BITS - model.pageBits))) << 2);
}

/** Makes one page resident. */
function bringIn(page: u32): void {
  flip(page);
  model.resident += (<usize>1) << model.pageBits;
}

/** Makes the range that `page` lies in resident, where all of it is mapped; else the page alone. */
function bringInRange(page: u32): void {
  const count = (<u32>1) << (RANGE_BITS - model.pageBits);
  if (load<u32>(pagesOfRange(page)) != count) {
    bringIn(page);
    return;
  }
  const first = page & ~(count - 1);
  for (let at = first; at < first + count; at++) if (!isTouched(at)) bringIn(at);
}

/** The pages of `nbytes` mapped bytes at `ptr` were written, or read. */
export function touch(ptr: usize, nbytes: usize): void {
  if (!nbytes) return;
  const last = <u32>((ptr + nbytes - 1) >>> model.pageBits);
  for (let page = <u32>(ptr >>> model.pageBits); page <= last; page++) {
    if (isTouched(page)) continue;
    if (model.kind == MODEL_HUGEPAGES) bringInRange(page);
    else bringIn(page);
    if (model.resident > model.residentPeak) model.residentPeak = model.resident;
  }
}

/** The pages from `address` on, of `nbytes` bytes, are resident no longer. */
export function forget(address: usize, nbytes: usize): void {
  const end = <u32>((address + nbytes) >>> model.pageBits);
  for (let page = <u32>(address >>> model.pageBits); page < end; page++) {
    if (!isTouched(page)) continue;
    flip(page);
    model.resident -= (<usize>1) << model.pageBits;
  }
}

// ---- what of each range is mapped: only huge pages ask ------------------------------------------------

export function mapPages(address: usize, nbytes: usize): void {
  if (model.kind != MODEL_HUGEPAGES) return;
  const end = <u32>((address + nbytes) >>> model.pageBits);
  for (let page = <u32>(address >>> model.pageBits); page < end; page++) {
    const count = pagesOfRange(page);
    store<u32>(count, load<u32>(count) + 1);
  }
}

export function unmapPages(address: usize, nbytes: usize): void {
  if (model.kind != MODEL_HUGEPAGES) return;
  const end = <u32>((address + nbytes) >>> model.pageBits);
  for (let page = <u32>(address >>> model.pageBits); page < end; page++) {
    const count = pagesOfRange(page);
    store<u32>(count, load<u32>(count) - 1);
  }
}

if (TOUCHED_SIZE != (1 << (32 - OS_PAGE_BITS)) / 8) ERROR("TOUCHED must have one bit for each page of 4 GiB");
if (RANGES_SIZE != 4 << (32 - RANGE_BITS)) ERROR("RANGES must have one word for each huge page of 4 GiB");
if (offsetof<ModelState>() > MODEL_SIZE) ERROR("struct ModelState outgrows its slot: raise MODEL_SIZE");
if (offsetof<ModelState>("kind") != MODEL_KIND) ERROR("MODEL_KIND");
if (offsetof<ModelState>("pageBits") != MODEL_PAGE_BITS) ERROR("MODEL_PAGE_BITS");
if (offsetof<ModelState>("resident") != MODEL_RESIDENT) ERROR("MODEL_RESIDENT");
if (offsetof<ModelState>("residentPeak") != MODEL_RESIDENT_PEAK) ERROR("MODEL_RESIDENT_PEAK");
if (offsetof<ModelState>("held") != MODEL_HELD) ERROR("MODEL_HELD");
if (offsetof<ModelState>("heldPeak") != MODEL_HELD_PEAK) ERROR("MODEL_HELD_PEAK");
