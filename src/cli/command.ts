/** What the commands have in common: their shape, their two kinds of failure, and printing. */
import { accessSync, closeSync, constants, fstatSync, openSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { InputError } from "../text/errors.js";
import { writing } from "../text/fileerrors.js";

/** A command of the CLI: one file each. */
export interface Command {
  readonly name: string;
  /** One line for `pymalloc --help`. */
  readonly summary: string;
  /** The text of `pymalloc COMMAND --help`. */
  readonly help: string;
  /** Runs it. Resolves to the exit status. */
  run(args: string[]): Promise<number>;
}

/** Bad usage: one line on stderr, exit status 2. */
export class UsageError extends Error {}

/** Runs a command and turns its two kinds of failure into one line on stderr and the exit status. */
export async function execute(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`pymalloc: ${error.message}\n`);
      return 2;
    }
    if (error instanceof InputError) {
      process.stderr.write(`${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

/** Calls `parse`, whose errors are bad usage. */
export function usage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message.split("\n")[0] : String(error));
  }
}

/** The names that `--profile A,B --profile C` gives, each once; `option`: what it is called. */
export function profileList(values: readonly string[], option = "--profile"): string[] {
  const names = values.flatMap((list) => list.split(","));
  if (names.includes("")) throw new UsageError(`${option} takes names like 3.8,3.12, none of them empty`);
  return [...new Set(names)];
}

/** Makes an empty file where nothing is. Returns whether it did. */
function makeFile(path: string): boolean {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Whether `path` can be written: to be known before an hour of work. Leaves no empty file where there was none, and opens no pipe, whose
 * reader would take that for the end. Throws an `InputError`.
 */
export function checkWritable(path: string): void {
  writing(path, () => {
    if (makeFile(path)) return unlinkSync(path);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && !found.isFile() && !found.isDirectory()) return accessSync(path, constants.W_OK);
    closeSync(openSync(path, "a"));
  });
}

/** Writes the file `path`, a device or a pipe as it is. Throws an `InputError` where it cannot be written whole. */
export const writeOutput = (path: string, content: string): void => writing(path, () => writeFileSync(path, content));

/** Writes to standard output, as fast as its reader takes it. */
export async function print(text: string): Promise<void> {
  // Of a file, which a full disk cuts off, a stream would not tell. In a worker stdout is none.
  const { fd } = process.stdout;
  if (fd === 1 && fstatSync(fd).isFile()) return writing("stdout", () => writeFileSync(fd, text));
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
}

/** A line on stderr that is written over as work goes on; only on a terminal. */
export class Progress {
  readonly #isShown = process.stderr.isTTY === true;
  #lastMs = 0;

  show(text: string): void {
    const now = Date.now();
    if (!this.#isShown || now - this.#lastMs < 100) return;
    this.#lastMs = now;
    process.stderr.write(`\r\x1b[K${text}`);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write("\r\x1b[K");
  }
}
