/**
 * Boundary tags and immediate coalescing: large.ts for every size. What differs is which free block serves: two-level segregated fit
 * (tlsf), the first that fits, the best that fits; of the last two the tree of freetree.ts tells.
 *
 * A block has a header of 4 bytes and is a multiple of 16 long, 16 at least, under first fit and best fit 32; its region has 16 bytes.
 * Requests from 128 KiB on have a region to themselves.
 */
import { INDEX_SIZE } from "../large/fit";
import { fitRule } from "../large/fitrule";
import { largeCalloc, largeFree, largeMalloc, largeRealloc } from "../large/large";
import { large, rawUsableSize } from "../large/rawblock";
import { walkRegions } from "../large/rawwalk";
import { FIT_BEST } from "../layout/strategylayout";

/** `rule` is one of FIT_…; `lifo`: the block freed last comes first. */
export function start(rule: u32, lifo: bool): bool {
  if (rule > FIT_BEST) return false;
  fitRule.rule = rule;
  fitRule.lifo = lifo;
  return true;
}

export function malloc(nbytes: usize): usize {
  return largeMalloc(nbytes);
}

export function calloc(nelem: usize, elsize: usize): usize {
  return largeCalloc(nelem, elsize);
}

export function realloc(ptr: usize, nbytes: usize): usize {
  return ptr ? largeRealloc(ptr, nbytes) : largeMalloc(nbytes);
}

export function free(ptr: usize): void {
  if (ptr) largeFree(ptr);
}

export function usableSize(ptr: usize): usize {
  return rawUsableSize(ptr);
}

export function walk(): void {
  walkRegions();
}

/** The heads of its lists, or the root of its tree. */
export function tableBytes(): usize {
  return fitRule.rule ? 4 : INDEX_SIZE;
}

export function bytesMoved(): u64 {
  return large.bytesMoved;
}
