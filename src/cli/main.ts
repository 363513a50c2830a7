#!/usr/bin/env node
/** `pymalloc COMMAND …`: finds the command, and turns its failures into one line and an exit status. */
import { readFileSync } from "node:fs";
import { type Command, execute, UsageError } from "./command.js";

/** By name. Only the one that was called is loaded: some need much. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.js")).runCommand,
  record: async () => (await import("./commands/record.js")).recordCommand,
  lab: async () => (await import("./commands/lab.js")).labCommand,
  replay: async () => (await import("./commands/replay.js")).replayCommand,
  compare: async () => (await import("./commands/compare.js")).compareCommand,
  bench: async () => (await import("./commands/bench.js")).benchCommand,
  stats: async () => (await import("./commands/stats.js")).statsCommand,
  convert: async () => (await import("./commands/convert.js")).convertCommand,
  fit: async () => (await import("./commands/fit.js")).fitCommand,
  generate: async () => (await import("./commands/generate.js")).generateCommand,
  sweep: async () => (await import("./commands/sweep.js")).sweepCommand,
  merge: async () => (await import("./commands/merge.js")).mergeCommand,
  plot: async () => (await import("./commands/plot.js")).plotCommand,
};

async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return `usage: pymalloc COMMAND …

CPython's small-object allocator, exact to the address, for real programs and for traces of them.

${commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}

pymalloc COMMAND --help says more. Exit status: 0 good, 1 bad input, 2 bad usage.
`;
}

function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

const asksForHelp = (arg: string | undefined): boolean => arg === "--help" || arg === "-h" || arg === "help";

async function dispatch([name, ...args]: string[]): Promise<number> {
  if (name === undefined || asksForHelp(name)) {
    process.stdout.write(await help());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, name))
    throw new UsageError(`no command ${name}; there are ${Object.keys(COMMANDS).join(", ")}`);
  const command = await COMMANDS[name]();
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
