/**
 * Which generation of the collector an object is in: the rings of `PyGC_Head`s.
 *
 *     interp + gc  +16 young   +32 old   +48 old   +64 permanent: the heads, each with `next` and `prev`
 *                   ▲ └─► PyGC_Head of an object ◄─► … ◄─┐
 *                   └────────────────────────────────────┘
 *
 * Source: pycore_gc.h of 3.14, `struct _gc_runtime_state`; the lowest bits of `_gc_next` are flags (3.14.0–3.14.4).
 */
import type { PythonMemory } from "../objects/pythonmemory.js";

/** 3.14 has one young and two old generations; the permanent one is what `gc.freeze` froze. */
export type Generation = "young" | "old" | "permanent";

const HEADS: readonly (readonly [offset: number, generation: Generation])[] = [
  [16, "young"],
  [32, "old"],
  [48, "old"],
  [64, "permanent"],
];
const NEXT_FLAGS = 3;

/** The generation of every tracked object, by the address of its `PyGC_Head`. */
export function generations({ space, layout, interpreters }: PythonMemory): Map<number, Generation> {
  const state = interpreters[0] + layout.interpreter.gc;
  const found = new Map<number, Generation>();
  for (const [offset, generation] of HEADS) {
    const head = state + offset;
    const next = (at: number): number => (space.word(at) & ~NEXT_FLAGS) >>> 0;
    for (let at = next(head); at !== head && at !== 0 && !found.has(at); at = next(at)) found.set(at, generation);
  }
  return found;
}
