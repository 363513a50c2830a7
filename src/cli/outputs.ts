/** The files that a command writes: none may be one that it reads, or one that another option writes. */
import { realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "./command.js";

/** By option, as `--report`; `undefined` and `null` where it was not given. */
export type Outputs = Readonly<Record<string, string | null | undefined>>;

/** `-` is stdout only where a trace is written as text, or what is printed without the option. Throws a `UsageError` for others. */
export function refuseStdout(outputs: Outputs): void {
  for (const [option, path] of Object.entries(outputs))
    if (path === "-") throw new UsageError(`${option} takes the name of a file, not -`);
}

/**
 * Compares files, whatever they are called: links lead to what they stand for. Devices and pipes may be given twice, and `-` is none.
 * Throws a `UsageError` before anything is written.
 */
export function checkOutputs(script: string | null, outputs: Outputs): void {
  refuseStdout(outputs);
  const seen = new Map<string, string>();
  if (script !== null && script !== "-") seen.set(identityOf(script) ?? "", "");
  for (const [option, path] of Object.entries(outputs)) {
    const identity = typeof path === "string" ? identityOf(path) : null;
    if (identity === null) continue;
    const other = seen.get(identity);
    if (other === "") throw new UsageError(`${option} ${path}: is the script`);
    if (other !== undefined) throw new UsageError(`${option} ${path}: ${other} writes that file`);
    seen.set(identity, option);
  }
}

/** Whether `path`, which is to be written, is one of `read`, whatever they are called. `-` is no file. */
export function isOneOf(path: string, read: readonly string[]): boolean {
  const identity = path === "-" ? null : identityOf(path);
  return identity !== null && read.some((other) => identityOf(other) === identity);
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
