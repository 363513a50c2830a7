/**
 * Size classes: request ↔ class index (szidx) ↔ block size.
 *
 *     szidx   0      1      2    …   classCount − 1
 *     block   A      2A     3A   …   threshold              A = alignment
 *
 * A request of n bytes, 1 ≤ n ≤ threshold, belongs to class (n − 1) >> shift: the least block that holds it.
 * Source: obmalloc.c, `INDEX2SIZE` and the first lines of `pymalloc_alloc`.
 */
import { geometry } from "./geometry";

/** Whether pools serve a request of `nbytes`: one unsigned comparison refuses 0 and what is over the threshold. */
export function isSmall(nbytes: usize): bool {
  return nbytes - 1 < geometry.threshold;
}

/** The class of a small request. */
export function sizeToIndex(nbytes: usize): u32 {
  return <u32>((nbytes - 1) >>> geometry.alignmentShift);
}

/** Bytes of a block of class `szidx`. */
export function indexToSize(szidx: u32): usize {
  return (<usize>szidx + 1) << geometry.alignmentShift;
}
