/** `pymalloc compare TRACE…`: one program on many allocators. */
import { readFileSync } from "node:fs";
import { type Comparison, compare as compareOn } from "../../compare/comparison.js";
import { comparisonPage } from "../../compare/comparisonhtml.js";
import { comparisonCsv, renderComparison } from "../../compare/rendercomparison.js";
import { isForeignName } from "../../strategy/strategies.js";
import { OS_MODELS } from "../../strategy/strategyheap.js";
import { naming } from "../../text/fileerrors.js";
import { parseSize, withCommas } from "../../text/units.js";
import { command } from "../command.js";
import { choice, integer, list, outputFile, valued } from "../option.js";
import { checkOutputs, writeOutput } from "../outputs.js";
import { checkProgram, isWorkload, openProgram, openStrategy, STRATEGY_ROWS, strategyName } from "../programs.js";
import { htmlOption, jsonOption, lenientOption } from "../sharedoptions.js";
import { Progress, print } from "../terminal.js";
import { TRACE_HELP } from "../tracefiles.js";
import { UsageError } from "../usageerror.js";

const template = () => readFileSync(new URL("../../../compare.html", import.meta.url), "utf8");

export const compare = command({
  operands: { name: "TRACE", least: 1, most: Number.POSITIVE_INFINITY },
  about: [
    "Reports how much memory each allocator needs: at the peak, on average, and after the program dropped its data (at its last mark, " +
      "and at the end), with each fragmentation metric, its formula and its two byte counts (docs/metrics.md).",
    TRACE_HELP,
    "TRACE may also be a synthetic workload, as in survivors:p=0.001,seed=1; pymalloc generate --help lists them.",
  ],
  options: {
    allocators: {
      strategies: list(
        "S,S…",
        "names like pymalloc,tlsf, none of them empty",
        "the allocators; see below",
        strategyName,
      ).default("pymalloc:3.12,pymalloc:3.9,tlsf,first-fit,best-fit,buddy,slab"),
      at: integer("N", 0, 2 ** 32 - 1, "with --then: the event before which to switch"),
      // biome-ignore lint/suspicious/noThenProperty: the name of an option; nobody awaits these
      then: valued(
        { value: "S", expected: "the name of a strategy", read: strategyName },
        "run each strategy twice: alone, and with strategy S from event N on. Policies of pymalloc under one profile take " +
          "over the heap; any other strategy gets a heap of its own beside the first",
      ),
    },
    "the operating system": {
      os: choice(
        OS_MODELS,
        "what counts as held. mmap: mapped bytes. brk: bytes up to the highest mapped one. wasm: the most that was ever mapped. " +
          "hugepages: mapped bytes, touched 2 MiB at a time",
      ).default("mmap"),
      page: valued(
        {
          value: "SIZE",
          expected: "4KiB, 16KiB or 64KiB",
          read: (size) => [4096, 16_384, 65_536].find((bytes) => bytes === parseSize(size)),
        },
        "size of a page: 4KiB, 16KiB or 64KiB",
      ).default("4KiB"),
    },
    measurement: {
      samples: integer("N", 1, 100_000, "measure at N evenly spaced events").default("1000"),
      lenient: lenientOption,
    },
    output: {
      json: jsonOption,
      csv: outputFile("FILE", "also write the samples as CSV"),
      html: htmlOption("the report with plots"),
    },
  },
  lists: { strategies: STRATEGY_ROWS },
  examples: [
    ["pymalloc compare app.rep --html comparison.html", "Compares the default allocators on a trace, and draws them."],
    ["pymalloc compare churn:events=20000 --strategies pymalloc:3.12,slab", "Compares two on a synthetic workload."],
  ],

  async run({ values: { os, page: pageBytes, samples, csv, html, json, lenient, ...options }, operands }) {
    if ((options.at === null) !== (options.then === null)) throw new UsageError("--at N and --then S go together");
    for (const program of operands) checkProgram(program);
    const strategies = options.strategies.map(openStrategy);
    const next = options.then === null ? null : { at: options.at ?? 0, strategy: openStrategy(options.then) };
    const wasm = [...options.strategies, options.then ?? ""].filter(isForeignName);
    const read = [...operands.filter((path) => !isWorkload(path)), ...wasm];
    checkOutputs(read, { "--csv": csv, "--html": html });
    const progress = new Progress();
    const comparisons: Comparison[] = [];
    for (const path of operands) {
      const { name, trace } = await openProgram(path, lenient);
      const onProgress = (strategy: string, position: number): void =>
        progress.show(`${name}: ${strategy}: event ${withCommas(position)} of ${withCommas(trace.words.length / 2)}`);
      const settings = { os, pageBytes, samples, next, onProgress };
      comparisons.push(naming(name, () => compareOn(name, trace, strategies, settings)));
      progress.clear();
    }
    if (csv !== null) writeOutput(csv, [...comparisonCsv(comparisons)].join(""));
    if (html !== null) writeOutput(html, comparisonPage(template(), comparisons));
    await print(json ? `${JSON.stringify(comparisons, null, 1)}\n` : comparisons.map(renderComparison).join("\n"));
    return 0;
  },
});
