/** A timeline: the bytes of a heap over a trace, as samples, as columns, and as CSV. */
import type { Profile } from "../geometry/profiles.js";
import { LiveBytes } from "../trace/livebytes.js";
import type { Trace } from "../trace/trace.js";
import { Replay } from "./replay.js";
import { distinctPositions, type Sample, sample } from "./sample.js";

/** Samples as columns of equal length. */
export interface TimelineColumns {
  readonly position: Uint32Array;
  /** Bytes, as in `Sample`. */
  readonly live: Float64Array;
  readonly allocated: Float64Array;
  readonly available: Float64Array;
  readonly unused: Float64Array;
  readonly pinned: Float64Array;
  readonly mapped: Float64Array;
}

/** A sample of a program's run. */
export interface RunSample extends Sample {
  /** The most live bytes since the sample before. */
  readonly peakLiveBytes: number;
}

export function timelineColumns(samples: readonly Sample[]): TimelineColumns {
  const column = (key: keyof Sample): Float64Array => Float64Array.from(samples, (sample) => sample[key]);
  return {
    position: Uint32Array.from(samples, ({ position }) => position),
    live: column("liveBytes"),
    allocated: column("allocatedBytes"),
    available: column("availableBytes"),
    unused: column("unusedBytes"),
    pinned: column("pinnedBytes"),
    mapped: column("mappedBytes"),
  };
}

export const timelineSamples = (columns: TimelineColumns): Sample[] =>
  Array.from(columns.position, (position, index) => ({
    position,
    liveBytes: columns.live[index],
    allocatedBytes: columns.allocated[index],
    availableBytes: columns.available[index],
    unusedBytes: columns.unused[index],
    pinnedBytes: columns.pinned[index],
    mappedBytes: columns.mapped[index],
  }));

/** `count` + 1 samples of a trace replayed on `profile`, evenly spaced, the first at 0; fewer if there are fewer events. */
export function timeline(trace: Trace, profile: Profile, count: number): RunSample[] {
  const replay = Replay.createSync(trace, { profile });
  const live = new LiveBytes(trace);
  return distinctPositions(0, replay.length, count).map((position) => {
    const peakLiveBytes = live.peak(replay.position, position);
    replay.runTo(position);
    return { ...sample(replay, live.at(position)), peakLiveBytes };
  });
}

const CSV_COLUMNS: readonly (readonly [name: string, key: keyof RunSample])[] = [
  ["event", "position"],
  ["live_bytes", "liveBytes"],
  ["allocated_bytes", "allocatedBytes"],
  ["available_bytes", "availableBytes"],
  ["unused_bytes", "unusedBytes"],
  ["pinned_bytes", "pinnedBytes"],
  ["mapped_bytes", "mappedBytes"],
  ["peak_live_bytes", "peakLiveBytes"],
];

/** Samples as CSV, with a line of names. The column of peaks is there if the samples are a run's. */
export function timelineCsv(samples: readonly (Sample | RunSample)[]): string {
  const columns = CSV_COLUMNS.filter(([, key]) => samples.some((sample) => key in sample));
  const rows = samples.map((sample) => columns.map(([, key]) => (sample as RunSample)[key]));
  return `${[columns.map(([name]) => name), ...rows].map((row) => row.join(",")).join("\n")}\n`;
}
