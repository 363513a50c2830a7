/** `pymalloc lab [TRACE]`: the page, served to this machine alone, with a trace beside it. */
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { builtPage, serveLab } from "../../lab/server.js";
import { InputError } from "../../text/errors.js";
import { type Command, print, UsageError, usage } from "../command.js";

const HELP = `usage: pymalloc lab [TRACE] [--port N] [--no-open]

Serves the lab on this machine and opens it in the browser: the map of a heap, its time line, what holds its memory. TRACE, or a
heap image, is open when the page is; without one it opens an example. Pyodide, where npm has installed it, runs the scripts. ? on the
page has its keys, "Take away" saves pictures, numbers, a heap image, or all of it as one HTML file. Ends with Ctrl-C.

  --port N     default: a free one
  --no-open    prints the address, and opens no browser
`;

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
  const page = builtPage();
  if (trace !== null && !existsSync(trace)) throw new InputError(`${trace}: no such file`);
  if (trace !== null && !statSync(trace).isFile())
    throw new InputError(`${trace}: is a directory; expected a trace file or a heap image`);
  const server = await serveLab({ page, trace, port });
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
