/**
 * Two-level segregated fit: free spans of memory found by size in constant time.
 *
 * Sizes are counted in units (16 bytes in rawblock.ts, pages in os.ts). The first level is the power of two, the second cuts each
 * power into 32 equal parts; one bit says whether a list has members.
 *
 * ╒════════ index, 4,484 bytes ═══════════════════════════════╕
 * │    +0  firstLevel    bit f: some list of level f has one   │
 * │    +4  secondLevel   32 words, bit s: list (f, s) has one  │
 * │  +132  heads         32 × 32 addresses of first members    │
 * └───────────────────────────────────────────────────────────┘
 *
 *     units   0 … 31     level 0, one list a size
 *            32 … 63     level 1, steps of 1
 *            64 … 127    level 2, steps of 2      … and so on
 *
 * A member's first two words are the links: next, previous (0 at the ends). The lists are stacks.
 * Method: Masmano et al., "TLSF", ECRTS 2004.
 */
import { DEBUG } from "../layout/debug";

const SL_BITS: u32 = 5;
const SL_COUNT: u32 = 32;
if (SL_COUNT != 1 << SL_BITS) ERROR("SL_COUNT");

const SECOND_LEVEL: usize = 4;
const HEADS: usize = 4 + 32 * 4;
/** Bytes of an index. */
export const INDEX_SIZE: usize = 4 + 32 * 4 + 32 * 32 * 4;

const NEXT: usize = 0;
const PREV: usize = 4;

/** The list that a span of `units` belongs to, as level × 32 + part. */
function listOf(units: u32): u32 {
  if (units < SL_COUNT) return units;
  const level = 31 - clz(units) - SL_BITS + 1;
  return (level << SL_BITS) + ((units >>> (level - 1)) & (SL_COUNT - 1));
}

function headOf(index: usize, list: u32): usize {
  return index + HEADS + ((<usize>list) << 2);
}

function secondLevelOf(index: usize, list: u32): usize {
  return index + SECOND_LEVEL + ((<usize>(list >>> SL_BITS)) << 2);
}

/** Adds the free span at `span`, of `units` > 0. Writes its first two words. */
export function insertSpan(index: usize, span: usize, units: u32): void {
  const list = listOf(units);
  const head = headOf(index, list);
  const next = load<usize>(head);
  store<usize>(span, next, NEXT);
  store<usize>(span, 0, PREV);
  if (next) store<usize>(next, span, PREV);
  store<usize>(head, span);
  const level = secondLevelOf(index, list);
  store<u32>(level, load<u32>(level) | (1 << (list & (SL_COUNT - 1))));
  store<u32>(index, load<u32>(index) | (1 << (list >>> SL_BITS)));
}

/** Takes out the span at `span`, which was inserted with the same `units`. */
export function removeSpan(index: usize, span: usize, units: u32): void {
  const next = load<usize>(span, NEXT);
  const prev = load<usize>(span, PREV);
  if (next) store<usize>(next, prev, PREV);
  if (prev) {
    store<usize>(prev, next, NEXT);
    return;
  }
  const list = listOf(units);
  const head = headOf(index, list);
  if (DEBUG) assert(load<usize>(head) == span); // first of its list
  store<usize>(head, next);
  if (next) return;
  const level = secondLevelOf(index, list);
  const lists = load<u32>(level) & ~(1 << (list & (SL_COUNT - 1)));
  store<u32>(level, lists);
  if (!lists) store<u32>(index, load<u32>(index) & ~(1 << (list >>> SL_BITS)));
}

/**
 * A span of at least `units`, or 0. It stays in the index; the caller takes it out. The list is one whose every member is
 * large enough, so a span just above `units` may be passed over when its list also holds smaller ones.
 */
export function findSpan(index: usize, units: u32): usize {
  let wanted = units;
  if (wanted >= SL_COUNT) wanted += ((<u32>1) << (31 - clz(wanted) - SL_BITS)) - 1; // up to the next list's least size
  const list = listOf(wanted);
  let level = list >>> SL_BITS;
  let lists = load<u32>(secondLevelOf(index, list)) & ((<u32>-1) << (list & (SL_COUNT - 1)));
  if (!lists) {
    if (level == 31) return 0;
    const levels = load<u32>(index) & ((<u32>-1) << (level + 1));
    if (!levels) return 0;
    level = ctz(levels);
    lists = load<u32>(index + SECOND_LEVEL + ((<usize>level) << 2));
  }
  return load<usize>(headOf(index, (level << SL_BITS) + ctz(lists)));
}

/** How many spans the index has, or −1 if a list, its links and its bits do not agree. For checks; `limit` ends a cycle. */
export function countSpans(index: usize, limit: u32): u32 {
  let count: u32 = 0;
  for (let list: u32 = 0; list < 1024; list++) {
    let span = load<usize>(headOf(index, list));
    const inLevel = (load<u32>(secondLevelOf(index, list)) & (1 << (list & (SL_COUNT - 1)))) != 0;
    const inIndex = (load<u32>(index) & (1 << (list >>> SL_BITS))) != 0;
    if (inLevel != (span != 0) || (inLevel && !inIndex)) return -1;
    for (let prev: usize = 0; span; prev = span, span = load<usize>(span, NEXT)) {
      if (load<usize>(span, PREV) != prev || ++count > limit) return -1;
    }
  }
  return count;
}

/** Whether the span at `span` is in the list that its `units` call for. For checks. */
export function isIndexed(index: usize, span: usize, units: u32): bool {
  for (let at = load<usize>(headOf(index, listOf(units))); at; at = load<usize>(at, NEXT)) {
    if (at == span) return true;
  }
  return false;
}
