/** What a trace, replayed, says at its marks, for comparing with what the process said there. */
import { formatDebugMallocStats } from "../../src/inspect/debugmallocstats.js";
import { Replay } from "../../src/replay/replay.js";
import { markPositions } from "../../src/report/replayreport.js";
import type { Trace } from "../../src/trace/trace.js";

/** The arena-map lines stand last in a report, and depend on addresses. */
export const withoutArenaMap = (text: string): string =>
  text.replace(/\narena map counts\n(?:(?!Small block threshold)[^\n]*\n)*/g, "");

/** The text of `sys._debugmallocstats()` at each mark, one after the other. */
export function replayedStats(trace: Trace, profile: string): string {
  const replay = Replay.createSync(trace, { profile });
  const texts = markPositions(trace).map((position) => {
    replay.runTo(position);
    return formatDebugMallocStats(replay.heap.stats().pymalloc);
  });
  return texts.join("");
}
