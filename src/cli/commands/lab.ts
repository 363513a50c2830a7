/** `pymalloc lab [TRACE]`: the page, served to this machine alone, with a trace beside it. */
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { builtPage, serveLab } from "../../lab/server.js";
import { InputError } from "../../text/errors.js";
import { command } from "../command.js";
import { flag, integer } from "../option.js";
import { print } from "../terminal.js";

export const lab = command({
  operands: { name: "TRACE", least: 0, most: 1 },
  about: [
    "Serves the page to this machine only, and opens it in the browser, until Ctrl-C. It shows TRACE, which may be a heap image too, or " +
      "an example. It runs scripts if npm has installed Pyodide. Press ? on the page for its keys.",
  ],
  options: {
    options: {
      port: integer("N", 0, 65_535, "the port to listen on; 0 takes a free one").default("0"),
      "no-open": flag("print the address, and open no browser"),
    },
  },
  examples: [
    ["pymalloc lab app.rep", "Opens a trace in the browser."],
    ["pymalloc lab --no-open --port 8080", "Serves the page at http://127.0.0.1:8080/."],
  ],

  async run({ values: { port, "no-open": isQuiet }, operands: [trace = null] }) {
    const page = builtPage();
    if (trace !== null && !existsSync(trace)) throw new InputError(`${trace}: no such file`);
    if (trace !== null && !statSync(trace).isFile())
      throw new InputError(`${trace}: is not a file; expected a trace file or a heap image`);
    const server = await serveLab({ page, trace, port });
    await print(`${server.url}\n`);
    if (!isQuiet) openBrowser(server.url);
    await new Promise<void>((resolve) => {
      process.once("SIGINT", resolve);
      process.once("SIGTERM", resolve);
    });
    await server.close();
    return 0;
  },
});

/** Opens the address in the browser, if there is one; the address stands on the terminal too. */
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
