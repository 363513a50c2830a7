/** The worker in which a program runs: so that the main thread can pass Ctrl-C on to it. */
import { parentPort, workerData } from "node:worker_threads";
import type { ReportRun } from "../../report/htmlreport.js";
import { InputError } from "../../text/errors.js";
import { withCommas } from "../../text/units.js";
import type { AttachedHeap } from "../interpreter/attach.js";
import { AttachError } from "../interpreter/attacherror.js";
import type { PythonObjects } from "../interpreter/objects.js";
import { Seen } from "../run/objectsnapshots.js";
import { runSession, type SessionResult } from "../run/observedrun.js";
import { TypeNames } from "../run/typenames.js";
import { HEEDLESS, OVER, RUNNING, WorkerSide } from "./programlink.js";
import { loadNodePyodide, MOUNT, writeText } from "./pyodide.js";
import { WANTS_STDIN, type WorkerRequest, type WorkerResponse } from "./pythonrun.js";

/** The type and the line of every block that was ever asked for, and what objects were at each look. */
class Labels {
  #heap: AttachedHeap | null = null;
  #types: TypeNames | null = null;
  readonly #seen = new Seen();

  start(heap: AttachedHeap): void {
    const types = new TypeNames(heap);
    heap.recording?.keepColumns((...words) => types.ofFreed(...words));
    if (heap.recording) heap.recording.onTake = () => types.forget();
    this.#heap = heap;
    this.#types = types;
  }

  look(objects: PythonObjects): void {
    this.#types?.note(objects);
    if (this.#heap?.recording) this.#seen.note(objects, this.#heap.recording);
  }

  of({ trace, unmatched, notSeen }: SessionResult): ReportRun | null {
    const [heap, types] = [this.#heap, this.#types];
    if (!heap?.recording || !types) return null;
    const lines = (heap.sites?.lines ?? []).map((line) => line && { ...line, file: fileName(line.file) });
    const left = `Frees and resizes of blocks older than the program are left out: ${withCommas(unmatched)}.`;
    return {
      lines,
      types: types.names,
      layouts: types.layouts,
      seen: this.#seen.looks,
      notes: [...(unmatched > 0 ? [left] : []), ...notSeen],
      ...heap.recording.columns(0, trace.words.length / 2),
    };
  }
}

const fileName = (file: string): string => (file.startsWith(`${MOUNT}/`) ? file.slice(MOUNT.length + 1) : file);

async function respond(): Promise<WorkerResponse> {
  const request = workerData as WorkerRequest;
  try {
    const link = new WorkerSide(request.shared, () => parentPort?.postMessage(WANTS_STDIN));
    const pyodide = await loadNodePyodide(request.load, link);
    const stderr = (text: string): void => writeText(2, text);
    const labels = request.labels ? new Labels() : null;
    const started = (heap: AttachedHeap): void => {
      labels?.start(heap);
      link.phase = RUNNING;
    };
    const ended = (): void => {
      link.phase = OVER;
    };
    const sigint = (isDefault: boolean): void => {
      link.phase = isDefault ? HEEDLESS : RUNNING;
    };
    const pause = (ms: number): void => link.pause(ms);
    const looked = (objects: PythonObjects): void => labels?.look(objects);
    const callbacks = { stderr, started, ended, pause, sigint, looked };
    const result = await runSession(pyodide, request.load.program, { ...request.session, ...callbacks });
    return { result, labels: labels?.of(result) ?? null };
  } catch (error) {
    if (!(error instanceof InputError || error instanceof AttachError)) throw error;
    return { problem: error.message };
  }
}

const response = await respond();
const words = "result" in response ? [response.result.trace.words.buffer as ArrayBuffer] : [];
parentPort?.postMessage(response, words);
