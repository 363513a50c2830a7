/** `pymalloc merge A.jsonl B.jsonl…`: the parts of a sweep put together. */
import { parseArgs } from "node:util";
import { lockFile } from "../../experiment/lock.js";
import { mergeLines, writeInOrder } from "../../experiment/results.js";
import { InputError } from "../../text/errors.js";
import { plural, withCommas } from "../../text/units.js";
import { type Command, checkWritable, print, UsageError, usage } from "../command.js";
import { refuseStdout } from "../outputs.js";

const HELP = `usage: pymalloc merge A.jsonl B.jsonl… -o ALL.jsonl

Puts results of pymalloc sweep together, in the grid's order, each cell once: what one sweep without --shard would have written. Says how
many cells are still missing. Results of different experiments, or of the same cell that differ, are refused, and nothing is written.

  -o ALL.jsonl   what to write
`;

async function run(args: string[]): Promise<number> {
  const { paths, output } = usage(() => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { output: { type: "string", short: "o" } },
    });
    if (positionals.length === 0) throw new UsageError("merge takes one RESULTS.jsonl or several");
    if (values.output === undefined) throw new UsageError("merge needs -o ALL.jsonl");
    refuseStdout({ "-o": values.output });
    return { paths: positionals, output: values.output };
  });
  const lines = mergeLines(paths);
  if (lines.length === 0) throw new InputError(`${paths[0]}: has no results`);
  lockFile(output);
  checkWritable(output);
  writeInOrder(output, lines, (line) => line);
  const missing = lines[0].cells - lines.length;
  const rest = missing === 0 ? "" : `, ${withCommas(missing)} missing`;
  await print(`${withCommas(lines.length)} of ${plural(lines[0].cells, "cell")}${rest}\n`);
  return 0;
}

export const mergeCommand: Command = {
  name: "merge",
  summary: "the results of a sweep's shards in one file",
  help: HELP,
  run,
};
