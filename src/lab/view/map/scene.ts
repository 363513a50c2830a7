/** From a moment to something that can be drawn: the plane, its colours, its image. */

import type { ColourMode, Theme } from "../../model/state.js";
import type { SideInfo, SideView, TraceInfo } from "../../protocol/index.js";
import { Palette } from "../colour/mapcolours.js";
import type { Scene } from "./draw.js";
import { bitmapOf, paint } from "./picture.js";
import { layOut, rowWidth } from "./plane.js";

export interface SceneOptions {
  readonly side: SideInfo;
  readonly view: SideView;
  readonly info: TraceInfo;
  readonly theme: Theme;
  readonly colour: ColourMode;
  /** The most that is ever between the first address and the last, and the picture's width by its height. */
  readonly peakBytes: number;
  readonly aspect: number;
}

export function sceneOf({ side, view, info, theme, colour, peakBytes, aspect }: SceneOptions): Scene {
  const plane = layOut(view.map, side.geometry, rowWidth(side.geometry, peakBytes, aspect));
  const palette = new Palette(theme, colour, side, info, [view]);
  return { side, view, plane, palette, bitmap: bitmapOf(paint(view, plane, palette), plane.width) };
}
