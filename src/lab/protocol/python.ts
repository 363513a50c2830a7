/**
 * What the page and the worker that runs Python say to each other (pythonworker.ts, by comlink). The worker is made when Run is pressed
 * for the first time. While Python runs it answers no messages: it posts snapshots by itself, and shares memory with the page
 * (python/runmemory.ts), through which the page stops the script, reads its output, and says that it has taken a snapshot.
 *
 *     page ── load ──► worker
 *          ── run  ──►         ── loading ──► page      Pyodide's files are fetched
 *          ── interrupt ▹      ── snapshot ──►          several times a second; the next one when the page has taken it
 *          ◃ output ──         ── ended ──►             the page opens what was recorded: LabEngine.openRecording
 *
 * The events of all chunks, one after the other, are the run. If the page ends the worker, it keeps the chunks that it has.
 */
import type { TracePart } from "../../trace/builder.js";
import type { RecordedRun, RunLabels } from "../../trace/recordedrun.js";
import type { CursorView, SideInfo } from "./index.js";

export interface PythonRunner {
  /** Loads Pyodide from `baseUrl` (ends in a slash). Once; afterwards it resolves at once. */
  load(baseUrl: string): Promise<void>;
  /**
   * Runs a script on a fresh interpreter of `load`'s files, recorded. `memory`: of a `RunMemory`; `null` if the page is not cross-origin
   * isolated. Posts `RunMessage`s to `port`, the last of which is `ended`, however the script ends; rejects if it could not be run.
   */
  run(
    script: { readonly name: string; readonly code: string },
    memory: SharedArrayBuffer | null,
    port: MessagePort,
  ): Promise<void>;
}

export type RunMessage =
  | { readonly kind: "loading"; readonly what: string; readonly bytes: number; readonly totalBytes: number | null }
  | { readonly kind: "started" }
  /** What was requested since the last chunk, and the heap now: one side, at the position behind those events. */
  | { readonly kind: "snapshot"; readonly chunk: RunChunk; readonly view: CursorView; readonly side: SideInfo }
  /** Only if the page shares no memory: all the output so far, as `OutputLog.copy` gives it. */
  | { readonly kind: "output"; readonly log: ArrayBuffer }
  | { readonly kind: "ended"; readonly end: RunEnd };

/** Posts to the page; `moved`: what the message gives away. */
export type Say = (message: RunMessage, moved?: readonly ArrayBufferLike[]) => void;

/** The next events of a run, with their labels; what is new in the tables follows what earlier chunks brought. The totals are of the run so far. */
export type RunChunk = TracePart & RunLabels;

export interface RunEnd {
  /** `stopped`: by the interrupt; `exhausted`: no memory was left, or the interpreter has died. */
  readonly status: "finished" | "raised" | "stopped" | "exhausted";
  /** One line on how it ended, as "Exit status 3."; `null` when it finished. A traceback was output. */
  readonly message: string | null;
  /** `null` where nothing was recorded. */
  readonly run: RecordedRun | null;
}
