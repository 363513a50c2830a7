/** The report of `pymalloc replay` for people: tables, time lines, and pictures of the arenas. Returns text; prints nothing. */
import { sparkline } from "./bars.js";
import type { Moment } from "./moment.js";
import type { ProfileReport, ReplayReport } from "./replayreport.js";
import { plural, sizeName, withCommas } from "./units.js";

/** Columns of the picture of arenas, and rows that are shown at most. */
const PICTURE_WIDTH = 64;
const PICTURE_ROWS = 8;

/** Rows as columns: the first to the left, the others to the right, two blanks between. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

/** Megabytes, 10^6 bytes, to a hundredth. */
const mb = (bytes: number): string => (bytes / 1e6).toFixed(2);

function summaryTable(profiles: readonly ProfileReport[]): string[] {
  const head = [
    "profile",
    "arenas of",
    "obtained",
    "released",
    "most",
    "at end",
    "most in arenas",
    "most mapped",
    "list steps",
  ];
  const rows = profiles.map((p) => [
    p.profile,
    sizeName(p.arenaSizeBytes),
    withCommas(p.arenas.obtained),
    withCommas(p.arenas.released),
    withCommas(p.arenas.high),
    withCommas(p.arenas.live),
    `${mb(p.arenaPeakBytes)} MB`,
    `${mb(p.os.mappedPeakBytes)} MB`,
    withCommas(p.costs.listSteps),
  ]);
  return table([head, ...rows]);
}

function ledgerTable(moments: readonly Moment[]): string[] {
  const head = [
    "MB",
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
  const rows = moments.map(({ name, liveBytes, arenas, ledgerBytes: l, raw }) => [
    name,
    mb(liveBytes),
    withCommas(arenas.live),
    mb(l.total),
    mb(l.allocated),
    mb(l.available),
    mb(l.unusedPools),
    mb(l.headers),
    mb(l.quantization + l.arenaAlignment),
    mb(raw.regionBytes),
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

/** What is still held at a moment, and by how much. */
export function pinnedSentence(profile: string, { name, arenas, pinned, ledgerBytes }: Moment): string {
  const at = name === "end" ? "at the end" : `at ${name}`;
  if (arenas.live === 0) return `${profile}: ${at} every arena has gone back.`;
  const { blocks, blockBytes, pinnedBytes, leastHeld } = pinned;
  const held = `${plural(arenas.live, "arena")} (${mb(ledgerBytes.total)} MB)`;
  if (blocks === 0) return `${profile}: ${at} no block is live; ${held} ${arenas.live === 1 ? "is" : "are"} kept.`;
  const least = leastHeld[0];
  return (
    `${profile}: ${at} ${plural(blocks, "live block")} of ${mb(blockBytes)} MB pin ${mb(pinnedBytes)} MB more in ${held}; ` +
    `the arena that least keeps is held by ${plural(least.blocks, "block")} of ${withCommas(least.blockBytes)} bytes.`
  );
}

/** The moment at which the program has let go: its last mark, or the end of a trace without marks. */
export const afterDrop = ({ marks, end }: ProfileReport): Moment => marks.at(-1) ?? end;

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
          `  arenas at ${shown.name === "end" ? "the end" : shown.name}, the fuller the ${ascii ? "darker" : "higher"}:`,
          ...arenaPicture(shown.occupancy, ascii).map((line) => `    ${line}`),
        ]
      : []),
  ];
}

export function renderReport({ trace, notes, profiles }: ReplayReport, ascii: boolean): string {
  const recorded = trace.recordedBy === null ? "" : `, recorded by ${trace.recordedBy}`;
  const lines = [
    ...notes,
    ...(notes.length > 0 ? [""] : []),
    `${trace.name}: ${plural(trace.events - trace.marks.length, "event")}, ${plural(trace.marks.length, "mark")}${recorded}; ` +
      `at most ${mb(trace.peakLiveBytes)} MB asked for and live`,
    "",
    ...summaryTable(profiles),
    "",
    ...profiles.map((p) => pinnedSentence(p.profile, afterDrop(p))),
    ...profiles.flatMap((p) => ["", ...profileSection(p, ascii)]),
  ];
  return `${lines.join("\n")}\n`;
}
