/** The report of `pymalloc replay` for people: tables, time lines, and pictures of the arenas. Returns text; prints nothing. */

import type { Observation } from "../replay/observation.js";
import { sparkline } from "../text/bars.js";
import { bytesName, plural, sizeName, withCommas } from "../text/units.js";
import type { ProfileReport, ReplayReport } from "./replayreport.js";

/** Columns of the picture of arenas, and rows that are shown at most. */
const PICTURE_WIDTH = 64;
const PICTURE_ROWS = 8;

/** Rows as columns: the first to the left, the others to the right, two blanks between. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

/** Kilobytes, 1,000 bytes, whole. */
export const kb = (bytes: number): string => withCommas(Math.round(bytes / 1000));

function summaryTable(profiles: readonly ProfileReport[]): string[] {
  const head = [
    "profile",
    "arenas of",
    "obtained",
    "released",
    "most",
    "at end",
    "arenas peak kB",
    "mapped peak kB",
    "list steps",
  ];
  const rows = profiles.map((p) => [
    p.profile,
    sizeName(p.arenaSizeBytes),
    withCommas(p.arenas.obtained),
    withCommas(p.arenas.released),
    withCommas(p.arenas.high),
    withCommas(p.arenas.live),
    kb(p.arenaPeakBytes),
    kb(p.os.mappedPeakBytes),
    withCommas(p.costs.listSteps),
  ]);
  return table([head, ...rows]);
}

function ledgerTable(moments: readonly Observation[]): string[] {
  const head = [
    "kB",
    "asked for",
    "arenas",
    "in arenas",
    "live blocks",
    "available",
    "unused pools",
    "headers",
    "lost",
    "raw",
  ];
  const rows = moments
    .map((moment) => ({ ...moment, name: labelOf(moment) }))
    .map(({ name, liveBytes, arenas, ledgerBytes: l, raw }) => [
      name,
      kb(liveBytes),
      withCommas(arenas.live),
      kb(l.total),
      kb(l.allocated),
      kb(l.available),
      kb(l.unusedPools),
      kb(l.headers),
      kb(l.quantization + l.arenaAlignment),
      kb(raw.regionBytes),
    ]);
  return table([head, ...rows]);
}

/** One character an arena, its height the share of its bytes in live blocks; long pictures are cut. */
function arenaPicture(occupancy: readonly number[], ascii: boolean): string[] {
  const levels = ascii ? ".:-=+*%#" : "▁▂▃▄▅▆▇█";
  const drawn = occupancy.map((share) => (share === 0 ? " " : levels[Math.min(Math.floor(share * 8), 7)])).join("");
  const rows: string[] = [];
  for (let at = 0; at < drawn.length; at += PICTURE_WIDTH) rows.push(`[${drawn.slice(at, at + PICTURE_WIDTH)}]`);
  if (rows.length <= PICTURE_ROWS) return rows;
  return [
    ...rows.slice(0, PICTURE_ROWS),
    `and ${plural(occupancy.length - PICTURE_ROWS * PICTURE_WIDTH, "arena")} more`,
  ];
}

/** Columns that a mark's name has at most. */
const NAME_WIDTH = 24;

/** What the program called a moment, cut, and without what could turn the line around. */
export function shortName(name: string): string {
  const chars = [...name.replace(/\p{Cf}/gu, "?")];
  return chars.length > NAME_WIDTH ? `${chars.slice(0, NAME_WIDTH - 1).join("")}~` : chars.join("");
}

/** A moment's name for people. */
function labelOf({ name }: Pick<Observation, "name">): string {
  return name === "end" || /^mark \d+$/.test(name) ? name : `"${shortName(name)}"`;
}

/** What is still held at a moment, and by how many live blocks: one sentence. */
export function pinnedSentence(
  { profile, release }: Pick<ProfileReport, "profile" | "release">,
  moment: Pick<Observation, "name" | "arenas" | "pinned">,
): string {
  const { arenas, pinned } = moment;
  const name = labelOf(moment);
  const at = `${profile}: at ${name === "end" ? "the end" : name},`;
  if (arenas.obtained === 0) return `${at} no arena was ever obtained.`;
  if (arenas.live === 0) return `${at} every arena has gone back.`;
  const all = plural(arenas.live, "arena");
  const never = release === "never" ? "; this version gives none back" : "";
  const [least] = pinned.leastHeld;
  if (!least) return `${at} no block is live, and ${all} ${arenas.live === 1 ? "is" : "are"} kept${never}.`;
  const held = pinned.arenas === arenas.live ? all : `${withCommas(pinned.arenas)} of ${all}`;
  return (
    `${at} ${plural(pinned.blocks, "live block")} of ${bytesName(pinned.blockBytes)} ${pinned.blocks === 1 ? "pins" : "pin"} ${bytesName(pinned.pinnedBytes)} ` +
    `more in ${held}, the emptiest held by ${plural(least.blocks, "block")} of ${bytesName(least.blockBytes)}${never}.`
  );
}

/** The moment at which the program has let go: its last mark, unless nothing had come before it; else the end. */
export function afterDrop({ marks, end }: ProfileReport): Observation {
  const last = marks.at(-1);
  return last && last.arenas.obtained > 0 ? last : end;
}

function profileSection(report: ProfileReport, ascii: boolean): string[] {
  const { profile, arenaSizeBytes, poolSizeBytes, classCount, alignmentBytes, marks, end, timeline, failures } = report;
  const shown = afterDrop(report);
  return [
    `${profile}: arenas of ${sizeName(arenaSizeBytes)}, pools of ${sizeName(poolSizeBytes)}, ` +
      `${classCount} size classes by ${alignmentBytes} bytes`,
    ...(failures > 0 ? [`  ${plural(failures, "request")} could not be served: out of memory`] : []),
    ...ledgerTable([...marks, end]).map((line) => `  ${line}`),
    `  in arenas over time   ${sparkline(
      timeline.map(({ arenaBytes }) => arenaBytes),
      ascii,
    )}`,
    `  asked for over time   ${sparkline(
      timeline.map(({ liveBytes }) => liveBytes),
      ascii,
    )}`,
    ...(shown.occupancy.length > 0
      ? [
          `  arenas at ${shown.name === "end" ? "the end" : labelOf(shown)}, the fuller the ${ascii ? "darker" : "higher"}:`,
          ...arenaPicture(shown.occupancy, ascii).map((line) => `    ${line}`),
        ]
      : []),
  ];
}

export function renderReport({ trace, notes, profiles }: ReplayReport, ascii: boolean): string {
  const marks = trace.marks.length === 0 ? "" : `, ${withCommas(trace.marks.length)} of them marks`;
  const recorded = trace.recordedBy === null ? "" : `, recorded by ${trace.recordedBy}`;
  const lines = [
    ...notes,
    ...(notes.length > 0 ? [""] : []),
    `${trace.name}: ${plural(trace.events, "event")}${marks}${recorded}; ` +
      `at most ${bytesName(trace.peakLiveBytes)} asked for and live`,
    "",
    ...summaryTable(profiles),
    "",
    ...profiles.map((p) => pinnedSentence(p, afterDrop(p))),
    ...profiles.flatMap((p) => ["", ...profileSection(p, ascii)]),
    "",
    "kB: 1,000 bytes. available: free blocks of pools in use. lost: quantization and misaligned arenas. raw: what large blocks hold.",
    "pinned: bytes of the arenas that have a live block, less the bytes of those blocks. Time lines: their own highest is full.",
  ];
  return `${lines.join("\n")}\n`;
}
