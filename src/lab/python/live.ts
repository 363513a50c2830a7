/**
 * Snapshots of a running script for the page: the events since the last one, and the heap as it is. The worker sends them itself, for it
 * answers no messages while Python runs.
 */

import type { BlockLabels } from "../../python/blocklabels.js";
import type { AttachedHeap } from "../../python/interpreter/attach.js";
import { observationOf } from "../../replay/observation.js";
import { liveSource } from "../engine/heapsource.js";
import { HeapIndex } from "../engine/map/heapindex.js";
import { mapOf } from "../engine/map/map.js";
import { sideInfo } from "../engine/time/sideinfo.js";
import type { CursorView, SideInfo } from "../protocol/index.js";
import type { RunChunk, Say } from "../protocol/python.js";
import type { RunMemory } from "./runmemory.js";

/** Milliseconds between two tellings at least, and how many times as long as the telling before took: it costs little of any run. */
const PAUSE_MS = 250;
const PAUSE_TIMES = 10;

/** The memory of the columns by event, which are given away with what they are in. */
export const buffersOf = (columns: object): ArrayBufferLike[] =>
  Object.values(columns).flatMap((column: unknown) => (column instanceof Uint32Array ? [column.buffer] : []));

export class Live {
  readonly #heap: AttachedHeap;
  readonly #side: SideInfo;
  readonly #labels: BlockLabels;
  readonly #say: Say;
  /** `null` if the page shares no memory: then nothing is known of what it has taken. */
  readonly #memory: RunMemory | null;
  #snapshots = 0;
  #next = performance.now() + PAUSE_MS;
  #events = 0;
  #callocs = 0;
  #marks = 0;

  constructor(heap: AttachedHeap, labels: BlockLabels, say: Say, memory: RunMemory | null) {
    this.#heap = heap;
    this.#side = sideInfo(heap.profile, {
      notes: ["Python runs: this is its heap as it is now."],
      keyframeBytes: 0,
    });
    this.#labels = labels;
    this.#say = say;
    this.#memory = memory;
  }

  /** Whether the last snapshot is old enough, and the page has taken it: there is never more than one on its way. */
  get isDue(): boolean {
    if (performance.now() < this.#next) return false;
    return this.#memory === null || this.#memory.snapshotsTaken === this.#snapshots;
  }

  /** To be called whenever events were taken. */
  tick(): void {
    if (!this.isDue) return;
    const start = performance.now();
    const chunk = this.#chunk();
    this.#say({ kind: "snapshot", chunk, view: this.#view(), side: this.#side }, buffersOf(chunk));
    this.#snapshots++;
    const end = performance.now();
    this.#next = end + Math.max(PAUSE_MS, PAUSE_TIMES * (end - start));
  }

  #chunk(): RunChunk {
    const { recording } = this.#heap;
    if (recording === null) throw new RangeError("the heap is not recorded");
    const end = recording.eventCount;
    const part = recording.traceSince(this.#events, this.#callocs, this.#marks);
    const labels = this.#labels.next(this.#events, end);
    this.#events = end;
    this.#callocs += part.callocs.length;
    this.#marks += part.marks.length;
    return { ...part, ...labels };
  }

  #view(): CursorView {
    const heap = this.#heap;
    const position = this.#events;
    const map = mapOf(new HeapIndex(liveSource(heap)));
    const stats = heap.stats();
    const liveBytes = heap.recording?.liveBytes ?? Number.NaN;
    const moment = observationOf(stats, map.arenas, { name: `event ${position}`, position, liveBytes });
    const side = { side: 0 as const, moment, stats, failures: 0, touched: { before: 0, after: 0 }, map };
    return { position, mark: -1, last: null, next: null, sides: [side] };
  }
}
