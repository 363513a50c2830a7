/** The life of a program's memory: its trace replayed on an emulated heap of the same profile, which gives the same ledger. */
import type { Profile } from "../geometry/profiles.js";
import { LiveBytes } from "../trace/livebytes.js";
import type { Trace } from "../trace/trace.js";
import { Replay } from "./replay.js";

/** Bytes after `event` events. */
export interface RunSample {
  readonly event: number;
  /** Asked for and live, in all domains. */
  readonly liveBytes: number;
  /** The most that was since the sample before. */
  readonly peakLiveBytes: number;
  /** Arenas: live blocks, at the size of their classes. */
  readonly allocatedBytes: number;
  /** Arenas: blocks not in use, of pools that have others in use. */
  readonly availableBytes: number;
  /** Arenas: pools without a block in use. */
  readonly unusedBytes: number;
  /** Arenas with a live block, less the bytes of those blocks. */
  readonly pinnedBytes: number;
  /** Arenas and what large blocks hold; of the emulated C library for the latter. */
  readonly mappedBytes: number;
}

/** `count` + 1 samples at equal distances of events, the first at 0; fewer where there are fewer events. */
export function timeline(trace: Trace, profile: Profile, count: number): RunSample[] {
  const replay = Replay.createSync(trace, { profile });
  const live = new LiveBytes(trace);
  const samples: RunSample[] = [];
  let position = -1;
  for (let index = 0; index <= count; index++) {
    const next = Math.floor((replay.length * index) / count);
    if (next === position) continue;
    const peakLiveBytes = live.peak(Math.max(position, 0), next);
    position = next;
    replay.runTo(position);
    samples.push({ ...sampleOf(replay), peakLiveBytes });
  }
  return samples;
}

function sampleOf(replay: Replay): Omit<RunSample, "peakLiveBytes"> {
  const { pymalloc, os } = replay.heap.stats();
  const { allocated, available, unusedPools } = pymalloc.ledger;
  const held = replay.heap.snapshot().arenas.filter(({ blockCount }) => blockCount > 0).length;
  return {
    event: replay.position,
    liveBytes: replay.liveBytes,
    allocatedBytes: allocated,
    availableBytes: available,
    unusedBytes: unusedPools,
    pinnedBytes: held * pymalloc.arenaSize - allocated,
    mappedBytes: os.mappedBytes,
  };
}

const COLUMNS: readonly (readonly [head: string, key: keyof RunSample])[] = [
  ["event", "event"],
  ["live_bytes", "liveBytes"],
  ["allocated_bytes", "allocatedBytes"],
  ["available_bytes", "availableBytes"],
  ["unused_bytes", "unusedBytes"],
  ["pinned_bytes", "pinnedBytes"],
  ["mapped_bytes", "mappedBytes"],
  ["peak_live_bytes", "peakLiveBytes"],
];

/** Samples as CSV, with a line of names. */
export function timelineCsv(samples: readonly RunSample[]): string {
  const lines = samples.map((sample) => COLUMNS.map(([, key]) => sample[key]).join(","));
  return `${[COLUMNS.map(([head]) => head).join(","), ...lines].join("\n")}\n`;
}
