/** The report of `pymalloc run` for people. Returns text; prints nothing. */

import { kb, shortName, table } from "../../report/renderreplay.js";
import { sparkline } from "../../text/bars.js";
import { bytesName, plural, sizeName, withCommas } from "../../text/units.js";
import type { TypeChange } from "./changes.js";
import { holderSections } from "./renderholders.js";
import type { RunMark } from "./runmarks.js";
import type { RunPoint, RunReport } from "./runreport.js";

/** Marks that are shown at most, half of them from each end. */
const MARKS_SHOWN = 24;
/** Changes of types below a mark at most, and of a mark's largest change the share that is still worth a line. */
const CHANGES_SHOWN = 4;
const LEAST_SHARE = 0.02;
const LEAST_BYTES = 500;

export function renderRun(report: RunReport, ascii: boolean): string {
  const { program, python, profile, events, unmatched } = report;
  const lines = [
    `${program}: CPython ${python}, profile ${profile} (${geometryOf(report)}), ` +
      `${plural(events, "event")}; at most ${bytesName(report.peakLiveBytes)} asked for and live`,
    ...(report.exitStatus === 0 ? [] : [`exit status ${report.exitStatus}`]),
    ...(report.death === null ? [] : [`${report.death}; what follows is what was seen up to there`]),
    "",
    ...holderSections(report.marks, report.position, report.release, ascii),
    ...markTable(report.marks),
    ...typeSections(report.marks, ascii),
    "",
    ...timeLines(report, ascii),
    "",
    "kB: 1,000 bytes. live: asked for and not yet freed, large and raw blocks included; large: of it, what no pool holds. blocks,",
    "pools, arenas: in use by live blocks. available: free blocks of pools in use. unused: pools without a live block. pinned: bytes",
    "of arenas that have a live block, less those blocks. allocated, freed: asked for and given back since the row above. live, large,",
    "allocated, freed and retained are bytes as asked for; all others, those of types, lines and arenas, are of blocks at the size",
    "of their classes.",
    ...(unmatched > 0
      ? [`Frees and resizes of blocks older than the program are in none of these: ${withCommas(unmatched)}.`]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Of a custom profile all that was given, for its name says nothing. */
function geometryOf(report: RunReport): string {
  const { profile, arenaSizeBytes, poolSizeBytes, alignmentBytes, thresholdBytes, poolOverheadBytes, release } = report;
  const sizes = `arenas of ${sizeName(arenaSizeBytes)}, pools of ${sizeName(poolSizeBytes)}`;
  if (profile !== "custom") return sizes;
  return `${sizes}, headers of ${poolOverheadBytes}, blocks of ${alignmentBytes} to ${thresholdBytes} by ${alignmentBytes}, release ${release}`;
}

/** A mark's name for people, with the number that it has on the time line. */
const labelOf = (mark: RunMark, marks: readonly RunMark[]): string =>
  mark.kind === "end" ? "end" : `${marks.indexOf(mark)}. ${shortName(mark.name)}`;

/** Marks to show, `null` where some are left out. At the start there is nothing yet. */
function shown([, ...marks]: readonly RunMark[]): (RunMark | null)[] {
  if (marks.length <= MARKS_SHOWN) return [...marks];
  return [...marks.slice(0, MARKS_SHOWN / 2), null, ...marks.slice(-MARKS_SHOWN / 2)];
}

const HEAD = "kB,live,large,blocks,pools,arenas,available,unused,pinned,allocated,freed".split(",");

function markTable(marks: readonly RunMark[]): string[] {
  const left = marks.length - 1 - MARKS_SHOWN;
  const rows = shown(marks).map((mark) =>
    mark === null ? [`… ${left} more`, ...HEAD.slice(1).map(() => "")] : row(mark, labelOf(mark, marks)),
  );
  return table([HEAD, ...rows]);
}

function row({ live, blocks, pools, arenas, ledgerBytes, pinnedBytes, since }: RunMark, label: string): string[] {
  return [
    label,
    kb(live.bytes),
    kb(live.largeBytes),
    withCommas(blocks),
    withCommas(pools),
    withCommas(arenas.live),
    kb(ledgerBytes.available),
    kb(ledgerBytes.unusedPools),
    kb(pinnedBytes),
    kb(since.allocatedBytes),
    kb(since.freedBytes),
  ];
}

/** Below each mark, what there is more and less of in the arenas. */
function typeSections(marks: readonly RunMark[], ascii: boolean): string[] {
  const changed = shown(marks).filter((mark) => mark?.typeChanges) as RunMark[];
  const sections = changed.flatMap((mark) => {
    const rows = largest(mark.typeChanges ?? []).map(({ name, blocks, bytes }) => [
      `  ${signed(blocks || bytes, ascii)}`,
      withCommas(Math.abs(blocks)),
      bytesName(Math.abs(bytes)),
      name,
    ]);
    if (rows.length === 0) return [];
    return ["", `${labelOf(mark, marks)}: ${arenasLine(mark)}${countedFrom(mark, marks)}`, ...changeLines(rows)];
  });
  return sections;
}

/** From where a mark's types are counted, where that is not the mark before. */
function countedFrom(mark: RunMark, marks: readonly RunMark[]): string {
  const index = marks.indexOf(mark);
  const last = marks.findLastIndex(({ typeChanges }, at) => at < index && typeChanges !== null);
  return last === index - 1
    ? ""
    : `; types since ${labelOf(marks[last], marks)}, the last mark at which they were counted`;
}

const signed = (n: number, ascii: boolean): string => (n > 0 ? "+" : ascii ? "-" : "−");

function changeLines(rows: readonly string[][]): string[] {
  const width = (column: number): number => Math.max(...rows.map((cells) => cells[column].length));
  return rows.map(
    ([sign, blocks, bytes, name]) => `${sign} ${blocks.padStart(width(1))}  ${bytes.padStart(width(2))}  ${name}`,
  );
}

function arenasLine({ since }: RunMark): string {
  const { arenasObtained, arenasReleased } = since;
  if (arenasObtained === 0 && arenasReleased === 0) return "no arena came or went";
  const parts = [
    ...(arenasObtained > 0 ? [`${plural(arenasObtained, "arena")} obtained`] : []),
    ...(arenasReleased > 0 ? [`${plural(arenasReleased, "arena")} released`] : []),
  ];
  return parts.join(", ");
}

function largest(changes: readonly TypeChange[]): TypeChange[] {
  const most = Math.abs(changes[0]?.bytes ?? 0);
  const least = Math.max(most * LEAST_SHARE, Math.min(LEAST_BYTES, most));
  return changes.slice(0, CHANGES_SHOWN).filter(({ bytes }) => Math.abs(bytes) >= least);
}

/** Time lines: what a sample and a mark say. A sample has the most live bytes since the one before; of the rest, marks are seen, too. */
const LINES: readonly (readonly [name: string, ofSample: keyof RunPoint, ofMark: (mark: RunMark) => number])[] = [
  ["live", "peakLiveBytes", () => 0],
  ["available", "availableBytes", ({ ledgerBytes }) => ledgerBytes.available],
  ["unused", "unusedBytes", ({ ledgerBytes }) => ledgerBytes.unusedPools],
  ["pinned", "pinnedBytes", ({ pinnedBytes }) => pinnedBytes],
];

function timeLines({ timeline, marks, events }: RunReport, ascii: boolean): string[] {
  return [
    ...LINES.map(([name, ofSample, ofMark]) => {
      const values = timeline.map((sample) => sample[ofSample]);
      for (const mark of marks) {
        const column = timeline.findIndex(({ event }) => event >= mark.event);
        values[column] = Math.max(values[column], ofMark(mark));
      }
      const most = bytesName(Math.max(...values));
      return `${name.padEnd(9)}  ${sparkline(values, ascii)}  ${name === "live" ? "at most" : "highest seen"} ${most}`;
    }),
    ...(marks.length > 2 ? [`${"marks".padEnd(9)}  ${ruler(marks, timeline.length, events)}`] : []),
  ];
}

/** Where on the time line the marks are, by their number, + for what has no room. */
function ruler(marks: readonly RunMark[], width: number, events: number): string {
  const columns: string[] = Array(width).fill(" ");
  marks.slice(1, -1).forEach(({ event }, index) => {
    const column = Math.min(Math.round((event / Math.max(events, 1)) * (width - 1)), width - 1);
    columns[column] = columns[column] === " " && index < 9 ? String(index + 1) : "+";
  });
  return columns.join("").trimEnd();
}
