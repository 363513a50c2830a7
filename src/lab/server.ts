/** The server of `pymalloc lab`: the built page, Pyodide and one trace, for this machine alone. Node only. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { basename, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { compiledLibrary, pyodideFolder } from "../python/node/pyodidepackage.js";
import { InputError } from "../text/errors.js";

/** Places of the built page: beside this file when it is built too, else in dist/. */
const PAGES = ["../../lab", "../../dist/lab"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".zip": "application/zip",
};

/** Nothing is fetched from elsewhere, nor sent there. The editor sets attributes of style. */
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; base-uri 'none'";

/** Cross-origin isolated, so that a script can be interrupted. A worker heeds the policy that its own script came with, not its page's. */
const HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
} as const;

export interface LabServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface LabOptions {
  /** Folder of the built page. */
  readonly page: string;
  /** File that is served as ./trace. */
  readonly trace: string | null;
  /** 0: a free one. */
  readonly port: number;
}

/** The file below `folder` that `path` names; `null` for one outside, or none. */
function fileBelow(folder: string | null, path: string): string | null {
  if (folder === null) return null;
  const file = join(folder, normalize(`/${path}`));
  return file.startsWith(folder + sep) && existsSync(file) && statSync(file).isFile() ? file : null;
}

function fileOf(pathname: string, { page, trace }: LabOptions): string | null {
  if (pathname === "/trace") return trace;
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  return fileBelow(page, name) ?? (name.startsWith("pyodide/") ? pyodideFile(name.slice(8)) : null);
}

const pyodideFile = (name: string): string | null =>
  (name === "python_stdlib.zip" ? compiledLibrary() : null) ?? fileBelow(pyodideFolder(), name);

/** The path that is asked for; or the status with which it is refused. */
function pathOf({ method, headers, url }: IncomingMessage): string | number {
  if (method !== "GET" && method !== "HEAD") return 405;
  // A page of another origin may not read through a name that resolves to this machine.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? "")) return 403;
  try {
    return decodeURIComponent(new URL(url ?? "/", "http://localhost").pathname);
  } catch {
    return 400;
  }
}

function answer(request: IncomingMessage, response: ServerResponse, options: LabOptions): void {
  const path = pathOf(request);
  const file = typeof path === "number" ? null : fileOf(path, options);
  if (file === null) {
    response.writeHead(typeof path === "number" ? path : 404, HEADERS).end();
    return;
  }
  response.writeHead(200, {
    ...HEADERS,
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": statSync(file).size,
  });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
}

/** The folder of the built page. Throws an `InputError` if there is none. */
export function builtPage(): string {
  const page = PAGES.find((folder) => existsSync(join(folder, "index.html")));
  if (page === undefined) throw new InputError("the page is not built: npm run build");
  return page;
}

/** Starts the server, on 127.0.0.1 only. Throws an `InputError` if the port cannot be had. */
export async function serveLab(options: LabOptions): Promise<LabServer> {
  const server: Server = createServer((request, response) => answer(request, response, options));
  await new Promise<void>((resolve, reject) => {
    server.once("error", ({ code, message }: NodeJS.ErrnoException) =>
      reject(new InputError(`port ${options.port}: ${code === "EADDRINUSE" ? "is in use" : message}`)),
    );
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  const query = options.trace === null ? "" : `?trace=${encodeURIComponent(basename(options.trace))}`;
  return {
    url: `http://127.0.0.1:${port}/${query}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
