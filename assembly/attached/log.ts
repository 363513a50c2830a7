/**
 * The event log of the attached build: what the interpreter asks for, in order, in a buffer that the host empties when it is full.
 *
 * ╒═ an event, 20 bytes ═══════════════════════════════════════════════════════╕
 * │  +0  what     op (bits 0–2) and domain (bits 3–4), as in a trace            │
 * │  +4  ptr      the block that the call gave; of a free: the block freed      │
 * │  +8  old      realloc: the block given · calloc: how many                   │
 * │ +12  nbytes   bytes asked for · calloc: of each                             │
 * │ +16  site     the source line that asked, as the host numbers them; or 0    │
 * ├─ of a free ─────────────────────────────────────────────────────────────────┤
 * │  +8  type0    what `ob_type` is if an object starts with its block          │
 * │ +12  type8    the same behind one header of two words                       │
 * │ +16  type16   and behind two of them                                        │
 * └─────────────────────────────────────────────────────────────────────────────┘
 *
 * Calls that give 0 are not logged: they change nothing. An object's type is still there when its block is freed; so blocks that come
 * and go between two looks at the heap have one, too.
 *
 * A line is found once for each instruction, while its code runs: the host is asked, and its answer kept in a table by the address of
 * the instruction. When a code object is freed the table is emptied, for another may come to lie where it was.
 * Where frames are is told by the interpreter itself. Source: pycore_debug_offsets.h, `_Py_DebugOffsets`.
 */
import {
  LOG,
  LOG_CODE_TYPE,
  LOG_CURRENT_FRAME,
  LOG_END,
  LOG_EXECUTABLE,
  LOG_INSTR_PTR,
  LOG_NEXT,
  LOG_PREVIOUS,
  LOG_SITES,
  LOG_SIZE,
  LOG_START,
  LOG_THREAD,
  LOGGED_NBYTES,
  LOGGED_OLD,
  LOGGED_PTR,
  LOGGED_SITE,
  LOGGED_SIZE,
  LOGGED_WHAT,
  SITE_SIZE,
  SITES,
} from "../layout/layout";
import { stateAt } from "../layout/place";
import { findSite, takeLog } from "./process";

@unmanaged
class Log {
  /** Where the next event goes; the buffer's first byte, and its end. */
  next: usize;
  start: usize;
  end: usize;
  /** The table of sites. */
  sites: usize;
  /** The thread's state, 0 where lines are not logged, and the offsets at which its frames and their code are found. */
  thread: usize;
  currentFrame: usize;
  previous: usize;
  executable: usize;
  instrPtr: usize;
  /** `PyCode_Type`: what a frame executes may be something else, and then the frame is none of Python's. */
  codeType: usize;
}

@unmanaged
class Logged {
  what: u32;
  ptr: usize;
  old: usize;
  nbytes: usize;
  site: u32;
}

@unmanaged
class LoggedFree {
  what: u32;
  ptr: usize;
  type0: usize;
  type8: usize;
  type16: usize;
}

@unmanaged
class Site {
  instr: usize;
  site: u32;
}

const log: Log = changetype<Log>(stateAt(LOG));

/** Bits of a reference that say how it is counted, not where it points (`Py_TAG_BITS`). */
const TAG_BITS: usize = 3;
/** Offset of `ob_type`. */
const OB_TYPE: usize = 4;

/** The site of an instruction of a code object that runs. */
function siteOf(code: usize, instr: usize): u32 {
  const site = changetype<Site>(log.sites + ((instr >>> 1) % SITES) * SITE_SIZE);
  if (site.instr != instr) {
    site.site = findSite(code, instr);
    site.instr = instr;
  }
  return site.site;
}

/** The site of the innermost Python frame, or 0. */
function currentSite(): u32 {
  let frame = log.thread ? load<usize>(log.thread + log.currentFrame) : 0;
  while (frame) {
    const code = load<usize>(frame + log.executable) & ~TAG_BITS;
    if (code && load<usize>(code, OB_TYPE) == log.codeType) return siteOf(code, load<usize>(frame + log.instrPtr));
    frame = load<usize>(frame + log.previous);
  }
  return 0;
}

/** Appends a call that gave `ptr`. */
export function logRequest(what: u32, ptr: usize, old: usize, nbytes: usize): void {
  const logged = changetype<Logged>(log.next);
  logged.what = what;
  logged.ptr = ptr;
  logged.old = old;
  logged.nbytes = nbytes;
  logged.site = currentSite();
  advance();
}

/**
 * Appends the free of `ptr`, which the caller has not freed yet. Reads 24 bytes from there on, whatever the block's size: behind every
 * block there is more of its pool, or the C library's end of the heap.
 */
export function logFree(what: u32, ptr: usize): void {
  if (log.thread && load<usize>(ptr, OB_TYPE) == log.codeType) memory.fill(log.sites, 0, SITES * SITE_SIZE);
  const freed = changetype<LoggedFree>(log.next);
  freed.what = what;
  freed.ptr = ptr;
  freed.type0 = load<usize>(ptr, OB_TYPE);
  freed.type8 = load<usize>(ptr, 8 + OB_TYPE);
  freed.type16 = load<usize>(ptr, 16 + OB_TYPE);
  advance();
}

function advance(): void {
  log.next += LOGGED_SIZE;
  if (log.next >= log.end) takeLog();
}

if (offsetof<Log>() > LOG_SIZE) ERROR("struct Log outgrows its slot: raise LOG_SIZE");
if (offsetof<Log>("next") != LOG_NEXT) ERROR("LOG_NEXT");
if (offsetof<Log>("start") != LOG_START) ERROR("LOG_START");
if (offsetof<Log>("end") != LOG_END) ERROR("LOG_END");
if (offsetof<Log>("sites") != LOG_SITES) ERROR("LOG_SITES");
if (offsetof<Log>("thread") != LOG_THREAD) ERROR("LOG_THREAD");
if (offsetof<Log>("currentFrame") != LOG_CURRENT_FRAME) ERROR("LOG_CURRENT_FRAME");
if (offsetof<Log>("previous") != LOG_PREVIOUS) ERROR("LOG_PREVIOUS");
if (offsetof<Log>("executable") != LOG_EXECUTABLE) ERROR("LOG_EXECUTABLE");
if (offsetof<Log>("instrPtr") != LOG_INSTR_PTR) ERROR("LOG_INSTR_PTR");
if (offsetof<Log>("codeType") != LOG_CODE_TYPE) ERROR("LOG_CODE_TYPE");
if (offsetof<Logged>() != LOGGED_SIZE) ERROR("LOGGED_SIZE");
if (offsetof<Logged>("what") != LOGGED_WHAT) ERROR("LOGGED_WHAT");
if (offsetof<Logged>("ptr") != LOGGED_PTR) ERROR("LOGGED_PTR");
if (offsetof<Logged>("old") != LOGGED_OLD) ERROR("LOGGED_OLD");
if (offsetof<Logged>("nbytes") != LOGGED_NBYTES) ERROR("LOGGED_NBYTES");
if (offsetof<Logged>("site") != LOGGED_SITE) ERROR("LOGGED_SITE");
if (offsetof<LoggedFree>() != LOGGED_SIZE) ERROR("LOGGED_SIZE");
if (offsetof<Site>() != SITE_SIZE) ERROR("SITE_SIZE");
