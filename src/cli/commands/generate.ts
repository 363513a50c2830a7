/** `pymalloc generate KIND`: a synthetic workload as a trace. */
import { readFileSync } from "node:fs";
import { naming, reading } from "../../text/fileerrors.js";
import { writeTraceFile } from "../../trace/file.js";
import { type Fit, parseFit } from "../../workload/fit.js";
import { WORKLOAD_KINDS } from "../../workload/kinds.js";
import { fittedWorkload, makeWorkload, parseWorkload } from "../../workload/workload.js";
import { command } from "../command.js";
import { integer, valued } from "../option.js";
import { checkOutputs } from "../outputs.js";
import { traceFile } from "../tracefiles.js";
import { UsageError, usage } from "../usageerror.js";

/** One setting of a workload, whose own text is read with the workload's. */
const setting = (value: string, help: string) =>
  valued(
    {
      value,
      expected: "one name, size or FIT.json",
      read: (given) => (isFile(given) || !given.includes(",") ? given || undefined : undefined),
    },
    help,
  );

const isFile = (text: string | null): text is `${string}.json` => text?.endsWith(".json") ?? false;

export const generate = command({
  operands: { name: "KIND", usage: "KIND[:NAME=VALUE,…]|FIT.json", least: 1, most: 1 },
  about: [
    "Makes the same events for the same parameters on every machine. FIT.json is the output of pymalloc fit: its sizes and lifetimes, in " +
      "random order. pymalloc compare takes a KIND in place of a trace.",
  ],
  options: {
    workload: {
      seed: integer("S", 0, 2 ** 32 - 1, "the seed of everything random").usually("1"),
      events: integer("N", 4, 100_000_000, "about how many events to make").usually("100000"),
      sizes: setting(
        "SIZES",
        "sizes in bytes, for all kinds but cache: python, uniform (1 to 512), a number up to 1073741824, or a FIT.json",
      ).usually("python"),
      lifetimes: setting(
        "LIFETIMES",
        "lifetimes in requests, for churn: random, uniform (1 to 2 × live), python, or a FIT.json",
      ).usually("random"),
    },
    output: {
      output: traceFile(
        "TRACE",
        "the file to write: a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz, or - for text to stdout",
        { orStdout: true },
      )
        .short("o")
        .required(),
    },
  },
  lists: {
    kinds: WORKLOAD_KINDS.flatMap(({ name, sentence, parameters }) => [
      [name, sentence],
      ...parameters.map(({ name: parameter, usual, what }) => [`  ${parameter}=${usual}`, what] as const),
    ]),
  },
  examples: [
    ["pymalloc generate survivors:p=0.001 -o survivors.rep", "Makes a workload in which one block in 1,000 survives."],
    [
      "pymalloc generate fit.json --events 20000 -o like-app.rep",
      "Makes a workload with the sizes and lifetimes of a fit.",
    ],
  ],

  async run({ values: { output, ...settings }, operands: [kind] }) {
    const { seed, events, sizes, lifetimes } = settings;
    const files = [...new Set([kind, sizes, lifetimes].filter(isFile))];
    if (files.length > 1) throw new UsageError(`expected one FIT.json (got ${files.join(" and ")})`);
    if (isFile(kind) && (sizes ?? lifetimes) !== null)
      throw new UsageError(`${kind} has sizes and lifetimes of its own; --sizes and --lifetimes go with a KIND`);
    const fit = files.length === 1 ? readFit(files[0]) : null;
    checkOutputs(files, { "-o": output });
    const workload = usage(() => {
      if (isFile(kind) && fit) return fittedWorkload(fit, `seed=${seed ?? 1},events=${events ?? 100_000}`);
      const given = Object.entries(settings).filter(([, value]) => value !== null);
      const texts = given.map(([name, value]) => `${name}=${isFile(String(value)) ? "fit" : value}`);
      const start = texts.length === 0 ? kind : `${kind}${kind.includes(":") ? "," : ":"}`;
      return parseWorkload(`${start}${texts.join(",")}`, fit);
    });
    await writeTraceFile(output, makeWorkload(workload));
    return 0;
  },
});

function readFit(path: string): Fit {
  const text = reading(path, "a FIT.json that pymalloc fit wrote", () => readFileSync(path, "utf8"));
  return naming(path, () => parseFit(text));
}
