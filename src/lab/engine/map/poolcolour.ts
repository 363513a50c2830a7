/** The slower colours of the map: how old the blocks of a pool are, and which type or line most of them are of. */
import type { MapView, PoolColumns, RawRunColumns } from "../../protocol/index.js";
import type { LiveBlocks } from "../document/liveblocks.js";
import type { HeapIndex } from "./heapindex.js";

/** By id: the address of its live block, or 0. */
export type Addresses = Uint32Array;

/** Index of the run that the raw block at `address` lies in; −1 for none. */
function runAt({ count, address: starts, bytes }: RawRunColumns, address: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle] <= address) low = middle;
    else high = middle - 1;
  }
  return count > 0 && address >= starts[low] && address < starts[low] + bytes[low] ? low : -1;
}

/** By id, the cell of its live block: the number of its pool or, behind all pools, of its run; −1 where it has none. */
function cellsOf(look: HeapIndex, runs: RawRunColumns, ids: Addresses): Int32Array {
  const { poolOfUnit, poolCount } = look;
  const { firstPoolUnit } = look.snapshot;
  const bits = Math.log2(look.profile.geometry.poolSize);
  const cells = new Int32Array(ids.length).fill(-1);
  for (let id = 0; id < ids.length; id++) {
    const address = ids[id];
    if (address === 0) continue;
    const unit = (address >>> bits) - firstPoolUnit;
    if (unit < poolOfUnit.length && poolOfUnit[unit] >= 0) cells[id] = poolOfUnit[unit];
    else {
      const run = runAt(runs, address);
      if (run >= 0) cells[id] = poolCount + run;
    }
  }
  return cells;
}

/** Mean age in events of the live blocks of each of `count` cells, at `position`; −1 where there is none. */
function ages(cells: Int32Array, count: number, birth: Int32Array, position: number): Float32Array {
  const sums = new Float64Array(count);
  const counts = new Uint32Array(count);
  for (let id = 0; id < cells.length; id++) {
    const cell = cells[id];
    if (cell < 0) continue;
    sums[cell] += birth[id];
    counts[cell]++;
  }
  const means = new Float32Array(count).fill(-1);
  for (let cell = 0; cell < count; cell++) {
    if (counts[cell] > 0) means[cell] = position - 1 - sums[cell] / counts[cell];
  }
  return means;
}

/** Of each cell the number, by `numberOfEvent`, that the most of its blocks have; the lowest of equals, 0 where there is none. */
function prevailing(cells: Int32Array, count: number, last: Int32Array, numberOfEvent: Uint32Array): Uint32Array {
  const ends = new Uint32Array(count + 1);
  for (const cell of cells) if (cell >= 0) ends[cell + 1]++;
  for (let cell = 0; cell < count; cell++) ends[cell + 1] += ends[cell];
  const numbers = new Uint32Array(ends[count]);
  const next = ends.slice();
  let highest = 0;
  for (let id = 0; id < cells.length; id++) {
    if (cells[id] < 0) continue;
    const number = last[id] < 0 ? 0 : numberOfEvent[last[id]];
    numbers[next[cells[id]]++] = number;
    if (number > highest) highest = number;
  }
  const counts = new Uint32Array(highest + 1);
  const most = new Uint32Array(count);
  for (let cell = 0; cell < count; cell++) {
    let best = 0;
    for (let at = ends[cell]; at < ends[cell + 1]; at++) {
      const number = numbers[at];
      const times = ++counts[number];
      if (times > counts[best] || (times === counts[best] && number < best) || at === ends[cell]) best = number;
    }
    most[cell] = best;
    for (let at = ends[cell]; at < ends[cell + 1]; at++) counts[numbers[at]] = 0;
  }
  return most;
}

type Slow = Pick<PoolColumns, "age" | "type" | "line">;

/** `map` with the ages. */
export function withAges(map: MapView, look: HeapIndex, ids: Addresses, live: LiveBlocks, position: number): MapView {
  const cells = cellsOf(look, map.rawRuns, ids);
  return withColumn(map, "age", ages(cells, look.poolCount + map.rawRuns.count, live.birth, position));
}

/** `map` with types or lines, by the numbers of events that `numberOfEvent` has. */
export function withNumbers(
  map: MapView,
  name: "type" | "line",
  look: HeapIndex,
  ids: Addresses,
  live: LiveBlocks,
  numberOfEvent: Uint32Array,
): MapView {
  const cells = cellsOf(look, map.rawRuns, ids);
  return withColumn(map, name, prevailing(cells, look.poolCount + map.rawRuns.count, live.last, numberOfEvent));
}

/** The cells' column, taken apart. */
function withColumn(map: MapView, name: keyof Slow, cells: Float32Array | Uint32Array): MapView {
  return {
    ...map,
    pools: { ...map.pools, [name]: cells.slice(0, map.pools.count) },
    rawRuns: { ...map.rawRuns, [name]: cells.slice(map.pools.count) },
  };
}
