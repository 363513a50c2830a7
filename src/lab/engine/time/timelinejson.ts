/** A timeline as JSON, with the units in the names. */
import { timelineSamples } from "../../../replay/timeline.js";
import type { MarkInfo, Timeline } from "../../protocol/index.js";

export function timelineJson(
  timeline: Omit<Timeline, "side">,
  about: { trace: string; profile: string; marks: readonly MarkInfo[] },
): string {
  const arenas = {
    obtainedAt: [...timeline.obtained],
    releasedAt: [...timeline.released],
    atMostEventsLate: timeline.tickEvents - 1,
  };
  return `${JSON.stringify({ ...about, samples: timelineSamples(timeline), arenas }, null, 1)}\n`;
}
