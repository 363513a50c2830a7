#!/usr/bin/env node
/** `pymalloc COMMAND …`: finds the command, and turns its failures into one line and an exit status. */
import { readFileSync } from "node:fs";
import { benchCommand } from "./bench.js";
import { type Command, execute, UsageError } from "./command.js";
import { compareCommand } from "./compare.js";
import { convertCommand } from "./convert.js";
import { fitCommand } from "./fit.js";
import { generateCommand } from "./generate.js";
import { labCommand } from "./lab.js";
import { mergeCommand } from "./merge.js";
import { plotCommand } from "./plot.js";
import { recordCommand } from "./record.js";
import { replayCommand } from "./replay.js";
import { runCommand } from "./run.js";
import { statsCommand } from "./stats.js";
import { sweepCommand } from "./sweep.js";

const COMMANDS: readonly Command[] = [
  runCommand,
  recordCommand,
  labCommand,
  replayCommand,
  compareCommand,
  benchCommand,
  statsCommand,
  convertCommand,
  fitCommand,
  generateCommand,
  sweepCommand,
  mergeCommand,
  plotCommand,
];

const HELP = `usage: pymalloc COMMAND …

CPython's small-object allocator, exact to the address, for real programs and for traces of them.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}

pymalloc COMMAND --help says more. Exit status: 0 good, 1 bad input, 2 bad usage.
`;

function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

const asksForHelp = (arg: string | undefined): boolean => arg === "--help" || arg === "-h" || arg === "help";

async function dispatch([name, ...args]: string[]): Promise<number> {
  if (name === undefined || asksForHelp(name)) {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === "--version") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const command = COMMANDS.find((c) => c.name === name);
  if (!command) throw new UsageError(`no command ${name}; there are ${COMMANDS.map((c) => c.name).join(", ")}`);
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (own.some((arg) => arg === "--help" || arg === "-h")) {
    process.stdout.write(command.help);
    return 0;
  }
  return command.run(args);
}

// A reader that has enough, as in `| head`, ends the program quietly, with the exit status that it has by then.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`stdout: cannot be written: ${error.message}\n`);
  process.exit(1);
});

process.exitCode = await execute(() => dispatch(process.argv.slice(2)));
