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
import type { HeapOwners } from "../graph/objectgraph.js";
import { type AttachedHeap, attach } from "../interpreter/attach.js";
import { Interpreter } from "../interpreter/interpreter.js";
import { pythonApi, type RunnablePyodide } from "./capi.js";
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

/** `debugmallocstats`: the program called `sys._debugmallocstats()`. */
export type MarkKind = "start" | "mark" | "debugmallocstats" | "end";

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
  /** `null` where they were not looked for. */
  readonly owners: HeapOwners | null;
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
    marks: marks.withOwners(),
    notSeen: failures.map((error) => reasonOf(error)),
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0];

const NO_LOOK: Look = { types: null, pins: null };

/** The marks of a run. Nothing thrown here may pass through the interpreter, which calls it. */
class Marks {
  readonly seen: Omit<SeenMark, "owners">[] = [];
  heap: AttachedHeap | null = null;
  /** As it was at the end: what Python does on its way out is not the program's. */
  recorded: { trace: Trace; unmatched: number } | null = null;
  /** What `guard` caught. */
  readonly failures: unknown[] = [];
  readonly #looks: Looks;
  readonly #stderr: SessionOptions["stderr"];

  constructor(options: SessionOptions) {
    this.#looks = new Looks(options);
    this.#stderr = options.stderr;
  }

  /** All marks, with the owners that were found. */
  withOwners(): SeenMark[] {
    const owners = this.guard(() => this.#looks.owners());
    return this.seen.map((mark, index) => ({ ...mark, owners: owners?.get(index) ?? null }));
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
      const { pymalloc } = heap.stats();
      const { held } = arenaCounters(heap.core);
      const bytes = {
        pinnedBytes: pinnedBytes(held, pymalloc.arenaSize, pymalloc.ledger.allocated),
        liveBytes: recording.liveBytes,
      };
      const mark = this.seen.length;
      const look =
        mark < LOOKS || isLast ? this.guard(() => this.#looks.see(heap, mark, name, bytes, isLast)) : NO_LOOK;
      const event = recording.eventCount;
      this.seen.push({ name, kind, event, pymalloc, pinnedBytes: bytes.pinnedBytes, ...(look ?? NO_LOOK) });
    });
  }

  debugmallocstats(): void {
    this.see("sys._debugmallocstats()", "debugmallocstats");
    const last = this.seen.at(-1);
    if (last) this.#stderr(formatDebugMallocStats(last.pymalloc));
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
