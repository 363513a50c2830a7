/**
 * The seam between the page and the worker that runs Python. The worker is `src/lab/python/pythonworker.ts`; a build without it says so when
 * Run is pressed, and all else works.
 *
 *     idle ─ Run ─► loading ─ started ─► running ─ Stop ─► stopping ─ Stop ─► idle: the worker is ended
 *      ▲               └ Stop: the worker is ended          │
 *      └────────────────────────── the script ends ─────────┘  what was recorded is opened
 */
import { proxy, type Remote, wrap } from "comlink";
import type { PythonRunner, RunChunk, RunEnd, RunMessage } from "../../protocol/python.js";
import { cancel, lineOf, openRun } from "../actions.js";
import { lab } from "../state.js";
import { Store } from "../store.js";
import { endLive, profilesBefore, showLive, startLive } from "./liverun.js";
import { clearOutput, print, say } from "./output.js";
import { recordedOf } from "./recorded.js";

type WorkerClass = new () => Worker;
const found = import.meta.glob<WorkerClass>("../../python/pythonworker.ts", {
  query: "?worker",
  import: "default",
  eager: true,
});

/** Whether this build has Python. */
export const hasPython = Object.keys(found).length > 0;

export interface RunState {
  readonly status: "idle" | "loading" | "running" | "stopping";
  /** Of Pyodide's files, while they are fetched. */
  readonly loading: { readonly what: string; readonly bytes: number; readonly totalBytes: number | null } | null;
}

export const runs = new Store<RunState>({ status: "idle", loading: null });

interface Run {
  readonly name: string;
  readonly chunks: RunChunk[];
  /** `null` where the page is not cross-origin isolated. */
  readonly interrupt: SharedArrayBuffer | null;
  /** Ends the wait for the worker, which does not answer any more. */
  readonly giveUp: (end: RunEnd) => void;
}

interface Interpreter {
  readonly worker: Worker;
  readonly remote: Remote<PythonRunner>;
}

let interpreter: Interpreter | null = null;
let current: Run | null = null;

const SIGINT = 2;
/** A word, so that it can be waited for; the first byte is Pyodide's interrupt buffer. */
const INTERRUPT_BYTES = 4;

function start(): Interpreter {
  const WorkerOf = Object.values(found)[0];
  const worker = new WorkerOf();
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    end(event.message || "Python's worker could not be started");
  });
  return { worker, remote: wrap<PythonRunner>(worker) };
}

function drop(): void {
  interpreter?.worker.terminate();
  interpreter = null;
}

/** Ends the worker, and with it the run. */
function end(message: string): void {
  drop();
  current?.giveUp({ status: "stopped", message, run: null });
}

/** What a worker says of `run`; one that was ended may still be heard. */
const listener = (run: Run): ((message: RunMessage) => void) =>
  proxy((message: RunMessage) => {
    if (run !== current) return;
    switch (message.kind) {
      case "loading":
        runs.set({ loading: message });
        break;
      case "started":
        runs.set({ status: "running", loading: null });
        break;
      case "output":
        print(message.stream, message.text);
        break;
      case "events":
        run.chunks.push(message.chunk);
        break;
      case "view":
        showLive(run.name, message.view, message.side);
    }
  });

async function execute(run: Run, code: string): Promise<RunEnd> {
  try {
    interpreter ??= start();
    const { remote } = interpreter;
    await remote.load(new URL("pyodide/", document.baseURI).href, listener(run));
    const ended = await remote.run({ name: run.name, code }, run.interrupt, listener(run));
    if (ended.status === "exhausted") drop(); // with its memory
    return ended;
  } catch (error) {
    drop();
    return { status: "exhausted", message: lineOf(error), run: null };
  }
}

/** Runs a script, and opens what was recorded of it, also where it raised or was stopped. */
export async function run(name: string, code: string): Promise<void> {
  if (current !== null) return;
  clearOutput();
  if (!hasPython) return say("This build has no Python: it opens traces and heap images.");
  let giveUp: Run["giveUp"] = () => {};
  const givenUp = new Promise<RunEnd>((resolve) => {
    giveUp = resolve;
  });
  const interrupt = crossOriginIsolated ? new SharedArrayBuffer(INTERRUPT_BYTES) : null;
  const run: Run = { name, chunks: [], interrupt, giveUp };
  current = run;
  runs.set({ status: "loading", loading: null });
  lab.set({ isRunning: true });
  cancel(); // of what is being opened, and would take the place of the run
  startLive();
  const ended = await Promise.race([execute(run, code), givenUp]);
  current = null;
  runs.set({ status: "idle", loading: null });
  lab.set({ isRunning: false });
  if (ended.message) say(ended.message);
  try {
    const recorded = ended.run ?? recordedOf(name, run.chunks);
    if (recorded === null || !(await openRun(recorded, profilesBefore()))) endLive();
  } catch (error) {
    lab.set({ message: { kind: "problem", text: lineOf(error) } });
    endLive();
  }
}

/** Interrupts the script; where that cannot be, or was not heeded, ends the worker and keeps what it posted. */
export function stop(): void {
  if (current === null) return;
  const { status } = runs.state;
  if (status === "loading") end("Stopped.");
  else if (status === "stopping" || current.interrupt === null) end("Stopped; what was recorded so far is kept.");
  else {
    const words = new Int32Array(current.interrupt);
    Atomics.store(words, 0, SIGINT);
    Atomics.notify(words, 0);
    runs.set({ status: "stopping" });
  }
}
