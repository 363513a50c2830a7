/** `pymalloc lab [TRACE]`: the page, served to this machine alone, with a trace beside it. */
import { spawn } from "node:child_process";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { basename, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compiledLibrary, pyodideFolder } from "../../python/node/pyodidepackage.js";
import { type Command, InputError, print, UsageError, usage } from "../command.js";

const HELP = `usage: pymalloc lab [TRACE] [--port N] [--no-open]

Serves the lab on this machine and opens it in the browser: the map of a heap, its time line, what holds its memory. TRACE, or a
heap image, is open when the page is; without one it opens an example. Pyodide, where npm has installed it, runs the scripts. ? on the
page has its keys, "Take away" saves pictures, numbers, a heap image, or all of it as one HTML file. Ends with Ctrl-C.

  --port N     default: a free one
  --no-open    prints the address, and opens no browser
`;

/** The built page: beside the built commands, also when the sources run. */
const PAGE = ["../../../lab", "../../../dist/lab"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

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

/** Starts the server, on 127.0.0.1 only. */
export async function serveLab(options: LabOptions): Promise<LabServer> {
  const server: Server = createServer((request, response) => answer(request, response, options));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
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

/** Opens the address in the browser; where there is none the address stands on the terminal. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

function readOptions(args: string[]): { trace: string | null; port: number; open: boolean } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { port: { type: "string", default: "0" }, "no-open": { type: "boolean", default: false } },
  });
  if (positionals.length > 1) throw new UsageError(`lab takes one TRACE, not ${positionals.length}`);
  const port = Number(values.port);
  if (!(Number.isInteger(port) && port >= 0 && port < 65_536))
    throw new UsageError(`--port is a port, not ${values.port}`);
  return { trace: positionals[0] ?? null, port, open: !values["no-open"] };
}

async function run(args: string[]): Promise<number> {
  const { trace, port, open } = usage(() => readOptions(args));
  const page = PAGE.find((folder) => existsSync(join(folder, "index.html")));
  if (page === undefined) throw new InputError("the page is not built: npm run build");
  if (trace !== null && !existsSync(trace)) throw new InputError(`${trace}: no such file`);
  if (trace !== null && !statSync(trace).isFile()) throw new InputError(`${trace}: is no file`);
  let server: LabServer;
  try {
    server = await serveLab({ page, trace, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(`port ${port}: ${code === "EADDRINUSE" ? "is in use" : message}`);
  }
  await print(`${server.url}\n`);
  if (open) openBrowser(server.url);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await server.close();
  return 0;
}

export const labCommand: Command = {
  name: "lab",
  summary: "the page: the heap as a map, its time line, what holds its memory",
  help: HELP,
  run,
};
