/** Bytes of live blocks that nobody asked for. */
import type { HeapMoment } from "./heapmoment.js";
import type { Metric } from "./metric.js";

export const INTERNAL: Metric<HeapMoment> = {
  id: "internalWaste",
  name: "internal waste",
  formula: "(usable − asked for) ÷ usable, over all live blocks; by size of block in sizes",
  unit: "ratio",
  source: "logalloc-replay, there called slop",
  counts: ["usable and not asked for", "usable"],
  notApplicable: "no block is live, or the heap cannot be walked",
  measure({ layout }) {
    if (!layout) return null;
    let usable = 0;
    let asked = 0;
    for (const { usableBytes, askedBytes } of layout.sizes) {
      usable += usableBytes;
      asked += askedBytes;
    }
    return { value: usable > 0 ? (usable - asked) / usable : null, bytes: [usable - asked, usable] };
  },
};
