/** Which part of the picture is seen: pixels a cell, and where its left upper corner is. */
import { type Item, type Plane, partsOf, planeHeight } from "./plane.js";

export interface Camera {
  /** CSS pixels a cell. */
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 12;
/** Room above for the names of the first row's arenas. */
const TOP = 22;
const MAX_FIT = 26;
const MAX_SCALE = 120;

/** All of it, as large as it goes. */
export function fit(plane: Plane, { width, height }: Size): Camera {
  const across = (width - 2 * MARGIN) / plane.width;
  const down = (height - TOP - MARGIN) / planeHeight(plane);
  const scale = Math.max(Math.min(across, down, MAX_FIT), 0.05);
  return { scale: scale >= 3 ? Math.floor(scale) : scale, x: MARGIN, y: TOP };
}

/** One item, in the middle. */
export function fitItem(plane: Plane, item: Item, size: Size): Camera {
  const part = partsOf(plane, item)[0];
  const across = (size.width - 2 * MARGIN) / part.width;
  const down = (size.height - TOP - MARGIN) / part.height;
  const scale = Math.max(Math.floor(Math.min(across, down, MAX_SCALE)), 1);
  return {
    scale,
    x: Math.round((size.width - part.width * scale) / 2 - part.x * scale),
    y: Math.round(TOP + (size.height - TOP - MARGIN - part.height * scale) / 2 - part.y * scale),
  };
}

/** `factor` times as large, with what is at `x`, `y` staying there. */
export function zoom(camera: Camera, factor: number, x: number, y: number): Camera {
  const scale = Math.min(Math.max(camera.scale * factor, 0.05), MAX_SCALE);
  const by = scale / camera.scale;
  return { scale, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by };
}

/** Moved, but never so far that nothing of it is seen. */
export function pan(camera: Camera, dx: number, dy: number, plane: Plane, size: Size): Camera {
  const keep = 40;
  const within = (at: number, low: number, high: number): number => Math.min(Math.max(at, low), high);
  return {
    scale: camera.scale,
    x: within(camera.x + dx, keep - plane.width * camera.scale, size.width - keep),
    y: within(camera.y + dy, keep - planeHeight(plane) * camera.scale, size.height - keep),
  };
}

/** The cell at a point of the canvas. */
export const cellAt = (camera: Camera, x: number, y: number): { x: number; y: number } => ({
  x: Math.floor((x - camera.x) / camera.scale),
  y: Math.floor((y - camera.y) / camera.scale),
});
