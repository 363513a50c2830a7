/** What the free memory of a heap looks like: stretches of f₁, f₂, … bytes, F in all. Unused pages and arenas are among them. */
import type { HeapLayout, HeapMoment } from "./heapmoment.js";
import { type Measured, type Metric, missing, ratio } from "./metric.js";

const free = ({ freeBytes, unusedBytes }: HeapLayout): number => freeBytes + unusedBytes;

const ofLayout = (measure: (layout: HeapLayout) => Measured) => (moment: HeapMoment) =>
  moment.layout && measure(moment.layout);

const NOTHING_FREE = "nothing is free, or the heap cannot be walked";

export const EXTERNAL: Metric<HeapMoment> = {
  id: "externalFragmentation",
  name: "external fragmentation",
  formula: "1 − max f ÷ F",
  unit: "ratio",
  source: "textbooks: about the next big request",
  counts: ["largest free stretch", "all that is free"],
  notApplicable: NOTHING_FREE,
  measure: ofLayout((layout) => missing(layout.largestFreeBytes, free(layout))),
};

export const SAWICKI: Metric<HeapMoment> = {
  id: "sawicki",
  name: "smooth, Sawicki",
  formula: "1 − Σ f² ÷ F²",
  unit: "ratio",
  source: "A. Sawicki, A Metric for Memory Fragmentation, 2022",
  counts: ["Σ f² ÷ F, the stretch that a free byte lies in", "all that is free"],
  notApplicable: NOTHING_FREE,
  measure: ofLayout((layout) => missing(free(layout) && layout.freeSquares / free(layout), free(layout))),
};

export const PIGWEED: Metric<HeapMoment> = {
  id: "pigweed",
  name: "smooth, Pigweed",
  formula: "1 − √(Σ f²) ÷ F",
  unit: "ratio",
  source: "Pigweed, pw_allocator, Fragmentation",
  counts: ["√(Σ f²)", "all that is free"],
  notApplicable: NOTHING_FREE,
  measure: ofLayout((layout) => missing(Math.sqrt(layout.freeSquares), free(layout))),
};

export const FREE_SHARE: Metric<HeapMoment> = {
  id: "freeShare",
  name: "free share",
  formula: "F ÷ U",
  unit: "ratio",
  source: "Lamprakos et al. 2023, by way of a third party's note",
  counts: ["all that is free", "held"],
  notApplicable: "nothing is held, or the heap cannot be walked",
  measure: ({ layout, heldBytes }) => layout && ratio(free(layout), heldBytes, 1),
};
