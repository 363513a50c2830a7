/** What a look at a native process found, as plain data: what `pymalloc inspect --json` prints. */
import type { Ledger } from "../../inspect/stats.js";
import { ObjectGraph } from "../graph/objectgraph.js";
import { NOW } from "../graph/verdict.js";
import { HeapLook } from "../interpreter/heaplook.js";
import { pinReport } from "../interpreter/pins.js";
import type { RunningFrame } from "../objects/runningframes.js";
import { type ClassRow, classRow } from "../run/classrow.js";
import { type Holders, holdersOf } from "../run/heldposition.js";
import { arenaStats } from "./arenastats.js";
import type { NativeMemory } from "./nativememory.js";
import { type Resident, residentOf } from "./resident.js";
import type { ResidentPages } from "./residentpages.js";

export interface InspectedProcess {
  /** `null` if a core does not say it. */
  readonly pid: number | null;
  /** As far as it is known: `3.11.7`, or `3.11`. */
  readonly version: string;
  readonly executable: string | null;
  /** How long it was stopped; `null` of a core, and of a process that was not stopped. */
  readonly pauseMs: number | null;
  /** Pools that were being changed when it stopped. */
  readonly torn: number;
  /** Whether blocks have the fences of `PYTHONMALLOC=debug`. */
  readonly hasDebugHooks: boolean;
  /** Files whose constants could not be read: names of types may be missing. */
  readonly missingFiles: readonly string[];
}

/** A running frame. */
export interface FrameRow {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface InspectReport extends Omit<Holders, "lines" | "ownerChanges"> {
  readonly process: InspectedProcess;
  /** The profile whose allocator the process has. */
  readonly profile: string;
  readonly arenaSizeBytes: number;
  /** Blocks in arenas, and the objects and data outside of them. */
  readonly live: {
    readonly blocks: number;
    readonly bytes: number;
    readonly largeBlocks: number;
    readonly largeBytes: number;
  };
  readonly pools: number;
  readonly arenas: { readonly live: number };
  /** One for each interpreter that has arenas of its own; subinterpreters can from 3.12 on. All other figures are of all heaps together. */
  readonly heaps: readonly HeapRow[];
  readonly ledgerBytes: Ledger;
  /** Size classes that have a block in use. */
  readonly classes: readonly ClassRow[];
  /** `null` of a core, which does not say what was in memory. */
  readonly resident: Resident | null;
  /** The frames of each thread, the innermost first. */
  readonly threads: readonly (readonly FrameRow[])[];
}

/** The arenas of an interpreter. */
export interface HeapRow {
  readonly arenas: number;
  readonly ledgerBytes: Ledger;
  readonly classes: readonly ClassRow[];
}

/** What is known of the process beside its memory. */
export type KnownProcess = Pick<InspectedProcess, "pid" | "executable" | "pauseMs" | "missingFiles">;

/** `pages`: which pages were in memory, if that is known. */
export function inspectReport(
  memory: NativeMemory,
  pages: ResidentPages | null,
  known: KnownProcess,
  redact: boolean,
): InspectReport {
  const { geometry, name } = memory.profile;
  const ordinals = memory.foundArenas.map((_, arena) => arena);
  const look = new HeapLook({ memory, geometry, ordinals, requests: null, sites: null, countsLarge: true });
  const pins = pinReport(look);
  const owners = new ObjectGraph(look.all, { redact }).report();
  const { ledger, classes } = arenaStats(memory.pools, memory.profile);
  const live = liveOf(pins.types);
  const { lines, ...holders } = holdersOf(
    { pins, owners },
    {
      position: NOW,
      liveBytes: live.bytes,
      pinnedBytes: pins.pinnedBytes,
      heldBytes: pins.pinnedBytes + ledger.allocated,
      arenaBytes: geometry.arenaSize,
      release: geometry.release,
    },
    "",
  );
  const { minor, micro } = memory.version;
  return {
    process: {
      ...known,
      version: micro === null ? `3.${minor}` : `3.${minor}.${micro}`,
      torn: memory.torn,
      hasDebugHooks: memory.hasDebugHooks,
    },
    profile: name,
    arenaSizeBytes: geometry.arenaSize,
    live,
    pools: classes.reduce((sum, { pools }) => sum + pools, 0),
    arenas: { live: memory.foundArenas.length },
    heaps: heapsOf(memory),
    ledgerBytes: ledger,
    classes: classes.map(classRow),
    ...holders,
    resident: pages && residentOf(memory, look.all, pages),
    threads: look.all.threads.map((frames) => frames.map(frameRow)),
  };
}

function heapsOf({ foundArenas, pools, profile }: NativeMemory): HeapRow[] {
  const heaps = [...new Set(foundArenas.map(({ heap }) => heap))].sort((a, b) => a - b);
  return heaps.map((heap) => {
    const { ledger, classes } = arenaStats(pools, profile, (arena) => foundArenas[arena].heap === heap);
    return {
      arenas: foundArenas.filter((arena) => arena.heap === heap).length,
      ledgerBytes: ledger,
      classes: classes.map(classRow),
    };
  });
}

const frameRow = ({ function: name, file, line }: RunningFrame): FrameRow => ({ function: name, file, line });

function liveOf(types: Holders["types"]): InspectReport["live"] {
  const live = { blocks: 0, bytes: 0, largeBlocks: 0, largeBytes: 0 };
  for (const { blocks, bytes, largeBlocks, largeBytes } of types ?? []) {
    live.blocks += blocks;
    live.bytes += bytes;
    live.largeBlocks += largeBlocks;
    live.largeBytes += largeBytes;
  }
  return live;
}
