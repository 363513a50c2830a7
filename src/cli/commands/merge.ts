/** `pymalloc merge A.jsonl B.jsonl…`: the parts of a sweep put together. */
import { lockFile } from "../../experiment/lock.js";
import { mergeLines, writeInOrder } from "../../experiment/results.js";
import { InputError } from "../../text/errors.js";
import { plural, withCommas } from "../../text/units.js";
import { command } from "../command.js";
import { outputFile } from "../option.js";
import { checkWritable } from "../outputs.js";
import { print } from "../terminal.js";

export const merge = command({
  operands: { name: "RESULTS.jsonl", least: 1, most: Number.POSITIVE_INFINITY },
  about: [
    "The result is what one sweep without --shard would have written: each cell once, in the order of the grid. Prints how many cells " +
      "are still missing. Refuses results of different experiments, and results of one cell that differ.",
  ],
  options: { options: { output: outputFile("ALL.jsonl", "the file to write").short("o").required() } },
  examples: [["pymalloc merge part-1.jsonl part-2.jsonl -o results.jsonl", "Merges the two shards of a sweep."]],

  async run({ values: { output }, operands }) {
    const lines = mergeLines(operands);
    if (lines.length === 0) throw new InputError(`${operands[0]}: has no results`);
    lockFile(output);
    checkWritable(output);
    writeInOrder(output, lines, (line) => line);
    const missing = lines[0].cells - lines.length;
    const rest = missing === 0 ? "" : `, ${withCommas(missing)} missing`;
    await print(`${withCommas(lines.length)} of ${plural(lines[0].cells, "cell")}${rest}\n`);
    return 0;
  },
});
