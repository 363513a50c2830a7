/**
 * A file of results has one writer at a time: lines that another appends would be lost when the file is put in order. Beside it stands
 * `FILE.lock`, which says who that is. One who was killed, or is on a machine that cannot be asked, holds nothing any more.
 */
import { linkSync, readFileSync, realpathSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { unwritable } from "../text/fileerrors.js";
import { ExperimentError } from "./experiment.js";

/**
 * The regular file that `path` is or leads to; `path` itself where nothing is there. Throws an `ExperimentError` for what results cannot
 * be read back from, or what would be replaced by them: a directory, a device, a pipe.
 */
export function regularFile(path: string): string {
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new ExperimentError(unwritable(path, error)); // as links that lead to one another
  }
  if (found === undefined) return path;
  if (found.isFile()) return realpathSync(path);
  throw new ExperimentError(
    `${path}: is ${found.isDirectory() ? "a directory" : "a device or a pipe"}; expected a file`,
  );
}

function textOf(lock: string): string | null {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return null;
  }
}

/** Whether a lock with this text may be somebody's. */
function isHeld(text: string): boolean {
  const [, pid, host] = /^(\d+) (.*)\n$/.exec(text) ?? [];
  if (pid === undefined) return true;
  if (host !== hostname() || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Makes this process the one that writes `path`, until it ends. Throws an `ExperimentError` where another does. */
export function lockFile(path: string): void {
  const lock = `${regularFile(path)}.lock`;
  const own = `${process.pid} ${hostname()}\n`;
  const before = textOf(lock);
  if (before !== null && !isHeld(before)) rmSync(lock, { force: true });
  const whole = `${lock}.${process.pid}`; // a lock is there with its text, or not at all
  try {
    writeFileSync(whole, own);
    linkSync(whole, lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw new ExperimentError(unwritable(path, error));
    throw new ExperimentError(
      `${path}: is being written, as ${lock} says; give each sweep a file of its own, and pymalloc merge them`,
    );
  } finally {
    rmSync(whole, { force: true });
  }
  process.once("exit", () => {
    if (textOf(lock) === own) rmSync(lock, { force: true });
  });
}
