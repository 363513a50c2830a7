/**
 * Draws the map: the image of all cells, and over it, as far as there is room, what colour alone would not say.
 *
 *     from 1 px a cell    the arena that is selected, those that are pointed out
 *     from 3              outlines: an arena solid, a region dashed, what is not mapped hatched
 *     from 7              of each pool: how full (from below), empty (a stroke through it), untouched (a dot)
 *     from 44             its class and its blocks in words
 */
import { NO_CLASS, POOL_STATE, type SideInfo, type SideView } from "../../protocol/index.js";
import type { Ground, Palette } from "../colour/mapcolours.js";
import { css, isLight, PALE } from "../colour/scales.js";
import type { Camera, Size } from "./camera.js";
import { cellOf, type Item, type Plane, partsOf } from "./plane.js";

export interface Scene {
  readonly side: SideInfo;
  readonly view: SideView;
  readonly plane: Plane;
  readonly palette: Palette;
  readonly bitmap: OffscreenCanvas;
}

/** What is to be pointed out. */
export interface Marked {
  /** Ordinal of the selected arena, or −1, and the pool of it, or −1. */
  readonly arena: number;
  readonly pool: number;
  /** An address of the raw domain, or where the last event was; 0 for none. */
  readonly address: number;
  readonly touched: number;
  readonly arenas: ReadonlySet<number> | null;
  readonly hover: { readonly item: Item; readonly cell: number } | null;
}

type Context = CanvasRenderingContext2D;

const FONT = '11px system-ui, "Segoe UI", sans-serif';

/** The items that reach into what is seen. */
function visibleItems(plane: Plane, { scale, x, y }: Camera, { width, height }: Size): Item[] {
  const left = -x / scale;
  const right = (width - x) / scale;
  const isSeen = ({ kind, column, columns }: Item): boolean => {
    const at = column % plane.width; // only arenas are never cut
    return kind !== "arena" || (at + columns > left && at < right);
  };
  const rowPixels = (plane.height + 1) * scale;
  const first = Math.floor(-y / rowPixels) * plane.width;
  const end = Math.ceil((height - y) / rowPixels) * plane.width;
  return plane.items.filter((item) => item.column + item.columns > first && item.column < end && isSeen(item));
}

export function draw(context: Context, scene: Scene, camera: Camera, size: Size, marked: Marked): void {
  const { plane, palette, bitmap } = scene;
  const { ground } = palette;
  const { scale, x, y } = camera;
  context.fillStyle = css(ground.paper);
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(bitmap, x, y, bitmap.width * scale, bitmap.height * scale);
  const items = scale >= 3 || marked.arenas ? visibleItems(plane, camera, size) : [];
  if (scale >= 3) {
    drawOutlines(context, items, plane, camera, ground);
    if (scale >= 7) drawPools(context, items, scene, camera, size);
    if (scale >= 44) drawWords(context, items, scene, camera, size);
    if (plane.arenaWidth * scale >= 52 && scale >= 11) drawNames(context, items, scene, camera);
  }
  drawMarked(context, items, scene, camera, marked);
}

function drawOutlines(context: Context, items: readonly Item[], plane: Plane, camera: Camera, ground: Ground): void {
  const { scale, x, y } = camera;
  const solid = new Path2D();
  const dashed = new Path2D();
  const hatched = new Path2D();
  for (const item of items) {
    for (const part of partsOf(plane, item)) {
      const [left, top] = [x + part.x * scale, y + part.y * scale];
      const [width, height] = [part.width * scale, part.height * scale];
      const path = item.kind === "arena" ? solid : item.kind === "region" ? dashed : hatched;
      path.rect(Math.round(left) - 0.5, Math.round(top) - 0.5, Math.round(width) + 1, Math.round(height) + 1);
    }
  }
  context.lineWidth = 1;
  context.strokeStyle = css(ground.dim);
  context.globalAlpha = 0.55;
  context.stroke(solid);
  context.setLineDash([3, 2]);
  context.stroke(dashed);
  context.setLineDash([]);
  context.globalAlpha = 0.4;
  context.save();
  context.clip(hatched);
  hatch(
    context,
    items.filter(({ kind }) => kind === "free"),
    plane,
    camera,
  );
  context.restore();
  context.setLineDash([1, 3]);
  context.stroke(hatched);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Slanted lines over the items, to be clipped. */
function hatch(context: Context, items: readonly Item[], plane: Plane, { scale, x, y }: Camera): void {
  const step = 9;
  context.beginPath();
  for (const item of items) {
    for (const part of partsOf(plane, item)) {
      const [left, top] = [x + part.x * scale, y + part.y * scale];
      const [right, bottom] = [left + part.width * scale, top + part.height * scale];
      const height = bottom - top;
      for (let at = Math.ceil((left - height) / step) * step; at < right; at += step) {
        context.moveTo(at, bottom);
        context.lineTo(at + height, top);
      }
    }
  }
  context.stroke();
}

/** Calls `visit` for each pool of `items` that is seen. */
function forEachPool(
  items: readonly Item[],
  { plane, view }: Scene,
  { scale, x, y }: Camera,
  size: Size,
  visit: (pool: number, left: number, top: number) => void,
): void {
  const { arenas } = view.map;
  for (const item of items) {
    if (item.kind !== "arena") continue;
    const first = arenas.firstPool[item.index];
    const count = arenas.firstPool[item.index + 1] - first;
    const corner = cellOf(plane, item, 0);
    for (let i = 0; i < count; i++) {
      const left = x + (corner.x + (i % plane.arenaWidth)) * scale;
      const top = y + (corner.y + Math.floor(i / plane.arenaWidth)) * scale;
      if (left > size.width || top > size.height || left + scale < 0 || top + scale < 0) continue;
      visit(first + i, left, top);
    }
  }
}

function drawPools(context: Context, items: readonly Item[], scene: Scene, camera: Camera, size: Size): void {
  const { ground } = scene.palette;
  const { pools } = scene.view.map;
  const { scale } = camera;
  const strokes = new Path2D();
  context.fillStyle = css(ground.paper);
  context.globalAlpha = PALE;
  forEachPool(items, scene, camera, size, (pool, left, top) => {
    const state = pools.state[pool];
    if (state === POOL_STATE.used)
      context.fillRect(left, top, scale, Math.max(scale * (1 - pools.occupancy[pool] / 255), 1));
    else if (state === POOL_STATE.empty) {
      strokes.moveTo(left + scale * 0.25, top + scale * 0.75);
      strokes.lineTo(left + scale * 0.75, top + scale * 0.25);
    }
  });
  context.globalAlpha = 1;
  drawGrid(context, items, scene.plane, camera);
  context.fillStyle = css(ground.dim);
  context.globalAlpha = 0.6;
  if (scale >= 10)
    forEachPool(items, scene, camera, size, (pool, left, top) => {
      if (pools.state[pool] === POOL_STATE.untouched)
        context.fillRect(left + scale / 2 - 0.5, top + scale / 2 - 0.5, 1.5, 1.5);
    });
  context.strokeStyle = css(ground.dim);
  context.lineWidth = 1;
  context.stroke(strokes);
  context.globalAlpha = 1;
}

/** Between pools, in the paper's colour. */
function drawGrid(context: Context, items: readonly Item[], plane: Plane, { scale, x, y }: Camera): void {
  for (const item of items) {
    if (item.kind !== "arena") continue;
    const [part] = partsOf(plane, item);
    const [left, top] = [x + part.x * scale, y + part.y * scale];
    for (let i = 0; i < part.width; i++) context.fillRect(left + i * scale, top, 1, part.height * scale);
    for (let i = 0; i < part.height; i++) context.fillRect(left, top + i * scale, part.width * scale, 1);
  }
}

function drawWords(context: Context, items: readonly Item[], scene: Scene, camera: Camera, size: Size): void {
  const { palette, view, side } = scene;
  const { pools } = view.map;
  const { scale } = camera;
  context.font = FONT;
  context.textBaseline = "alphabetic";
  forEachPool(items, scene, camera, size, (pool, left, top) => {
    const szidx = pools.szidx[pool];
    if (szidx === NO_CLASS || pools.blocks[pool] === 0) return;
    // The words stand at the bottom, where the filling is.
    const isOnFilling = (pools.occupancy[pool] / 255) * scale > 34;
    const dark = isLight(palette.ofPool(view, pool)) ? "#111" : "#fff";
    context.fillStyle = isOnFilling ? dark : css(palette.ground.ink);
    if (!isOnFilling) {
      context.globalAlpha = 0.75;
      const ink = context.fillStyle;
      context.fillStyle = css(palette.ground.paper);
      context.fillRect(left + 2, top + scale - 31, scale - 3, 29);
      context.globalAlpha = 1;
      context.fillStyle = ink;
    }
    context.fillText(`${(szidx + 1) * side.geometry.alignment} B`, left + 5, top + scale - 19);
    context.fillText(String(pools.blocks[pool]), left + 5, top + scale - 6);
  });
}

function drawNames(context: Context, items: readonly Item[], { plane, palette, view }: Scene, camera: Camera): void {
  const { arenas } = view.map;
  const { scale, x, y } = camera;
  context.font = scale < 14 ? FONT.replace("11px", "10px") : FONT;
  context.textBaseline = "bottom";
  context.fillStyle = css(palette.ground.dim);
  for (const item of items) {
    const part = partsOf(plane, item)[0];
    const width = part.width * scale;
    const name =
      item.kind === "arena"
        ? `${width > 96 ? "arena " : "a"}${arenas.ordinal[item.index]}`
        : item.kind === "region"
          ? "raw"
          : width > 60
            ? "not mapped"
            : "";
    if (context.measureText(name).width <= width + scale * 0.6)
      context.fillText(name, Math.round(x + part.x * scale), Math.round(y + part.y * scale - (scale < 14 ? 0 : 2)));
  }
}

function drawMarked(context: Context, items: readonly Item[], scene: Scene, camera: Camera, marked: Marked): void {
  const { plane, palette, view } = scene;
  const { scale, x, y } = camera;
  const { ground } = palette;
  const { arenas } = view.map;
  const box = (item: Item, colour: string, width: number): void => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    for (const part of partsOf(plane, item)) {
      const out = width / 2 + 0.5;
      context.strokeRect(
        x + part.x * scale - out,
        y + part.y * scale - out,
        part.width * scale + 2 * out,
        part.height * scale + 2 * out,
      );
    }
  };
  if (marked.arenas) {
    context.fillStyle = css(ground.paper);
    context.globalAlpha = 0.6;
    for (const item of items) {
      if (item.kind === "arena" && marked.arenas.has(arenas.ordinal[item.index])) continue;
      for (const part of partsOf(plane, item))
        context.fillRect(x + part.x * scale, y + part.y * scale, part.width * scale, part.height * scale);
    }
    context.globalAlpha = 1;
    for (const item of items)
      if (item.kind === "arena" && marked.arenas.has(arenas.ordinal[item.index])) box(item, css(ground.alarm), 2);
  }
  const cellBox = (item: Item, cell: number, colour: string, width: number): void => {
    const at = cellOf(plane, item, cell);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(x + at.x * scale, y + at.y * scale, Math.max(scale, 3), Math.max(scale, 3));
  };
  const selected = plane.items.find((item) => item.kind === "arena" && arenas.ordinal[item.index] === marked.arena);
  if (selected) {
    box(selected, css(ground.accent), 2);
    if (marked.pool >= 0) cellBox(selected, marked.pool, css(ground.accent), 2);
  }
  for (const [address, colour] of [
    [marked.touched, css(ground.ink)],
    [marked.address, css(ground.accent)],
  ] as const) {
    const item = plane.items.find((i) => address >= i.address && address < i.address + i.bytes);
    if (address === 0 || !item) continue;
    const start = item.kind === "arena" ? arenas.firstPoolAddress[item.index] : item.address;
    cellBox(item, Math.max(Math.floor((address - start) / plane.cellBytes), 0), colour, 1.5);
  }
  if (marked.hover) {
    const { item, cell } = marked.hover;
    box(item, css(ground.ink), 1);
    if (scale >= 5) cellBox(item, cell, css(ground.ink), 1);
  }
}
