/** What a reader takes away: numbers, the heap itself, all of it as one file, a link. Pictures are the view's. */
import { fillReport, type ReportContent } from "../../report/htmlreport.js";
import type { SideIndex } from "../protocol/index.js";
import { openAsGiven } from "./actions.js";
import { showNote } from "./controls.js";
import { engine } from "./engineclient.js";
import { currentPlace } from "./goto.js";
import { writePlace } from "./link.js";
import { reportTemplate } from "./reportfile.js";
import { lab } from "./state.js";
import { summaryText } from "./summarytext.js";

/** The side that is selected, or the first. */
export const selectedSide = (): SideIndex => lab.state.selection?.side ?? 0;

/** The trace's name as a file's, with the position. */
export function fileName(ending: string): string {
  const { info, view } = lab.state;
  const base = (info?.name ?? "heap").replace(/\.(rep|pytrace|gz|py|txt)\b/g, "").replace(/[^\w.-]+/g, "-");
  return `${base}-${view?.position ?? 0}.${ending}`;
}

/** The timeline of the selected side as text. */
export const timelineFile = (format: "csv" | "json"): Promise<string> =>
  engine().exportTimeline(selectedSide(), format);

/** The heap image of the selected side, at the position shown. */
export const imageFile = (): Promise<Uint8Array> => engine().exportImage(selectedSide());

/** The trace that is open as a report file needs it. */
async function reportTrace(): Promise<Pick<ReportContent, "trace" | "run">> {
  const given = openAsGiven();
  if (given === null || lab.state.isLive) throw new Error("a report is made of a trace: wait for the end of the run");
  if (given instanceof Blob) return { trace: new Uint8Array(await given.arrayBuffer()), run: null };
  const { name: _, trace, ...run } = given;
  return { trace, run };
}

/** The trace with this page around it, and what `pymalloc replay` would say of it. */
export async function reportHtml(): Promise<string> {
  const { info, sides } = lab.state;
  if (info === null || info.kind === "image") throw new Error("a report is made of a trace; this is a heap image");
  const data = await reportTrace();
  const template = await reportTemplate();
  const place = await writePlace({ ...currentPlace(), example: null, profiles: null }, false);
  const summary = await summaryText();
  const profiles = sides.map(({ profile, geometry }) => (profile === "custom" ? geometry : profile));
  return fillReport(template, { ...data, name: info.name, profiles, place, summary });
}

/** Puts a link to the position into the address bar, and copies it where the browser lets it. */
export async function copyLink(): Promise<void> {
  history.replaceState(null, "", await writePlace(currentPlace(), true));
  try {
    await navigator.clipboard.writeText(location.href);
    showNote("The link is copied.");
  } catch {
    showNote("The link is in the address bar.");
  }
}
