/** The texts of a replay that `pymalloc replay` prints piece by piece: its placements, their hash, and the statistics at its marks. */
import { formatDebugMallocStats } from "../inspect/debugmallocstats.js";
import { hashLines, placementText, refuseFailures } from "../replay/placements.js";
import { Replay, type ReplayOptions } from "../replay/replay.js";
import { InputError } from "../text/errors.js";
import { type Trace, TraceError } from "../trace/trace.js";
import { markPositions } from "./replayreport.js";

export const REPLAY_TEXTS = ["hash", "placements", "marks"] as const;
export type ReplayText = (typeof REPLAY_TEXTS)[number];

/** Runs the whole trace `name`, and yields the text in pieces. Throws an `InputError` if a request could not be served. */
export function* replayText(what: ReplayText, trace: Trace, name: string, options: ReplayOptions): Generator<string> {
  try {
    const replay = Replay.createSync(trace, { ...options, hash: what !== "marks" });
    if (what === "placements") yield* placementText(replay);
    else if (what === "marks") yield* markTexts(replay);
    else yield [...hashLines(replay), ""].join("\n");
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TraceError)) throw error;
    throw new InputError(`${name}: ${error.message}`);
  }
}

/** The text of `sys._debugmallocstats()` at each mark. */
function* markTexts(replay: Replay): Generator<string> {
  for (const position of markPositions(replay.trace)) {
    replay.runTo(position);
    refuseFailures(replay);
    yield formatDebugMallocStats(replay.heap.stats().pymalloc);
  }
}
