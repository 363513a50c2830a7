/** One trace on several profiles: the reports of `pymalloc replay` and of `pymalloc run --compare`. */
import { type Profile, profile } from "../geometry/profiles.js";
import type { ReplayOptions } from "../replay/replay.js";
import type { Trace } from "../trace/trace.js";
import { markNames, profileOrNull, profileReport, type ReplayReport, replayNotes } from "./replayreport.js";

/** How a trace is replayed on each profile. */
export interface ReplaySettings {
  /** Bytes by which arenas start past a multiple of the pool size, in turn; or "profile", which places them as the profile's own system; `null`: as the trace says. */
  readonly shift: readonly number[] | "profile" | null;
  /** Before 3.6, MEM requests may go to the raw domain. */
  readonly mem: "pymalloc" | "raw";
}

const AS_RECORDED: ReplaySettings = { shift: null, mem: "pymalloc" };

/** The profile for a trace if none was asked for: that of its recorder, if the trace names one that is emulated. */
export const usualProfile = ({ recordedBy }: Trace): Profile =>
  (recordedBy === null ? null : profileOrNull(recordedBy)) ?? profile("3.12");

/** On 32 bits a process that returns arenas gets their addresses again: the goldens were made so. */
const shiftsByPlace = ({ pointerBits, geometry }: Profile): boolean =>
  pointerBits === 32 && geometry.release === "eager";

/** The options of a replay on `profile`. */
export function replayOptions(profile: Profile, { shift, mem }: ReplaySettings): ReplayOptions & { profile: Profile } {
  if (shift === null) return { profile, mem };
  return { profile, mem, baseOffsets: shift, baseOffsetsBy: shiftsByPlace(profile) ? "place" : "ordinal" };
}

/** Replays the whole trace on each profile. `onPosition` is told the profile's name and the events replayed. */
export function replayProfiles(
  trace: Trace,
  name: string,
  profiles: readonly Profile[],
  settings: ReplaySettings = AS_RECORDED,
  onPosition?: (profile: string, position: number) => void,
): ReplayReport {
  return {
    trace: {
      name,
      events: trace.words.length / 2,
      ops: trace.opCount,
      marks: markNames(trace),
      peakLiveBytes: trace.peakLiveBytes,
      recordedBy: trace.recordedBy,
    },
    notes: replayNotes(trace, profiles, settings.mem),
    profiles: profiles.map((wanted) =>
      profileReport(trace, replayOptions(wanted, settings), (position) => onPosition?.(wanted.name, position)),
    ),
  };
}
