/** What the page is told while Python runs and answers no messages: the events since it was last told, and the heap as it is. */
import { transfer } from "comlink";
import type { AttachedHeap } from "../../python/interpreter/attach.js";
import type { Seen } from "../../python/run/objectsnapshots.js";
import type { TypeNames } from "../../python/run/typenames.js";
import { observationOf } from "../../replay/observation.js";
import { liveSource } from "../engine/heapsource.js";
import { Look } from "../engine/map/heapindex.js";
import { mapOf } from "../engine/map/map.js";
import { sideInfo } from "../engine/time/sideinfo.js";
import type { MomentView, SideInfo } from "../protocol/index.js";
import type { RunChunk, RunMessage } from "../protocol/python.js";

/** Milliseconds between two tellings at least, and how many times as long as the telling before took: it costs little of any run. */
const PAUSE_MS = 250;
const PAUSE_TIMES = 10;

/** Of the columns by event, which are given away with what they are in. */
export const buffersOf = (columns: Pick<RunChunk, "words" | "lineOfEvent" | "typeOfEvent">): ArrayBufferLike[] =>
  [columns.words, columns.lineOfEvent, columns.typeOfEvent].flatMap((column) => column?.buffer ?? []);

export class Live {
  readonly #heap: AttachedHeap;
  readonly #side: SideInfo;
  readonly #types: TypeNames;
  readonly #seen: Seen;
  readonly #onMessage: (message: RunMessage) => void;
  #next = performance.now() + PAUSE_MS;
  #events = 0;
  #callocs = 0;
  #marks = 0;
  #lines = 0;
  #typeNames = 0;
  #looks = 0;

  constructor(heap: AttachedHeap, types: TypeNames, seen: Seen, onMessage: (message: RunMessage) => void) {
    this.#heap = heap;
    this.#side = sideInfo(heap.profile, {
      notes: ["Python runs: this is its heap as it is now."],
      keyframeBytes: 0,
    });
    this.#types = types;
    this.#seen = seen;
    this.#onMessage = onMessage;
  }

  /** Whether the page has heard nothing for long enough. */
  get isDue(): boolean {
    return performance.now() >= this.#next;
  }

  /** To be called whenever events were taken. */
  tick(): void {
    if (!this.isDue) return;
    const start = performance.now();
    const chunk = this.#chunk();
    this.#onMessage(transfer({ kind: "events", chunk }, buffersOf(chunk)));
    this.#onMessage({ kind: "view", view: this.#view(), side: this.#side });
    const end = performance.now();
    this.#next = end + Math.max(PAUSE_MS, PAUSE_TIMES * (end - start));
  }

  #chunk(): RunChunk {
    const { recording, sites } = this.#heap;
    if (recording === null) throw new RangeError("the heap is not recorded");
    const end = recording.eventCount;
    const { words, callocs, marks } = recording.traceSince(this.#events, this.#callocs, this.#marks);
    const lines = sites?.lines.slice(this.#lines) ?? [];
    const types = this.#types.names.slice(this.#typeNames);
    const layouts = this.#types.layouts.slice(this.#typeNames);
    const seen = this.#seen.since(this.#looks);
    const chunk = { words, callocs, marks, ...recording.columns(this.#events, end), lines, types, layouts, seen };
    this.#events = end;
    this.#callocs += callocs.length;
    this.#marks += marks.length;
    this.#lines += lines.length;
    this.#typeNames += types.length;
    this.#looks += seen.length;
    return chunk;
  }

  #view(): MomentView {
    const heap = this.#heap;
    const position = this.#events;
    const map = mapOf(new Look(liveSource(heap)));
    const stats = heap.stats();
    const liveBytes = heap.recording?.liveBytes ?? Number.NaN;
    const moment = observationOf(stats, map.arenas, { name: `event ${position}`, position, liveBytes });
    const side = { side: 0 as const, moment, stats, failures: 0, touched: { before: 0, after: 0 }, map };
    return { position, mark: -1, last: null, next: null, sides: [side] };
  }
}
