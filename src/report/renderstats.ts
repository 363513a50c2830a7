/** Reports of `sys._debugmallocstats()` as text for people: a ledger and a picture. */
import {
  type ArenaMapStats,
  type Ledger,
  type PymallocStats,
  poolsFreedByPacking,
  type SizeClassStats,
} from "../inspect/stats.js";
import { bar, stackedBar } from "../text/bars.js";
import { bytesName, percent, plural, sizeName, withCommas } from "../text/units.js";
import { profilesLike } from "./statsreport.js";

/** The reports as text for people, each with its number when there are several. */
export function renderReports(reports: readonly PymallocStats[], ascii: boolean): string {
  const title = (i: number): string[] => (reports.length > 1 ? [`report ${i + 1} of ${reports.length}`, ""] : []);
  const texts = reports.map((s, i) => [...title(i), ...renderReport(s, ascii)].join("\n"));
  return `${texts.join("\n\n\n")}\n`;
}

const renderReport = (s: PymallocStats, ascii: boolean): string[] => [
  ...renderGeometry(s),
  "",
  ...renderAnswer(s),
  "",
  ...renderLedger(s, ascii),
  "",
  ...renderClasses(s.classes, ascii),
];

function renderGeometry(s: PymallocStats): string[] {
  const { arenas, classCount, threshold } = s;
  const header = s.poolOverhead === null ? "" : ` with headers of ${s.poolOverhead} bytes`;
  const profiles = profilesLike(s);
  return [
    `${plural(arenas.live, "arena")} of ${sizeName(s.arenaSize)}, pools of ${sizeName(s.poolSize)}${header}, ` +
      `${classCount} size classes of ${threshold / classCount} to ${threshold} bytes`,
    ...(s.reportsArenas
      ? [
          `arenas so far: ${withCommas(arenas.obtained)} obtained, ${withCommas(arenas.released)} released, ` +
            `${withCommas(arenas.high)} at most at one time`,
        ]
      : []),
    ...(s.mallocCalls === null ? [] : [`calls that the debug hooks counted: ${withCommas(s.mallocCalls)}`]),
    profiles.length > 0
      ? `profiles like this: ${profiles.join(", ")}`
      : "no profile is like this: a patched or custom build",
  ];
}

/**
 * What people ask a report: what the arenas hold, which classes have the most free blocks, and whether packing would
 * help.
 */
function renderAnswer({ arenas, ledger, classes, unusedPools }: PymallocStats): string[] {
  if (arenas.live === 0) return ["There are no arenas."];
  const share = (bytes: number): string => `${withCommas(bytes)} (${percent(bytes / ledger.total)})`;
  const wasteful = classes.filter((c) => c.available > 0).sort((a, b) => availableBytes(b) - availableBytes(a));
  const freed = classes.reduce((pools, c) => pools + poolsFreedByPacking(c), 0);
  const used = classes.reduce((pools, c) => pools + c.pools, 0);
  return [
    `Of ${withCommas(ledger.total)} bytes in arenas, ${share(ledger.allocated)} are in live blocks, ` +
      `${share(ledger.available)} are available in partly used pools,`,
    `${share(ledger.unusedPools)} are in ${plural(unusedPools, "unused pool")}.`,
    ...(wasteful.length > 0 ? ["Most available bytes:", ...wasteful.slice(0, 3).map(describeWaste)] : []),
    `Packed tightly, the live blocks would need ${withCommas(used - freed)} of these ${plural(used, "pool")}, ` +
      `${withCommas(freed)} fewer.`,
  ];
}

const availableBytes = (c: SizeClassStats): number => c.available * c.blockSize;

const describeWaste = (c: SizeClassStats): string =>
  `  class ${c.szidx} (${c.blockSize} bytes): ` +
  `${withCommas(c.available)} free blocks of ${withCommas(c.blocks + c.available)}, ${bytesName(availableBytes(c))}`;

const LEDGER: readonly (readonly [keyof Ledger, name: string, fill: string, asciiFill: string])[] = [
  ["allocated", "live blocks", "█", "#"],
  ["available", "available blocks", "▒", "-"],
  ["unusedPools", "unused pools", "░", "."],
  ["headers", "pool headers", "h", "h"],
  ["quantization", "quantization", "q", "q"],
  ["arenaAlignment", "arena alignment", "a", "a"],
];

const PICTURE_WIDTH = 72;

function renderLedger({ ledger, arenaMap }: PymallocStats, ascii: boolean): string[] {
  const parts = LEDGER.map(([key, name, fill, asciiFill]) => ({
    name,
    size: ledger[key],
    fill: ascii ? asciiFill : fill,
  }));
  const line = (mark: string, name: string, bytes: number): string =>
    `${mark} ${name.padEnd(16)} ${withCommas(bytes).padStart(17)} bytes ${percent(bytes / ledger.total).padStart(8)}`;
  return [
    ...(ledger.total > 0 ? [stackedBar(parts, PICTURE_WIDTH), ""] : []),
    ...parts.map(({ name, size, fill }) => line(fill, name, size)),
    line(" ", "in arenas", ledger.total),
    ...(arenaMap === null
      ? []
      : [`  ${"arena map".padEnd(16)} ${withCommas(mapBytes(arenaMap)).padStart(17)} bytes  outside of them`]),
  ];
}

const mapBytes = ({ rootBytes, midBytes, botBytes }: ArenaMapStats): number => rootBytes + midBytes + botBytes;

function renderClasses(classes: readonly SizeClassStats[], ascii: boolean): string[] {
  if (classes.length === 0) return ["No pool is in use."];
  const columns = (...cells: (string | number)[]): string =>
    cells
      .map((cell, i) => (typeof cell === "number" ? withCommas(cell) : cell).padStart([5, 6, 9, 12, 12, 9][i]))
      .join("");
  return [
    columns("class", "size", "pools", "in use", "available", "full"),
    ...classes.map((c) => {
      const occupancy = c.blocks / (c.blocks + c.available);
      const cells = columns(c.szidx, c.blockSize, c.pools, c.blocks, c.available, percent(occupancy));
      return `${cells}  ${bar(occupancy, 24, ascii)}`;
    }),
  ];
}
