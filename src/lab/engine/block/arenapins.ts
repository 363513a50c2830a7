/** What holds which arena, by type, by line, by size class. */
import { Holdings, releasedAloneOf } from "../../../replay/holders.js";
import type { By, HolderRow, HoldingRow, PinTable } from "../../protocol/index.js";
import { ownersAt } from "../document/blockowners.js";
import { lineName, NO_LABELS } from "../document/labels.js";
import type { Origins } from "../document/origins.js";
import type { HeapIndex } from "../map/heapindex.js";
import { arenaMap } from "../map/map.js";
import { classNames } from "./classnames.js";

/** Holdings of an arena that a row has. */
const LISTED = 8;

function byClass(look: HeapIndex): Holdings<number> {
  const { pools } = arenaMap(look);
  const { alignment } = look.profile.geometry;
  const holdings = Holdings.none<number>(look.arenas.length);
  pools.blocks.forEach((blocks, pool) => {
    const szidx = pools.szidx[pool];
    if (blocks > 0) holdings.add(look.arenaOfPool[pool], szidx, blocks, blocks * (szidx + 1) * alignment);
  });
  return holdings;
}

/** By the number that `numberOfEvent` has for the event that last allocated or resized each block; none if nothing is known. */
function byNumber(look: HeapIndex, origins: Origins | null, numberOfEvent: Uint32Array | null): Holdings<number> {
  const { alignment } = look.profile.geometry;
  const holdings = Holdings.none<number>(look.arenas.length);
  if (origins === null || numberOfEvent === null) return holdings;
  const { addresses, live } = origins;
  addresses.forEach((address, id) => {
    const pool = address === 0 ? -1 : look.poolAt(address);
    if (pool < 0) return;
    const bytes = (look.classAt(address) + 1) * alignment;
    holdings.add(look.arenaOfPool[pool], numberOfEvent[live.last[id]] ?? 0, 1, bytes);
  });
  return holdings;
}

/** A way to tell blocks apart, and the names of its keys. */
interface Group {
  readonly holdings: Holdings<number>;
  readonly name: (key: number) => string;
}

/** `origins`: `null` in a heap image. */
export function pinTable(look: HeapIndex, origins: Origins | null, position: number): PinTable {
  const { geometry } = look.profile;
  const labels = origins?.labels ?? NO_LABELS;
  const types = {
    holdings: byNumber(look, origins, labels.typeOfEvent),
    name: (key: number) => labels.types[key] ?? "unknown",
  };
  const lines = { holdings: byNumber(look, origins, labels.lineOfEvent), name: (key: number) => lineName(labels, key) };
  const classes = { holdings: byClass(look), name: classNames(geometry) };
  const by = <Row>(rows: (group: Group) => Row[]): By<Row> => ({
    byType: rows(types),
    byLine: rows(lines),
    byClass: rows(classes),
  });
  const held = classes.holdings.heldArenas(geometry);
  const releasedAlone = releasedAloneOf(geometry, held.length < look.arenas.length);
  return {
    position,
    owners: ownersAt(labels, position),
    arenas: held.map(({ arena, ...row }) => ({
      ordinal: look.arenas[arena].ordinal,
      address: look.arenas[arena].address,
      ...row,
      holdings: by(({ holdings, name }): HoldingRow[] =>
        holdings
          .of(arena)
          .slice(0, LISTED)
          .map(({ key, blocks, bytes }) => ({ key, name: name(key), blocks, bytes })),
      ),
    })),
    holders: by(({ holdings, name }): HolderRow[] =>
      holdings.holders(releasedAlone).map(({ key, blocks, bytes, arenas, releasedAloneBytes }) => ({
        key,
        name: name(key),
        blocks,
        bytes,
        arenas: Uint32Array.from(arenas, (arena) => look.arenas[arena].ordinal),
        releasedAloneBytes,
      })),
    ),
    liveBytes: held.reduce((sum, { bytes }) => sum + bytes, 0),
    pinnedBytes: held.reduce((sum, { pinnedBytes }) => sum + pinnedBytes, 0),
  };
}
