/** What the allocators of several profiles did with the memory of one trace: the numbers of `pymalloc replay`. */

import { type Profile, profile } from "../geometry/profiles.js";
import type { ReleasePolicy } from "../geometry/release.js";
import type { Costs, OsStats } from "../inspect/heapstats.js";
import * as layout from "../memory/layout.js";
import { type Moment, momentOf } from "../replay/observation.js";
import { Replay, type ReplayOptions } from "../replay/replay.js";
import { OP_MARK, opOf } from "../trace/event.js";
import type { Trace } from "../trace/trace.js";

/** A point of the time line. Bytes. */
export interface Sample {
  /** Events run. */
  readonly position: number;
  /** Asked for and live, in all domains. */
  readonly liveBytes: number;
  readonly arenaBytes: number;
  /** Regions of the raw domain. */
  readonly rawBytes: number;
}

/** What one profile's allocator did. Sizes in bytes. */
export interface ProfileReport {
  readonly profile: string;
  /** What stands behind the placements of this profile. */
  readonly witness: Profile["witness"];
  readonly arenaSizeBytes: number;
  readonly poolSizeBytes: number;
  readonly classCount: number;
  readonly alignmentBytes: number;
  readonly release: ReleasePolicy;
  /** Requests that the emulated heap had no memory for. */
  readonly failures: number;
  readonly arenas: Moment["arenas"];
  /** Arenas at the high-water mark × their size. */
  readonly arenaPeakBytes: number;
  readonly os: OsStats;
  readonly costs: Costs;
  readonly marks: readonly Moment[];
  readonly end: Moment;
  readonly timeline: readonly Sample[];
}

export interface ReplayReport {
  readonly trace: {
    readonly name: string;
    /** Marks included. */
    readonly events: number;
    /** Events of the MEM and OBJ domains. */
    readonly ops: number;
    readonly marks: readonly string[];
    /** The most bytes that were asked for and live at one time, in all domains. */
    readonly peakLiveBytes: number;
    /** The profile of the Python that recorded it, where the trace says so. */
    readonly recordedBy: string | null;
  };
  /** What a reader must know to read the numbers right, a sentence each. */
  readonly notes: readonly string[];
  readonly profiles: readonly ProfileReport[];
}

const SAMPLES = 64;

/** Positions of the time line's samples in a trace of `events` events, behind the first one, which is at 0. */
export const samplePositions = (events: number): number[] =>
  Array.from({ length: SAMPLES }, (_, index) => Math.floor((events * (index + 1)) / SAMPLES));

/** Positions of the marks: right behind them, with all that they mark run. */
export function markPositions({ words }: Trace): number[] {
  const positions: number[] = [];
  for (let i = 0; i < words.length; i += 2) if (opOf(words[i]) === OP_MARK) positions.push(i / 2 + 1);
  return positions;
}

/** The marks' names; "mark 3" for one that has none. */
export const markNames = ({ marks }: Trace): string[] => marks.map((name, index) => name || `mark ${index + 1}`);

function sampleOf(replay: Replay): Sample {
  const { core, profile } = replay.heap;
  const live = core.read(layout.ARENAS + layout.ARENAS_NARENAS_CURRENTLY_ALLOCATED);
  return {
    position: replay.position,
    liveBytes: replay.liveBytes,
    arenaBytes: live * profile.geometry.arenaSize,
    rawBytes: core.read(layout.LARGE + layout.LARGE_REGION_BYTES),
  };
}

/** Runs the whole trace on one profile. `onPosition` is told how far it has come. */
export function profileReport(
  trace: Trace,
  options: ReplayOptions & { profile: Profile },
  onPosition?: (position: number) => void,
): ProfileReport {
  const replay = Replay.createSync(trace, options);
  const names = markNames(trace);
  const marks = markPositions(trace).map((position, index) => ({ position, name: names[index] }));
  const moments: Moment[] = [];
  const timeline = [sampleOf(replay)];
  for (const position of samplePositions(replay.length)) {
    while (moments.length < marks.length && marks[moments.length].position <= position) {
      replay.runTo(marks[moments.length].position);
      moments.push(momentOf(replay, marks[moments.length].name));
    }
    replay.runTo(position);
    timeline.push(sampleOf(replay));
    onPosition?.(position);
  }
  const end = momentOf(replay, "end");
  const { os, costs, pymalloc } = replay.heap.stats();
  const { geometry, name, witness } = options.profile;
  return {
    profile: name,
    witness,
    arenaSizeBytes: geometry.arenaSize,
    poolSizeBytes: geometry.poolSize,
    classCount: pymalloc.classCount,
    alignmentBytes: geometry.alignment,
    release: geometry.release,
    failures: replay.failures,
    arenas: end.arenas,
    arenaPeakBytes: end.arenas.high * geometry.arenaSize,
    os,
    costs,
    marks: moments,
    end,
    timeline,
  };
}

/** The pointer width that a recorder's profile name says. */
const recordedBits = (recordedBy: string): 32 | 64 => (recordedBy.endsWith("-32") || recordedBy === "wasm32" ? 32 : 64);

/** The profile of that name, or `null` when there is none: a trace may name a Python that is not emulated. */
export function profileOrNull(name: string): Profile | null {
  try {
    return profile(name);
  } catch {
    return null;
  }
}

/** What to know before one reads the numbers of `profiles` for this trace. */
export function replayNotes(trace: Trace, profiles: readonly Profile[], mem: "pymalloc" | "raw"): string[] {
  const notes: string[] = [];
  const { recordedBy } = trace;
  const bits = recordedBy === null ? null : recordedBits(recordedBy);
  const recorder = recordedBy === null ? null : profileOrNull(recordedBy);
  const line = (name: string): string => (name === "wasm32" ? "3.14-32" : name.replace(/^(\d+\.\d+)\.\d+/, "$1"));
  const isRecorder = ({ name, geometry }: Profile): boolean =>
    recorder !== null &&
    line(name) === line(recorder.name) &&
    JSON.stringify(recorder.geometry) === JSON.stringify(geometry);
  const others = profiles.filter((profile) => !isRecorder(profile));
  if (bits !== null && profiles.some(({ pointerBits }) => pointerBits !== bits)) {
    notes.push(`The trace's sizes are those of ${bits}-bit objects: compare it with ${bits}-bit profiles.`);
  }
  if (profiles.length > 1 || (recordedBy !== null && others.length > 0)) {
    notes.push("Same requests, another allocator; not another Python.");
  }
  const old = profiles.filter(({ memIsPymalloc }) => !memIsPymalloc).map(({ name }) => name);
  if (old.length > 0) {
    const { length } = old;
    const who = `${old.join(", ")}: MEM requests`;
    notes.push(
      mem === "raw"
        ? `${who} go to the raw domain, as in ${length === 1 ? "that version" : "those versions"}.`
        : `${who} go to pymalloc here, as in the goldens; in ${length === 1 ? "that version" : "those versions"} the C library served them (--mem raw).`,
    );
  }
  return notes;
}
