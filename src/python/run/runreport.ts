/** What a program's run did to memory: the numbers of `pymalloc run`. Sizes in bytes. */

import type { Profile } from "../../geometry/profiles.js";
import type { ReleasePolicy } from "../../geometry/release.js";
import type { Ledger } from "../../inspect/stats.js";
import { type RunSample, timeline } from "../../replay/timeline.js";
import type { BlockKind } from "../interpreter/objects.js";
import type { Holding, PinReport, TypeRow } from "../interpreter/pins.js";
import { holdingName } from "../interpreter/pins.js";
import type { MarkKind, SessionResult } from "./observedrun.js";
import { type LiveRequests, type Phase, phases } from "./phases.js";

/** How the live blocks of arenas that are one thing to Python have changed. */
export interface TypeChange {
  /** As in the pin report: a type, "data of" one, "free list of" one, or "unknown". */
  readonly name: string;
  readonly kind: BlockKind;
  readonly blocks: number;
  readonly bytes: number;
}

export interface RunMark {
  /** What the program called it; "start", "end", or "mark 3" where it has no name. */
  readonly name: string;
  readonly kind: MarkKind;
  /** Events of the trace up to here, the mark itself included. */
  readonly event: number;
  /** Asked for and live, in all domains. */
  readonly live: LiveRequests;
  /** Live blocks of arenas, and the pools and arenas that they are in use with. */
  readonly blocks: number;
  readonly pools: number;
  readonly arenas: {
    readonly obtained: number;
    readonly released: number;
    readonly high: number;
    readonly live: number;
  };
  /** Where the bytes of the arenas are. */
  readonly ledgerBytes: Ledger;
  /** Of arenas with a live block, all that is not in live blocks. */
  readonly pinnedBytes: number;
  /** From the mark before to this one. */
  readonly since: Phase & { readonly arenasObtained: number; readonly arenasReleased: number };
  /** Since the last mark at which types were counted, the largest first; `null` where they were not counted here. */
  readonly typeChanges: readonly TypeChange[] | null;
}

/** A sample of the timeline, as the report calls its numbers. */
export interface RunPoint extends Omit<RunSample, "position"> {
  readonly event: number;
}

export interface RunReport {
  /** The script, "-c" or "-". */
  readonly program: string;
  readonly exitStatus: number;
  /** Why the interpreter could not go on; `null` where it could. */
  readonly death: string | null;
  readonly python: string;
  readonly profile: string;
  readonly arenaSizeBytes: number;
  readonly poolSizeBytes: number;
  readonly poolOverheadBytes: number;
  readonly alignmentBytes: number;
  readonly thresholdBytes: number;
  readonly release: ReleasePolicy;
  /** Events of the trace, marks included. */
  readonly events: number;
  /** Frees and reallocs of blocks that are older than the recording: not in the trace. */
  readonly unmatched: number;
  readonly peakLiveBytes: number;
  /** The first is "start", the last "end". */
  readonly marks: readonly RunMark[];
  readonly timeline: readonly RunPoint[];
  /** Who pins the arenas at the end; `null` where that was not found out. */
  readonly pins: PinReport | null;
  /** The same where most was pinned, with the index of that mark in `marks`: perhaps the end itself. */
  readonly worst: { readonly mark: number; readonly pins: PinReport } | null;
}

/** Columns of the time line. */
const SAMPLES = 64;

/** `mount`: the folder in Python's file system that lines are named from. */
export function runReport(result: SessionResult, profile: Profile, program: string, mount: string): RunReport {
  const { outcome, python, trace, unmatched, pins, worst } = result;
  const { geometry } = profile;
  return {
    program,
    exitStatus: outcome.status,
    death: outcome.death,
    python,
    profile: profile.name,
    arenaSizeBytes: geometry.arenaSize,
    poolSizeBytes: geometry.poolSize,
    poolOverheadBytes: geometry.poolOverhead,
    alignmentBytes: geometry.alignment,
    thresholdBytes: geometry.threshold,
    release: geometry.release,
    events: trace.words.length / 2,
    unmatched,
    peakLiveBytes: trace.peakLiveBytes,
    marks: marksOf(result, geometry.threshold),
    timeline: timeline(trace, profile, SAMPLES).map(({ position, ...bytes }) => ({ event: position, ...bytes })),
    pins: pins === null ? null : relativeLines(pins, `${mount}/`),
    worst: worst === null ? null : { ...worst, pins: relativeLines(worst.pins, `${mount}/`) },
  };
}

function marksOf({ marks, trace }: SessionResult, threshold: number): RunMark[] {
  const counted = phases(
    trace,
    marks.map(({ event }) => event),
    threshold,
  );
  let types: readonly TypeRow[] = [];
  let [obtained, released] = [0, 0];
  return marks.map(({ name, kind, event, pymalloc, pinnedBytes, types: seen }, index) => {
    const { arenas, ledger, classes } = pymalloc;
    const arenasObtained = arenas.obtained - obtained;
    const arenasReleased = arenas.released - released;
    [obtained, released] = [arenas.obtained, arenas.released];
    const typeChanges = seen === null ? null : changes(types, seen);
    types = seen ?? types;
    return {
      name: name || `mark ${index}`,
      kind,
      event,
      live: counted[index].live,
      blocks: classes.reduce((sum, { blocks }) => sum + blocks, 0),
      pools: classes.reduce((sum, { pools }) => sum + pools, 0),
      arenas: { obtained: arenas.obtained, released: arenas.released, high: arenas.high, live: arenas.live },
      ledgerBytes: ledger,
      pinnedBytes,
      since: { ...counted[index].phase, arenasObtained, arenasReleased },
      typeChanges,
    };
  });
}

function changes(before: readonly TypeRow[], after: readonly TypeRow[]): TypeChange[] {
  const all = new Map<string, { name: string; kind: BlockKind; blocks: number; bytes: number }>();
  const add = (rows: readonly TypeRow[], sign: 1 | -1): void => {
    for (const { kind, type, blocks, bytes } of rows) {
      const name = holdingName(kind, type);
      const change = all.get(name) ?? { name, kind, blocks: 0, bytes: 0 };
      change.blocks += sign * blocks;
      change.bytes += sign * bytes;
      all.set(name, change);
    }
  };
  add(after, 1);
  add(before, -1);
  return [...all.values()]
    .filter(({ blocks, bytes }) => blocks !== 0 || bytes !== 0)
    .sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes) || (a.name < b.name ? -1 : 1));
}

function relativeLines(pins: PinReport, folder: string): PinReport {
  const relative = <T extends Holding>(holding: T): T =>
    holding.name.startsWith(folder) ? { ...holding, name: holding.name.slice(folder.length) } : holding;
  return {
    ...pins,
    arenas: pins.arenas.map((arena) => ({ ...arena, lines: arena.lines.map(relative) })),
    byLine: pins.byLine.map(relative),
  };
}
