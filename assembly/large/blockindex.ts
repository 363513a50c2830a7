/**
 * The free blocks of the raw domain, by size: fit.ts's lists in units of 16 bytes; in a strategy's build also the tree of
 * freetree.ts, where it asks for first fit or best fit.
 */

import { LARGE_INDEX, LARGE_INDEX_SIZE } from "../layout/layout";
import { STRATEGY } from "../layout/place";
import { FIT_SEGREGATED } from "../layout/strategylayout";
import { findSpan, INDEX_SIZE, insertSpan, removeSpan } from "./fit";
import { fitRule } from "./fitrule";
import { findFreeBlock, insertFreeBlock, removeFreeBlock } from "./freetree";

/** The least block: two links and its size; three links where a tree has it. */
export function leastBlock(): usize {
  return STRATEGY && fitRule.rule != FIT_SEGREGATED ? 32 : 16;
}

function unitsOf(size: usize): u32 {
  return <u32>(size >>> 4);
}

/** Adds the free block at `block`, of `size` bytes. Writes its first words. */
export function insertBlock(block: usize, size: usize): void {
  if (STRATEGY && fitRule.rule != FIT_SEGREGATED) insertFreeBlock(block);
  else insertSpan(LARGE_INDEX, block, unitsOf(size));
}

/** Takes out the block at `block`, which was inserted with the same `size`. */
export function removeBlock(block: usize, size: usize): void {
  if (STRATEGY && fitRule.rule != FIT_SEGREGATED) removeFreeBlock(block);
  else removeSpan(LARGE_INDEX, block, unitsOf(size));
}

/** A block of at least `size`, or 0. It stays in the index; the caller takes it out. */
export function findBlock(size: usize): usize {
  if (STRATEGY && fitRule.rule != FIT_SEGREGATED) return findFreeBlock(size);
  return findSpan(LARGE_INDEX, unitsOf(size));
}

if (INDEX_SIZE > LARGE_INDEX_SIZE) ERROR("an index of fit.ts outgrows its slot: raise LARGE_INDEX_SIZE");
