/**
 * Where on the picture each byte of the emulated process is. The address space is a strip, cut into rows; a cell is a pool's size.
 *
 *     ┌────────┐ ┌────────┐ ┌───┐ ┌────────┐
 *     │ arena  │ │ arena  │ │raw│ │  not   │     row 0     arenas: pools in reading order, never cut
 *     │ 8 × 8  │ │        │ │   │ │ mapped │               regions, free spans: down a column, then the next; cut at the row's end
 *     └────────┘ └────────┘ └───┘ └────────┘
 *     ┌────────┐ …                              row 1
 *
 * Items stand in order of address, a column apart. How long a row is follows from the most that the trace ever maps, so that the
 * picture holds still while time runs.
 */
import { type Geometry, poolsPerArena } from "../../../geometry/geometry.js";
import type { MapView } from "../../protocol/index.js";

export type ItemKind = "arena" | "region" | "free";

export interface Item {
  readonly kind: ItemKind;
  /** In the columns of its kind. */
  readonly index: number;
  readonly address: number;
  readonly bytes: number;
  readonly cells: number;
  /** Counted through all rows. */
  readonly column: number;
  readonly columns: number;
}

export interface Plane {
  /** In order of address, and so of columns. */
  readonly items: readonly Item[];
  /** Columns of a row, rows, and cells of an item from top to bottom. */
  readonly width: number;
  readonly rows: number;
  readonly height: number;
  /** Pools next to each other in an arena. */
  readonly arenaWidth: number;
  readonly cellBytes: number;
}

/** Cells of the whole picture from top to bottom: rows stand a cell apart. */
export const planeHeight = ({ rows, height }: Plane): number => Math.max(rows * (height + 1) - 1, 1);

const shape = (geometry: Geometry): { height: number; arenaWidth: number } => {
  const pools = poolsPerArena(geometry);
  const height = 2 ** Math.floor(Math.log2(pools) / 2);
  return { height, arenaWidth: Math.ceil(pools / height) };
};

/** Columns of a row for a heap of `bytes`, on a picture that is `aspect` times as wide as high. */
export function rowWidth(geometry: Geometry, bytes: number, aspect: number): number {
  const { height, arenaWidth } = shape(geometry);
  const step = arenaWidth + 1;
  // Regions and free spans, being narrower than arenas, have more gaps between them.
  const columns = Math.max((bytes / geometry.poolSize / height) * (step / arenaWidth) * 1.12, step);
  let best = { width: step, scale: 0 };
  const most = Math.ceil(columns / step) + 1;
  for (let across = 1; across <= most; across++) {
    const width = across * step - 1;
    const scale = Math.min(aspect / width, 1 / (Math.ceil(columns / (width + 1)) * (height + 1)));
    if (scale > best.scale) best = { width, scale };
  }
  return best.width;
}

export function layOut(map: MapView, geometry: Geometry, width: number): Plane {
  const { height, arenaWidth } = shape(geometry);
  const { arenas, regions, freeSpans } = map;
  const spans: { kind: ItemKind; index: number; address: number; bytes: number }[] = [];
  for (let index = 0; index < arenas.count; index++)
    spans.push({ kind: "arena", index, address: arenas.spanAddress[index], bytes: arenas.spanBytes[index] });
  for (let index = 0; index < regions.count; index++)
    spans.push({ kind: "region", index, address: regions.address[index], bytes: regions.bytes[index] });
  for (let index = 0; index < freeSpans.count; index++)
    spans.push({ kind: "free", index, address: freeSpans.address[index], bytes: freeSpans.bytes[index] });
  spans.sort((a, b) => a.address - b.address);
  let column = 0;
  const items = spans.map((span): Item => {
    const cells = Math.max(Math.ceil(span.bytes / geometry.poolSize), 1);
    const columns = span.kind === "arena" ? arenaWidth : Math.ceil(cells / height);
    const left = width - (column % width);
    if (span.kind === "arena" && left < columns) column += left;
    const item = { ...span, cells, column, columns };
    column += columns;
    if (column % width !== 0) column++;
    return item;
  });
  return {
    items,
    width,
    rows: Math.max(Math.ceil(column / width), 1),
    height,
    arenaWidth,
    cellBytes: geometry.poolSize,
  };
}

/** Cell of the picture that cell `i` of an item is: column from the left, and row of cells from the top. */
export function cellOf(plane: Plane, item: Item, i: number): { x: number; y: number } {
  const isArena = item.kind === "arena";
  const dx = isArena ? i % plane.arenaWidth : Math.floor(i / plane.height);
  const dy = isArena ? Math.floor(i / plane.arenaWidth) : i % plane.height;
  const column = item.column + dx;
  return { x: column % plane.width, y: Math.floor(column / plane.width) * (plane.height + 1) + dy };
}

/** What is at a cell of the picture: the item and which of its cells; `null` for nothing. */
export function itemAt(plane: Plane, x: number, y: number): { item: Item; cell: number } | null {
  const row = Math.floor(y / (plane.height + 1));
  const dy = y - row * (plane.height + 1);
  if (x < 0 || x >= plane.width || y < 0 || row >= plane.rows || dy >= plane.height) return null;
  const column = row * plane.width + x;
  let [low, high] = [0, plane.items.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (plane.items[middle].column <= column) low = middle;
    else high = middle - 1;
  }
  const item = plane.items[low];
  if (item === undefined || column < item.column || column >= item.column + item.columns) return null;
  const dx = column - item.column;
  const cell = item.kind === "arena" ? dy * plane.arenaWidth + dx : dx * plane.height + dy;
  return cell < item.cells ? { item, cell } : null;
}

/** The parts of an item, one a row that it reaches: in cells of the picture. */
export function partsOf(plane: Plane, item: Item): { x: number; y: number; width: number; height: number }[] {
  const parts = [];
  for (let done = 0; done < item.columns; ) {
    const column = item.column + done;
    const x = column % plane.width;
    const width = Math.min(item.columns - done, plane.width - x);
    const height =
      item.kind === "arena" ? Math.ceil(item.cells / plane.arenaWidth) : Math.min(item.cells, plane.height);
    parts.push({ x, y: Math.floor(column / plane.width) * (plane.height + 1), width, height });
    done += width;
  }
  return parts;
}
