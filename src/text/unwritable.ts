/** What is said of the file `path` where it cannot be written, in one line. `error` is the system's; any other is thrown again. */
export function unwritable(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  const reason = code === "ENOENT" ? "no such directory" : code === "EISDIR" ? "is a directory" : message;
  return `${path}: cannot be written: ${reason}`;
}
