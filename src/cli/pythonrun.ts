/** Runs a Python program in a worker, and passes Ctrl-C on to it. */
import { Worker } from "node:worker_threads";
import type { SessionOptions, SessionResult } from "../run/session.js";
import { InputError } from "./command.js";
import type { LoadOptions } from "./pyodide.js";

export interface PythonRunOptions {
  readonly load: Omit<LoadOptions, "interrupt">;
  readonly session: Omit<SessionOptions, "stderr" | "started">;
}

/** @internal */
export interface WorkerRequest {
  readonly load: LoadOptions;
  readonly session: PythonRunOptions["session"];
}

/** @internal `problem`: one line that is the user's to read. */
export type WorkerResponse = { readonly result: SessionResult } | { readonly problem: string };

/** So that Python's own limit, 10 MB of its C stack, is reached first: it raises RecursionError. Only what is used is ever mapped. */
const STACK_MB = 256;
/** What the worker shares: the byte that Pyodide looks at, and one that is not 0 once the program has started. */
const INTERRUPT_BYTES = 2;
export const STARTED = 1;
const SIGINT = 2;
const INTERRUPTED = 130;

/** Resolves to what the run gave. Throws an `InputError` where the program could not be started or the worker died. */
export async function runPython({ load, session }: PythonRunOptions): Promise<SessionResult> {
  const interrupt = new SharedArrayBuffer(INTERRUPT_BYTES);
  const workerData: WorkerRequest = { load: { ...load, interrupt }, session };
  const worker = new Worker(new URL("./pythonworker.js", import.meta.url), {
    workerData,
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  const signal = new Uint8Array(interrupt);
  const onInterrupt = (): void => {
    const isUnheeded = signal[0] === SIGINT; // Python clears it when it raises KeyboardInterrupt
    if (isUnheeded || signal[STARTED] === 0) process.exit(INTERRUPTED);
    signal[0] = SIGINT;
  };
  process.on("SIGINT", onInterrupt);
  try {
    const response = await new Promise<WorkerResponse>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new InputError(`the interpreter's thread has ended with status ${code}`)));
    });
    if ("problem" in response) throw new InputError(response.problem);
    return response.result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY")
      throw new InputError(
        "the recording of this program needs more memory than Node gives; see node --max-old-space-size",
      );
    throw error;
  } finally {
    process.off("SIGINT", onInterrupt);
    await worker.terminate();
  }
}
