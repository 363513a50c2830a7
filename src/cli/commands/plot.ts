/** `pymalloc plot RESULTS.jsonl`: pictures of a sweep's results. */
import { parseArgs } from "node:util";
import { type Axes, PICTURE_KINDS, type PictureKind, pictures } from "../../experiment/pictures.js";
import { readRows } from "../../experiment/plotrows.js";
import { toHtml } from "../../plots/chartshtml.js";
import { toSvg } from "../../plots/svg.js";
import { naming } from "../../text/fileerrors.js";
import { plural } from "../../text/units.js";
import { type Command, checkWritable, UsageError, usage, writeOutput } from "../command.js";

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

async function run(args: string[]): Promise<number> {
  const { path, output, axes, ...chosen } = usage(() => readOptions(args));
  const { rows, note } = readRows(path, chosen);
  if (note !== null) process.stderr.write(`${note}\n`);
  const charts = naming(path, () => pictures(chosen.kind, rows, axes));
  checkWritable(output);
  if (output.endsWith(".html")) {
    writeOutput(output, toHtml(charts, `${chosen.kind}: ${path}`));
    return 0;
  }
  if (charts.length > 1)
    process.stderr.write(
      `${output}: the first of ${plural(charts.length, "chart")}; choose by --where, or write a page\n`,
    );
  writeOutput(output, toSvg(charts[0]));
  return 0;
}

export const plotCommand: Command = {
  name: "plot",
  summary: "pictures of a sweep's results: time lines, footprint against cost, survivors, heat map",
  help: HELP,
  run,
};
