/** One side: a heap of one profile on the open trace, and what is known of it. Or a saved heap, which has no trace. */
import { customProfile, type Profile, profile } from "../../../geometry/profiles.js";
import type { Snapshot } from "../../../inspect/snapshot.js";
import * as layout from "../../../memory/layout.js";
import { Replay } from "../../../replay/replay.js";
import { replayNotes } from "../../../report/replayreport.js";
import type { Trace } from "../../../trace/trace.js";
import type { ProfileChoice, SideInfo, Timeline } from "../../protocol/index.js";
import type { Requests } from "../document/requests.js";
import { type HeapSource, liveSource } from "../heapsource.js";
import { HeapIndex } from "../map/heapindex.js";
import { RawMemo } from "../map/rawmemo.js";
import { SAMPLES, sampleStretch } from "./firstpass.js";
import { sideInfo } from "./sideinfo.js";
import type { Pauses } from "./tasks.js";

/** Keyframes take this, and so many times what the trace has live at its peak; not more than is quick to write. */
const KEYFRAME_BYTES = 40 * 2 ** 20;
const KEYFRAME_SHARE = 1.5;
const MOST_KEYFRAME_BYTES = 512 * 2 ** 20;
const MOST_KEYFRAMES = 64;
const LEAST_KEYFRAMES = 8;

export const profileOf = (choice: ProfileChoice): Profile =>
  typeof choice === "string" ? profile(choice) : customProfile(choice);

/** What a keyframe will take at the most: the ids, and of each page of the heap its words in the tables and some free blocks. */
function keyframeBytes({ idCount, peakLiveBytes }: Trace, { geometry }: Profile): number {
  const bytesPerByte = 1 / 128 + layout.POOL_HEADER_SIZE / geometry.poolSize + 4 / layout.OS_PAGE_SIZE + 1 / 128;
  return idCount * layout.ID_SIZE + peakLiveBytes * bytesPerByte + layout.STATE_SIZE;
}

function keyframesFor(trace: Trace, wanted: Profile): number {
  const room = Math.min(KEYFRAME_BYTES + KEYFRAME_SHARE * trace.peakLiveBytes, MOST_KEYFRAME_BYTES);
  const count = Math.floor(room / keyframeBytes(trace, wanted));
  return Math.min(Math.max(count, LEAST_KEYFRAMES), MOST_KEYFRAMES);
}

export class Side {
  readonly profile: Profile;
  readonly source: HeapSource;
  /** `null` for a saved heap. */
  readonly replay: Replay | null;
  /** Of the whole trace. */
  readonly timeline: Omit<Timeline, "side"> | null;
  readonly raw = new RawMemo();
  #look: HeapIndex | null = null;
  #lookedAt = -1;

  constructor(source: HeapSource, replay: Replay | null, timeline: Omit<Timeline, "side"> | null) {
    this.profile = source.profile;
    this.source = source;
    this.replay = replay;
    this.timeline = timeline;
  }

  /** Replays the whole trace once, for the time line and for keyframes. */
  static async replayed(
    requests: Requests,
    wanted: Profile,
    pauses: Pauses,
    onDone: (done: number) => void,
  ): Promise<Side> {
    const { trace } = requests;
    const replay = await Replay.create(trace, { profile: wanted, keyframes: keyframesFor(trace, wanted) });
    const stretch = { from: 0, to: replay.length, samples: SAMPLES };
    const timeline = await sampleStretch(() => replay, requests, stretch, pauses, onDone);
    return new Side(liveSource(replay.heap), replay, timeline);
  }

  /** The replay, to be run by the caller: what was looked at is not good any more. */
  get moving(): Replay {
    if (this.replay === null) throw new RangeError("a heap image is one moment: it has no events");
    this.#lookedAt = -1;
    return this.replay;
  }

  /** The heap as it is at `position`. Good until another is asked for, or the replay is run. */
  at(position: number): HeapIndex {
    if (this.replay !== null && this.replay.position !== position) this.moving.runTo(position);
    if (this.#look !== null && this.#lookedAt === position) return this.#look;
    const reuse: Snapshot | undefined = this.#look?.snapshot;
    this.#look = new HeapIndex(this.source, reuse);
    this.#lookedAt = position;
    return this.#look;
  }

  /** By id, the address of its live block or 0, as the replay stands: a view that is good until it runs. */
  get addresses(): Uint32Array {
    if (this.replay === null) return new Uint32Array(0);
    const { core } = this.replay.heap;
    const first = core.read(layout.REPLAY + layout.REPLAY_IDS) / 4;
    return core.words.subarray(first, first + this.replay.trace.idCount);
  }

  /** `all`: the profiles of all sides. */
  info(trace: Trace | null, all: readonly Profile[]): SideInfo {
    const notes = trace === null ? [] : replayNotes(trace, all, "pymalloc");
    return sideInfo(this.profile, { notes, keyframeBytes: this.replay?.keyframeBytes ?? 0 });
  }
}
