/** `pymalloc sweep EXPERIMENT.json`: a grid of runs, on all cores. */
import { availableParallelism } from "node:os";
import { renderPlan, renderSweep } from "../../experiment/rendersweep.js";
import { planExperiment, runExperiment, type Shard } from "../../experiment/runexperiment.js";
import { plural, withCommas } from "../../text/units.js";
import { command } from "../command.js";
import { flag, integer, outputFile, valued } from "../option.js";
import { Progress, print } from "../terminal.js";
import { UsageError } from "../usageerror.js";

const MOST_WORKERS = 1024;

export const sweep = command({
  operands: { name: "EXPERIMENT.json", least: 1, most: 1 },
  about: [
    "The experiment names traces, seeds, strategies, geometries, models of the operating system and page sizes (docs/sweep.md; the schema " +
      "is docs/experiment.schema.json). Each combination is a cell, and one JSON line in RESULTS.jsonl, written when the cell ends. At the " +
      "end the lines are put in the order of the grid: the same experiment gives the same bytes, however many workers, shards and stops.",
  ],
  options: {
    output: {
      output: outputFile("RESULTS.jsonl", "the file to write; required without --dry-run").short("o"),
      times: outputFile(
        "FILE",
        "also write the nanoseconds an event of each cell as JSON lines; they differ from run to run",
      ),
    },
    cells: {
      resume: flag(
        "continue RESULTS.jsonl, running only the cells that it lacks; also after you extend the experiment",
      ),
      shard: valued(
        { value: "I/N", expected: "I/N with I from 1 to N, as 1/8", read: readShard },
        "run only the I-th of N parts of the grid, from 1; pymalloc merge puts the parts together",
      ).default("1/1"),
      workers: integer("N", 1, MOST_WORKERS, "threads").usually("as many as the machine runs at a time"),
      "dry-run": flag("print how many cells there are, and run none"),
    },
  },
  examples: [
    ["pymalloc sweep experiment.json --dry-run", "Counts the cells of an experiment."],
    ["pymalloc sweep experiment.json -o results.jsonl --resume", "Runs the cells that results.jsonl lacks."],
    [
      "pymalloc sweep experiment.json -o part-1.jsonl --shard 1/2",
      "Runs half of the cells, for a second machine to run the rest.",
    ],
  ],

  async run({ values: { output, times, resume, shard, workers, "dry-run": isDryRun }, operands: [path] }) {
    if (isDryRun) {
      await print(renderPlan(await planExperiment({ path, resume, shard }, output)));
      return 0;
    }
    if (output === null) throw new UsageError("-o RESULTS.jsonl is missing");
    const progress = new Progress();
    const options = {
      path,
      output,
      times,
      resume,
      shard,
      workers: workers ?? Math.min(availableParallelism(), MOST_WORKERS),
    };
    try {
      const result = await runExperiment(options, {
        onPlan: (plan) => print(renderPlan(plan)),
        onCell: (done, left) => progress.show(`${withCommas(done)} of ${plural(left, "cell")}`),
      });
      progress.clear();
      await print(renderSweep(result));
      return 0;
    } finally {
      progress.clear();
    }
  },
});

function readShard(text: string): Shard | undefined {
  const [, number, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  return number >= 1 && number <= count ? [number, count] : undefined;
}
