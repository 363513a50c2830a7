/** Pages of blocks of one size: how full they are, and which could lie over one another. */
import type { HeapMoment, PageUse } from "./heapmoment.js";
import type { Metric } from "./metric.js";

const NO_PAGES = "the strategy has no pages of blocks of one size, or the heap cannot be walked";

export const OCCUPANCY: Metric<HeapMoment> = {
  id: "poolOccupancy",
  name: "pool occupancy",
  formula: "live blocks ÷ blocks, in pools with a live block, in bytes",
  unit: "ratio",
  source: "CPython's sys._debugmallocstats(); jemalloc's utilisation of bins",
  counts: ["live blocks in pools", "all blocks of those pools"],
  notApplicable: `no pool has a live block, or ${NO_PAGES}`,
  measure({ layout }) {
    if (!layout?.pages) return null;
    let live = 0;
    let all = 0;
    for (const page of layout.pages) {
      live += page.live * page.blockBytes;
      all += page.capacity * page.blockBytes;
    }
    return { value: all > 0 ? live / all : null, bytes: [live, all] };
  },
};

/** Pages that each page is tried with: as many as the SplitMesher of Mesh tries. */
const PROBES = 64;

function isDisjoint(a: PageUse, b: PageUse): boolean {
  if (a.live + b.live > a.capacity) return false;
  for (let i = 0; i < a.bitmap.length; i++) if ((a.bitmap[i] & b.bitmap[i]) !== 0) return false;
  return true;
}

/**
 * Pages that need not be there if each could share its memory with another of its block size, bytes for bytes, as Mesh does it: pairs whose
 * live blocks lie at different offsets. Found greedily, the emptiest first, each tried with the PROBES next ones: there may be more.
 */
export function meshable(pages: readonly PageUse[]): PageUse[] {
  const byShape = new Map<string, PageUse[]>();
  for (const page of pages) {
    const shape = `${page.blockBytes} ${page.capacity}`;
    const same = byShape.get(shape);
    if (same) same.push(page);
    else byShape.set(shape, [page]);
  }
  return [...byShape.values()].flatMap((same) => matched(same.sort((a, b) => a.live - b.live)));
}

/** Of pages of one shape, the emptiest first: the emptier one of each pair. */
function matched(pages: readonly PageUse[]): PageUse[] {
  const isTaken = new Uint8Array(pages.length);
  const freed: PageUse[] = [];
  for (let i = 0; i < pages.length; i++) {
    if (isTaken[i]) continue;
    for (let j = i + 1, probes = 0; j < pages.length && probes < PROBES; j++) {
      if (isTaken[j]) continue;
      probes++;
      if (!isDisjoint(pages[i], pages[j])) continue;
      isTaken[j] = 1;
      freed.push(pages[i]);
      break;
    }
  }
  return freed;
}

export const MESHABLE: Metric<HeapMoment> = {
  id: "meshablePools",
  name: "meshable pools, at least",
  formula: "pairs of pools of one class whose live blocks are at different offsets, matched greedily",
  unit: "pools",
  source: "after Powers et al., Mesh, PLDI 2019",
  counts: ["pools that a pair saves", "pools with a live block"],
  notApplicable: NO_PAGES,
  measure({ layout }) {
    if (!layout?.pages) return null;
    const freed = meshable(layout.pages);
    const bytes = (pages: readonly PageUse[]): number => pages.reduce((sum, page) => sum + page.bytes, 0);
    return { value: freed.length, bytes: [bytes(freed), bytes(layout.pages)] };
  },
};
