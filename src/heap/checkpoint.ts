/**
 * A checkpoint: a copy of all the memory that a heap has state in. Restoring it writes the copy back and zeroes what had still
 * been zero then.
 */

import type { Core } from "../memory/core.js";
import * as layout from "../memory/layout.js";
import type { Segment } from "../memory/memory.js";

/** The parts of linear memory that can be other than zero, each with its end for a heap whose highest top is `everTop`. */
function parts(core: Core, everTop: number): [start: number, end: number][] {
  const poolSize = core.read(layout.GEOMETRY + layout.GEOMETRY_POOL_SIZE);
  const base = core.read(layout.OS + layout.OS_BASE);
  const arenaTable = core.read(layout.ARENAS + layout.ARENAS_TABLE);
  return [
    [layout.STATE, layout.OS_PAGES],
    [layout.OS_PAGES, layout.OS_PAGES + (everTop / layout.OS_PAGE_SIZE) * 4],
    [layout.RAW_STARTS, layout.RAW_STARTS + everTop / layout.RAW_ALIGNMENT / 8],
    [layout.POOLS, layout.POOLS + Math.ceil(everTop / poolSize) * layout.POOL_HEADER_SIZE],
    [arenaTable, base],
    [base, everTop],
  ];
}

/** Made by `checkpoint`; holds until its heap is dropped, and may be restored any number of times. */
export interface MemoryCopy {
  readonly segments: readonly Segment[];
}

export function copyMemory(core: Core): MemoryCopy {
  const everTop = core.read(layout.OS + layout.OS_EVER_TOP);
  return { segments: parts(core, everTop).map(([start, end]) => ({ start, words: trimmed(core.copy(start, end)) })) };
}

/** Without the zeros at its end: most of a table is never used. */
function trimmed(words: Uint32Array): Uint32Array {
  let length = words.length;
  while (length > 0 && words[length - 1] === 0) length--;
  return length < words.length ? words.slice(0, length) : words;
}

export function writeMemory(core: Core, { segments }: MemoryCopy): void {
  const ends = parts(core, core.read(layout.OS + layout.OS_EVER_TOP));
  segments.forEach(({ start, words }, index) => {
    core.words.set(words, start / 4);
    core.words.fill(0, start / 4 + words.length, ends[index][1] / 4);
  });
}
