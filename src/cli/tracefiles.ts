/** The traces that a command reads and writes. */
import { readTraceFile, traceFormOf } from "../trace/file.js";
import type { Trace } from "../trace/trace.js";
import { type Option, valued } from "./option.js";
import { Progress } from "./terminal.js";

/** What the operand TRACE may be, for the help. */
export const TRACE_HELP =
  "TRACE is a .rep text, a binary .pytrace, or the output of glibc's mtrace, heaptrack --raw or memray parse; each may be compressed by " +
  "gzip. - reads stdin. The content tells the format.";

/** What a trace is called in messages. */
const traceName = (path: string): string => (path === "-" ? "stdin" : path);

/** A trace that was read, and notes about it, which stand on stderr already. */
export interface OpenedTrace {
  readonly name: string;
  readonly trace: Trace;
  readonly notes: readonly string[];
}

/** Reads a trace. Prints on stderr what was skipped, and notes. Throws a `TraceError`. */
export async function openTrace(path: string, lenient: boolean): Promise<OpenedTrace> {
  const name = traceName(path);
  const progress = new Progress();
  try {
    const { trace, skipped, messages, notes } = await readTraceFile(path, {
      lenient,
      onProgress: (bytes) => progress.show(`${name}: ${(bytes / 1e6).toFixed(1)} MB read`),
    });
    progress.clear();
    if (skipped > 0) process.stderr.write(`${name}: skipped ${skipped}, the first: ${messages[0]}\n`);
    for (const note of notes) process.stderr.write(`${name}: ${note}\n`);
    return { name, trace, notes };
  } finally {
    progress.clear();
  }
}

/** An option for a trace to write, in the format that its name ends in; with `orStdout` also `-`. */
export const traceFile = (value: string, help: string, { orStdout = false } = {}): Option<string | null> =>
  valued(
    {
      value,
      expected: `a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz${orStdout ? ", or - for stdout" : ""}`,
      read: (path) => ((orStdout && path === "-") || traceFormOf(path) !== null ? path : undefined),
    },
    help,
  );
