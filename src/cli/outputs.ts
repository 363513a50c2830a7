/** The files that a command writes. */
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { writing } from "../text/fileerrors.js";
import { UsageError } from "./usageerror.js";

/** The files that a command writes, by option, as `--report`; `null` if the option was not given. */
export type Outputs = Readonly<Record<string, string | null>>;

/**
 * Checks, before the work begins, that each output can be written, and is no file that is read or that another option writes, whatever
 * they are called: links lead to what they stand for. Devices and pipes may be given twice, and `-` is no file. Throws a `UsageError` or
 * an `InputError`. Writes nothing.
 */
export function checkOutputs(read: readonly string[], outputs: Outputs): void {
  const files = Object.entries(outputs).filter(
    (output): output is [string, string] => !["-", null].includes(output[1]),
  );
  const seen = new Map<string, string>();
  for (const [option, path] of files) {
    if (isOneOf(path, read)) throw new UsageError(`${option} ${path}: is read, and would be written over`);
    const identity = identityOf(path);
    if (identity === null) continue;
    const other = seen.get(identity);
    if (other !== undefined) throw new UsageError(`${option} ${path}: ${other} writes that file`);
    seen.set(identity, option);
  }
  for (const [, path] of files) checkWritable(path);
}

/** Whether `path`, which is to be written, is one of `read`, whatever they are called. `-` is no file. */
export function isOneOf(path: string, read: readonly string[]): boolean {
  const identity = path === "-" ? null : identityOf(path);
  return identity !== null && read.some((other) => other !== "-" && identityOf(other) === identity);
}

/** What two names of one file have in common; `null` for what is no file. */
function identityOf(path: string): string | null {
  const name = resolve(path);
  try {
    const found: Stats | undefined = statSync(path, { throwIfNoEntry: false });
    if (found) return found.isFile() ? `${found.dev}:${found.ino}` : null;
    return join(realpathSync(dirname(name)), basename(name));
  } catch {
    return name;
  }
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
