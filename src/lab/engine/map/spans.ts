/** What arenas take of the emulated operating system, and what it has that nobody took. */

import { freeSpans } from "../../../inspect/freespans.js";
import * as layout from "../../../memory/layout.js";
import { stateWord } from "../../../memory/memory.js";
import type { MapView } from "../../protocol/index.js";
import type { HeapIndex } from "./heapindex.js";

interface Span {
  readonly address: number;
  readonly bytes: number;
}

const PAGE = layout.OS_PAGE_SIZE;

/** By arena, in the order of `look.arenas`. Source: arena.ts, `spanBytes`. */
export function spansOf({ arenas, profile }: HeapIndex): Span[] {
  const { arenaSize, poolSize } = profile.geometry;
  return arenas.map(({ address, isMisaligned }) => ({
    address: address - (address % poolSize),
    bytes: Math.ceil((arenaSize + (isMisaligned ? poolSize : 0)) / PAGE) * PAGE,
  }));
}

/** What lies between spans that are taken. */
function between(base: number, top: number, taken: readonly Span[]): Span[] {
  const gaps: Span[] = [];
  let end = base;
  for (const { address, bytes } of [...taken].sort((a, b) => a.address - b.address)) {
    if (address > end) gaps.push({ address: end, bytes: address - end });
    end = Math.max(end, address + bytes);
  }
  if (top > end) gaps.push({ address: end, bytes: top - end });
  return gaps;
}

/** From where to where the system has mapped anything, and what is not mapped there. */
export function unmapped(look: HeapIndex): Pick<MapView, "base" | "top" | "freeSpans"> {
  const base = stateWord(look.memory, layout.OS + layout.OS_BASE);
  const top = stateWord(look.memory, layout.OS + layout.OS_TOP);
  const free = look.isCore ? [...freeSpans(look.memory)] : between(base, top, spansOf(look));
  return {
    base,
    top,
    freeSpans: {
      count: free.length,
      address: Uint32Array.from(free, ({ address }) => address),
      bytes: Uint32Array.from(free, ({ bytes }) => bytes),
    },
  };
}
