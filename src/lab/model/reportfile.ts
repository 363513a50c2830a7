/** What a report file has besides the page: its summary and its trace. See src/report/htmlreport.ts. */
import type { PackedArray, ReportAbout } from "../../report/htmlreport.js";
import { decodeTrace } from "../../trace/formats/binary.js";
import type { RecordedRun } from "../protocol/index.js";
import { complain, lineOf, openBytes, openRun } from "./actions.js";
import { goTo } from "./goto.js";
import { readPlace } from "./link.js";
import { lab } from "./state.js";

// ---- the summary: open where there is no JavaScript to close it ------------------------------------------

const summary = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("dialog#summary");

export function closeSummary(): void {
  summary()?.close();
  summary()?.addEventListener("keydown", (event) => event.stopPropagation()); // the page's keys are not the summary's
}

export const showSummary = (): void => summary()?.showModal();

// ---- the trace -------------------------------------------------------------------------------------------

const textOf = (id: string): string => document.getElementById(id)?.textContent ?? "";

function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  const binary = atob(textOf(id));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

async function unzipped(id: string): Promise<ArrayBuffer> {
  const stream = new Blob([bytesOf(id)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** The JSON with its arrays. */
async function readAbout(): Promise<ReportAbout> {
  const columns = await unzipped("columns");
  return JSON.parse(textOf("about"), (_, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    const packed = value as PackedArray;
    if ("u32" in packed) return new Uint32Array(columns, ...packed.u32);
    if ("u8" in packed) return new Uint8Array(columns, ...packed.u8);
    return value;
  });
}

async function recordedRun({ name, run }: ReportAbout): Promise<RecordedRun | null> {
  if (run === null) return null;
  const { trace } = decodeTrace(new Uint8Array(await unzipped("trace")), name);
  return { ...run, name, trace };
}

/** Opens the trace that the file holds, where its address says, or else where it was made. */
export async function openReport(): Promise<void> {
  try {
    if (textOf("trace").startsWith("{{")) throw new Error("This file is what reports are made from: it has no trace.");
    const about = await readAbout();
    const { place, problem } = await readPlace(location.hash === "" ? about.place : location.hash);
    const custom = about.profiles.find((profile) => typeof profile !== "string");
    const named = place.profiles?.map((name) => (name === "custom" ? (custom ?? name) : name));
    const profiles = named ?? about.profiles;
    const run = await recordedRun(about);
    const isOpen = await (run ? openRun(run, profiles) : openBytes(bytesOf("trace"), about.name, { profiles }));
    if (isOpen) await goTo(place);
    if (problem !== null) complain(problem);
  } catch (error) {
    lab.set({ busy: null, message: { kind: "problem", text: lineOf(error) } });
  }
}

// ---- the template ----------------------------------------------------------------------------------------

/** A report's own page without what was put in and drawn. */
function ownTemplate(): string {
  const page = document.documentElement.cloneNode(true) as HTMLElement;
  for (const name of page.getAttributeNames()) if (name.startsWith("data-")) page.removeAttribute(name);
  const put = (selector: string, text: string): void => {
    const part = page.querySelector(selector);
    if (part) part.textContent = text;
  };
  put("#lab", "");
  put("title", "{{pymalloc:title}}");
  put("#summary pre", "{{pymalloc:summary}}");
  for (const slot of ["about", "trace", "columns"]) put(`#${slot}`, `{{pymalloc:${slot}}}`);
  page.querySelector("#summary")?.setAttribute("open", "");
  return `<!doctype html>\n${page.outerHTML}\n`;
}

/** What a report file is made from: beside the page, or the report itself. */
export async function reportTemplate(): Promise<string> {
  if (summary() !== null) return ownTemplate();
  const response = await fetch("./report.html");
  if (!response.ok) throw new Error(`report.html: ${response.status} ${response.statusText}`);
  return response.text();
}
