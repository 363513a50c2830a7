/** Owners as rows of a report, with the holders that are no owners: `fixed`, `unattributed`, `<garbage>`. */
import { type Drop, releasedByDrops } from "./drop.js";
import type { PythonHeap } from "./ownedheap.js";
import { FIXED_HOLDER, GARBAGE_HOLDER, pinCosts, UNATTRIBUTED_HOLDER } from "./pincost.js";
import { type PartRow, type Place, Places } from "./places.js";
import { type Retained, retained } from "./retained.js";

export interface OwnerRow {
  /** The place in the owner that holds the memory: `registry.recent`. */
  readonly path: string;
  /** The owner as its namespace has it: `__main__.registry`. */
  readonly root: string;
  /** Type of the object at `path`; `null` for a holder that is no owner. */
  readonly type: string | null;
  /** Objects that only this owner holds. */
  readonly objects: number;
  /** Bytes of these objects and their data, in arenas and outside. */
  readonly retainedBytes: number;
  /** Arenas that need the owner. */
  readonly arenas: number;
  /** Arenas without a live block once `path` alone is dropped. */
  readonly arenasAlone: number;
  /** The owner's share of the arenas that it needs: each arena's size is divided equally among its holders. */
  readonly pinCostBytes: number;
  /** What `path` is made of. */
  readonly parts: readonly PartRow[];
}

/** Owners are opened as long as they hold this share of the heap; and no more than so many. */
const LEAST_OPENED = 0.01;
const MOST_OPENED = 16;
/** Owners that do not pin are rows if they retain more than this share of all bytes. */
const LEAST_RETAINED = 0.01;

const OTHERS = [
  [FIXED_HOLDER, "fixed"],
  [UNATTRIBUTED_HOLDER, "unattributed"],
  [GARBAGE_HOLDER, "<garbage>"],
] as const;

export class OwnerTable {
  readonly rows: readonly OwnerRow[];
  readonly #places: Places;
  readonly #opened = new Map<number, Place>();

  constructor(heap: PythonHeap, redact: boolean) {
    const { owners, held, sets, arenaBytes, reach, flags, bytes } = heap;
    const costs = pinCosts(held, sets, owners.count, arenaBytes);
    const all = retained(reach, flags, bytes, sets, owners.count);
    const heldBytes = costs.heldArenas * arenaBytes;
    let allBytes = 0;
    for (const size of bytes) allBytes += size;
    this.#places = new Places(heap, redact);
    const weight = (owner: number): number => Math.max(costs.costBytes[owner], all.bytes[owner]);
    const shown = Array.from({ length: owners.count }, (_, owner) => owner)
      .filter((owner) => costs.costBytes[owner] > 0 || all.bytes[owner] > LEAST_RETAINED * allBytes)
      .sort((a, b) => costs.costBytes[b] - costs.costBytes[a] || all.bytes[b] - all.bytes[a] || a - b);
    const large = shown.filter(
      (owner) => costs.costBytes[owner] >= LEAST_OPENED * heldBytes || all.bytes[owner] >= LEAST_OPENED * allBytes,
    );
    for (const owner of large.sort((a, b) => weight(b) - weight(a)).slice(0, MOST_OPENED)) {
      const by = costs.costBytes[owner] >= all.bytes[owner] ? "pin cost" : "retained";
      this.#opened.set(owner, this.#places.opened(owner, by));
    }
    const row = (owner: number): OwnerRow => {
      const { path, type, parts, drop } = this.place(owner);
      return {
        path,
        root: this.root(owner),
        type,
        objects: all.objects[owner],
        retainedBytes: all.bytes[owner],
        arenas: costs.arenas[owner],
        arenasAlone: drop.cut === null ? costs.arenasAlone[owner] : releasedAlone(heap, drop),
        pinCostBytes: costs.costBytes[owner],
        parts,
      };
    };
    const others = OTHERS.map(([holder, name]): OwnerRow => {
      const at = owners.count + holder;
      return {
        path: name,
        root: name,
        type: null,
        objects: 0,
        retainedBytes: bytesOf(name, all),
        arenas: costs.arenas[at],
        arenasAlone: holder === GARBAGE_HOLDER ? costs.arenasAlone[at] : 0,
        pinCostBytes: costs.costBytes[at],
        parts: [],
      };
    }).filter(({ arenas }) => arenas > 0);
    this.rows = [...shown.map(row), ...others].sort(
      (a, b) => b.pinCostBytes - a.pinCostBytes || b.retainedBytes - a.retainedBytes,
    );
  }

  /** The owner as its namespace has it. */
  root(owner: number): string {
    return this.#places.root(owner);
  }

  /** Where in the owner the memory is, and how to drop that. */
  place(owner: number): Place {
    return this.#opened.get(owner) ?? this.#places.whole(owner);
  }
}

/** Arenas that go with a place, beside those that garbage alone holds: these go with any drop. */
function releasedAlone(heap: PythonHeap, drop: Drop): number {
  return releasedByDrops(heap, [drop]).length - releasedByDrops(heap, []).length;
}

function bytesOf(name: (typeof OTHERS)[number][1], all: Retained): number {
  if (name === "fixed") return all.fixedBytes;
  return name === "unattributed" ? all.unattributedBytes : all.garbageBytes;
}
