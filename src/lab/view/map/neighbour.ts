/** From one arena, or pool, to the one beside it: how the keyboard walks the map. */

import { select } from "../../model/actions.js";
import type { Selection } from "../../model/state.js";
import type { SideIndex } from "../../protocol/index.js";
import type { Scene } from "./draw.js";
import { cellOf } from "./plane.js";

export function selectFirst({ plane, view }: Scene, side: SideIndex): void {
  const first = plane.items.find(({ kind }) => kind === "arena");
  if (first) void select({ side, arena: view.map.arenas.ordinal[first.index], pool: null, address: null });
}

export function neighbour(scene: Scene, side: SideIndex, selection: Selection | null, dx: number, dy: number): void {
  const { plane, view } = scene;
  const { arenas } = view.map;
  const inArenas = plane.items.filter(({ kind }) => kind === "arena");
  const at = inArenas.findIndex(({ index }) => arenas.ordinal[index] === selection?.arena);
  if (at < 0 || selection === null || selection.side !== side) {
    selectFirst(scene, side);
    return;
  }
  if (selection.pool !== null) {
    const { index } = inArenas[at];
    const pools = arenas.firstPool[index + 1] - arenas.firstPool[index];
    const pool = selection.pool + dx + dy * plane.arenaWidth;
    if (pool >= 0 && pool < pools) void select({ ...selection, pool, address: null });
    return;
  }
  const from = cellOf(plane, inArenas[at], 0);
  // Of the arenas that lie that way the nearest; straight ahead counts for more.
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  inArenas.forEach((item, index) => {
    const to = cellOf(plane, item, 0);
    const [ahead, aside] = dx !== 0 ? [(to.x - from.x) * dx, to.y - from.y] : [(to.y - from.y) * dy, to.x - from.x];
    const distance = ahead + 3 * Math.abs(aside);
    if (ahead <= 0 || distance >= least) return;
    least = distance;
    best = index;
  });
  const next = inArenas[best] ?? inArenas[at + dx];
  if (next) void select({ side, arena: arenas.ordinal[next.index], pool: null, address: null });
}
