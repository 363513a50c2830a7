/** The map as an image of a pixel a cell: made when the heap or the colours change, drawn at any size. */
import { POOL_STATE, type SideView } from "../../protocol/index.js";
import type { Palette } from "../colour/mapcolours.js";
import { word } from "../colour/scales.js";
import { cellOf, type Item, type Plane, planeHeight } from "./plane.js";

/** Shares of the raw domain's cells that are live, and which run has the most of each: by cell of the region. */
function rawCells(view: SideView, plane: Plane, item: Item): { share: Float32Array; run: Int32Array } {
  const { regions, rawRuns } = view.map;
  const share = new Float32Array(item.cells);
  const most = new Float32Array(item.cells);
  const run = new Int32Array(item.cells).fill(-1);
  for (let index = regions.firstRun[item.index]; index < regions.firstRun[item.index + 1]; index++) {
    if (rawRuns.isFree[index] === 1) continue;
    const start = rawRuns.address[index] - item.address;
    const end = start + rawRuns.bytes[index];
    for (let cell = Math.floor(start / plane.cellBytes); cell * plane.cellBytes < end && cell < item.cells; cell++) {
      const from = Math.max(start, cell * plane.cellBytes);
      const part = (Math.min(end, (cell + 1) * plane.cellBytes) - from) / plane.cellBytes;
      share[cell] = Math.min(share[cell] + part, 1);
      if (part > most[cell]) {
        most[cell] = part;
        run[cell] = index;
      }
    }
  }
  return { share, run };
}

/** The colours of all cells, by rows of the picture: words of an ImageData, 0 where nothing is. */
export function paint(view: SideView, plane: Plane, palette: Palette): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(plane.width * planeHeight(plane));
  const { arenas, pools } = view.map;
  const { ground } = palette;
  const [untouched, empty, unmapped] = [word(ground.untouched), word(ground.empty), word(ground.unmapped)];
  const wordOf = palette.poolWords(view);
  const put = (item: Item, cell: number, colour: number): void => {
    const { x, y } = cellOf(plane, item, cell);
    words[y * plane.width + x] = colour;
  };
  for (const item of plane.items) {
    if (item.kind === "arena") {
      const first = arenas.firstPool[item.index];
      const count = arenas.firstPool[item.index + 1] - first;
      const left =
        (item.column % plane.width) + Math.floor(item.column / plane.width) * (plane.height + 1) * plane.width;
      for (let i = 0; i < item.cells; i++) {
        const at = left + Math.floor(i / plane.arenaWidth) * plane.width + (i % plane.arenaWidth);
        const state = i < count ? pools.state[first + i] : POOL_STATE.untouched;
        words[at] = state === POOL_STATE.untouched ? untouched : state === POOL_STATE.empty ? empty : wordOf(first + i);
      }
    } else if (item.kind === "region") {
      const { share, run } = rawCells(view, plane, item);
      for (let i = 0; i < item.cells; i++) put(item, i, word(palette.ofRaw(view, run[i], share[i])));
    } else for (let i = 0; i < item.cells; i++) put(item, i, unmapped);
  }
  return words;
}

/** The same as something that a canvas can draw. */
export function bitmapOf(words: Uint32Array<ArrayBuffer>, width: number): OffscreenCanvas {
  const bitmap = new OffscreenCanvas(width, words.length / width);
  const context = bitmap.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.putImageData(new ImageData(new Uint8ClampedArray(words.buffer), width), 0, 0);
  return bitmap;
}
