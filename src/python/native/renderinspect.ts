/** The report of `pymalloc inspect` for people. Returns text; prints nothing. */
import type { ReleasePolicy } from "../../geometry/release.js";
import { kb, table } from "../../report/renderreplay.js";
import { bytesName, plural, sizeName, withCommas } from "../../text/units.js";
import { holderSections } from "../run/renderholders.js";
import type { InspectReport } from "./inspectreport.js";

/** Frames of a thread at most. */
const FRAMES_SHOWN = 8;

/** How long a look took: reading the process and finding its heap; finding who holds what. */
export interface InspectTimes {
  readonly readMs: number;
  readonly analysisMs: number;
}

export function renderInspect(
  report: InspectReport,
  times: InspectTimes,
  release: ReleasePolicy,
  ascii: boolean,
): string {
  const held = { ...report, name: "now", lines: null, ownerChanges: null };
  const lines = [
    ...head(report),
    "",
    ...holderSections([held], 0, release, ascii),
    ...ledgerLines(report),
    "",
    ...threadLines(report),
    "",
    ...EXPLANATION,
    `Read in ${seconds(times.readMs)}, analysed in ${seconds(times.analysisMs)}.`,
  ];
  return `${lines.join("\n")}\n`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function head({
  process: { pid, version, executable, pauseMs, torn, hasDebugHooks, missingFiles },
  ...report
}: InspectReport): string[] {
  const who = pid === null ? "core" : `process ${pid}`;
  const heaps = report.heaps.length > 1 ? ` of ${plural(report.heaps.length, "interpreter")}` : "";
  return [
    `${who}: CPython ${version}${executable === null ? "" : ` (${executable})`}, ` +
      `${plural(report.arenas.live, "arena")} of ${sizeName(report.arenaSizeBytes)}${heaps}` +
      (pauseMs === null ? "" : pauseMs === 0 ? ", stopped before and still" : `, stopped for ${Math.ceil(pauseMs)} ms`),
    ...(hasDebugHooks ? ["It runs with debug hooks: each block has 16 bytes in front of it, and some behind."] : []),
    ...(torn > 0 ? [`${plural(torn, "pool")} changed while being read; the blocks there are counted as live.`] : []),
    ...(missingFiles.length > 0
      ? [
          `Some types have no name, for these files are missing or are others than were running: ${missingFiles.join(", ")}`,
        ]
      : []),
  ];
}

function ledgerLines({ ledgerBytes, live, pools, arenas, resident }: InspectReport): string[] {
  const { allocated, available, unusedPools, headers, quantization, arenaAlignment, total } = ledgerBytes;
  return [
    ...table([
      ["kB", "arenas", "live", "available", "unused", "headers", "ends of pools", "alignment"],
      [
        `${plural(arenas.live, "arena")}, ${plural(pools, "pool")} in use`,
        ...[total, allocated, available, unusedPools, headers, quantization, arenaAlignment].map(kb),
      ],
    ]),
    `outside of arenas: ${plural(live.largeBlocks, "block")} of objects, ${bytesName(live.largeBytes)}`,
    ...residentLines(resident),
  ];
}

function residentLines(resident: InspectReport["resident"]): string[] {
  if (resident === null) return [];
  const { totalBytes, arenasBytes, largeBytes, libcFreeBytes, otherAnonymousBytes, fileBytes } = resident;
  return [
    "",
    ...table([
      ["resident kB", "arenas", "objects outside", "free in libc", "other memory", "files and code"],
      [totalBytes, arenasBytes, largeBytes, libcFreeBytes, otherAnonymousBytes, fileBytes].map(kb),
    ]),
  ];
}

function threadLines({ threads }: InspectReport): string[] {
  return threads.flatMap((frames, index) => {
    const left = frames.length - FRAMES_SHOWN;
    return [
      `thread ${index + 1}${frames.length === 0 ? ": runs no Python code" : ""}`,
      ...frames.slice(0, FRAMES_SHOWN).map(({ function: name, file, line }) => `  ${name}() at ${file}:${line}`),
      ...(left > 0 ? [`  … ${withCommas(left)} more`] : []),
    ];
  });
}

const EXPLANATION = [
  "kB: 1,000 bytes. live: blocks in use, at the size of their classes, and what objects have outside of arenas. pinned: bytes of",
  "arenas that have a live block, less those blocks. available: free blocks of pools in use. unused: pools without a live block.",
];
