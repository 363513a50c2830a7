/** The list of what can be saved, and how a page saves a file. */
import { lineOf } from "../../model/actions.js";
import { showNote, showProblem } from "../../model/controls.js";
import { copyLink, fileName, imageFile, reportHtml, selectedSide, timelineFile } from "../../model/takeaway.js";
import { waiting } from "../../model/waiting.js";
import { mapSvg } from "../map/mapsvg.js";

function save(data: BlobPart, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([data], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  showNote(`${name} saved`);
}

/** The map as it is on the page. */
async function saveMapPng(): Promise<void> {
  const canvas =
    document.querySelectorAll<HTMLCanvasElement>("canvas.map")[selectedSide()] ?? document.querySelector("canvas.map");
  if (!canvas) throw new Error("the map is shown as a table: press t first");
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) save(blob, "image/png", fileName("png"));
}

const saveImage = async (): Promise<void> => {
  const bytes = (await imageFile()) as Uint8Array<ArrayBuffer>;
  save(bytes, "application/octet-stream", fileName("pyheap"));
};

export const TAKE_AWAY: readonly (readonly [name: string, take: () => Promise<void>])[] = [
  ["Map as PNG", saveMapPng],
  ["Map as SVG", async () => save(mapSvg(selectedSide()), "image/svg+xml", fileName("svg"))],
  ["Time line as CSV", async () => save(await timelineFile("csv"), "text/csv", fileName("csv"))],
  ["Time line as JSON", async () => save(await timelineFile("json"), "application/json", fileName("json"))],
  ["Heap image", saveImage],
  ["HTML file with all of it", () => waiting(reportHtml().then((html) => save(html, "text/html", fileName("html"))))],
  ["Link to this moment", copyLink],
];

export async function take(what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (error) {
    showProblem(lineOf(error));
  }
}
