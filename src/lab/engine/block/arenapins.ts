/**
 * What holds which arena, by type, by line, by size class. Pin cost and pinned bytes are those of src/python/interpreter/pins.ts: an arena goes back
 * with its last block, so what is alone in some arenas costs all of their bytes, less one arena where the profile keeps the last.
 */
import { arenasReturned } from "../../../geometry/release.js";
import type { By, HolderRow, HoldingRow, PinnedArenaRow, PinTable } from "../../protocol/index.js";
import { lineName, NO_LABELS } from "../document/labels.js";
import type { Origins } from "../document/origins.js";
import type { Look } from "../map/heapindex.js";
import { arenaMap } from "../map/map.js";
import { classNames } from "./classnames.js";

/** Holdings of an arena that a row has. */
const LISTED = 8;

/** By key: blocks and bytes. */
type Tally = Map<number, { blocks: number; bytes: number }>;

function add(tally: Tally, key: number, blocks: number, bytes: number): void {
  const had = tally.get(key);
  if (had === undefined) tally.set(key, { blocks, bytes });
  else {
    had.blocks += blocks;
    had.bytes += bytes;
  }
}

const rowsOf = (tally: Tally, name: (key: number) => string): HoldingRow[] =>
  [...tally]
    .map(([key, { blocks, bytes }]) => ({ key, name: name(key), blocks, bytes }))
    .sort((a, b) => b.bytes - a.bytes || a.key - b.key);

/** By arena, as `look.arenas` has them: its live blocks by class. */
function byClass(look: Look): Tally[] {
  const { pools } = arenaMap(look);
  const { alignment } = look.profile.geometry;
  const tallies: Tally[] = look.arenas.map(() => new Map());
  pools.blocks.forEach((blocks, pool) => {
    const szidx = pools.szidx[pool];
    if (blocks > 0) add(tallies[look.arenaOfPool[pool]], szidx, blocks, blocks * (szidx + 1) * alignment);
  });
  return tallies;
}

/** The same by what the event that asked for each block has in `numberOfEvent`. */
function byNumber(look: Look, { addresses, live }: Origins, numberOfEvent: Uint32Array): Tally[] {
  const { alignment } = look.profile.geometry;
  const tallies: Tally[] = look.arenas.map(() => new Map());
  addresses.forEach((address, id) => {
    const pool = address === 0 ? -1 : look.poolAt(address);
    if (pool < 0) return;
    const bytes = (look.classAt(address) + 1) * alignment;
    add(tallies[look.arenaOfPool[pool]], numberOfEvent[live.last[id]] ?? 0, 1, bytes);
  });
  return tallies;
}

/** What each key holds in all of the arenas. */
function holders(
  look: Look,
  tallies: readonly Tally[],
  name: (key: number) => string,
  pinCost: (emptied: number) => number,
): HolderRow[] {
  const all: Tally = new Map();
  const arenas = new Map<number, number[]>();
  const alone = new Map<number, number>();
  tallies.forEach((tally, index) => {
    for (const [key, { blocks, bytes }] of tally) {
      add(all, key, blocks, bytes);
      const among = arenas.get(key) ?? [];
      among.push(look.arenas[index].ordinal);
      arenas.set(key, among);
      if (tally.size === 1) alone.set(key, (alone.get(key) ?? 0) + 1);
    }
  });
  return rowsOf(all, name)
    .map((row) => ({
      ...row,
      arenas: Uint32Array.from(arenas.get(row.key) ?? []),
      pinCostBytes: pinCost(alone.get(row.key) ?? 0),
    }))
    .sort((a, b) => b.pinCostBytes - a.pinCostBytes || b.bytes - a.bytes);
}

/** `origins`: `null` in a heap image. */
export function pinTable(look: Look, origins: Origins | null, position: number): PinTable {
  const { geometry } = look.profile;
  const labels = origins?.labels ?? NO_LABELS;
  const numbered = (column: Uint32Array | null): Tally[] | null =>
    origins === null || column === null ? null : byNumber(look, origins, column);
  const groups = {
    byType: { tallies: numbered(labels.typeOfEvent), name: (key: number) => labels.types[key] ?? "unknown" },
    byLine: { tallies: numbered(labels.lineOfEvent), name: (key: number) => lineName(labels, key) },
    byClass: { tallies: byClass(look), name: classNames(geometry) },
  };
  const classes = groups.byClass.tallies;
  const held = classes.filter(({ size }) => size > 0).length;
  const pinCost = (emptied: number): number =>
    arenasReturned(geometry.release, emptied, held < look.arenas.length) * geometry.arenaSize;
  const holdings = (index: number): By<HoldingRow> => {
    const rows = ({ tallies, name }: { tallies: Tally[] | null; name: (key: number) => string }): HoldingRow[] =>
      tallies === null ? [] : rowsOf(tallies[index], name).slice(0, LISTED);
    return { byType: rows(groups.byType), byLine: rows(groups.byLine), byClass: rows(groups.byClass) };
  };
  const arenas: PinnedArenaRow[] = look.arenas.flatMap(({ ordinal, address }, index) => {
    const blocks = [...classes[index].values()].reduce((sum, row) => sum + row.blocks, 0);
    const bytes = [...classes[index].values()].reduce((sum, row) => sum + row.bytes, 0);
    if (blocks === 0) return [];
    return [{ ordinal, address, blocks, bytes, pinnedBytes: geometry.arenaSize - bytes, holdings: holdings(index) }];
  });
  const table = ({ tallies, name }: { tallies: Tally[] | null; name: (key: number) => string }): HolderRow[] =>
    tallies === null ? [] : holders(look, tallies, name, pinCost);
  return {
    position,
    arenas: arenas.sort((a, b) => a.blocks - b.blocks || a.ordinal - b.ordinal),
    holders: { byType: table(groups.byType), byLine: table(groups.byLine), byClass: table(groups.byClass) },
    liveBytes: arenas.reduce((sum, { bytes }) => sum + bytes, 0),
    pinnedBytes: arenas.reduce((sum, { pinnedBytes }) => sum + pinnedBytes, 0),
  };
}
