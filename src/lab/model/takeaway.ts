/** What a reader takes away: pictures, numbers, the heap itself, all of it as one file, a link. */
import { fillReport, type ReportContent } from "../../report/htmlreport.js";
import type { SideIndex } from "../protocol/index.js";
import { Palette } from "../view/colour/mapcolours.js";
import { css } from "../view/colour/scales.js";
import { paint } from "../view/map/picture.js";
import { layOut, partsOf, planeHeight, rowWidth } from "../view/map/plane.js";
import { lineOf, openAsGiven } from "./actions.js";
import { engine } from "./engineclient.js";
import { currentPlace } from "./goto.js";
import { writePlace } from "./link.js";
import { reportTemplate } from "./reportfile.js";
import { lab } from "./state.js";
import { summaryText } from "./summarytext.js";
import { waiting } from "./waiting.js";

function save(data: BlobPart, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([data], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  lab.set({ message: { kind: "note", text: `${name} saved` } });
}

/** The trace's name as a file's, with the moment. */
function fileName(ending: string): string {
  const { info, view } = lab.state;
  const base = (info?.name ?? "heap").replace(/\.(rep|pytrace|gz|py|txt)\b/g, "").replace(/[^\w.-]+/g, "-");
  return `${base}-${view?.position ?? 0}.${ending}`;
}

const side = (): SideIndex => lab.state.selection?.side ?? 0;

/** The map of a side as SVG: cells of one colour in a row are one rectangle. */
export function mapSvg(which: SideIndex): string {
  const { sides, view, info, theme, colour } = lab.state;
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

/** The map as it is on the page. */
async function saveMapPng(): Promise<void> {
  const canvas =
    document.querySelectorAll<HTMLCanvasElement>("canvas.map")[side()] ?? document.querySelector("canvas.map");
  if (!canvas) throw new Error("the map is shown as a table: press t first");
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) save(blob, "image/png", fileName("png"));
}

/** The trace that is open as a report file needs it. */
async function reportTrace(): Promise<Pick<ReportContent, "trace" | "run">> {
  const given = openAsGiven();
  if (given === null || lab.state.isLive) throw new Error("a report is made of a trace: wait for the end of the run");
  if (given instanceof Blob) return { trace: new Uint8Array(await given.arrayBuffer()), run: null };
  const { name: _, trace, ...run } = given;
  return { trace, run };
}

/** The trace with this page around it, and what `pymalloc replay` would say of it. */
async function saveReport(): Promise<void> {
  const { info, sides } = lab.state;
  if (info === null || info.kind === "image") throw new Error("a report is made of a trace; this is a heap image");
  const data = await reportTrace();
  const template = await reportTemplate();
  const place = await writePlace({ ...currentPlace(), example: null, profiles: null }, false);
  const summary = await summaryText();
  const profiles = sides.map(({ profile, geometry }) => (profile === "custom" ? geometry : profile));
  const html = await fillReport(template, { ...data, name: info.name, profiles, place, summary });
  save(html, "text/html", fileName("html"));
}

async function copyLink(): Promise<void> {
  history.replaceState(null, "", await writePlace(currentPlace(), true));
  try {
    await navigator.clipboard.writeText(location.href);
    lab.set({ message: { kind: "note", text: "The link is copied." } });
  } catch {
    lab.set({ message: { kind: "note", text: "The link is in the address bar." } });
  }
}

export const TAKE_AWAY: readonly (readonly [name: string, take: () => Promise<void>])[] = [
  ["Map as PNG", saveMapPng],
  ["Map as SVG", async () => save(mapSvg(side()), "image/svg+xml", fileName("svg"))],
  ["Time line as CSV", async () => save(await engine().exportTimeline(side(), "csv"), "text/csv", fileName("csv"))],
  [
    "Time line as JSON",
    async () => save(await engine().exportTimeline(side(), "json"), "application/json", fileName("json")),
  ],
  [
    "Heap image",
    async () =>
      save(
        (await engine().exportImage(side())) as Uint8Array<ArrayBuffer>,
        "application/octet-stream",
        fileName("pyheap"),
      ),
  ],
  ["HTML file with all of it", () => waiting(saveReport())],
  ["Link to this moment", copyLink],
];

export async function take(what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (error) {
    lab.set({ message: { kind: "problem", text: lineOf(error) } });
  }
}
