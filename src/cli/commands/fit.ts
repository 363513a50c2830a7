/** `pymalloc fit TRACE`: the sizes and lifetimes of a program. */
import { InputError } from "../../text/errors.js";
import { fitTrace, formatFit } from "../../workload/fit.js";
import { command } from "../command.js";
import { text } from "../option.js";
import { checkOutputs, writeOutput } from "../outputs.js";
import { lenientOption } from "../sharedoptions.js";
import { print } from "../terminal.js";
import { openTrace, TRACE_HELP } from "../tracefiles.js";

export const fit = command({
  operands: { name: "TRACE", least: 1, most: 1 },
  about: [
    "Prints how often a program asks for each size, and for how many requests its blocks live, as small JSON (docs/workloads.md). " +
      "pymalloc generate makes a synthetic workload of it, with the same sizes and lifetimes.",
    TRACE_HELP,
  ],
  options: {
    options: {
      output: text("FIT.json", "the name of a file", "write the counts to this file; - is stdout")
        .short("o")
        .default("-"),
      lenient: lenientOption,
    },
  },
  examples: [
    ["pymalloc fit app.rep -o fit.json", "Counts the sizes and lifetimes of a program."],
    ["pymalloc generate fit.json -o like-app.rep", "Makes a synthetic workload of them."],
  ],

  async run({ values: { output, lenient }, operands: [path] }) {
    checkOutputs([path], { "-o": output });
    const { name, trace } = await openTrace(path, lenient);
    const counted = fitTrace(trace);
    if (counted.requests === 0) throw new InputError(`${name}: has no requests, expected some to count`);
    if (output === "-") await print(formatFit(counted));
    else writeOutput(output, formatFit(counted));
    return 0;
  },
});
