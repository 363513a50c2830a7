/**
 * Draws the blocks of a pool in order of address, row by row.
 *
 *     ▓▓▓▓ allocated: filled       ┌──┐ free: an outline, and an arrow to the next of the free list
 *     ▓▓▓▓                         └──┘
 *      ··  untouched: dots         ╱╱╱╱ quantization: hatched, at the end
 */
import { BLOCK_STATE, type PoolView } from "../../protocol/index.js";
import type { Palette } from "../colour/mapcolours.js";
import { css, isLight, type Rgb } from "../colour/scales.js";
import { nth } from "../format.js";
import type { Size } from "./camera.js";

export interface BlockGrid {
  /** Blocks that are drawn; of the rest, all untouched, there is only their number. */
  readonly shown: number;
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

const MARGIN = 12;

/** The largest cells in which all blocks, and the end of the pool, have room. */
export function gridOf(pool: PoolView, size: Size): BlockGrid {
  const carved = pool.blockSize === 0 ? 0 : (pool.header.nextoffset - pool.headerBytes) / pool.blockSize;
  const isYoung = pool.capacity > 2 * Math.max(carved, 32);
  const shown = isYoung ? Math.max(Math.ceil(carved * 1.5), 32) : pool.capacity;
  const count = shown + 1;
  const [width, height] = [size.width - 2 * MARGIN, size.height - 2 * MARGIN];
  let best = { columns: count, width: 1, height: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cell = { columns, width: Math.min(width / columns, 132), height: Math.min(height / rows, 44) };
    const side = ({ width, height }: { width: number; height: number }): number => Math.min(width, height * 2.4);
    if (side(cell) >= side(best)) best = cell;
  }
  return {
    ...best,
    shown,
    width: Math.max(best.width, 2),
    height: Math.max(best.height, 2),
    left: MARGIN,
    top: MARGIN,
  };
}

export function blockAt(grid: BlockGrid, x: number, y: number): number {
  const column = Math.floor((x - grid.left) / grid.width);
  const row = Math.floor((y - grid.top) / grid.height);
  const block = row * grid.columns + column;
  return column >= 0 && column < grid.columns && row >= 0 && block < grid.shown ? block : -1;
}

const corner = (grid: BlockGrid, block: number): { x: number; y: number } => ({
  x: grid.left + (block % grid.columns) * grid.width,
  y: grid.top + Math.floor(block / grid.columns) * grid.height,
});

function colourOf(pool: PoolView, block: number, palette: Palette, position: number): Rgb {
  switch (palette.mode) {
    case "age":
      return pool.bornAt[block] < 0 ? palette.ground.other : palette.ofAge(position - pool.bornAt[block]);
    case "type":
    case "line":
      return palette.ofName(pool[palette.mode][block]);
    case "occupancy":
      return palette.ofShare(pool.header.count / Math.max(pool.capacity, 1));
    default:
      return palette.ofClass(pool.header.szidx ?? 0);
  }
}

export interface PoolMarks {
  /** Block, or −1. */
  readonly selected: number;
  readonly hover: number;
  readonly position: number;
}

export function drawPool(
  context: CanvasRenderingContext2D,
  pool: PoolView,
  grid: BlockGrid,
  palette: Palette,
  size: Size,
  marks: PoolMarks,
): void {
  const { ground } = palette;
  context.fillStyle = css(ground.paper);
  context.fillRect(0, 0, size.width, size.height);
  const gap = grid.width > 8 && grid.height > 8 ? 2 : grid.width > 4 ? 1 : 0;
  const [width, height] = [grid.width - gap, grid.height - gap];
  const dots = new Path2D();
  const outlines = new Path2D();
  for (let block = 0; block < grid.shown; block++) {
    const { x, y } = corner(grid, block);
    const state = pool.blockState[block];
    if (state === BLOCK_STATE.allocated) {
      context.fillStyle = css(colourOf(pool, block, palette, marks.position));
      context.fillRect(x, y, width, height);
    } else if (state === BLOCK_STATE.free) outlines.rect(x + 0.5, y + 0.5, width - 1, height - 1);
    else for (let dot = 4; dot < width - 2; dot += 8) dots.rect(x + dot, y + height * 0.64, 1.5, 1.5);
  }
  context.strokeStyle = css(ground.dim);
  context.lineWidth = 1;
  context.stroke(outlines);
  context.fillStyle = css(ground.dim);
  context.globalAlpha = 0.5;
  context.fill(dots);
  context.globalAlpha = 1;
  drawEnd(context, pool, grid, palette, width, height);
  if (width >= 24 && height >= 10) drawNumbers(context, pool, grid, palette, marks.position);
  drawFreeList(context, pool, grid, palette, width, height);
  const outline = (block: number, colour: Rgb, line: number): void => {
    if (block < 0) return;
    const { x, y } = corner(grid, block);
    context.strokeStyle = css(colour);
    context.lineWidth = line;
    context.strokeRect(x - 1, y - 1, width + 2, height + 2);
  };
  outline(marks.hover, ground.ink, 1);
  outline(marks.selected, ground.accent, 2.5);
}

/** What no block can use: as wide, of a cell, as its bytes are of a block. */
function drawEnd(
  context: CanvasRenderingContext2D,
  pool: PoolView,
  grid: BlockGrid,
  { ground }: Palette,
  width: number,
  height: number,
): void {
  const { x, y } = corner(grid, grid.shown);
  if (grid.shown < pool.capacity) {
    context.font = '11px system-ui, "Segoe UI", sans-serif';
    context.textBaseline = "top";
    context.fillStyle = css(ground.dim);
    context.fillText(`… ${pool.capacity - grid.shown} more, untouched`, x + 4, y + 3);
    return;
  }
  if (pool.quantizationBytes === 0 || pool.blockSize === 0) return;
  const part = Math.max((width * Math.min(pool.quantizationBytes, pool.blockSize)) / pool.blockSize, 3);
  context.save();
  context.beginPath();
  context.rect(x, y, part, height);
  context.clip();
  context.strokeStyle = css(ground.dim);
  context.beginPath();
  for (let at = -height; at < part; at += 5) {
    context.moveTo(x + at, y + height);
    context.lineTo(x + at + height, y);
  }
  context.stroke();
  context.restore();
  context.strokeStyle = css(ground.dim);
  context.strokeRect(x + 0.5, y + 0.5, part, height - 1);
}

function drawNumbers(
  context: CanvasRenderingContext2D,
  pool: PoolView,
  grid: BlockGrid,
  palette: Palette,
  position: number,
): void {
  context.font = `${grid.height < 18 ? 9 : 11}px system-ui, "Segoe UI", sans-serif`;
  context.textBaseline = "top";
  for (let block = 0; block < grid.shown; block++) {
    const { x, y } = corner(grid, block);
    const state = pool.blockState[block];
    if (state === BLOCK_STATE.untouched && grid.height < 18) continue;
    const fill = colourOf(pool, block, palette, position);
    context.fillStyle = state === BLOCK_STATE.allocated ? (isLight(fill) ? "#111" : "#fff") : css(palette.ground.dim);
    const text = state === BLOCK_STATE.free ? `${block} · ${nth(pool.freeIndex[block] + 1)}` : String(block);
    context.fillText(text, x + 3, y + (grid.height < 18 ? 1 : 3), grid.width - 6);
  }
}

const MOST_ARROWS = 400;

/** From freeblock on, in the order in which blocks would be handed out. */
function drawFreeList(
  context: CanvasRenderingContext2D,
  pool: PoolView,
  grid: BlockGrid,
  { ground }: Palette,
  width: number,
  height: number,
): void {
  const list: number[] = [];
  pool.freeIndex.forEach((place, block) => {
    if (place >= 0) list[place] = block;
  });
  const middle = (block: number): { x: number; y: number } => {
    const { x, y } = corner(grid, block);
    return { x: x + width / 2, y: y + height * 0.64 };
  };
  context.strokeStyle = css(ground.alarm);
  context.fillStyle = css(ground.alarm);
  context.lineWidth = 1.2;
  context.globalAlpha = list.length > 60 ? 0.55 : 0.85;
  const lines = new Path2D();
  const heads = new Path2D();
  for (let i = 0; i + 1 < Math.min(list.length, MOST_ARROWS); i++) {
    const [from, to] = [middle(list[i]), middle(list[i + 1])];
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy) || 1;
    const bend = Math.min(length * 0.14, Math.max(grid.height * 0.7, 10));
    const control = { x: (from.x + to.x) / 2 - (dy / length) * bend, y: (from.y + to.y) / 2 + (dx / length) * bend };
    lines.moveTo(from.x, from.y);
    lines.quadraticCurveTo(control.x, control.y, to.x, to.y);
    const angle = Math.atan2(to.y - control.y, to.x - control.x);
    const head = Math.min(7, Math.max(grid.height / 4, 3));
    heads.moveTo(to.x, to.y);
    heads.lineTo(to.x - head * Math.cos(angle - 0.45), to.y - head * Math.sin(angle - 0.45));
    heads.lineTo(to.x - head * Math.cos(angle + 0.45), to.y - head * Math.sin(angle + 0.45));
    heads.closePath();
  }
  context.stroke(lines);
  context.fill(heads);
  context.globalAlpha = 1;
  if (list.length === 0) return;
  const first = middle(list[0]);
  context.beginPath();
  context.arc(first.x, first.y, Math.min(4, grid.height / 4), 0, 2 * Math.PI);
  context.fill();
}
