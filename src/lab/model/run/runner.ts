/**
 * The seam between the page and the worker that runs Python. The worker is `src/lab/python/pythonworker.ts`; a build without it says so when
 * Run is pressed, and all else works.
 *
 *     idle ─ Run ─► loading ─ started ─► running ─ Stop ─► stopping ─ HEED_MS ─► unheeded
 *      ▲               │                    │                 │                     │
 *      │               ▼ Stop               │                 │                     ▼ End the interpreter
 *      ├──────── the worker is ended        │                 │           the worker is ended
 *      └──────────────────────────── the script ends: what was recorded is opened ──┘
 *
 * If the page shares no memory with the worker, it cannot interrupt the script: Stop ends the worker.
 */
import { type Remote, transfer, wrap } from "comlink";
import { plural } from "../../../text/units.js";
import type { PythonRunner, RunChunk, RunEnd, RunMessage } from "../../protocol/python.js";
import { OutputLog } from "../../python/outputlog.js";
import { RUN_MEMORY_BYTES, RunMemory } from "../../python/runmemory.js";
import { cancel, lineOf, openRun } from "../actions.js";
import { lab } from "../state.js";
import { Store } from "../store.js";
import { endLive, profilesBefore, showLive, startLive } from "./liverun.js";
import { clearOutput, endOutput, followOutput, say } from "./output.js";
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
  readonly status: "idle" | "loading" | "running" | "stopping" | "unheeded";
  /** Of Pyodide's files, while they are fetched. */
  readonly loading: { readonly what: string; readonly bytes: number; readonly totalBytes: number | null } | null;
}

export const runs = new Store<RunState>({ status: "idle", loading: null });

interface Run {
  readonly name: string;
  readonly chunks: RunChunk[];
  /** `null` if the page is not cross-origin isolated. */
  readonly memory: RunMemory | null;
  /** Ends the wait for the worker, which does not answer any more. */
  readonly giveUp: (end: RunEnd) => void;
}

interface Interpreter {
  readonly worker: Worker;
  readonly remote: Remote<PythonRunner>;
}

let interpreter: Interpreter | null = null;
let current: Run | null = null;

/** How long a script has to end when it is interrupted, in milliseconds, before the page offers to end the interpreter. */
const HEED_MS = 700;

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

/** Resolves to how the script has ended. */
async function execute(run: Run, code: string): Promise<RunEnd> {
  const { port1, port2 } = new MessageChannel();
  try {
    interpreter ??= start();
    const { remote } = interpreter;
    const ended = new Promise<RunEnd>((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<RunMessage>) => {
        if (run !== current) return; // the worker was ended
        if (data.kind === "ended") resolve(data.end);
        else take(run, data);
      };
    });
    await remote.load(new URL("pyodide/", document.baseURI).href);
    const memory = (run.memory?.buffer ?? null) as SharedArrayBuffer | null;
    await remote.run({ name: run.name, code }, memory, transfer(port2, [port2]));
    const { status } = await ended;
    if (status === "exhausted") drop(); // with its memory
    return await ended;
  } catch (error) {
    drop();
    return { status: "exhausted", message: lineOf(error), run: null };
  } finally {
    port1.close();
  }
}

function take(run: Run, message: Exclude<RunMessage, { kind: "ended" }>): void {
  switch (message.kind) {
    case "loading":
      runs.set({ loading: message });
      break;
    case "started":
      runs.set({ status: "running", loading: null });
      break;
    case "output":
      followOutput(new OutputLog(message.log));
      break;
    case "snapshot":
      run.chunks.push(message.chunk);
      showLive(run.name, message.view, message.side);
      run.memory?.snapshotTaken();
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
  const memory = crossOriginIsolated ? new RunMemory(new SharedArrayBuffer(RUN_MEMORY_BYTES)) : null;
  const run: Run = { name, chunks: [], memory, giveUp };
  current = run;
  runs.set({ status: "loading", loading: null });
  lab.set({ isRunning: true });
  cancel(); // of what is being opened, and would take the place of the run
  startLive();
  if (memory !== null) followOutput(memory.output);
  const ended = await Promise.race([execute(run, code), givenUp]);
  current = null;
  runs.set({ status: "idle", loading: null });
  lab.set({ isRunning: false });
  endOutput();
  if (ended.message) say(ended.message);
  try {
    const recorded = ended.run ?? recordedOf(name, run.chunks);
    if (recorded === null || !(await openRun(recorded, profilesBefore()))) endLive();
  } catch (error) {
    lab.set({ message: { kind: "problem", text: lineOf(error) } });
    endLive();
  }
}

/** Interrupts the script. If it has not ended soon, or cannot be interrupted, ends the worker, and keeps what it posted. */
export function stop(): void {
  if (current === null) return;
  const { status } = runs.state;
  if (status === "loading") end("Stopped.");
  else if (status === "unheeded" || current.memory === null) end(endedLine(current.chunks));
  else if (status === "running") {
    const stopped = current;
    runs.set({ status: "stopping" });
    stopped.memory?.interrupt();
    setTimeout(() => current === stopped && runs.set({ status: "unheeded" }), HEED_MS);
  }
}

function endedLine(chunks: readonly RunChunk[]): string {
  const events = chunks.reduce((count, { words }) => count + words.length / 2, 0);
  if (events === 0) return "The interpreter was ended before the first snapshot; nothing is recorded.";
  return `The interpreter was ended; ${plural(events, "event")} up to the last snapshot are kept.`;
}
