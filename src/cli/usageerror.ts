/** Bad usage: one line on stderr, exit status 2. */
export class UsageError extends Error {}

/** Calls `parse`, whose errors are bad usage. */
export function usage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message.split("\n")[0] : String(error));
  }
}
