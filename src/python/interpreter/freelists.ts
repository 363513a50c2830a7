/**
 * What the interpreter keeps for the next object of its kind: blocks that it holds, and that are nobody's.
 *
 *     interpreter state  … │ first │ count │ …      count blocks, linked through their first word, the last has 0 there
 *
 * Source: pycore_freelist_state.h, `struct _Py_freelist`; pycore_freelist.h, `_PyFreeList_Push`. Where in the state they are no table
 * says, so every pair of words is tried: a chain of exactly `count` links that ends with 0 is hardly anything else.
 */
import type { DebugOffsets } from "./debugoffsets.js";
import type { Interpreter } from "./interpreter.js";

/** More than any free list may have (`Py_tuple_MAXFREELIST`). */
const LONGEST = 4096;

/** Addresses of what lies on free lists: of an object, that of its `ob_refcnt`. */
export function freeLists(interpreter: Interpreter, offsets: DebugOffsets): Set<number> {
  const { words, module } = interpreter;
  const state = (module._PyInterpreterState_Get() >>> 0) / 4;
  const found = new Set<number>();
  const isLink = (at: number): boolean => at !== 0 && (at & 3) === 0 && at < words.byteLength;
  for (let word = state; word < state + offsets.interpreterBytes / 4; word++) {
    const count = words[word + 1];
    if (!isLink(words[word]) || count === 0 || count > LONGEST) continue;
    const chain: number[] = [];
    let at = words[word];
    for (; isLink(at) && chain.length <= count; at = words[at / 4]) chain.push(at);
    if (at === 0 && chain.length === count) for (const address of chain) found.add(address);
  }
  return found;
}
