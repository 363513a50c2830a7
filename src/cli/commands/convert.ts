/** `pymalloc convert TRACE -o OUT`: a trace from one form into another. */
import { parseArgs } from "node:util";
import { readTraceFile, traceFormOf, writeTraceFile } from "../../trace/file.js";
import { type Command, UsageError, usage } from "../command.js";
import { isOneOf } from "../outputs.js";

const HELP = `usage: pymalloc convert TRACE -o OUT [--lenient]

Writes a trace in another form. TRACE is a file in any form, or - for stdin: .rep, .pytrace, or what glibc's mtrace,
heaptrack --raw or memray parse wrote.

  -o, --output OUT   a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz, or - for text to stdout
  --lenient          pass over what is wrong with the trace, and say how many lines that were
`;

async function run(args: string[]): Promise<number> {
  const { input, output, lenient } = usage(() => readOptions(args));
  const { trace, skipped, messages, notes } = await readTraceFile(input, { lenient });
  if (skipped > 0) process.stderr.write(`skipped ${skipped}, the first: ${messages[0]}\n`);
  for (const note of notes) process.stderr.write(`${input === "-" ? "stdin" : input}: ${note}\n`);
  await writeTraceFile(output, trace);
  return 0;
}

export const convertCommand: Command = {
  name: "convert",
  summary: "a trace from one form into another",
  help: HELP,
  run,
};

function readOptions(args: string[]): { input: string; output: string; lenient: boolean } {
  const { values, positionals } = parseArgs({
    args,
    options: { output: { type: "string", short: "o" }, lenient: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const { output = "", lenient } = values;
  if (positionals.length !== 1) throw new UsageError(`convert takes one TRACE, not ${positionals.length}`);
  if (output !== "-" && traceFormOf(output) === null) {
    throw new UsageError("convert needs -o OUT, a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz, or -");
  }
  if (isOneOf(output, positionals)) throw new UsageError(`${output}: is the TRACE, and would be written over`);
  return { input: positionals[0], output, lenient };
}
