/**
 * The seam between the page and the worker that runs Python. The worker is `src/lab/pythonworker.ts`; a build without it says so when
 * Run is pressed, and all else works.
 */
import { proxy, type Remote, wrap } from "comlink";
import type { PythonRunner, RecordedRun, RunChunk, RunMessage } from "../../protocol.js";
import { openExample } from "../opening.js";
import { lineOf, openRun } from "../session.js";
import { lab } from "../state.js";
import { Store } from "../store.js";
import { showLive, startLive } from "./live.js";
import { recordedOf } from "./recorded.js";

type WorkerClass = new () => Worker;
const found = import.meta.glob<WorkerClass>("../../pythonworker.ts", { query: "?worker", import: "default" });

/** Whether this build has Python. */
export const hasPython = Object.keys(found).length > 0;

export interface RunState {
  readonly status: "idle" | "loading" | "running" | "stopping";
  /** Of Pyodide's files, while they are fetched. */
  readonly loading: { readonly what: string; readonly bytes: number; readonly totalBytes: number | null } | null;
  readonly output: readonly { readonly stream: "stdout" | "stderr" | "page"; readonly text: string }[];
}

export const runs = new Store<RunState>({ status: "idle", loading: null, output: [] });

interface Interpreter {
  readonly worker: Worker;
  readonly remote: Remote<PythonRunner>;
}

let interpreter: Interpreter | null = null;
let interrupt: Uint8Array | null = null;
let chunks: RunChunk[] = [];
let running = "";
/** Ends the wait for a run whose worker is ended. */
let giveUp: (() => void) | null = null;

const MOST_OUTPUT = 2000;
const SIGINT = 2;

function say(stream: "stdout" | "stderr" | "page", text: string): void {
  runs.set({ output: [...runs.state.output, { stream, text }].slice(-MOST_OUTPUT) });
}

async function start(): Promise<Interpreter> {
  const load = Object.values(found)[0];
  const WorkerOf = await load();
  const worker = new WorkerOf();
  return { worker, remote: wrap<PythonRunner>(worker) };
}

function onMessage(message: RunMessage): void {
  switch (message.kind) {
    case "loading":
      runs.set({ loading: message });
      break;
    case "started":
      runs.set({ status: "running", loading: null });
      break;
    case "output":
      say(message.stream, message.text);
      break;
    case "events":
      chunks.push(message.chunk);
      break;
    case "view":
      showLive(running, message.view, message.side);
  }
}

/** Runs a script, and opens what was recorded of it, also where it raised or was stopped. */
export async function run(name: string, code: string): Promise<void> {
  if (!hasPython) return say("page", "This build has no Python: it opens traces and heap images.");
  if (runs.state.status !== "idle") return;
  runs.set({ status: "loading", output: [], loading: null });
  chunks = [];
  running = name;
  startLive();
  interrupt = crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(4)) : null;
  try {
    interpreter ??= await start();
    const { remote } = interpreter;
    await remote.load(new URL("pyodide/", document.baseURI).href, proxy(onMessage));
    const ended = new Promise<null>((resolve) => {
      giveUp = () => resolve(null);
    });
    const buffer = (interrupt?.buffer ?? null) as SharedArrayBuffer | null;
    const end = await Promise.race([remote.run({ name, code }, buffer, proxy(onMessage)), ended]);
    if (end?.message) say("stderr", `${end.message}\n`);
    const recorded: RecordedRun | null = end?.run ?? recordedOf(name, chunks);
    if (recorded) await openRun(recorded);
    else if (lab.state.isLive) await openExample("pinned");
  } catch (error) {
    say("page", lineOf(error));
    drop();
    if (lab.state.isLive) await openExample("pinned");
  } finally {
    runs.set({ status: "idle", loading: null });
    giveUp = null;
  }
}

function drop(): void {
  interpreter?.worker.terminate();
  interpreter = null;
}

/** Interrupts the script; where that cannot be, or was not heeded, ends the worker and keeps what it posted. */
export function stop(): void {
  const { status } = runs.state;
  if (status === "idle") return;
  if (interrupt !== null && status === "running") {
    interrupt[0] = SIGINT;
    runs.set({ status: "stopping" });
    return;
  }
  drop();
  say("page", "Stopped; what was recorded so far is kept.");
  giveUp?.();
}
