/** The worker in which a program runs: so that the main thread can pass Ctrl-C on to it. */
import { parentPort, workerData } from "node:worker_threads";
import type { ReportRun } from "../../report/htmlreport.js";
import { InputError } from "../../text/errors.js";
import { withCommas } from "../../text/units.js";
import { BlockLabels } from "../blocklabels.js";
import type { AttachedHeap } from "../interpreter/attach.js";
import { AttachError } from "../interpreter/attacherror.js";
import type { HeapLook } from "../interpreter/heaplook.js";
import { runSession, type SessionResult } from "../run/observedrun.js";
import { HEEDLESS, OVER, RUNNING, WorkerSide } from "./programlink.js";
import { loadNodePyodide, MOUNT, writeText } from "./pyodide.js";
import { WANTS_STDIN, type WorkerRequest, type WorkerResponse } from "./pythonrun.js";

const fileName = (file: string): string => (file.startsWith(`${MOUNT}/`) ? file.slice(MOUNT.length + 1) : file);

/** The labels of a run, as a report file has them: lines are named from the program's folder. */
function reportRun(labels: BlockLabels, { trace, unmatched, notSeen }: SessionResult): ReportRun {
  const all = labels.upTo(trace.words.length / 2);
  const left = `Frees and resizes of blocks older than the program are left out: ${withCommas(unmatched)}.`;
  return {
    ...all,
    lines: all.lines.map((line) => line && { ...line, file: fileName(line.file) }),
    notes: [...(unmatched > 0 ? [left] : []), ...notSeen],
  };
}

async function respond(): Promise<WorkerResponse> {
  const request = workerData as WorkerRequest;
  try {
    const link = new WorkerSide(request.shared, () => parentPort?.postMessage(WANTS_STDIN));
    const pyodide = await loadNodePyodide(request.load, link);
    const stderr = (text: string): void => writeText(2, text);
    let labels: BlockLabels | null = null;
    const started = (heap: AttachedHeap): void => {
      if (request.labels && heap.recording) labels = new BlockLabels(heap, heap.recording);
      link.phase = RUNNING;
    };
    const ended = (): void => {
      link.phase = OVER;
    };
    const sigint = (isDefault: boolean): void => {
      link.phase = isDefault ? HEEDLESS : RUNNING;
    };
    const pause = (ms: number): void => link.pause(ms);
    const looked = (look: HeapLook): void => labels?.look(look);
    const callbacks = { stderr, started, ended, pause, sigint, looked };
    const result = await runSession(pyodide, request.load.program, {
      ...request.session,
      ...callbacks,
      ways: request.labels,
    });
    return { result, labels: labels && reportRun(labels, result) };
  } catch (error) {
    if (!(error instanceof InputError || error instanceof AttachError)) throw error;
    return { problem: error.message };
  }
}

const response = await respond();
const words = "result" in response ? [response.result.trace.words.buffer as ArrayBuffer] : [];
parentPort?.postMessage(response, words);
