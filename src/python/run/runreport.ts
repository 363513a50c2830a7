/** What a program's run did to memory: the numbers of `pymalloc run`. Sizes in bytes. */

import type { Profile } from "../../geometry/profiles.js";
import type { ReleasePolicy } from "../../geometry/release.js";
import { type RunSample, timeline } from "../../replay/timeline.js";
import { isAboutPins } from "../graph/verdict.js";
import type { SessionResult } from "./observedrun.js";
import { type RunMark, runMarks } from "./runmarks.js";

/** A sample of the timeline, as the report calls its numbers. */
export interface RunPoint extends Omit<RunSample, "position"> {
  readonly event: number;
}

export interface RunReport {
  /** The script, "-c" or "-". */
  readonly program: string;
  readonly exitStatus: number;
  /** Why the interpreter could not go on; `null` where it could. */
  readonly death: string | null;
  readonly python: string;
  readonly profile: string;
  readonly arenaSizeBytes: number;
  readonly poolSizeBytes: number;
  readonly poolOverheadBytes: number;
  readonly alignmentBytes: number;
  readonly thresholdBytes: number;
  readonly release: ReleasePolicy;
  /** Events of the trace, marks included. */
  readonly events: number;
  /** Frees and reallocs of blocks that are older than the recording: not in the trace. */
  readonly unmatched: number;
  readonly peakLiveBytes: number;
  /** The first is "start", the last "end". */
  readonly marks: readonly RunMark[];
  readonly timeline: readonly RunPoint[];
  /**
   * The mark that the report is about, by its index in `marks`. Where most is pinned, if that is much there; where most is live, if little is
   * ever pinned, or the program grows to its end.
   */
  readonly position: number;
}

/** Columns of the time line. */
const SAMPLES = 64;

/** `mount`: the folder in Python's file system that lines are named from. */
export function runReport(result: SessionResult, profile: Profile, program: string, mount: string): RunReport {
  const { outcome, python, trace, unmatched } = result;
  const { geometry } = profile;
  const marks = runMarks(result, geometry, `${mount}/`);
  return {
    program,
    exitStatus: outcome.status,
    death: outcome.death,
    python,
    profile: profile.name,
    arenaSizeBytes: geometry.arenaSize,
    poolSizeBytes: geometry.poolSize,
    poolOverheadBytes: geometry.poolOverhead,
    alignmentBytes: geometry.alignment,
    thresholdBytes: geometry.threshold,
    release: geometry.release,
    events: trace.words.length / 2,
    unmatched,
    peakLiveBytes: trace.peakLiveBytes,
    position: positionOf(marks, trace.peakLiveBytes, geometry.arenaSize),
    marks,
    timeline: timeline(trace, profile, SAMPLES).map(({ position, ...bytes }) => ({ event: position, ...bytes })),
  };
}

/** A program grows that ends with at least this share of the most that was ever live. */
const GROWING = 0.9;

/** One arena is held by almost every program, so as much is not worth a report. */
function positionOf(marks: readonly RunMark[], peakLiveBytes: number, arenaSize: number): number {
  const looked = [...marks.keys()].filter((mark) => marks[mark].verdict !== null);
  if (looked.length === 0) return marks.length - 1;
  // Of equals the last: what stays is the program's.
  const most = (bytes: (mark: RunMark) => number): number =>
    looked.reduce((best, mark) => (bytes(marks[mark]) >= bytes(marks[best]) ? mark : best));
  const mostPinned = most(({ pinnedBytes }) => pinnedBytes);
  const mostLive = most(({ live }) => live.bytes);
  const { pinnedBytes, live } = marks[mostPinned];
  const isGrowing = marks[marks.length - 1].live.bytes >= GROWING * peakLiveBytes;
  const other = isGrowing ? marks[mostLive].live.bytes : live.bytes;
  return pinnedBytes > arenaSize && isAboutPins(pinnedBytes, other) ? mostPinned : mostLive;
}
