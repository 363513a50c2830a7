/** The plan as rows of a report: what to drop, by name, and what is released then. */
import { releasedByDrops } from "./drop.js";
import type { PythonHeap } from "./ownedheap.js";
import type { OwnerTable } from "./ownertable.js";
import type { Place } from "./places.js";
import { releasePlan } from "./plan.js";

export interface PlanRow {
  /** All places to drop, those of the rows before included, the most rewarding first. Empty: `gc.collect()` alone does it. */
  readonly drop: readonly string[];
  /** How many arenas have no live block then. CPython may keep one of them: see `releaseRange`. */
  readonly arenas: number;
  readonly bytes: number;
  /** The addresses of these arenas. */
  readonly released: readonly number[];
}

/** At most three rows. Each is counted anew for the places that it names, which may release less than the owners as a whole. */
export function planRows(heap: PythonHeap, table: OwnerTable): PlanRow[] {
  const { held, sets, owners, arenaBytes } = heap;
  let most = 0;
  return releasePlan(held, sets, owners.count, arenaBytes).flatMap(({ drop }) => {
    const places = distinct([...drop].map((owner) => table.place(owner)));
    const drops = places.map((place) => place.drop);
    const released = [...releasedByDrops(heap, drops)].map((arena) => heap.objects.memory.pools.arenas[arena]);
    const arenas = released.length;
    if (arenas <= most) return [];
    most = arenas;
    return [{ drop: places.map(({ path }) => path), arenas, bytes: arenas * arenaBytes, released }];
  });
}

/** Two owners may lead to one part, such as an attribute of a class: it is dropped once, under the shorter name. */
function distinct(places: readonly Place[]): Place[] {
  const byCut = new Map<unknown, Place>();
  for (const place of places) {
    const { cut } = place.drop;
    const key = cut === null ? place : `${[...cut.sources].sort()} ${[...cut.targets].sort()}`;
    const known = byCut.get(key);
    if (known === undefined || place.path.length < known.path.length) byCut.set(key, place);
  }
  return [...byCut.values()];
}
