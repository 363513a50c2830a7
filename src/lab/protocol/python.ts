/**
 * What the page and the worker that runs Python say to each other (pythonworker.ts, by comlink). The worker is made when Run is pressed
 * for the first time. While Python runs it answers no messages, so it tells by itself how things are; a stop is a word of shared memory,
 * or the end of the worker.
 *
 *     page ── load ──► worker                Pyodide's files are fetched, with progress
 *          ── run  ──►         ── output, events, view ──► page     as it goes, several times a second
 *                              ── RunEnd ──►                        the page opens what was recorded: LabEngine.openRecording
 *
 * The events of all chunks, one after the other, are the run: who ends the worker keeps what was posted.
 */
import type { RecordedRun, RunLabels } from "../../trace/recordedrun.js";
import type { Trace } from "../../trace/trace.js";
import type { CursorView, SideInfo } from "./index.js";

export interface PythonRunner {
  /** Fetches Pyodide from `baseUrl` (ends in a slash) and starts it. Once; afterwards it resolves at once. */
  load(baseUrl: string, onMessage: (message: RunMessage) => void): Promise<void>;
  /**
   * Runs a script on a fresh interpreter of `load`'s files, recorded. `interrupt`, a word: set to 2, and notified, raises KeyboardInterrupt;
   * `null` where the page is not cross-origin isolated. Resolves however the script ends.
   */
  run(
    script: { readonly name: string; readonly code: string },
    interrupt: SharedArrayBuffer | null,
    onMessage: (message: RunMessage) => void | Promise<void>,
  ): Promise<RunEnd>;
}

export type RunMessage =
  | { readonly kind: "loading"; readonly what: string; readonly bytes: number; readonly totalBytes: number | null }
  | { readonly kind: "started" }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  /** What was requested since the last chunk. */
  | { readonly kind: "events"; readonly chunk: RunChunk }
  /** The heap as it is now: one side, position the events so far. The map shows it while the script runs. */
  | { readonly kind: "view"; readonly view: CursorView; readonly side: SideInfo }
  /** The last one. The worker waits until it is heard: the answer goes another way, on which it would overtake the others. */
  | { readonly kind: "ended" };

/** The next events of a run, with their labels; what is new in the tables follows what earlier chunks brought. */
export type RunChunk = Pick<Trace, "words" | "callocs" | "marks"> & RunLabels;

export interface RunEnd {
  /** `stopped`: by the interrupt; `exhausted`: no memory was left, or the interpreter has died. */
  readonly status: "finished" | "raised" | "stopped" | "exhausted";
  /** One line on how it ended, as "Exit status 3."; `null` when it finished. A traceback was output. */
  readonly message: string | null;
  /** `null` where nothing was recorded. */
  readonly run: RecordedRun | null;
}
