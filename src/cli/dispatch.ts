/** Finds the command that is called, runs it, and turns its failures into one line and an exit status. */
import { readFileSync } from "node:fs";
import { InputError } from "../text/errors.js";
import { COMMAND_GROUPS, COMMANDS } from "./commandlist.js";
import { nearest } from "./nearest.js";
import { UsageError } from "./usageerror.js";

/** Runs `pymalloc` with these arguments. Resolves to the exit status: 0 good, 1 bad input, 2 bad usage, or that of a program that was run. */
export async function dispatch([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || asksForHelp(name) || name === "help") {
    process.stdout.write(await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) return execute("pymalloc", () => refuse(name));
  return execute(`pymalloc ${name}`, () => call(name, args));
}

/** Runs the program `name`. Resolves to its exit status, after one line on stderr if that is for bad usage or bad input. */
export async function execute(name: string, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${name}: ${error.message}\n`);
      return 2;
    }
    if (error instanceof InputError) {
      process.stderr.write(`${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

async function call(name: string, args: readonly string[]): Promise<number> {
  const { purpose, load } = COMMANDS[name];
  const command = await load();
  const end = command.runsProgram && args.includes("--") ? args.indexOf("--") : args.length;
  if (args.slice(0, end).some(asksForHelp)) {
    const { helpOf } = await import("./help.js");
    process.stdout.write(helpOf(name, purpose, command));
    return 0;
  }
  const { parse } = await import("./parse.js");
  return command.run(parse(command, args));
}

const asksForHelp = (arg: string): boolean => arg === "--help" || arg === "-h";

async function refuse(name: string): Promise<never> {
  const meant = nearest(name, Object.keys(COMMANDS));
  const hint = meant === null ? "pymalloc --help lists the commands" : `did you mean ${meant}?`;
  throw new UsageError(`unknown ${name.startsWith("-") ? "option" : "command"} ${name}; ${hint}`);
}

/** Columns of the names of commands. */
const NAME_COLUMN = 12;

async function overview(): Promise<string> {
  const { section } = await import("./help.js");
  const groups = Object.entries(COMMAND_GROUPS).flatMap(([title, group]) =>
    section(
      title,
      Object.entries(group).map(([name, { purpose }]) => [name, purpose]),
      NAME_COLUMN,
    ),
  );
  return [
    "CPython's small-object allocator, exact to the address, for real programs and for their traces.",
    "",
    "usage: pymalloc COMMAND …",
    ...groups,
    "",
    "pymalloc COMMAND --help explains the options of a command and shows examples.",
    "Exit status: 0 good, 1 bad input, 2 bad usage. run and record pass on the program's own.",
    "",
  ].join("\n");
}

function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
