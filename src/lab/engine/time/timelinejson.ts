/** A time line as text: CSV with a line of names as `pymalloc run` writes it, or JSON with the units in the names. */
import type { MarkInfo, Timeline } from "../../protocol/index.js";

const COLUMNS: readonly (readonly [
  csv: string,
  json: string,
  key: "position" | "live" | "allocated" | "available" | "unused" | "pinned" | "mapped",
])[] = [
  ["event", "position", "position"],
  ["live_bytes", "liveBytes", "live"],
  ["allocated_bytes", "allocatedBytes", "allocated"],
  ["available_bytes", "availableBytes", "available"],
  ["unused_bytes", "unusedBytes", "unused"],
  ["pinned_bytes", "pinnedBytes", "pinned"],
  ["mapped_bytes", "mappedBytes", "mapped"],
];

type Columns = Omit<Timeline, "side">;

export function timelineCsv(timeline: Columns): string {
  const rows = Array.from(timeline.position, (_, row) => COLUMNS.map(([, , key]) => timeline[key][row]).join(","));
  return `${[COLUMNS.map(([head]) => head).join(","), ...rows].join("\n")}\n`;
}

export function timelineJson(
  timeline: Columns,
  about: { trace: string; profile: string; marks: readonly MarkInfo[] },
): string {
  const samples = Array.from(timeline.position, (_, row) =>
    Object.fromEntries(COLUMNS.map(([, head, key]) => [head, timeline[key][row]])),
  );
  const arenas = {
    obtainedAt: [...timeline.obtained],
    releasedAt: [...timeline.released],
    atMostEventsLate: timeline.tickEvents - 1,
  };
  return `${JSON.stringify({ ...about, samples, arenas }, null, 1)}\n`;
}
