/** `pymalloc convert TRACE -o OUT`: a trace from one form into another. */
import { parseArgs } from "node:util";
import { readTraceFile, traceFormOf, writeTraceFile } from "../trace/file.js";
import { TraceError } from "../trace/trace.js";

const USAGE =
  "usage: pymalloc convert TRACE -o OUT [--lenient]   " +
  "(TRACE: a file, or - for stdin; OUT: a name in .rep, .rep.gz, .pytrace or .pytrace.gz, or - for text to stdout)";

/** Runs the command. Resolves to the exit status: 0 good; 1 bad input and 2 bad usage, each with one line on stderr. */
export async function convert(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  try {
    const { trace, skipped, messages } = await readTraceFile(options.input, { lenient: options.lenient });
    if (skipped > 0) process.stderr.write(`skipped ${skipped}, the first: ${messages[0]}\n`);
    await writeTraceFile(options.output, trace);
    return 0;
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function readOptions(args: string[]): { input: string; output: string; lenient: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { output: { type: "string", short: "o" }, lenient: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const { output = "", lenient = false } = values;
    const isForm = output === "-" || traceFormOf(output) !== null;
    return positionals.length === 1 && isForm ? { input: positionals[0], output, lenient } : null;
  } catch {
    return null;
  }
}
