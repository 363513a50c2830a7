/**
 * What is known of the blocks of a recorded run beside its trace: noted while the program runs, and given out as `RunLabels`. A new fact
 * about blocks is added to `upTo` and `next`; what carries labels further takes whatever they have.
 */
import type { RunLabels } from "../trace/recordedrun.js";
import type { AttachedHeap } from "./interpreter/attach.js";
import type { HeapLook } from "./interpreter/heaplook.js";
import type { Recording } from "./interpreter/recording.js";
import { Seen } from "./run/objectsnapshots.js";
import { TypeNames } from "./run/typenames.js";

export class BlockLabels {
  readonly #heap: AttachedHeap;
  readonly #recording: Recording;
  readonly #types: TypeNames;
  readonly #seen = new Seen();
  /** Entries of the tables that `next` has given out. */
  #given = { lines: 0, types: 0, looks: 0 };

  /** Notes whatever is recorded from now on. Calls `onTake` whenever the recording has taken events. */
  constructor(heap: AttachedHeap, recording: Recording, onTake: () => void = () => {}) {
    const types = new TypeNames(heap);
    recording.keepColumns((...words) => types.ofFreed(...words));
    recording.onTake = () => {
      types.forget();
      onTake();
    };
    this.#heap = heap;
    this.#recording = recording;
    this.#types = types;
  }

  /** Notes the type of every live block, and the state of every live object. */
  look(objects: HeapLook): void {
    this.#types.note(objects);
    this.#seen.note(objects, this.#recording);
  }

  /** The labels of the first `events` events, with all tables. */
  upTo(events: number): RunLabels {
    return {
      lines: this.#heap.sites?.lines ?? [],
      types: this.#types.names,
      layouts: this.#types.layouts,
      seen: this.#seen.looks,
      ...this.#recording.columns(0, events),
    };
  }

  /** The labels of the events `from` to before `to`, with what is new in the tables since the last call. */
  next(from: number, to: number): RunLabels {
    const given = this.#given;
    const labels = {
      lines: this.#heap.sites?.lines.slice(given.lines) ?? [],
      types: this.#types.names.slice(given.types),
      layouts: this.#types.layouts.slice(given.types),
      seen: this.#seen.since(given.looks),
      ...this.#recording.columns(from, to),
    };
    this.#given = {
      lines: given.lines + labels.lines.length,
      types: given.types + labels.types.length,
      looks: given.looks + labels.seen.length,
    };
    return labels;
  }
}
