/**
 * `pymalloc stats FILE`: a pasted text of `sys._debugmallocstats()`, or a log with several of them, or a heap image, as a ledger and a
 * picture.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { profile, profileNames } from "../../geometry/profiles.js";
import { DebugMallocStatsError, parseDebugMallocStats } from "../../inspect/debugmallocstats.js";
import { HeapImage, isHeapImage } from "../../inspect/image.js";
import {
  type ArenaMapStats,
  arenaMapStats,
  type Ledger,
  type PymallocStats,
  poolsFreedByPacking,
  type SizeClassStats,
} from "../../inspect/stats.js";
import { bar, drawsBlocks, stackedBar } from "../../text/bars.js";
import { bytesName, percent, plural, sizeName, withCommas } from "../../text/units.js";
import { type Command, InputError, print, UsageError, usage } from "../command.js";

const HELP = `usage: pymalloc stats FILE [--json]

Shows what a text of sys._debugmallocstats() or PYTHONMALLOCSTATS says: where the bytes of the arenas are, and which size
classes have the most free blocks. FILE may be a whole log with several reports in it, a heap image that the lab saved, each
also as .gz, or - for stdin. Where the last report of a log is cut off, those before it are shown, and the exit status is 1.

  --json    the numbers for programs: an array, one element a report
`;

async function run(args: string[]): Promise<number> {
  const { file, json } = usage(() => readOptions(args));
  const ascii = !drawsBlocks(process.stdout, process.env);
  const show = (reports: readonly PymallocStats[]): Promise<void> =>
    print(json ? `${JSON.stringify(reports.map(statsJson), null, 2)}\n` : renderReports(reports, ascii));
  try {
    const bytes = unpacked(file === "-" ? await readStdin() : await readFile(file));
    const reports = isHeapImage(bytes)
      ? [HeapImage.open(bytes).stats().pymalloc]
      : parseDebugMallocStats(textOf(bytes));
    await show(reports);
    return 0;
  } catch (error) {
    if (error instanceof DebugMallocStatsError && error.whole.length > 0) await show(error.whole);
    throw new InputError(`${file === "-" ? "stdin" : file}: ${reason(error)}`);
  }
}

export const statsCommand: Command = {
  name: "stats",
  summary: "a pasted sys._debugmallocstats(), or a heap image, as a ledger and a picture",
  help: HELP,
  run,
};

function readOptions(args: string[]): { file: string; json: boolean } {
  const { values, positionals } = parseArgs({ args, options: { json: { type: "boolean" } }, allowPositionals: true });
  if (positionals.length !== 1) throw new UsageError(`stats takes one FILE, not ${positionals.length}`);
  return { file: positionals[0], json: values.json === true };
}

/** Logs that were rotated are compressed. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    throw new RangeError("compressed data is damaged or cut off");
  }
}

/** PowerShell writes what it redirects as UTF-16. */
const textOf = (bytes: Buffer): string => bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function reason(error: unknown): string {
  if (error instanceof DebugMallocStatsError || error instanceof RangeError) return error.message;
  if (error instanceof Error && "code" in error) return error.message.replace(/^\w+: |, \w+( '.*')?$/gs, "");
  throw error;
}

/** One report of `--json`, which prints an array of them. */
export interface StatsJson {
  /** Names of the profiles of this geometry; none for a patched or custom build. */
  readonly profiles: readonly string[];
  readonly thresholdBytes: number;
  readonly classCount: number;
  readonly arenaSizeBytes: number;
  readonly poolSizeBytes: number;
  /** `null` when no pool is in use. */
  readonly poolHeaderBytes: number | null;
  /** Calls counted by the debug hooks; `null` where the text has no such line. */
  readonly mallocCalls: number | null;
  /** Counts of arenas; before 2.5, of which the text does not tell, nothing was released. */
  readonly arenas: PymallocStats["arenas"];
  readonly unusedPools: number;
  /** Classes with pools in use, ascending. */
  readonly classes: readonly {
    readonly szidx: number;
    readonly blockBytes: number;
    readonly pools: number;
    readonly allocatedBlocks: number;
    readonly availableBlocks: number;
    readonly allocatedBytes: number;
    readonly availableBytes: number;
    /** Pools that would be unused if the class's blocks were packed tightly. */
    readonly poolsFreedByPacking: number;
  }[];
  /** Where the bytes of the arenas are; `total` is the sum of the others. */
  readonly ledgerBytes: Ledger;
  /** `null` before 3.10; on 32 bits only the root is not 0. These bytes are outside the arenas. */
  readonly arenaMap: Omit<ArenaMapStats, "levels"> | null;
}

export function statsJson(s: PymallocStats): StatsJson {
  return {
    profiles: profilesLike(s),
    thresholdBytes: s.threshold,
    classCount: s.classCount,
    arenaSizeBytes: s.arenaSize,
    poolSizeBytes: s.poolSize,
    poolHeaderBytes: s.poolOverhead,
    mallocCalls: s.mallocCalls,
    arenas: s.arenas,
    unusedPools: s.unusedPools,
    classes: s.classes.map((c) => ({
      szidx: c.szidx,
      blockBytes: c.blockSize,
      pools: c.pools,
      allocatedBlocks: c.blocks,
      availableBlocks: c.available,
      allocatedBytes: c.blocks * c.blockSize,
      availableBytes: c.available * c.blockSize,
      poolsFreedByPacking: poolsFreedByPacking(c),
    })),
    ledgerBytes: s.ledger,
    arenaMap: s.arenaMap === null ? null : arenaMapJson(s.arenaMap),
  };
}

function arenaMapJson({ midNodes, botNodes, rootBytes, midBytes, botBytes }: ArenaMapStats): StatsJson["arenaMap"] {
  return { midNodes, botNodes, rootBytes, midBytes, botBytes };
}

/** Profiles whose text could have been `s`. */
function profilesLike(s: PymallocStats): string[] {
  return profileNames().filter((name) => {
    const build = profile(name);
    const { threshold, alignment, arenaSize, poolSize, poolOverhead } = build.geometry;
    return (
      threshold === s.threshold &&
      threshold / alignment === s.classCount &&
      arenaSize === s.arenaSize &&
      poolSize === s.poolSize &&
      (s.poolOverhead === null || poolOverhead === s.poolOverhead) &&
      build.reportsArenas === s.reportsArenas &&
      arenaMapStats(build, -1)?.rootBytes === s.arenaMap?.rootBytes
    );
  });
}

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
