/** What an owner is called in a report: the place in it that holds the memory, with what a program does to drop that place. */
import { DictTable } from "../objects/dicttable.js";
import { Names } from "../objects/names.js";
import { SHAPE } from "../objects/pytype.js";
import type { Drop } from "./drop.js";
import { type OpenedOwner, openOwner } from "./openowner.js";
import type { PythonHeap } from "./ownedheap.js";

/** A part of a place: siblings of one shape and one type are one row. */
export interface PartRow {
  /** `cache["key"]`; of several `cache[*]`. */
  readonly path: string;
  readonly type: string;
  readonly count: number;
  /** Bytes that go if these are dropped. */
  readonly retainedBytes: number;
}

export interface Place {
  readonly path: string;
  readonly type: string;
  readonly drop: Drop;
  /** Those that retain most first. */
  readonly parts: readonly PartRow[];
}

export interface OpenedPlace extends Place {
  /** Bytes that go if the place is dropped. */
  readonly retainedBytes: number;
}

export class Places {
  readonly #heap: PythonHeap;
  readonly #names: Names;
  readonly #redact: boolean;

  constructor(heap: PythonHeap, redact: boolean) {
    this.#heap = heap;
    this.#names = new Names(heap.objects, { redact });
    this.#redact = redact;
  }

  /** The owner as its namespace has it. */
  root(owner: number): string {
    return this.#heap.owners.name(owner, this.#redact);
  }

  /** The owner as a whole, with no parts. */
  whole(owner: number): Place {
    const { owners } = this.#heap;
    return { path: this.root(owner), type: this.#typeOf(owners.value(owner)), drop: { owner, cut: null }, parts: [] };
  }

  /** The owner as a whole, with a place in it as its part. */
  around(owner: number, { path, type, retainedBytes }: OpenedPlace): Place {
    return { ...this.whole(owner), parts: [{ path, type, count: 1, retainedBytes }] };
  }

  /** The owner, opened: takes O(n log n) for the n nodes that it reaches. */
  opened(owner: number, by: "pin cost" | "retained"): OpenedPlace {
    const opened = openOwner(this.#heap, owner, by);
    const path = this.#names.follow(this.root(owner), [...opened.steps]);
    return {
      path,
      type: this.#typeOf(opened.steps[opened.steps.length - 1]),
      drop: { owner, cut: opened.holder.length === 0 ? null : this.#cut(opened) },
      parts: this.#parts(path, opened),
      retainedBytes: opened.retainedBytes,
    };
  }

  /** A part that is the value of a dict's entry goes with the key. */
  #cut({ holder, steps }: OpenedOwner): NonNullable<Drop["cut"]> {
    const { nodes, memory, type } = this.#readable();
    const part = steps[steps.length - 1];
    const targets = [part];
    for (const member of holder) {
      if (type(member)?.body.shape !== SHAPE.DICT) continue;
      const table = DictTable.of(memory.space, memory.layout, nodes.addresses[member]);
      for (let entry = 0; entry < table.length; entry++)
        if (table.value(entry) === nodes.addresses[part]) targets.push(nodes.at(table.key(entry)));
    }
    return { sources: [...holder], targets };
  }

  #parts(path: string, { steps, parts, partRetainedBytes }: OpenedOwner): PartRow[] {
    const container = steps[steps.length - 1];
    const groups = new Map<string, { first: number; type: string; count: number; retainedBytes: number }>();
    parts.forEach((part, index) => {
      const type = this.#typeOf(part);
      const group = groups.get(type) ?? { first: part, type, count: 0, retainedBytes: 0 };
      group.count++;
      group.retainedBytes += partRetainedBytes[index];
      groups.set(type, group);
    });
    return [...groups.values()]
      .filter(({ retainedBytes }) => retainedBytes > 0)
      .sort((a, b) => b.retainedBytes - a.retainedBytes || (a.type < b.type ? -1 : 1))
      .map(({ first, ...row }) => {
        const step = this.#names.step(container, first);
        return { path: path + (row.count === 1 ? step : ofAll(step)), ...row };
      });
  }

  #typeOf(node: number): string {
    return this.#heap.objects.type(node)?.name ?? "data";
  }

  #readable() {
    const { objects } = this.#heap;
    const { nodes, memory } = objects;
    return { nodes, memory, type: (node: number) => objects.type(node) };
  }
}

/** The step to each of several siblings. */
const ofAll = (step: string): string => (step.startsWith("[") ? "[*]" : step.startsWith(".") ? ".*" : step);
