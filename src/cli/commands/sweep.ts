/** `pymalloc sweep EXPERIMENT.json`: a grid of runs, on all cores. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { renderPlan, renderSweep } from "../../experiment/rendersweep.js";
import { planExperiment, runExperiment, type Shard } from "../../experiment/runexperiment.js";
import { plural, withCommas } from "../../text/units.js";
import { type Command, Progress, print, UsageError, usage } from "../command.js";
import { refuseStdout } from "../outputs.js";

const HELP = `usage: pymalloc sweep EXPERIMENT.json -o RESULTS.jsonl [options]

Runs a grid: traces × seeds × strategies × geometries × models of the operating system × pages, as the experiment says it
(docs/sweep.md; its schema is docs/experiment.schema.json). Each cell is a JSON line in RESULTS.jsonl, written when it ends; at the end
the lines are put in the grid's order. The same experiment gives the same bytes, however many workers, shards and stops there were.

  -o RESULTS.jsonl   what to write
  --resume           go on with RESULTS.jsonl: only the cells that are not in it are run. Also after the experiment has grown
  --shard I/N        only the I-th of N parts of the grid, from 1; pymalloc merge puts the parts together
  --workers N        threads; default: as many as the machine runs at a time
  --times FILE       the nanoseconds an event of each cell, as JSON lines in a file of their own: they differ from run to run
  --dry-run          say how many cells there are, and run none
`;

interface Options {
  readonly path: string;
  readonly output: string | null;
  readonly resume: boolean;
  readonly shard: Shard;
  readonly workers: number;
  readonly times: string | null;
  readonly dryRun: boolean;
}

const MOST_WORKERS = 1024;

function readShard(text: string): Shard {
  const [, number, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(number >= 1 && number <= count)) throw new UsageError(`--shard is as 1/8, from 1/8 to 8/8, not ${text}`);
  return [number, count];
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      output: { type: "string", short: "o" },
      resume: { type: "boolean", default: false },
      shard: { type: "string", default: "1/1" },
      workers: { type: "string", default: String(availableParallelism()) },
      times: { type: "string" },
      "dry-run": { type: "boolean", default: false },
    },
  });
  const workers = /^\d+$/.test(values.workers) ? Number(values.workers) : Number.NaN;
  if (positionals.length !== 1) throw new UsageError("sweep takes one EXPERIMENT.json");
  if (values.output === undefined && !values["dry-run"]) throw new UsageError("sweep needs -o RESULTS.jsonl");
  refuseStdout({ "-o": values.output, "--times": values.times });
  if (!(workers >= 1 && workers <= MOST_WORKERS))
    throw new UsageError(`--workers is 1 to ${MOST_WORKERS}, not ${values.workers}`);
  return {
    path: positionals[0],
    output: values.output ?? null,
    resume: values.resume,
    shard: readShard(values.shard),
    workers,
    times: values.times ?? null,
    dryRun: values["dry-run"],
  };
}

async function run(args: string[]): Promise<number> {
  const { output, dryRun, ...options } = usage(() => readOptions(args));
  if (dryRun || output === null) {
    await print(renderPlan(await planExperiment(options, output)));
    return 0;
  }
  const progress = new Progress();
  try {
    const result = await runExperiment(
      { ...options, output },
      {
        onPlan: (plan) => print(renderPlan(plan)),
        onCell: (done, left) => progress.show(`${withCommas(done)} of ${plural(left, "cell")}`),
      },
    );
    progress.clear();
    await print(renderSweep(result));
  } finally {
    progress.clear();
  }
  return 0;
}

export const sweepCommand: Command = {
  name: "sweep",
  summary: "a grid of traces, strategies and geometries, on all cores; resumes, and spreads over machines",
  help: HELP,
  run,
};
