/** The worker that runs Python: `PythonRunner` behind comlink. */
import { expose } from "comlink";
import { profile } from "../../geometry/profiles.js";
import { BlockLabels } from "../../python/blocklabels.js";
import type { AttachedHeap } from "../../python/interpreter/attach.js";
import { runSession, type SessionResult } from "../../python/run/observedrun.js";
import { runMarks } from "../../python/run/runmarks.js";
import { seenOwners } from "../../python/run/seenowners.js";
import type { PythonRunner, RunEnd, Say } from "../protocol/python.js";
import { buffersOf, Live } from "./live.js";
import { PyodideFiles } from "./loadpyodide.js";
import type { Stream } from "./outputlog.js";
import { OutputPosts } from "./outputposts.js";
import { RUN_MEMORY_BYTES, RunMemory } from "./runmemory.js";

const FOLDER = "/home/pyodide";
const INTERRUPTED = 130;
const PROFILE = profile("wasm32");
/** Events that the page can hold several times over. A script is interrupted there, and ended where it does not heed that. */
const MOST_EVENTS = 10_000_000;
const EVENTS_TO_END = 500_000;

let files: Promise<PyodideFiles> | null = null;

/** Has all that the page wants to know of any moment noted while the program runs. */
class Watch {
  labels: BlockLabels | null = null;
  #heap: AttachedHeap | null = null;
  #live: Live | null = null;
  /** Whether it was interrupted for its many events, and ended likewise. */
  isFull = false;
  #isEnded = false;
  readonly #say: Say;
  readonly #memory: RunMemory;
  /** `null` if the page shares the memory, and reads the output there. */
  readonly #posts: OutputPosts | null;

  constructor(say: Say, memory: RunMemory, isShared: boolean) {
    this.#say = say;
    this.#memory = memory;
    this.#posts = isShared ? null : new OutputPosts(memory.output, say);
  }

  start(heap: AttachedHeap): void {
    const { recording } = heap;
    if (recording === null) return;
    this.labels = new BlockLabels(heap, recording, () => {
      this.#limit(recording.eventCount);
      this.#live?.tick();
      this.#posts?.tick();
    });
    this.#heap = heap;
    this.#live = new Live(heap, this.labels, this.#say, this.#posts === null ? this.#memory : null);
    this.#say({ kind: "started" });
  }

  print(stream: Stream, bytes: Uint8Array): void {
    this.#memory.output.write(stream, bytes);
    this.#posts?.tick();
    if (this.#live?.isDue) this.#heap?.flush(); // a script that asks for little is to be seen as well
  }

  ended(end: RunEnd): void {
    this.#posts?.post();
    this.#say({ kind: "ended", end }, end.run === null ? [] : buffersOf({ ...end.run, words: end.run.trace.words }));
  }

  #limit(events: number): void {
    if (events < MOST_EVENTS || this.#isEnded) return;
    if (!this.isFull) this.#memory.interrupt();
    this.isFull = true;
    this.#isEnded = events > MOST_EVENTS + EVENTS_TO_END;
    if (this.#isEnded) throw new Error("the script does not heed the interrupt");
  }
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
  const owners = seenOwners(result, runMarks(result, PROFILE.geometry, ""), PROFILE.name);
  const notes = unmatched > 0 ? [`${unmatched} frees and resizes of blocks older than the script are left out.`] : [];
  return {
    ...statusOf(result, watch.isFull),
    run: {
      ...labels.upTo(trace.words.length / 2),
      owners,
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

  async run({ name, code }, shared, port) {
    if (files === null) throw new Error("load comes before run");
    const say: Say = (message, moved = []) => port.postMessage(message, moved as Transferable[]);
    const memory = new RunMemory(shared ?? new ArrayBuffer(RUN_MEMORY_BYTES));
    const watch = new Watch(say, memory, shared !== null);
    const print = (stream: Stream, bytes: Uint8Array): void => watch.print(stream, bytes);
    const pyodide = await (await files).start(say, print);
    pyodide.setInterruptBuffer(memory.interruptBuffer);
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
      profile: PROFILE,
      types: true,
      pins: false,
      owners: [],
      ways: true,
      evenIfSmall: true,
      redact: false,
      stderr: (text) => print("stderr", new TextEncoder().encode(text)),
      started: (heap) => watch.start(heap),
      looked: (objects) => watch.labels?.look(objects),
      ...(shared && { pause: (ms) => memory.pause(ms) }),
    });
    watch.ended(endOf(name, result, watch));
  },
};

expose(runner);
