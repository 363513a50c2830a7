/** What the page is told while Python runs and answers no messages: the events since it was last told, and the heap as it is. */
import type { AttachedHeap } from "../../attach/attach.js";
import { classCount } from "../../geometry.js";
import type { Seen } from "../../run/seen.js";
import type { TypeNames } from "../../run/typenames.js";
import { Look } from "../engine/look.js";
import { mapOf } from "../engine/map.js";
import { momentFrom } from "../engine/moment.js";
import type { MomentView, SideInfo } from "../protocol.js";
import type { RunChunk, Say } from "../pythonprotocol.js";
import type { RunMemory } from "./runmemory.js";

/** Milliseconds between two tellings at least, and how many times as long as the telling before took: it costs little of any run. */
const PAUSE_MS = 250;
const PAUSE_TIMES = 10;

/** Of the columns by event, which are given away with what they are in. */
export const buffersOf = (columns: Pick<RunChunk, "words" | "lineOfEvent" | "typeOfEvent">): ArrayBufferLike[] =>
  [columns.words, columns.lineOfEvent, columns.typeOfEvent].flatMap((column) => column?.buffer ?? []);

export class Live {
  readonly #heap: AttachedHeap;
  readonly #types: TypeNames;
  readonly #seen: Seen;
  readonly #say: Say;
  /** `null` if the page shares no memory: then nothing is known of what it has taken. */
  readonly #memory: RunMemory | null;
  #snapshots = 0;
  #next = performance.now() + PAUSE_MS;
  #events = 0;
  #callocs = 0;
  #marks = 0;
  #lines = 0;
  #typeNames = 0;
  #looks = 0;

  constructor(heap: AttachedHeap, types: TypeNames, seen: Seen, say: Say, memory: RunMemory | null) {
    this.#heap = heap;
    this.#types = types;
    this.#seen = seen;
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
    this.#say({ kind: "snapshot", chunk, view: this.#view(), side: this.#side() }, buffersOf(chunk));
    this.#snapshots++;
    const end = performance.now();
    this.#next = end + Math.max(PAUSE_MS, PAUSE_TIMES * (end - start));
  }

  #chunk(): RunChunk {
    const { recording, sites } = this.#heap;
    if (recording === null) throw new RangeError("the heap is not recorded");
    const end = recording.eventCount;
    const part = recording.traceSince(this.#events, this.#callocs, this.#marks);
    const lines = sites?.lines.slice(this.#lines) ?? [];
    const types = this.#types.names.slice(this.#typeNames);
    const layouts = this.#types.layouts.slice(this.#typeNames);
    const seen = this.#seen.since(this.#looks);
    const chunk = { ...part, ...recording.columns(this.#events, end), lines, types, layouts, seen };
    this.#events = end;
    this.#callocs += part.callocs.length;
    this.#marks += part.marks.length;
    this.#lines += lines.length;
    this.#typeNames += types.length;
    this.#looks += seen.length;
    return chunk;
  }

  #view(): MomentView {
    const heap = this.#heap;
    const position = this.#events;
    const map = mapOf(
      new Look({
        profile: heap.profile,
        memory: heap.core,
        isCore: false,
        snapshot: (reuse) => heap.snapshot(reuse),
        stats: () => heap.stats(),
        bytes: () => null,
        save: () => heap.image().save(),
      }),
    );
    const stats = heap.stats();
    const liveBytes = heap.recording?.liveBytes ?? Number.NaN;
    const moment = momentFrom(stats, map.arenas, { name: `event ${position}`, position, liveBytes });
    const side = { side: 0 as const, moment, stats, failures: 0, touched: { before: 0, after: 0 }, map };
    return { position, mark: -1, last: null, next: null, sides: [side] };
  }

  #side(): SideInfo {
    const { name, geometry, pointerBits, witness, source } = this.#heap.profile;
    const notes = ["Python runs: this is its heap as it is now."];
    return {
      profile: name,
      geometry,
      pointerBits,
      witness,
      source,
      classCount: classCount(geometry),
      notes,
      keyframeBytes: 0,
    };
  }
}
