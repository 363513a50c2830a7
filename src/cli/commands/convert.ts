/** `pymalloc convert TRACE -o OUT`: a trace in another format. */
import { writeTraceFile } from "../../trace/file.js";
import { command } from "../command.js";
import { checkOutputs } from "../outputs.js";
import { lenientOption } from "../sharedoptions.js";
import { openTrace, TRACE_HELP, traceFile } from "../tracefiles.js";

export const convert = command({
  operands: { name: "TRACE", least: 1, most: 1 },
  about: [TRACE_HELP],
  options: {
    options: {
      output: traceFile(
        "OUT",
        "the file to write: a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz, or - for text to stdout",
        { orStdout: true },
      )
        .short("o")
        .required(),
      lenient: lenientOption,
    },
  },
  examples: [
    ["pymalloc convert app.rep -o app.pytrace.gz", "Compresses a trace."],
    ["pymalloc convert app.pytrace.gz -o -", "Prints a trace as text."],
  ],

  async run({ values: { output, lenient }, operands: [path] }) {
    checkOutputs([path], { "-o": output });
    const { trace } = await openTrace(path, lenient);
    await writeTraceFile(output, trace);
    return 0;
  },
});
