/** What a run's heaps look like at the moment at which it stands: the walk, and what the program asked for each block. */
import type { HeapLayout, PageUse, SizeUse, UnitUse } from "../metrics/heapmoment.js";
import type { LiveBlock, StrategyRun } from "../strategy/run.js";
import { ForeignHeap, type PageRecord, type SpanRecord, type UnitRecord } from "../strategy/strategyheap.js";
import { plural, withCommas } from "../text/units.js";
import { rangeAround } from "../workload/distribution.js";

/** Sizes of blocks up to this are told apart, larger ones four ranges to a doubling. */
const EXACT_SIZES = 1024;

function pageUse({ bytes, blockBytes, occupied }: PageRecord): PageUse {
  const bitmap = new Uint32Array((occupied.length + 31) >>> 5);
  let live = 0;
  for (let i = 0; i < occupied.length; i++) {
    if (!occupied[i]) continue;
    bitmap[i >>> 5] |= 1 << (i & 31);
    live++;
  }
  return { bytes, blockBytes, capacity: occupied.length, live, bitmap };
}

/** The units with a live block. Both lists are in order of address. */
function unitUses(units: readonly UnitRecord[], liveSpans: readonly SpanRecord[]): UnitUse[] {
  const uses: UnitUse[] = [];
  let at = 0;
  for (const { address, bytes } of units) {
    while (at < liveSpans.length && liveSpans[at].address < address) at++;
    let [liveBlocks, liveBytes] = [0, 0];
    for (; at < liveSpans.length && liveSpans[at].address < address + bytes; at++) {
      liveBlocks++;
      liveBytes += liveSpans[at].bytes;
    }
    if (liveBlocks > 0) uses.push({ bytes, liveBlocks, liveBytes });
  }
  return uses;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

class Sizes {
  readonly #uses = new Map<number, Mutable<SizeUse>>();

  add(usableBytes: number, askedBytes: number): void {
    const isExact = usableBytes <= EXACT_SIZES;
    const [fromBytes, toBytes] = isExact ? [usableBytes, usableBytes] : rangeAround(usableBytes);
    let use = this.#uses.get(fromBytes);
    if (!use) {
      use = { fromBytes, toBytes, blocks: 0, usableBytes: 0, askedBytes: 0 };
      this.#uses.set(fromBytes, use);
    }
    use.blocks++;
    use.usableBytes += usableBytes;
    use.askedBytes += askedBytes;
  }

  inOrder(): SizeUse[] {
    return [...this.#uses.values()].sort((a, b) => a.fromBytes - b.fromBytes);
  }
}

/** Nobody but foreign wasm gives one byte to two. */
function refuseOverlaps(heap: ForeignHeap, blocks: readonly LiveBlock[]): void {
  const inOrder = blocks.filter(({ askedBytes }) => askedBytes > 0).sort((a, b) => a.address - b.address);
  for (const [i, { address, askedBytes }] of inOrder.entries()) {
    const next = inOrder[i + 1]?.address ?? Number.POSITIVE_INFINITY;
    if (address + askedBytes > next)
      throw new RangeError(
        `${heap.name}: a block of ${plural(askedBytes, "byte")} at ${withCommas(address)} is live, and one at ${withCommas(next)}`,
      );
  }
}

/** `null` where a heap cannot be walked: foreign wasm. Of two heaps, both together. Throws a `RangeError` where blocks overlap. */
export function layoutOf(run: StrategyRun): HeapLayout | null {
  for (const [index, heap] of run.heaps.entries())
    if (heap instanceof ForeignHeap)
      refuseOverlaps(
        heap,
        [...run.liveBlocks()].filter((block) => block.heap === index),
      );
  const asked = run.heaps.map(() => new Map<number, number>());
  for (const { address, askedBytes, heap } of run.liveBlocks()) asked[heap].set(address, askedBytes);
  const sizes = new Sizes();
  const pages: PageUse[] = [];
  const units: UnitUse[] = [];
  let [hasPages, hasUnits] = [false, false];
  const sum = {
    liveBytes: 0,
    freeBytes: 0,
    overheadBytes: 0,
    unusedBytes: 0,
    freeRegions: 0,
    freeSquares: 0,
    tableBytes: 0,
  };
  let largestFreeBytes = 0;
  for (const [index, heap] of run.heaps.entries()) {
    const walk = heap.walk();
    const ledger = heap.ledger();
    if (walk === null || ledger === null) return null;
    const liveSpans = walk.spans.filter(({ kind }) => kind === "live");
    for (const { address, bytes } of liveSpans) sizes.add(bytes, asked[index].get(address) ?? 0);
    pages.push(...(walk.pages ?? []).map(pageUse));
    units.push(...unitUses(walk.units ?? [], liveSpans));
    hasPages ||= walk.pages !== null;
    hasUnits ||= walk.units !== null;
    sum.liveBytes += ledger.liveBytes;
    sum.freeBytes += ledger.freeBytes;
    sum.overheadBytes += ledger.overheadBytes;
    sum.unusedBytes += ledger.unusedBytes;
    sum.freeRegions += ledger.freeRegions;
    sum.freeSquares += ledger.freeSquaredBytes;
    sum.tableBytes += ledger.tableBytes;
    largestFreeBytes = Math.max(largestFreeBytes, ledger.largestFreeBytes);
  }
  return {
    ...sum,
    largestFreeBytes,
    sizes: sizes.inOrder(),
    pages: hasPages ? pages.filter(({ live }) => live > 0) : null,
    units: hasUnits ? units : null,
  };
}
