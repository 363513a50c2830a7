/** What the interpreter's memory says of each live object at the looks of a run: reference counts, and what the collector has of it. */

import { COLLECTED, type SeenObjects } from "../../trace/recordedrun.js";
import type { HeapLook } from "../interpreter/heaplook.js";
import type { Recording } from "../interpreter/recording.js";

/** Objects that are kept of all looks together, 9 bytes each. */
const MOST = 8_000_000;

export class Seen {
  /** Those that stay. */
  readonly #kept: SeenObjects[] = [];
  /** The latest one, where there was no room to keep it: the next takes its place. */
  #last: SeenObjects | null = null;
  #count = 0;

  /** All looks, the latest included. */
  get looks(): readonly SeenObjects[] {
    return this.#last === null ? this.#kept : [...this.#kept, this.#last];
  }

  /** The looks that stay, without the first `from`. */
  since(from: number): readonly SeenObjects[] {
    return this.#kept.slice(from);
  }

  note(objects: HeapLook, recording: Recording): void {
    const look = seenObjects(objects, recording);
    this.#last = null;
    if (look.id.length === 0) return;
    if (this.#count + look.id.length > MOST) {
      this.#last = look;
      return;
    }
    this.#kept.push(look);
    this.#count += look.id.length;
  }
}

const [NOT_COLLECTED, UNTRACKED, TRACKED] = COLLECTED.map((_, index) => index);

function seenObjects(objects: HeapLook, recording: Recording): SeenObjects {
  const [id, refcount, collected] = [
    new Uint32Array(objects.all.nodes.count),
    new Uint32Array(objects.all.nodes.count),
    new Uint8Array(objects.all.nodes.count),
  ];
  let count = 0;
  for (let node = 0; node < objects.all.nodes.count; node++) {
    const block = recording.idAt(objects.all.blockAddress(node));
    const state = block < 0 ? null : objects.state(node);
    if (state === null) continue;
    const { isTracked, generation } = state;
    id[count] = block;
    refcount[count] = state.refcount ?? 0;
    collected[count] =
      isTracked === null
        ? NOT_COLLECTED
        : !isTracked
          ? UNTRACKED
          : generation === null
            ? TRACKED
            : COLLECTED.indexOf(generation);
    count++;
  }
  return {
    position: recording.eventCount,
    id: id.slice(0, count),
    refcount: refcount.slice(0, count),
    collected: collected.slice(0, count),
  };
}
