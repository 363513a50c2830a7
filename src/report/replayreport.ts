/** What the allocators of several profiles did with the memory of one trace: the numbers of `pymalloc replay`. */
import { type Profile, profile } from "../geometry/profiles.js";
import type { ReleasePolicy } from "../geometry/release.js";
import type { Costs, HeapStats, OsStats } from "../inspect/heapstats.js";
import { type Observation, observe } from "../replay/observation.js";
import { Replay, type ReplayOptions } from "../replay/replay.js";
import { evenPositions } from "../replay/sample.js";
import { OP_MARK, opOf } from "../trace/event.js";
import type { Trace } from "../trace/trace.js";

/** A point of a report's timeline. Bytes. */
export interface ReportSample {
  /** Events run. */
  readonly position: number;
  /** Requested and live, in all domains. */
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
  readonly arenas: Observation["arenas"];
  /** Arenas at the high-water mark × their size. */
  readonly arenaPeakBytes: number;
  readonly os: OsStats;
  readonly costs: Costs;
  readonly marks: readonly Observation[];
  readonly end: Observation;
  readonly timeline: readonly ReportSample[];
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

/** Positions of the timeline's samples in a trace of `events` events, the first at 0. */
export const reportPositions = (events: number): number[] => evenPositions(0, events, SAMPLES);

/** Positions of the marks: right behind them, with all that they mark run. */
export function markPositions({ words }: Trace): number[] {
  const positions: number[] = [];
  for (let i = 0; i < words.length; i += 2) if (opOf(words[i]) === OP_MARK) positions.push(i / 2 + 1);
  return positions;
}

/** The marks' names; "mark 3" for one that has none. */
export const markNames = ({ marks }: Trace): string[] => marks.map((name, index) => name || `mark ${index + 1}`);

/** The point of a timeline at which a heap has these statistics. */
export const reportSample = (
  { pymalloc, raw }: HeapStats,
  { position, liveBytes }: Pick<ReportSample, "position" | "liveBytes">,
): ReportSample => ({ position, liveBytes, arenaBytes: pymalloc.ledger.total, rawBytes: raw.regionBytes });

/** What a replay observed, for `replayedReport`. */
interface Observed {
  readonly marks: readonly Observation[];
  readonly end: Observation;
  readonly timeline: readonly ReportSample[];
  /** At the end. */
  readonly stats: HeapStats;
  readonly failures: number;
}

/** The report of a profile on which a whole trace was replayed. */
export function replayedReport(
  { name, witness, geometry }: Pick<Profile, "name" | "witness" | "geometry">,
  { marks, end, timeline, stats, failures }: Observed,
): ProfileReport {
  return {
    profile: name,
    witness,
    arenaSizeBytes: geometry.arenaSize,
    poolSizeBytes: geometry.poolSize,
    classCount: stats.pymalloc.classCount,
    alignmentBytes: geometry.alignment,
    release: geometry.release,
    failures,
    arenas: end.arenas,
    arenaPeakBytes: end.arenas.high * geometry.arenaSize,
    os: stats.os,
    costs: stats.costs,
    marks,
    end,
    timeline,
  };
}

/** Runs the whole trace on one profile. Calls `onPosition` with how far it has come. */
export function profileReport(
  trace: Trace,
  options: ReplayOptions & { profile: Profile },
  onPosition?: (position: number) => void,
): ProfileReport {
  const replay = Replay.createSync(trace, options);
  const names = markNames(trace);
  const positions = markPositions(trace).map((position, index) => ({ position, name: names[index] }));
  const marks: Observation[] = [];
  const [, ...later] = reportPositions(replay.length);
  const timeline = [reportSample(replay.heap.stats(), replay)];
  for (const position of later) {
    while (marks.length < positions.length && positions[marks.length].position <= position) {
      replay.runTo(positions[marks.length].position);
      marks.push(observe(replay, positions[marks.length].name));
    }
    replay.runTo(position);
    timeline.push(reportSample(replay.heap.stats(), replay));
    onPosition?.(position);
  }
  const end = observe(replay, "end");
  const { failures } = replay;
  return replayedReport(options.profile, { marks, end, timeline, stats: replay.heap.stats(), failures });
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
