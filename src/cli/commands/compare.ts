/** `pymalloc compare TRACE…`: one program on many allocators. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Comparison, compare } from "../../compare/comparison.js";
import { comparisonPage } from "../../compare/comparisonhtml.js";
import { comparisonCsv, renderComparison } from "../../compare/rendercomparison.js";
import { readForeign } from "../../strategy/foreignfile.js";
import { foreignStrategy, isForeignName, STRATEGIES, type Strategy, strategy } from "../../strategy/strategies.js";
import { OS_MODELS, type OsModel } from "../../strategy/strategyheap.js";
import { naming } from "../../text/fileerrors.js";
import { parseSize, withCommas } from "../../text/units.js";
import { readTraceFile } from "../../trace/file.js";
import type { Trace } from "../../trace/trace.js";
import { WORKLOAD_KINDS } from "../../workload/kinds.js";
import { makeWorkload, parseWorkload } from "../../workload/workload.js";
import { type Command, checkWritable, Progress, print, UsageError, usage, writeOutput } from "../command.js";
import { checkOutputs, isOneOf } from "../outputs.js";

const HELP = `usage: pymalloc compare TRACE… [--strategies S,S…] [options]

Runs a program on several allocators and says who needed how much memory at the peak, on average and after the program let go
(its last mark, and the end), with each fragmentation metric, its formula and its two byte counts (docs/metrics.md).
TRACE is a file as in replay, - for stdin, or a made-up program: ${WORKLOAD_KINDS.map(({ name }) => name).join(", ")}, with
parameters as in survivors:p=0.0001,seed=1 (pymalloc generate --help).

strategies (docs/strategies.md); default pymalloc:3.12,pymalloc:3.9,tlsf,first-fit,best-fit,buddy,slab
${STRATEGIES.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`).join("\n")}
  FILE.wasm          another allocator: wasm that exports memory, malloc, free, realloc; held only
  Options as in pymalloc:3.12+arena=emptiest, first-fit:lifo.

the operating system
  --os MODEL         what counts as held. mmap: what is mapped (default); brk: up to the highest mapped byte; hugepages: as
                     mmap, touched 2 MiB at a time; wasm: the most there ever was
  --page SIZE        4KiB (default), 16KiB or 64KiB

  --samples N        measure at so many places, evenly spaced by events; 1 to 100000, default 1000
  --at N --then S    each strategy twice: alone, and with S from before event N on. Between policies of pymalloc under one profile
                     S takes over the heap; else it has a heap of its own beside the first one's
  --lenient          pass over what is wrong with a trace

output
  (nothing)          a report for people
  --json             for programs: an array, one element a trace (docs/compare.md)
  --csv FILE         the samples, also as a file
  --html FILE        a page with plots, also as a file; it needs no network
`;

const DEFAULT_STRATEGIES = "pymalloc:3.12,pymalloc:3.9,tlsf,first-fit,best-fit,buddy,slab";
const MOST_SAMPLES = 100_000;

interface Options {
  readonly traces: readonly string[];
  readonly strategies: readonly string[];
  readonly os: OsModel;
  readonly pageBytes: number;
  readonly samples: number;
  readonly next: { readonly at: number; readonly strategy: string } | null;
  readonly json: boolean;
  readonly csv: string | null;
  readonly html: string | null;
  readonly lenient: boolean;
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`--${option} is ${least} to ${most}, not ${text}`);
  return value;
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      strategies: { type: "string", multiple: true, default: [] },
      os: { type: "string", default: "mmap" },
      page: { type: "string", default: "4KiB" },
      samples: { type: "string", default: "1000" },
      at: { type: "string" },
      // biome-ignore lint/suspicious/noThenProperty: an option's name, and nobody awaits these
      then: { type: "string" },
      json: { type: "boolean", default: false },
      csv: { type: "string" },
      html: { type: "string" },
      lenient: { type: "boolean", default: false },
    },
  });
  if (positionals.length === 0) throw new UsageError("compare takes one TRACE or several");
  for (const text of positionals.filter(isWorkload)) parseWorkload(text);
  const os = OS_MODELS.find((model) => model === values.os);
  if (!os) throw new UsageError(`--os is ${OS_MODELS.join(", ")}, not ${values.os}`);
  const pageBytes = parseSize(values.page);
  if (![4096, 16384, 65536].includes(pageBytes))
    throw new UsageError(`--page is 4KiB, 16KiB or 64KiB, not ${values.page}`);
  if ((values.at === undefined) !== (values.then === undefined))
    throw new UsageError("--at N and --then STRATEGY go together");
  const named = values.strategies.length > 0 ? values.strategies : [DEFAULT_STRATEGIES];
  const strategies = named.flatMap((list) => list.split(","));
  if (strategies.includes(""))
    throw new UsageError("--strategies takes names like pymalloc:3.12,tlsf, none of them empty");
  return {
    traces: positionals,
    strategies: [...new Set(strategies)],
    os,
    pageBytes,
    samples: wholeNumber("samples", values.samples, 1, MOST_SAMPLES),
    next:
      values.at === undefined || values.then === undefined
        ? null
        : { at: wholeNumber("at", values.at, 0, 2 ** 32 - 1), strategy: values.then },
    json: values.json,
    csv: values.csv ?? null,
    html: values.html ?? null,
    lenient: values.lenient,
  };
}

const readStrategy = (name: string): Strategy =>
  isForeignName(name) ? readForeign(name, (bytes) => foreignStrategy(name, bytes)) : usage(() => strategy(name));

const isWorkload = (text: string): boolean => WORKLOAD_KINDS.some(({ name }) => name === text.split(":")[0]);

async function readProgram(path: string, lenient: boolean): Promise<{ name: string; trace: Trace }> {
  if (isWorkload(path)) return { name: path, trace: makeWorkload(parseWorkload(path)) };
  const name = path === "-" ? "stdin" : path;
  const { trace, skipped, messages, notes } = await readTraceFile(path, { lenient });
  if (skipped > 0) process.stderr.write(`${name}: skipped ${skipped}, the first: ${messages[0]}\n`);
  for (const note of notes) process.stderr.write(`${name}: ${note}\n`);
  return { name, trace };
}

/** Before the work begins, which may take long: what is asked for can be written, and is nothing that is read. */
function checkFiles({ traces, strategies, next, csv, html }: Options): void {
  checkOutputs(null, { "--csv": csv, "--html": html });
  const files = [csv, html].filter((path) => path !== null);
  const programs = traces.filter((path) => path !== "-" && !isWorkload(path));
  const wasm = [...strategies, ...(next ? [next.strategy] : [])].filter(isForeignName);
  const over = files.find((path) => isOneOf(path, [...programs, ...wasm]));
  if (over !== undefined) throw new UsageError(`${over}: is read, and would be written over`);
  files.forEach(checkWritable);
}

const template = (): Promise<string> => readFile(new URL("../../../compare.html", import.meta.url), "utf8");

async function run(args: string[]): Promise<number> {
  const options = usage(() => readOptions(args));
  const strategies = options.strategies.map(readStrategy);
  const next = options.next && { at: options.next.at, strategy: readStrategy(options.next.strategy) };
  checkFiles(options);
  const progress = new Progress();
  const comparisons: Comparison[] = [];
  for (const path of options.traces) {
    const { name, trace } = await readProgram(path, options.lenient);
    const comparison = naming(name, () =>
      compare(name, trace, strategies, {
        os: options.os,
        pageBytes: options.pageBytes,
        samples: options.samples,
        next,
        onProgress: (strategy, position) =>
          progress.show(`${name}: ${strategy}: event ${withCommas(position)} of ${withCommas(trace.words.length / 2)}`),
      }),
    );
    progress.clear();
    comparisons.push(comparison);
  }
  if (options.csv !== null) writeOutput(options.csv, [...comparisonCsv(comparisons)].join(""));
  if (options.html !== null) writeOutput(options.html, comparisonPage(await template(), comparisons));
  await print(
    options.json ? `${JSON.stringify(comparisons, null, 1)}\n` : comparisons.map(renderComparison).join("\n"),
  );
  return 0;
}

export const compareCommand: Command = {
  name: "compare",
  summary: "a program on many allocators: memory, fragmentation, counterfactuals",
  help: HELP,
  run,
};
