/**
 * What an interpreter from 3.14 on keeps for the next object of its kind: blocks that it holds, and that are nobody's.
 *
 *     interpreter state  … │ first │ count │ …      count blocks, linked through their first word, the last has 0 there
 *
 * Source: pycore_freelist_state.h, `struct _Py_freelist`; pycore_freelist.h, `_PyFreeList_Push`. Where in the state they are no table
 * says, so every pair of words is tried: a chain of exactly `count` links that ends with 0 is hardly anything else.
 */
import type { LiveBlocks } from "./pools.js";
import type { PythonMemory } from "./pythonmemory.js";

/** More than any free list may have. */
const LONGEST = 4096;

/** Addresses of what lies on free lists: of an object, that of its `ob_refcnt`. */
export function freeListed(memory: PythonMemory, blocks: LiveBlocks, interpreter: number): number[] {
  const { space, layout } = memory;
  const { wordBytes } = layout;
  const found: number[] = [];
  const end = interpreter + layout.interpreter.size;
  for (let at = interpreter; at + 2 * wordBytes <= end; at += wordBytes) {
    const count = space.word(at + wordBytes);
    if (count === 0 || count > LONGEST) continue;
    const chain: number[] = [];
    let link = space.word(at);
    for (; chain.length <= count && mayBeLink(memory, blocks, link); link = space.word(link)) chain.push(link);
    if (link === 0 && chain.length === count) found.push(...chain);
  }
  return found;
}

/** A block of a heap that was detached is in no pool that is known here. A reference count is no such address. */
function mayBeLink({ raw }: PythonMemory, blocks: LiveBlocks, address: number): boolean {
  if ((address & 3) !== 0) return false;
  return blocks.isInPool(address) ? blocks.at(address) >= 0 : address >= raw.start && address < raw.end;
}
