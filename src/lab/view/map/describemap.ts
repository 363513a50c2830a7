/** The map in words. */
import { percent, withCommas } from "../../../text/units.js";
import { NO_CLASS, POOL_STATES } from "../../protocol/index.js";
import { bytes, hex } from "../format.js";
import type { Scene } from "./draw.js";
import type { Item } from "./plane.js";

export function describeMap({ view, side }: Scene): string {
  const { arenas, regions } = view.map;
  const { ledgerBytes, mappedBytes } = view.moment;
  const share = ledgerBytes.total === 0 ? "" : `, ${percent(ledgerBytes.allocated / ledgerBytes.total)} in live blocks`;
  return (
    `Map of the heap of profile ${side.profile}: ${arenas.count} arenas${share}; ` +
    `${regions.count} regions of the raw domain; ${bytes(mappedBytes)} mapped`
  );
}

/** What is under the pointer, in one line. */
export function describeCell({ view, side }: Scene, { item, cell }: { item: Item; cell: number }): string {
  const { arenas, pools } = view.map;
  if (item.kind === "region") {
    const kind = view.map.regions.isMapped[item.index] === 1 ? "one large block, mapped for itself" : "large blocks";
    return `raw region at ${hex(item.address)}, ${bytes(item.bytes)}: ${kind}`;
  }
  if (item.kind === "free") return `${bytes(item.bytes)} at ${hex(item.address)}: not mapped`;
  const pool = arenas.firstPool[item.index] + cell;
  const name = `arena ${arenas.ordinal[item.index]} at ${hex(item.address)}`;
  if (pool >= arenas.firstPool[item.index + 1]) return `${name}: lost to alignment`;
  const state = POOL_STATES[pools.state[pool]];
  const szidx = pools.szidx[pool];
  const live =
    pools.blocks[pool] > 0
      ? `, ${withCommas(pools.blocks[pool])} live blocks, ${percent(pools.occupancy[pool] / 255)} of it`
      : "";
  const size = szidx === NO_CLASS ? "" : `, class ${szidx} (${(szidx + 1) * side.geometry.alignment} bytes)`;
  return `${name}, pool ${cell}: ${state}${size}${live}`;
}
