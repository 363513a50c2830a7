/** Pyodide in a worker of the page: fetched once, with progress, and started anew for each run. */
import type { RunnablePyodide } from "../../python/run/capi.js";
import type { Say } from "../protocol/python.js";
import type { Stream } from "./outputlog.js";

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

/** Milliseconds between two messages on how far a fetch has come. */
const PROGRESS_MS = 50;

async function fetchKept(url: string, say: Say): Promise<Response> {
  const had = kept.get(url);
  if (had) return new Response(had.bytes, { headers: { "content-type": had.type } });
  const response = await fetchOfPage(url);
  if (!response.ok || !response.body) return response;
  const length = Number(response.headers.get("content-length"));
  const what = url.slice(url.lastIndexOf("/") + 1);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let said = 0;
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    bytes += next.value.length;
    if (performance.now() - said < PROGRESS_MS) continue;
    said = performance.now();
    say({ kind: "loading", what, bytes, totalBytes: length > 0 ? length : null });
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

  /** A fresh interpreter. Tells the page of its fetches; `print` gets what it writes, in bytes that are the interpreter's memory. */
  async start(say: Say, print: (stream: Stream, bytes: Uint8Array) => void): Promise<LoadedPyodide> {
    self.fetch = (input, init) =>
      typeof input === "string" || input instanceof URL ? fetchKept(String(input), say) : fetchOfPage(input, init);
    // Emscripten's last words, where the interpreter dies.
    console.error = (...words) => print("stderr", new TextEncoder().encode(`${words.join(" ")}\n`));
    try {
      const pyodide = await this.#load({
        indexURL: this.#baseUrl,
        env: { PYTHONHASHSEED: "0", HOME: "/home/pyodide" },
        jsglobals: Object.create(null),
      });
      const to = (stream: Stream) => ({
        write: (bytes: Uint8Array): number => {
          print(stream, bytes);
          return bytes.length;
        },
        isatty: false,
      });
      pyodide.setStdin({ stdin: () => null });
      pyodide.setStdout(to("stdout"));
      pyodide.setStderr(to("stderr"));
      return pyodide;
    } finally {
      self.fetch = fetchOfPage;
    }
  }
}
