/** The rows of a report: the owners, and the other holders `fixed`, `unattributed` and `<garbage>`. */

import { KIND } from "../objects/nodes.js";
import { emptiedBy } from "./caches.js";
import { type Drop, releasedByDrops } from "./drop.js";
import type { PythonHeap } from "./ownedheap.js";
import { EMPTY_SET, isFixed, isUnattributed } from "./ownersets.js";
import { FIXED_HOLDER, GARBAGE_HOLDER, pinCosts, UNATTRIBUTED_HOLDER } from "./pincost.js";
import { type PartRow, type Place, Places } from "./places.js";
import { type Retained, retained } from "./retained.js";

export interface OwnerRow {
  /** The place in the owner that holds the memory: `registry.recent`. */
  readonly path: string;
  /** The owner as its namespace has it: `__main__.registry`. */
  readonly root: string;
  /** Type of the object at `path`; `null` for one of the other holders. */
  readonly type: string | null;
  /** Objects that only this owner holds; not counted of `fixed` and `unattributed`. */
  readonly objects: number;
  /** Bytes of these objects and their data, in arenas and outside. */
  readonly retainedBytes: number;
  /** Arenas that need the owner. */
  readonly arenas: number;
  /** Arenas without a live block once `path` alone is dropped. */
  readonly arenasAlone: number;
  /** The owner's share of the arenas that it needs: each arena's size is divided equally among its holders. */
  readonly pinCostBytes: number;
  /** The call that empties `path`, where it is a cache of the standard library: `re.purge()`. */
  readonly emptiedBy: string | null;
  /** What `path` is made of. */
  readonly parts: readonly PartRow[];
}

/** Owners are opened as long as they hold this share of the heap; and no more than so many. */
const LEAST_OPENED = 0.01;
const MOST_OPENED = 16;
/** Owners that do not pin are rows if they retain more than this share of all bytes. */
const LEAST_RETAINED = 0.01;

/** An owner whose pin cost is more than so many times what it retains is opened by that: the question is what pins. */
const MUCH_PINNED = 2;
/** A place stands for its owner if this share goes with it of what goes with the owner: another way may lead to what is in it. */
const LEAST_OF_WHOLE = 0.5;

/** The holders that no variable stands for. */
const OTHERS = [FIXED_HOLDER, UNATTRIBUTED_HOLDER, GARBAGE_HOLDER];

export class OwnerTable {
  readonly rows: readonly OwnerRow[];
  readonly #places: Places;
  readonly #opened = new Map<number, Place>();
  /** Arenas released by dropping the opened place, by owner. */
  readonly #alone = new Map<number, number>();

  constructor(heap: PythonHeap, redact: boolean) {
    const { owners, held, sets, arenaBytes, reach, flags, bytes } = heap;
    const costs = pinCosts(held, sets, owners.count, arenaBytes);
    const all = retained(reach, flags, bytes, sets, owners.count, heap.objects.asked);
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
      const by = costs.costBytes[owner] > MUCH_PINNED * all.bytes[owner] ? "pin cost" : "retained";
      const opened = this.#places.opened(owner, by);
      const alone = opened.drop.cut === null ? costs.arenasAlone[owner] : releasedAlone(heap, opened.drop);
      const isEnough = alone >= LEAST_OF_WHOLE * costs.arenasAlone[owner];
      this.#opened.set(owner, isEnough ? opened : this.#places.around(owner, opened));
      this.#alone.set(owner, isEnough ? alone : costs.arenasAlone[owner]);
    }
    const row = (owner: number): OwnerRow => {
      const { path, type, parts } = this.place(owner);
      return {
        path,
        root: this.root(owner),
        type,
        objects: all.objects[owner],
        retainedBytes: all.bytes[owner],
        arenas: costs.arenas[owner],
        arenasAlone: this.#alone.get(owner) ?? costs.arenasAlone[owner],
        pinCostBytes: costs.costBytes[owner],
        emptiedBy: emptiedBy(path, type),
        parts,
      };
    };
    const others = OTHERS.filter((holder) => costs.arenas[owners.count + holder] > 0).map((holder): OwnerRow => {
      const at = owners.count + holder;
      const { name, retainedBytes } = otherHolder(holder, heap, all);
      return {
        path: name,
        root: name,
        type: null,
        objects: holder === GARBAGE_HOLDER ? garbageObjects(heap) : 0,
        retainedBytes,
        arenas: costs.arenas[at],
        arenasAlone: holder === GARBAGE_HOLDER ? costs.arenasAlone[at] : 0,
        pinCostBytes: costs.costBytes[at],
        emptiedBy: null,
        parts: [],
      };
    });
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

function otherHolder(holder: number, heap: PythonHeap, all: Retained): { name: string; retainedBytes: number } {
  if (holder === FIXED_HOLDER) return { name: "fixed", retainedBytes: all.fixedBytes };
  if (holder === UNATTRIBUTED_HOLDER) return { name: "unattributed", retainedBytes: all.unattributedBytes };
  return { name: garbageName(heap), retainedBytes: all.garbageBytes };
}

/** Objects that nobody holds and no free list keeps. */
function garbageObjects({ objects, reach, bytes }: PythonHeap): number {
  const { kinds, count } = objects.nodes;
  let garbage = 0;
  for (let node = 0; node < count; node++)
    if (reach[node] === EMPTY_SET && kinds[node] === KIND.OBJECT && bytes[node] > 0) garbage++;
  return garbage;
}

/** What the arenas hold that nobody holds: garbage, and objects that free lists keep. */
function garbageName({ objects, arenaOf, held, sets }: PythonHeap): string {
  const { kinds } = objects.nodes;
  const freeListed = new Set<string>();
  let hasGarbage = false;
  for (let node = 0; node < arenaOf.length; node++) {
    const need = arenaOf[node] < 0 ? null : held.needs[arenaOf[node]];
    if (need === null || isFixed(need) || isUnattributed(need) || sets.size(need) > 0) continue;
    if (kinds[node] === KIND.FREE_LIST) freeListed.add(objects.type(node)?.name ?? "tables");
    else hasGarbage = true;
  }
  if (freeListed.size === 0) return "<garbage>";
  if (hasGarbage) return "<garbage and free lists>";
  return freeListed.size === 1 ? `<free list of ${[...freeListed][0]}>` : "<free lists>";
}
