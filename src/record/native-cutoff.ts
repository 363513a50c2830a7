/** Why a recording ends before its program did. */
import { constants } from "node:os";
import type { Side } from "./native-files.js";

/**
 * Returns why a trace of `events` events is not the whole program; `null` if it is. `shortenedBy` is the error for which it does not have
 * all that was recorded.
 */
export function cutOffOf({ control }: Side, events: number, shortenedBy: NodeJS.ErrnoException | null): string | null {
  switch (control.stopped) {
    case "write":
      return unwrittenBecause(control.errorNumber);
    case "memory":
      return "no memory for the recorder's tables";
    case "ids":
      return "more than 134,217,728 live blocks";
    case "events":
      return "268,435,456 events, the most that a trace has";
  }
  if (shortenedBy !== null) return unwrittenBecause(-(shortenedBy.errno ?? 0));
  return events < control.events ? unwrittenBecause(constants.errno.ESTALE) : null;
}

const CHANGED = "the program removed or changed the recorder's file";
const CLOSED = "the program closed the recorder's file, which cannot be opened again";

const UNWRITTEN: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the limit on the size of a file (ulimit -f) is reached",
  EIO: "the disk failed",
  ENOENT: CHANGED,
  ESTALE: CHANGED,
  EACCES: CLOSED,
  EMFILE: CLOSED,
  ENFILE: CLOSED,
};

/** Why a file ends early; from the system's number of the error. */
export function unwrittenBecause(errorNumber: number): string {
  const name = Object.entries(constants.errno).find(([, number]) => number === errorNumber)?.[0] ?? `${errorNumber}`;
  return `${UNWRITTEN[name] ?? "it cannot be written"} (${name})`;
}
