/** `pymalloc plot RESULTS.jsonl`: pictures of a sweep's results. */
import { parseArgs } from "node:util";
import { ExperimentError } from "../../experiment/experiment.js";
import { fieldsOf, numberOf, type Row, valueText } from "../../experiment/fields.js";
import { type Axes, PICTURE_KINDS, type PictureKind, pictures } from "../../experiment/pictures.js";
import { readResults } from "../../experiment/results.js";
import { readTimes } from "../../experiment/times.js";
import { toHtml } from "../../plots/chartshtml.js";
import { toSvg } from "../../plots/svg.js";
import { plural, withCommas } from "../../text/units.js";
import { type Command, checkWritable, InputError, UsageError, usage, writeOutput } from "../command.js";

const HELP = `usage: pymalloc plot RESULTS.jsonl --kind KIND -o OUT.svg|OUT.html [options]

Draws results of pymalloc sweep: as SVG, or as a page to point at and to zoom in, one file that needs no network.

  --kind timeline    what each strategy held as the program went on; a chart a trace and seed. --y heldBytes, residentBytes, liveBytes
  --kind pareto      memory against cost, with the front of what is best; a chart a trace. --x FIELD --y FIELD; the cost is calls of the
                     system per 1,000 events, with --times nanoseconds an event
  --kind survivors   how much stays held after the program let go, by the probability that a block survives. --x FIELD --y FIELD
  --kind heatmap     a number by two fields. --x FIELD --y FIELD --value FIELD
  --where NAME=VALUE only results of this trace, seed, strategy, os, parameter or the like; may be given several times
  --times FILE       the times that sweep wrote; cells without one are left out of a chart of times, and counted
  -o FILE            a page takes all charts, SVG the first

A FIELD is a number of the results, as heldPeakBytes (docs/sweep.md), a parameter of workloads, as p, or of geometries, as arenaSize.
`;

interface Options {
  readonly path: string;
  readonly kind: PictureKind;
  readonly output: string;
  readonly axes: Axes;
  readonly where: readonly (readonly [name: string, value: string])[];
  readonly times: string | null;
}

const TIMELINE_FIELDS = ["heldBytes", "residentBytes", "liveBytes"];

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      kind: { type: "string" },
      output: { type: "string", short: "o" },
      x: { type: "string" },
      y: { type: "string" },
      value: { type: "string" },
      where: { type: "string", multiple: true, default: [] },
      times: { type: "string" },
    },
  });
  const { x, y, value, output = "" } = values;
  const kind = PICTURE_KINDS.find((name) => name === values.kind);
  if (positionals.length !== 1) throw new UsageError("plot takes one RESULTS.jsonl");
  if (!kind) throw new UsageError(`--kind is ${PICTURE_KINDS.join(", ")}, not ${values.kind ?? "left out"}`);
  if (!/\.(svg|html)$/.test(output)) throw new UsageError("plot needs -o FILE.svg or -o FILE.html");
  if (kind === "timeline" && (x !== undefined || !TIMELINE_FIELDS.includes(y ?? "heldBytes")))
    throw new UsageError(`timeline has --y ${TIMELINE_FIELDS.join(", ")}, and no --x`);
  if (kind !== "heatmap" && value !== undefined) throw new UsageError("--value is of --kind heatmap");
  const where = values.where.map((text): [string, string] => {
    const [, name, wanted] = /^([^=]+)=(.*)$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--where takes NAME=VALUE, not ${text}`);
    return [name, wanted];
  });
  return { path: positionals[0], kind, output, axes: { x, y, value }, where, times: values.times ?? null };
}

function timesOf(path: string): Map<string, number> {
  try {
    return readTimes(path);
  } catch (error) {
    throw error instanceof ExperimentError ? new InputError(error.message) : error;
  }
}

function readRows({ path, kind, where, times }: Options): Row[] {
  const byCell = times === null ? new Map<string, number>() : timesOf(times);
  const rows = readResults(path, (result): Row => {
    const fields = fieldsOf(result, byCell);
    return { fields, samples: kind === "timeline" ? (result.run?.samples ?? null) : null };
  });
  if (rows.length === 0) throw new InputError(`${path}: has no results`);
  return where.reduce((left, [name, value]) => {
    const chosen = left.filter(({ fields }) =>
      [String(fields[name]), valueText(name, fields[name] ?? null)].includes(value),
    );
    if (chosen.length > 0) return chosen;
    const known = [...new Set(left.map(({ fields }) => fields[name]).filter((item) => item !== undefined))];
    const expected = known.length === 0 ? "it is no field" : `expected ${known.slice(0, 20).map(String).join(", ")}`;
    throw new InputError(`${path}: no result with ${name}=${value}: ${expected}`);
  }, rows);
}

/** Refuses times of none of the cells, and says where some have none. */
function checkTimes(rows: readonly Row[], path: string, times: string): void {
  const run = rows.filter((row) => numberOf(row, "events")); // others have none
  const timed = run.filter((row) => numberOf(row, "nsPerEvent") !== null).length;
  if (timed === 0) throw new InputError(`${times}: has no time of a cell in ${path}`);
  if (timed < run.length)
    process.stderr.write(`${times}: has times of ${withCommas(timed)} of ${plural(run.length, "cell")}\n`);
}

async function run(args: string[]): Promise<number> {
  const options = usage(() => readOptions(args));
  try {
    const rows = readRows(options);
    if (options.times !== null) checkTimes(rows, options.path, options.times);
    const charts = pictures(options.kind, rows, options.axes);
    checkWritable(options.output);
    if (options.output.endsWith(".html"))
      writeOutput(options.output, toHtml(charts, `${options.kind}: ${options.path}`));
    else {
      if (charts.length > 1)
        process.stderr.write(
          `${options.output}: the first of ${plural(charts.length, "chart")}; choose by --where, or write a page\n`,
        );
      writeOutput(options.output, toSvg(charts[0]));
    }
    return 0;
  } catch (error) {
    if (error instanceof ExperimentError)
      throw new InputError(`${options.path}: ${error.message.replace(`${options.path}: `, "")}`);
    throw error;
  }
}

export const plotCommand: Command = {
  name: "plot",
  summary: "pictures of a sweep's results: time lines, footprint against cost, survivors, heat map",
  help: HELP,
  run,
};
