/** One wording for each error that the system reports of a file. */
import { InputError } from "./errors.js";

interface SystemError {
  readonly code?: string;
  readonly message: string;
}

/** Why `error` was reported. `absent` and `folder` word the two cases that depend on what was tried. Throws any other error again. */
function reasonOf(error: unknown, absent: string, folder: string): string {
  const { code, message } = error as SystemError;
  switch (code) {
    case undefined:
      throw error;
    case "ENOENT":
    case "ENOTDIR":
      return absent;
    case "EISDIR":
      return folder;
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return message;
  }
}

/** One line: why the file `path` cannot be read. `expected` is what should be there, as "a trace file". Throws errors that the system did not report. */
export const unreadable = (path: string, error: unknown, expected: string): string =>
  `${path}: ${reasonOf(error, "no such file", `is a directory; expected ${expected}`)}`;

/** One line: why the file `path` cannot be written. Throws errors that the system did not report. */
export const unwritable = (path: string, error: unknown): string =>
  `${path}: cannot be written: ${reasonOf(error, "no such directory", "is a directory")}`;

/** Calls `read`. Throws an `InputError` if the file `path` cannot be read. */
export function reading<T>(path: string, expected: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new InputError(unreadable(path, error, expected));
  }
}

/** Calls `write`. Throws an `InputError` if the file `path` cannot be written. */
export function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new InputError(unwritable(path, error));
  }
}

/** Calls `work` on the content of the input `name`. Throws an `InputError` that names it for each `RangeError`, which says what is wrong there. */
export function naming<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? new InputError(`${name}: ${error.message}`) : error;
  }
}
