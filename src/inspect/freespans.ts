/** The emulated operating system's free spans below its top, walked: what os.ts draws. */
import * as layout from "../memory/layout.js";
import { type Memory, stateWord } from "../memory/memory.js";

export interface FreeSpan {
  readonly address: number;
  readonly bytes: number;
}

/** In order of address. */
export function* freeSpans(memory: Memory): Generator<FreeSpan> {
  const page = layout.OS_PAGE_SIZE;
  const first = stateWord(memory, layout.OS + layout.OS_BASE) / page;
  const end = stateWord(memory, layout.OS + layout.OS_TOP) / page;
  const pages = memory.copy(layout.OS_PAGES + first * 4, layout.OS_PAGES + end * 4);
  for (let index = 0; index < pages.length; index += Math.max(pages[index], 1)) {
    if (pages[index] !== 0) yield { address: (first + index) * page, bytes: pages[index] * page };
  }
}
