/**
 * A program's run on an attached heap, from before its first line to after its last, with what was seen at its marks.
 *
 *     Pyodide ─► prologue ─► attach ─► start ─► the program, mark by mark ─► end ─► exit status
 *                                                    │                        │
 *                                          numbers, census of types     who holds the memory
 *
 * The result is plain data, so that it can leave the worker in which the program ran.
 */

import type { Profile } from "../../geometry/profiles.js";
import { formatDebugMallocStats } from "../../inspect/debugmallocstats.js";
import { arenaCounters } from "../../inspect/heapstats.js";
import type { PymallocStats } from "../../inspect/stats.js";
import { pinnedBytes } from "../../replay/observation.js";
import type { Trace } from "../../trace/trace.js";
import { type AttachedHeap, attach } from "../interpreter/attach.js";
import { Interpreter } from "../interpreter/interpreter.js";
import type { Recording } from "../interpreter/recording.js";
import { pythonApi, type RunnablePyodide } from "./capi.js";
import type { Findings } from "./findings.js";
import { type Look, type LookOptions, Looks } from "./looks.js";
import { installMarks } from "./markmodule.js";
import { type Outcome, PreparedProgram, type Program } from "./runprogram.js";
import { watchSigint } from "./sigint.js";
import { installSleep } from "./sleep.js";
import { refuseSockets } from "./sockets.js";

export interface SessionOptions extends LookOptions {
  readonly profile: Profile;
  /** Gets what the program's `sys._debugmallocstats()` prints. */
  readonly stderr: (text: string) => void;
  /** Called when the next thing to run is the program, with the heap that it will run on. */
  readonly started: (heap: AttachedHeap) => void;
  /** Called after the program's last line. */
  readonly ended?: () => void;
  /** What `time.sleep` does: waits for `ms`, or less when there is a signal to hear of. Default: Emscripten's. */
  readonly pause?: (ms: number) => void;
  /** Told whenever the program sets a handler: whether it leaves SIGINT to the system. */
  readonly sigint?: (isDefault: boolean) => void;
}

/**
 * `debugmallocstats`: the program called `sys._debugmallocstats()`. `between`: the program made no mark, but more was pinned or live than at
 * any mark.
 */
export type MarkKind = "start" | "mark" | "debugmallocstats" | "between" | "end";

/** What was seen at a mark. */
export interface SeenMark extends Look {
  /** "" where the program gave none. */
  readonly name: string;
  readonly kind: MarkKind;
  /** Events of the trace up to here, the mark itself included. */
  readonly event: number;
  readonly pymalloc: PymallocStats;
  /** Of arenas with a live block, all that is not in live blocks. */
  readonly pinnedBytes: number;
}

export interface SessionResult {
  readonly outcome: Outcome;
  /** The interpreter's version, as in "3.14.2". */
  readonly python: string;
  readonly trace: Trace;
  /** Frees and reallocs of blocks that are older than the recording, and so not in the trace. */
  readonly unmatched: number;
  /** The first is "start", the last "end". */
  readonly marks: readonly SeenMark[];
  /** Why something could not be looked at, a line each: too many blocks for a table, or an interpreter that has died. */
  readonly notSeen: readonly string[];
}

/** Every block is looked at at this many marks at most, and at the end: a program may mark in a loop. */
const LOOKS = 100;

/** Runs `program` on `pyodide`, which must be freshly loaded, with its streams and its folder in place. */
export async function runSession(
  pyodide: RunnablePyodide,
  program: Program,
  options: SessionOptions,
): Promise<SessionResult> {
  const python = String(pyodide.runPython("__import__('sys').version.split()[0]"));
  const interpreter = new Interpreter(pyodide);
  refuseSockets(pyodide);
  if (options.sigint) watchSigint(interpreter, pythonApi(pyodide), options.sigint);
  if (options.pause) installSleep(interpreter, pythonApi(pyodide), options.pause);
  const prepared = new PreparedProgram(pyodide, interpreter, program);
  const marks = new Marks(options);
  installMarks(interpreter, pythonApi(pyodide), {
    mark: (name) => marks.see(name, "mark"),
    debugmallocstats: () => marks.debugmallocstats(),
  });
  const heap = await attach(pyodide, { profile: options.profile, record: true });
  marks.heap = heap;
  marks.see("start", "start");
  options.started(heap);
  marks.watch(heap);
  const outcome = prepared.run(() => {
    options.ended?.();
    marks.see("end", "end");
  });
  const { recorded, failures } = marks;
  if (recorded === null) throw failures[0];
  return {
    ...recorded,
    outcome,
    python,
    marks: marks.finish(),
    notSeen: failures.map((error) => reasonOf(error)),
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0];

const NO_LOOK: Look = { types: null, owners: null, pins: null };

/** Events between two counts of what is pinned, at least, and for each arena: counting is a walk over all pools. */
const EVENTS_BETWEEN_COUNTS = 2 ** 16;
const EVENTS_FOR_AN_ARENA = 1000;

/** A mark without what a look at all blocks finds. */
type Mark = Omit<SeenMark, keyof Look>;

/** The marks of a run. Nothing thrown here may pass through the interpreter, which calls it. */
class Marks {
  readonly seen: { readonly mark: Mark; readonly look: Look }[] = [];
  heap: AttachedHeap | null = null;
  /** As it was at the end: what Python does on its way out is not the program's. */
  recorded: Pick<SessionResult, "trace" | "unmatched"> | null = null;
  /** What `guard` caught. */
  readonly failures: unknown[] = [];
  readonly #looks: Looks<Mark>;
  /** Events up to the next count between marks. */
  #nextCount = 0;
  readonly #stderr: SessionOptions["stderr"];

  constructor(options: SessionOptions) {
    this.#looks = new Looks(options);
    this.#stderr = options.stderr;
  }

  /** All marks, with what the end found, and the places between marks that matter more. */
  finish(): SeenMark[] {
    const found = this.guard(() => this.#looks.finish()) ?? new Map<Mark, Findings>();
    const between = [...found.keys()].filter(({ kind }) => kind === "between");
    return [...this.seen, ...between.map((mark) => ({ mark, look: NO_LOOK }))]
      .sort((a, b) => a.mark.event - b.mark.event)
      .map(({ mark, look }) => ({ ...mark, ...look, ...found.get(mark) }));
  }

  /** From here on, keeps the heap between marks where much more is pinned or live than at any. */
  watch(heap: AttachedHeap): void {
    const { recording } = heap;
    if (recording === null) return;
    const { onTake } = recording;
    recording.onTake = () => {
      onTake();
      if (this.recorded === null && recording.eventCount >= this.#nextCount)
        this.guard(() => this.#count(heap, recording));
    };
  }

  #count(heap: AttachedHeap, recording: Recording): void {
    const { held } = arenaCounters(heap.core);
    const { liveBytes } = recording;
    const most = held * heap.profile.geometry.arenaSize;
    this.#nextCount = Number.POSITIVE_INFINITY; // if something is thrown
    if (this.#looks.wants({ pinnedBytes: most, liveBytes })) {
      const mark = markOf(heap, recording, "", "between");
      const bytes = { ...mark, liveBytes };
      if (this.#looks.wants(bytes)) this.#looks.keep(heap, mark, bytes);
    }
    this.#nextCount = recording.eventCount + EVENTS_BETWEEN_COUNTS + held * EVENTS_FOR_AN_ARENA;
  }

  see(name: string, kind: MarkKind): void {
    this.guard(() => {
      const { heap } = this;
      if (heap === null || heap.recording === null) return;
      if (kind === "mark" || kind === "debugmallocstats") heap.mark(name);
      else heap.flush();
      const { recording } = heap;
      const isLast = kind === "end";
      if (isLast) this.recorded = { trace: recording.trace(), unmatched: recording.unmatched };
      const mark = markOf(heap, recording, name, kind);
      const look =
        this.seen.length < LOOKS || isLast
          ? this.guard(() => this.#looks.see(heap, mark, name, { ...mark, liveBytes: recording.liveBytes }, isLast))
          : NO_LOOK;
      this.seen.push({ mark, look: look ?? NO_LOOK });
    });
  }

  debugmallocstats(): void {
    this.see("sys._debugmallocstats()", "debugmallocstats");
    const last = this.seen.at(-1);
    if (last) this.#stderr(formatDebugMallocStats(last.mark.pymalloc));
  }

  /** `undefined` where `look` threw: in an interpreter that has just died, tables may be half written. */
  guard<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      this.failures.push(error);
      return undefined;
    }
  }
}

function markOf(heap: AttachedHeap, { eventCount }: Recording, name: string, kind: MarkKind): Mark {
  const { pymalloc } = heap.stats();
  const { held } = arenaCounters(heap.core);
  const pinned = pinnedBytes(held, pymalloc.arenaSize, pymalloc.ledger.allocated);
  return { name, kind, event: eventCount, pymalloc, pinnedBytes: pinned };
}
