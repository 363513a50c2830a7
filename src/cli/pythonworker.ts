/** The worker in which a program runs: so that the main thread can pass Ctrl-C on to it. */
import { parentPort, workerData } from "node:worker_threads";
import { AttachError } from "../attach/attacherror.js";
import { runSession } from "../run/session.js";
import { InputError } from "./command.js";
import { loadNodePyodide, writeText } from "./pyodide.js";
import { STARTED, type WorkerRequest, type WorkerResponse } from "./pythonrun.js";

async function respond(): Promise<WorkerResponse> {
  const request = workerData as WorkerRequest;
  try {
    const pyodide = await loadNodePyodide(request.load);
    const stderr = (text: string): void => writeText(2, text);
    const started = (): void => void (new Uint8Array(request.load.interrupt)[STARTED] = 1);
    return { result: await runSession(pyodide, request.load.program, { ...request.session, stderr, started }) };
  } catch (error) {
    if (!(error instanceof InputError || error instanceof AttachError)) throw error;
    return { problem: error.message };
  }
}

const response = await respond();
const words = "result" in response ? [response.result.trace.words.buffer as ArrayBuffer] : [];
parentPort?.postMessage(response, words);
