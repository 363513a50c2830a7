/** The worker that runs Python: `PythonRunner` behind comlink. */
import { expose } from "comlink";
import type { AttachedHeap } from "../attach/attach.js";
import { profile } from "../profiles.js";
import { runSession, type SessionResult } from "../run/session.js";
import type { PythonRunner, RunEnd, RunMessage } from "./protocol.js";
import { Live } from "./python/live.js";
import { PyodideFiles } from "./python/pyodide.js";
import { TypeNames } from "./python/typenames.js";

const FOLDER = "/home/pyodide";
const INTERRUPTED = 130;

let files: Promise<PyodideFiles> | null = null;

type Say = (message: RunMessage) => void;

/** Has all that the page wants to know of any moment noted while the program runs. */
class Watch {
  heap: AttachedHeap | null = null;
  types: TypeNames | null = null;
  lastError = "";
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  start(heap: AttachedHeap): void {
    const { recording } = heap;
    if (recording === null) return;
    const types = new TypeNames(heap);
    const live = new Live(heap, types, this.#say);
    recording.keepColumns((...words) => types.ofFreed(...words));
    recording.onTake = () => {
      types.forget();
      live.tick();
    };
    this.heap = heap;
    this.types = types;
    this.#say({ kind: "started" });
  }

  stderr(text: string): void {
    const line = text.trimEnd().split("\n").at(-1);
    if (line) this.lastError = line;
  }
}

function statusOf({ outcome }: SessionResult, lastError: string): Pick<RunEnd, "status" | "message"> {
  if (outcome.death !== null) return { status: "exhausted", message: outcome.death };
  if (outcome.status === INTERRUPTED) return { status: "stopped", message: "KeyboardInterrupt" };
  if (outcome.status === 0) return { status: "finished", message: null };
  return { status: "raised", message: lastError || `exit status ${outcome.status}` };
}

function endOf(name: string, result: SessionResult, watch: Watch): RunEnd {
  const { heap, types } = watch;
  const recording = heap?.recording;
  if (!heap || !recording || !types) return { ...statusOf(result, watch.lastError), run: null };
  const { trace, unmatched } = result;
  const notes = unmatched > 0 ? [`${unmatched} frees and resizes of blocks older than the script are left out.`] : [];
  return {
    ...statusOf(result, watch.lastError),
    run: {
      name,
      trace,
      lines: heap.sites?.lines ?? [],
      types: types.names,
      ...recording.columns(0, trace.words.length / 2),
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

  async run({ name, code }, interrupt, onMessage) {
    if (files === null) throw new Error("load comes before run");
    const watch = new Watch(onMessage);
    const pyodide = await (await files).start((message) => {
      if (message.kind === "output" && message.stream === "stderr") watch.stderr(message.text);
      onMessage(message);
    });
    if (interrupt) pyodide.setInterruptBuffer(new Uint8Array(interrupt));
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
      looked: (objects) => watch.types?.note(objects),
    });
    return endOf(name, result, watch);
  },
};

expose(runner);
