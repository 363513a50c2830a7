/** Pyodide in a worker of the page: fetched once, with progress, and started anew for each run. */
import type { RunnablePyodide } from "../../python/run/capi.js";
import type { RunMessage } from "../protocol/python.js";

interface LoadedPyodide extends RunnablePyodide {
  readonly FS: { mkdirTree(path: string): void; writeFile(path: string, text: string): void };
  setStdin(options: { stdin: () => null }): void;
  setStdout(options: { write: (bytes: Uint8Array) => number; isatty: boolean }): void;
  setStderr(options: { write: (bytes: Uint8Array) => number; isatty: boolean }): void;
  setInterruptBuffer(buffer: Uint8Array): void;
}

type LoadPyodide = (options: object) => Promise<LoadedPyodide>;

/** Files by address, kept so that the next run fetches nothing. */
const kept = new Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }>();
const fetchOfPage = self.fetch.bind(self);

async function fetchKept(url: string, onMessage: (message: RunMessage) => void): Promise<Response> {
  const had = kept.get(url);
  if (had) return new Response(had.bytes, { headers: { "content-type": had.type } });
  const response = await fetchOfPage(url);
  if (!response.ok || !response.body) return response;
  const length = Number(response.headers.get("content-length"));
  const what = url.slice(url.lastIndexOf("/") + 1);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    bytes += next.value.length;
    onMessage({ kind: "loading", what, bytes, totalBytes: length > 0 ? length : null });
  }
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  const type = response.headers.get("content-type") ?? "application/octet-stream";
  kept.set(url, { bytes: all, type });
  return new Response(all, { headers: { "content-type": type } });
}

/** What starts interpreters, from the files at `baseUrl`. */
export class PyodideFiles {
  readonly #baseUrl: string;
  readonly #load: LoadPyodide;

  private constructor(baseUrl: string, load: LoadPyodide) {
    this.#baseUrl = baseUrl;
    this.#load = load;
  }

  static async fetch(baseUrl: string): Promise<PyodideFiles> {
    const url = `${baseUrl}pyodide.mjs`;
    const { loadPyodide } = (await import(/* @vite-ignore */ url)) as { loadPyodide: LoadPyodide };
    return new PyodideFiles(baseUrl, loadPyodide);
  }

  /** A fresh interpreter, whose lines of output and fetches are told. */
  async start(onMessage: (message: RunMessage) => void): Promise<LoadedPyodide> {
    self.fetch = (input, init) =>
      typeof input === "string" || input instanceof URL
        ? fetchKept(String(input), onMessage)
        : fetchOfPage(input, init);
    // Emscripten's last words, where the interpreter dies.
    console.error = (...words) => onMessage({ kind: "output", stream: "stderr", text: `${words.join(" ")}\n` });
    try {
      const pyodide = await this.#load({
        indexURL: this.#baseUrl,
        env: { PYTHONHASHSEED: "0", HOME: "/home/pyodide" },
        jsglobals: Object.create(null),
      });
      const say = (stream: "stdout" | "stderr") => {
        const decoder = new TextDecoder();
        const write = (bytes: Uint8Array): number => {
          onMessage({ kind: "output", stream, text: decoder.decode(bytes, { stream: true }) });
          return bytes.length;
        };
        return { write, isatty: false };
      };
      pyodide.setStdin({ stdin: () => null });
      pyodide.setStdout(say("stdout"));
      pyodide.setStderr(say("stderr"));
      return pyodide;
    } finally {
      self.fetch = fetchOfPage;
    }
  }
}
