/** The map as a picture for other programs: SVG. */
import { current } from "../../model/uselab.js";
import type { SideIndex } from "../../protocol/index.js";
import { Palette } from "../colour/mapcolours.js";
import { css } from "../colour/scales.js";
import { paint } from "./picture.js";
import { layOut, partsOf, planeHeight, rowWidth } from "./plane.js";

/** The map of a side as SVG: cells of one colour in a row are one rectangle. */
export function mapSvg(which: SideIndex): string {
  const { sides, view, info, theme, colour } = current();
  const sideView = view?.sides.find((v) => v.side === which);
  if (!sideView || !info) throw new Error("nothing is open");
  const geometry = sides[which].geometry;
  const plane = layOut(sideView.map, geometry, rowWidth(geometry, sideView.map.top - sideView.map.base, 1.6));
  const palette = new Palette(theme, colour, sides[which], info, [sideView]);
  const words = paint(sideView, plane, palette);
  const height = planeHeight(plane);
  const rects: string[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < plane.width; ) {
      const word = words[y * plane.width + x];
      let end = x + 1;
      while (end < plane.width && words[y * plane.width + end] === word) end++;
      const rgb = [word & 255, (word >>> 8) & 255, (word >>> 16) & 255] as const;
      if (word !== 0) rects.push(`<rect x="${x}" y="${y}" width="${end - x}" height="1" fill="${css(rgb)}"/>`);
      x = end;
    }
  }
  const frames = plane.items.flatMap((item) =>
    partsOf(plane, item).map(
      (part) =>
        `<rect x="${part.x}" y="${part.y}" width="${part.width}" height="${part.height}"` +
        `${item.kind === "arena" ? "" : ` stroke-dasharray="${item.kind === "region" ? ".6 .4" : ".2 .6"}"`}/>`,
    ),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 ${plane.width + 2} ${height + 2}" width="${8 * (plane.width + 2)}">`,
    `<title>${info.name.replace(/[<&]/g, "")}, profile ${sides[which].profile}, event ${view?.position}</title>`,
    `<rect x="-1" y="-1" width="100%" height="100%" fill="${css(palette.ground.paper)}"/>`,
    `<g shape-rendering="crispEdges">${rects.join("")}</g>`,
    `<g fill="none" stroke="${css(palette.ground.dim)}" stroke-width=".12">${frames.join("")}</g>`,
    "</svg>",
  ].join("\n");
}
