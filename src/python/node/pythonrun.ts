/** Runs a Python program in a worker, and passes Ctrl-C on to it. */
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { ReportRun } from "../../report/htmlreport.js";
import { InputError } from "../../text/errors.js";
import type { SessionOptions, SessionResult } from "../run/observedrun.js";
import { HEEDLESS, LOADING, MainSide, OVER, sharedByLink } from "./programlink.js";
import type { LoadOptions } from "./pyodide.js";

export interface PythonRunOptions {
  readonly load: LoadOptions;
  readonly session: Pick<SessionOptions, "profile" | "types" | "pins" | "owners" | "redact">;
  /** Whether the type and the line of every block are kept. Default: false. */
  readonly labels?: boolean;
}

export interface PythonRunResult {
  readonly result: SessionResult;
  /** `null` unless wanted. */
  readonly labels: ReportRun | null;
}

/** @internal */
export interface WorkerRequest {
  readonly load: LoadOptions;
  readonly session: PythonRunOptions["session"];
  readonly labels: boolean;
  readonly shared: SharedArrayBuffer;
}

/** @internal The worker's other message: the program waits for stdin. */
export const WANTS_STDIN = "stdin";

/** @internal `problem`: one line that is the user's to read. */
export type WorkerResponse = PythonRunResult | { readonly problem: string };

/** So that Python's own limit, 10 MB of its C stack, is reached first: it raises RecursionError. Only what is used is ever mapped. */
const STACK_MB = 256;
const INTERRUPTED = 130;

/** Resolves to what the run gave. Throws an `InputError` where the program could not be started or the worker died. */
export async function runPython({ load, session, labels = false }: PythonRunOptions): Promise<PythonRunResult> {
  const shared = sharedByLink();
  const link = new MainSide(shared);
  const workerData: WorkerRequest = { load, session, labels, shared };
  const onInterrupt = (): void => {
    const why = stopsAt(link);
    if (why === null) return;
    writeSync(2, `pymalloc: ${why}\n`);
    process.exit(INTERRUPTED);
  };
  process.on("SIGINT", onInterrupt); // to the end, for the report takes its time
  const worker = new Worker(new URL("./programworker.js", import.meta.url), {
    workerData,
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  let readsStdin = false;
  try {
    const response = await new Promise<WorkerResponse>((resolve, reject) => {
      worker.on("message", (message: WorkerResponse | typeof WANTS_STDIN) => {
        if (message !== WANTS_STDIN) return resolve(message);
        readsStdin = true;
        void link.giveStdin(process.stdin);
      });
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new InputError(`the interpreter's thread has ended with status ${code}`)));
    });
    if ("problem" in response) throw new InputError(response.problem);
    return response;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY")
      throw new InputError(
        "the recording of this program needs more memory than Node gives; see node --max-old-space-size",
      );
    throw error;
  } finally {
    await worker.terminate();
    if (readsStdin) process.stdin.destroy(); // whose next bytes may still be waited for
  }
}

/** Passes Ctrl-C on to the program; or says why that ends everything. */
function stopsAt(link: MainSide): string | null {
  if (link.phase === LOADING) return "stopped by Ctrl-C before the program began";
  if (link.phase === HEEDLESS) return "stopped by Ctrl-C, which the program leaves to the system; no report";
  if (link.phase === OVER) return "stopped by Ctrl-C after the program's end";
  return link.interrupt() ? null : "stopped by a second Ctrl-C, for the program has not heard of the first; no report";
}
