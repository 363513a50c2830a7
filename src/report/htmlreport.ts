/**
 * A report file: the lab's page with a trace inside, one HTML file that needs nothing else. Its template is a build of the page
 * (src/lab/report.html) with scripts and styles inside and four slots, which stand before all scripts:
 *
 *     {{pymalloc:title}}     text, in <title>
 *     {{pymalloc:summary}}   text, in <pre>: what is there to read without JavaScript
 *     {{pymalloc:about}}     JSON of `ReportAbout`, in <script id="about">; arrays of its run as `PackedArray`
 *     {{pymalloc:trace}}     base64 of a trace, gzip, in <script id="trace">
 *     {{pymalloc:columns}}   base64 of these arrays, little-endian, gzip, in <script id="columns">
 */

import type { CustomGeometry } from "../geometry/profiles.js";
import { encodeTrace } from "../trace/formats/binary.js";
import type { RecordedRun } from "../trace/recordedrun.js";
import type { Trace } from "../trace/trace.js";
import { escapeHtml, fillSlots, scriptJson } from "./page.js";

export interface ReportAbout {
  /** As the page is to call it. */
  readonly name: string;
  /** One or two, by name or geometry. */
  readonly profiles: readonly (string | CustomGeometry)[];
  /** Where the page opens: the hash of a link of the lab, as in `#at=100`. */
  readonly place: string;
  /** Types, lines and what else is known of a run of Python; `null` for a plain trace. */
  readonly run: ReportRun | null;
}

export type ReportRun = Omit<RecordedRun, "name" | "trace">;

/** Stands for an array of numbers: where in the columns it begins, a multiple of 4, and how many numbers it has. */
export type PackedArray =
  | { readonly u32: readonly [at: number, length: number] }
  | { readonly u8: readonly [at: number, length: number] };

export interface ReportContent extends ReportAbout {
  readonly summary: string;
  /** A trace, or a file of one in any form that `readTrace` takes. */
  readonly trace: Trace | Uint8Array;
}

/** The template of a report with `content` in its slots. */
export async function fillReport(template: string, content: ReportContent): Promise<string> {
  const { name, profiles, place, run } = content;
  const about: ReportAbout = { name, profiles, place, run };
  const { json, columns } = packed(about);
  const trace = content.trace instanceof Uint8Array ? content.trace : encodeTrace(content.trace);
  return fillSlots(template, {
    title: escapeHtml(`${name} - pymalloc`),
    summary: escapeHtml(content.summary),
    about: json,
    trace: base64(isGzip(trace) ? trace : await gzip([trace])),
    columns: base64(await gzip(columns)),
  });
}

function packed(about: ReportAbout): { json: string; columns: Uint8Array[] } {
  const columns: Uint8Array[] = [];
  let end = 0;
  const place = (array: Uint32Array | Uint8Array): [at: number, length: number] => {
    const at = end;
    const padding = -array.byteLength & 3;
    columns.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), new Uint8Array(padding));
    end += array.byteLength + padding;
    return [at, array.length];
  };
  const json = scriptJson(about, (_, value): unknown => {
    if (value instanceof Uint32Array) return { u32: place(value) } satisfies PackedArray;
    if (value instanceof Uint8Array) return { u8: place(value) } satisfies PackedArray;
    return value;
  });
  return { json, columns };
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

async function gzip(parts: Uint8Array[]): Promise<Uint8Array> {
  const packed = new Blob(parts as BlobPart[]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** Whole groups of three bytes a piece; and so few that they can be arguments of a call. */
const PIECE_BYTES = 3 * 2 ** 13;

function base64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES))));
  }
  return pieces.join("");
}
