/** `pymalloc fit TRACE`: the sizes and lifetimes of a program. */
import { parseArgs } from "node:util";
import { InputError } from "../../text/errors.js";
import { readTraceFile } from "../../trace/file.js";
import { fitTrace, formatFit } from "../../workload/fit.js";
import { type Command, checkWritable, print, UsageError, usage, writeOutput } from "../command.js";
import { isOneOf } from "../outputs.js";

const HELP = `usage: pymalloc fit TRACE [-o FIT.json] [--lenient]

Prints how often a program asks for each size, and for how many requests its blocks live, as small JSON (docs/workloads.md). pymalloc
generate FIT.json makes programs up that do so too. TRACE is a file as in replay, or - for stdin.

  -o, --output FILE  write it there instead, - for stdout
  --lenient          pass over what is wrong with the trace
`;

async function run(args: string[]): Promise<number> {
  const { values, positionals } = usage(() =>
    parseArgs({
      args,
      options: { output: { type: "string", short: "o" }, lenient: { type: "boolean", default: false } },
      allowPositionals: true,
    }),
  );
  if (positionals.length !== 1) throw new UsageError(`fit takes one TRACE, not ${positionals.length}`);
  const [path] = positionals;
  const output = values.output === "-" ? undefined : values.output;
  if (output !== undefined && path !== "-" && isOneOf(output, [path]))
    throw new UsageError(`${output}: is the TRACE, and would be written over`);
  if (output !== undefined) checkWritable(output);
  const { trace, skipped, messages, notes } = await readTraceFile(path, { lenient: values.lenient });
  const name = path === "-" ? "stdin" : path;
  if (skipped > 0) process.stderr.write(`${name}: skipped ${skipped}, the first: ${messages[0]}\n`);
  for (const note of notes) process.stderr.write(`${name}: ${note}\n`);
  const fit = fitTrace(trace);
  if (fit.requests === 0) throw new InputError(`${name}: has no requests, expected some to count`);
  if (output === undefined) await print(formatFit(fit));
  else writeOutput(output, formatFit(fit));
  return 0;
}

export const fitCommand: Command = {
  name: "fit",
  summary: "the sizes and lifetimes of a trace, as JSON",
  help: HELP,
  run,
};
