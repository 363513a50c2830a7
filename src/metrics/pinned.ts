/** Memory that a few live blocks keep from going back to the system. */
import type { HeapMoment, UnitUse } from "./heapmoment.js";
import type { Measured, Metric } from "./metric.js";

const NO_UNITS = "the strategy has no arenas or segments that go back as a whole, or the heap cannot be walked";

function measureUnits(
  { layout }: HeapMoment,
  wanted: (unit: UnitUse) => boolean,
  value: (unitBytes: number, liveBytes: number) => number,
): Measured | null {
  if (!layout?.units) return null;
  let unitBytes = 0;
  let liveBytes = 0;
  for (const unit of layout.units) {
    if (!wanted(unit)) continue;
    unitBytes += unit.bytes;
    liveBytes += unit.liveBytes;
  }
  return { value: value(unitBytes, liveBytes), bytes: [unitBytes, liveBytes] };
}

export const PINNED: Metric<HeapMoment> = {
  id: "pinnedBytes",
  name: "pinned",
  formula: "Σ over arenas with a live block of (arena − its live blocks)",
  unit: "bytes",
  source: "this project",
  counts: ["arenas with a live block", "live blocks in them"],
  notApplicable: NO_UNITS,
  measure: (moment) =>
    measureUnits(
      moment,
      () => true,
      (units, live) => units - live,
    ),
};

export const SINGLE_BLOCK_ARENAS: Metric<HeapMoment> = {
  id: "singleBlockArenaBytes",
  name: "arenas with one live block",
  formula: "Σ over arenas with one live block of the arena: what goes back if that block is gone",
  unit: "bytes",
  source: "this project",
  counts: ["arenas with one live block", "those blocks"],
  notApplicable: NO_UNITS,
  measure: (moment) =>
    measureUnits(
      moment,
      ({ liveBlocks }) => liveBlocks === 1,
      (units) => units,
    ),
};
