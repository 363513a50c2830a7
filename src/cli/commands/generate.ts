/** `pymalloc generate KIND`: a made-up program as a trace. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { naming, reading } from "../../text/fileerrors.js";
import { traceFormOf, writeTraceFile } from "../../trace/file.js";
import { type Fit, parseFit } from "../../workload/fit.js";
import { type Parameter, WORKLOAD_KINDS } from "../../workload/kinds.js";
import { fittedWorkload, makeWorkload, parseWorkload } from "../../workload/workload.js";
import { type Command, UsageError, usage } from "../command.js";

const parameterText = ({ name, usual, what }: Parameter): string => `      ${`${name}=${usual}`.padEnd(18)}${what}`;

const HELP = `usage: pymalloc generate KIND[:name=value,…] [--seed S] [--events N] [--sizes …] [--lifetimes …] -o TRACE
       pymalloc generate FIT.json [--seed S] [--events N] -o TRACE

Makes a program up and writes it as a trace: the same for the same parameters, wherever it is made. compare takes the kinds by
themselves. FIT.json is what pymalloc fit wrote: its sizes and lifetimes, in random order.

kinds
${WORKLOAD_KINDS.map(({ name, sentence, parameters }) => [`  ${name.padEnd(12)}${sentence}`, ...parameters.map(parameterText)].join("\n")).join("\n")}

  --seed S           0 to ${2 ** 32 - 1}, default 1
  --events N         about so many, 4 to 100000000, default 100000
  --sizes S          of all but cache: python (default), uniform (1 to 512), a number of bytes to 1073741824, or a FIT.json
  --lifetimes L      of churn: random (default), uniform (1 to 2 × live requests), python, or a FIT.json
  -o, --output FILE  a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz, or - for text to stdout
`;

function readFit(path: string): Fit {
  const text = reading(path, "a FIT.json that pymalloc fit wrote", () => readFileSync(path, "utf8"));
  return naming(path, () => parseFit(text));
}

const isFile = (text: string | undefined): text is string => text?.endsWith(".json") ?? false;

async function run(args: string[]): Promise<number> {
  const { values, positionals } = usage(() =>
    parseArgs({
      args,
      allowPositionals: true,
      options: {
        seed: { type: "string" },
        events: { type: "string" },
        sizes: { type: "string" },
        lifetimes: { type: "string" },
        output: { type: "string", short: "o", default: "" },
      },
    }),
  );
  const { seed, events, sizes, lifetimes, output } = values;
  if (positionals.length !== 1) throw new UsageError(`generate takes one KIND or FIT.json, not ${positionals.length}`);
  if (output !== "-" && traceFormOf(output) === null)
    throw new UsageError("generate needs -o TRACE, a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz, or -");
  for (const [option, text] of Object.entries({ seed, events, sizes, lifetimes }))
    if (text?.includes(",") && !isFile(text)) throw new UsageError(`--${option} takes one value, not ${text}`);
  const [kind] = positionals;
  const files = [...new Set([kind, sizes, lifetimes].filter(isFile))];
  if (files.length > 1) throw new UsageError(`generate takes one FIT.json, not ${files.join(" and ")}`);
  if (isFile(kind) && (sizes ?? lifetimes) !== undefined)
    throw new UsageError(`${kind} has its own sizes and lifetimes: --sizes and --lifetimes go with a KIND`);
  const fit = files.length === 1 ? readFit(files[0]) : null;
  const workload = usage(() => {
    if (isFile(kind) && fit) return fittedWorkload(fit, `seed=${seed ?? 1},events=${events ?? 100_000}`);
    const settings = [
      ...(seed === undefined ? [] : [`seed=${seed}`]),
      ...(events === undefined ? [] : [`events=${events}`]),
      ...(sizes === undefined ? [] : [`sizes=${isFile(sizes) ? "fit" : sizes}`]),
      ...(lifetimes === undefined ? [] : [`lifetimes=${isFile(lifetimes) ? "fit" : lifetimes}`]),
    ];
    const start = settings.length === 0 ? kind : `${kind}${kind.includes(":") ? "," : ":"}`;
    return parseWorkload(`${start}${settings.join(",")}`, fit);
  });
  await writeTraceFile(output, makeWorkload(workload));
  return 0;
}

export const generateCommand: Command = {
  name: "generate",
  summary: "a made-up program as a trace: churn, survivors, saw-tooth and others",
  help: HELP,
  run,
};
