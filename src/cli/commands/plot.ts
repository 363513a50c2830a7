/** `pymalloc plot RESULTS.jsonl`: pictures of a sweep's results. */
import { PICTURE_KINDS, pictures } from "../../experiment/pictures.js";
import { readRows } from "../../experiment/plotrows.js";
import { toHtml } from "../../plots/chartshtml.js";
import { toSvg } from "../../plots/svg.js";
import { naming } from "../../text/fileerrors.js";
import { plural } from "../../text/units.js";
import { command } from "../command.js";
import { choice, text, valued } from "../option.js";
import { checkOutputs, writeOutput } from "../outputs.js";
import { UsageError } from "../usageerror.js";

const TIMELINE_FIELDS = ["heldBytes", "residentBytes", "liveBytes"];

export const plot = command({
  operands: { name: "RESULTS.jsonl", least: 1, most: 1 },
  about: [
    "Draws as SVG, or as an interactive HTML page in one file that needs no network.",
    "A FIELD is a number of the results, as heldPeakBytes (docs/sweep.md), a parameter of workloads, as p, or of geometries, as arenaSize.",
  ],
  options: {
    picture: {
      kind: choice(PICTURE_KINDS, "what to draw; see below", "KIND").required(),
      x: text("FIELD", "a field", "the horizontal axis, except for timeline"),
      y: text("FIELD", "a field", `the vertical axis; for timeline ${TIMELINE_FIELDS.join(", ")}`),
      value: text("FIELD", "a field", "what the colours of a heatmap stand for"),
    },
    data: {
      where: valued(
        { value: "NAME=VALUE", expected: "NAME=VALUE", read: pair },
        "only results of this trace, seed, strategy, os, parameter or the like; may be given several times",
      ).repeated(),
      times: text(
        "FILE",
        "the name of a file",
        "the times that sweep --times wrote; cells without one are left out of charts of times, and counted",
      ),
    },
    output: {
      output: valued(
        {
          value: "FILE",
          expected: "a name that ends in .svg or .html",
          read: (path) => (/\.(svg|html)$/.test(path) ? path : undefined),
        },
        "the file to write: .html has all charts, .svg the first",
      )
        .short("o")
        .required(),
    },
  },
  lists: {
    kinds: [
      ["timeline", "bytes that each strategy held over the events of the program; a chart for each trace and seed"],
      [
        "pareto",
        "memory against cost, with the front of the best; a chart for each trace. The cost is system calls per 1,000 events, with --times nanoseconds an event",
      ],
      [
        "survivors",
        "bytes that stay held after the program dropped its data, by the probability that a block survives",
      ],
      ["heatmap", "one number by two fields"],
    ],
  },
  examples: [
    ["pymalloc plot results.jsonl --kind pareto -o pareto.html", "Draws memory against cost as a page."],
    [
      "pymalloc plot results.jsonl --kind timeline --where seed=1 -o timeline.svg",
      "Draws what was held over time, of one seed.",
    ],
  ],

  async run({ values: { kind, x, y, value, where, times, output }, operands: [path] }) {
    if (kind === "timeline" && (x !== null || !TIMELINE_FIELDS.includes(y ?? "heldBytes")))
      throw new UsageError(`--kind timeline takes --y ${TIMELINE_FIELDS.join(", ")}, and no --x`);
    if (kind !== "heatmap" && value !== null) throw new UsageError("--value needs --kind heatmap");
    checkOutputs(times === null ? [path] : [path, times], { "-o": output });
    const { rows, note } = readRows(path, { kind, where, times });
    if (note !== null) process.stderr.write(`${note}\n`);
    const charts = naming(path, () =>
      pictures(kind, rows, { x: x ?? undefined, y: y ?? undefined, value: value ?? undefined }),
    );
    const isPage = output.endsWith(".html");
    if (!isPage && charts.length > 1)
      process.stderr.write(
        `${output}: the first of ${plural(charts.length, "chart")}; choose by --where, or write a page\n`,
      );
    writeOutput(output, isPage ? toHtml(charts, `${kind}: ${path}`) : toSvg(charts[0]));
    return 0;
  },
});

/** Name and value of `NAME=VALUE`. */
function pair(text: string): readonly [string, string] | undefined {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  return name === undefined ? undefined : [name, value];
}
