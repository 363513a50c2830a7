/** The worker that runs Python: `PythonRunner` behind comlink. */
import { expose, transfer } from "comlink";
import { profile } from "../../geometry/profiles.js";
import type { AttachedHeap } from "../../python/interpreter/attach.js";
import { BlockLabels } from "../../python/labels.js";
import { runSession, type SessionResult } from "../../python/run/observedrun.js";
import type { PythonRunner, RunEnd, RunMessage } from "../protocol/python.js";
import { buffersOf, Live } from "./live.js";
import { PyodideFiles } from "./loadpyodide.js";

const FOLDER = "/home/pyodide";
const INTERRUPTED = 130;
const SIGINT = 2;
/** Events that the page can hold several times over. A script is interrupted there, and ended where it does not heed that. */
const MOST_EVENTS = 10_000_000;
const EVENTS_TO_END = 500_000;

let files: Promise<PyodideFiles> | null = null;

type Say = (message: RunMessage) => void | Promise<void>;

/** Has all that the page wants to know of any moment noted while the program runs. */
class Watch {
  labels: BlockLabels | null = null;
  #heap: AttachedHeap | null = null;
  #live: Live | null = null;
  /** Whether it was interrupted for its many events, and ended likewise. */
  isFull = false;
  #isEnded = false;
  readonly #say: Say;
  readonly #interrupt: Uint8Array;

  constructor(say: Say, interrupt: Uint8Array) {
    this.#say = say;
    this.#interrupt = interrupt;
  }

  start(heap: AttachedHeap): void {
    const { recording } = heap;
    if (recording === null) return;
    this.labels = new BlockLabels(heap, recording, () => {
      this.#limit(recording.eventCount);
      this.#live?.tick();
    });
    this.#heap = heap;
    this.#live = new Live(heap, this.labels, this.#say);
    this.#say({ kind: "started" });
  }

  /** A script that asks for little is to be seen as well when it prints. */
  printed(): void {
    if (this.#live?.isDue) this.#heap?.flush();
  }

  #limit(events: number): void {
    if (events < MOST_EVENTS || this.#isEnded) return;
    if (!this.isFull) this.#interrupt[0] = SIGINT;
    this.isFull = true;
    this.#isEnded = events > MOST_EVENTS + EVENTS_TO_END;
    if (this.#isEnded) throw new Error("the script does not heed the interrupt");
  }
}

/** Waits, or until the page writes an interrupt, which Python takes away when it hears of it. */
function pauseOn(shared: SharedArrayBuffer): (ms: number) => void {
  const words = new Int32Array(shared);
  return (ms) => void Atomics.wait(words, 0, 0, ms);
}

/** A traceback is in the output already. */
function statusOf({ outcome }: SessionResult, isFull: boolean): Pick<RunEnd, "status" | "message"> {
  if (isFull)
    return { status: "exhausted", message: `Stopped: the page keeps ${MOST_EVENTS.toLocaleString("en")} events.` };
  if (outcome.death !== null) return { status: "exhausted", message: outcome.death };
  if (outcome.status === INTERRUPTED) return { status: "stopped", message: "Stopped." };
  if (outcome.status === 0) return { status: "finished", message: null };
  return { status: "raised", message: `Exit status ${outcome.status}.` };
}

function endOf(name: string, result: SessionResult, watch: Watch): RunEnd {
  const { labels } = watch;
  if (labels === null) return { ...statusOf(result, watch.isFull), run: null };
  const { trace, unmatched } = result;
  const notes = unmatched > 0 ? [`${unmatched} frees and resizes of blocks older than the script are left out.`] : [];
  return {
    ...statusOf(result, watch.isFull),
    run: {
      ...labels.upTo(trace.words.length / 2),
      name,
      trace,
      notes: [...notes, ...result.notSeen],
    },
  };
}

const runner: PythonRunner = {
  async load(baseUrl) {
    files ??= PyodideFiles.fetch(baseUrl);
    await files.catch((error: unknown) => {
      files = null;
      throw error;
    });
  },

  async run({ name, code }, shared, onMessage) {
    if (files === null) throw new Error("load comes before run");
    const interrupt = new Uint8Array(shared ?? new ArrayBuffer(1));
    const watch = new Watch(onMessage, interrupt);
    const pyodide = await (await files).start((message) => {
      onMessage(message);
      if (message.kind === "output") watch.printed();
    });
    pyodide.setInterruptBuffer(interrupt);
    const file = `${FOLDER}/${name}`;
    pyodide.FS.writeFile(file, code);
    const program = {
      source: new TextEncoder().encode(code),
      filename: name,
      file,
      argv: [name],
      path: FOLDER,
      folder: FOLDER,
    };
    const result = await runSession(pyodide, program, {
      profile: profile("wasm32"),
      types: true,
      pins: false,
      stderr: (text) => onMessage({ kind: "output", stream: "stderr", text }),
      started: (heap) => watch.start(heap),
      looked: (objects) => watch.labels?.look(objects),
      ...(shared && { pause: pauseOn(shared) }),
    });
    await onMessage({ kind: "ended" });
    const end = endOf(name, result, watch);
    return end.run === null ? end : transfer(end, buffersOf({ ...end.run, words: end.run.trace.words }));
  },
};

expose(runner);
