/** `pymalloc bench TRACE…`: what people's own traces cost on this allocator and on others. */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { profile } from "../../geometry/profiles.js";
import { type BenchJson, benchJson, renderBench } from "../../report/benchreport.js";
import { coreAllocator } from "../../strategy/allocator.js";
import { foreignAllocator } from "../../strategy/foreign.js";
import { readForeign } from "../../strategy/foreignfile.js";
import { measure, oneCallAnEvent, replayLoop, workloadOf } from "../../strategy/timing.js";
import { InputError } from "../../text/errors.js";
import { plural } from "../../text/units.js";
import { readTraceFile } from "../../trace/file.js";
import { type Command, Progress, print, profileList, UsageError, usage } from "../command.js";

const HELP = `usage: pymalloc bench TRACE… [--profile P[,P…]] [--allocator FILE.wasm] [--rounds N] [--json]

Runs each trace on the emulated allocator of each profile, in interleaved rounds, each on a fresh heap: first cold, then again on
the heap that this leaves, with what the trace left live freed. One call an event, and the replay loop with malloc and free
inlined on a line of its own. Times are of this machine now: compare them within one run. ratio: the median of this time
÷ the first allocator's, round by round. held÷live: bytes held at most ÷ bytes asked for and live at most; of FILE.wasm by one
more run, in which its addresses are looked at, and n/a where it held less than was live, for then its blocks overlap.

  --profile P,P…           CPython versions, as in replay but for custom; default 3.12
  --allocator FILE.wasm    another allocator: wasm that exports memory, malloc, free, realloc, and perhaps calloc and sbrk
  --rounds N               1 to 1000; default 5
  --json                   for programs: an array, one element a trace
  --lenient                pass over what is wrong with a trace
`;

interface Options {
  readonly paths: readonly string[];
  readonly profiles: readonly string[];
  readonly foreign: readonly string[];
  readonly rounds: number;
  readonly json: boolean;
  readonly lenient: boolean;
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      profile: { type: "string", multiple: true, default: ["3.12"] },
      allocator: { type: "string", multiple: true, default: [] },
      rounds: { type: "string", default: "5" },
      json: { type: "boolean", default: false },
      lenient: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (positionals.length === 0) throw new UsageError("bench takes one TRACE or several");
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000)) {
    throw new UsageError(`--rounds is 1 to 1000, not ${values.rounds}`);
  }
  const profiles = profileList(values.profile);
  return {
    paths: positionals,
    profiles,
    foreign: values.allocator,
    rounds,
    json: values.json,
    lenient: values.lenient,
  };
}

async function run(args: string[]): Promise<number> {
  const options = usage(() => readOptions(args));
  const profiles = usage(() => options.profiles.map(profile));
  const contenders = [
    ...profiles.flatMap((wanted) => [oneCallAnEvent(coreAllocator(wanted)), replayLoop(wanted)]),
    ...options.foreign.map((path) =>
      oneCallAnEvent(readForeign(path, (bytes) => foreignAllocator(basename(path), bytes))),
    ),
  ];
  const progress = new Progress();
  const documents: { trace: string; events: number; allocators: BenchJson[] }[] = [];
  for (const path of options.paths) {
    const name = path === "-" ? "stdin" : path;
    const { trace, skipped } = await readTraceFile(path, { lenient: options.lenient });
    if (skipped > 0) process.stderr.write(`${name}: skipped ${skipped}\n`);
    const workload = workloadOf(name, trace);
    if (workload.words.length === 0) throw new InputError(`${name}: has no events, expected some to time`);
    progress.show(`${name}: ${plural(options.rounds, "round")}`);
    const results = benchJson(workload, measure(workload, contenders, options.rounds));
    progress.clear();
    if (options.json) documents.push({ trace: name, events: workload.words.length / 2, allocators: results });
    else await print(renderBench(workload, results));
  }
  if (options.json) await print(`${JSON.stringify(documents, null, 2)}\n`);
  return 0;
}

export const benchCommand: Command = {
  name: "bench",
  summary: "what traces cost on this allocator and on others: time and footprint",
  help: HELP,
  run,
};
