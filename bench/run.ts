/** `npm run bench`: workloads × allocators, in interleaved rounds, as a table. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { execute } from "../src/cli/dispatch.js";
import { checkWritable, isOneOf } from "../src/cli/outputs.js";
import { UsageError, usage } from "../src/cli/usageerror.js";
import { profile } from "../src/geometry/profiles.js";
import { coreAllocator } from "../src/strategy/allocator.js";
import { foreignAllocator } from "../src/strategy/foreign.js";
import { readForeign } from "../src/strategy/foreignfile.js";
import {
  type Contender,
  type Measured,
  measure,
  median,
  oneCallAnEvent,
  replayLoop,
  spreadOf,
  type Workload,
  workloadOf,
} from "../src/strategy/timing.js";
import { readTraceFile } from "../src/trace/file.js";
import { printHost } from "./host.js";
import { buildPeers, type Missing, type NativePeer, peerRecipes } from "./peers.js";
import { LIVE_SIZES, type Recipe, WORKLOADS } from "./workloads.js";

const OURS = profile("3.12");
const RECORDED = ["3.11.7-csv_sqlite", "3.8.18-csv_sqlite"];
const recordedPath = (name: string): string => `examples/traces/${name}.rep.gz`;

const HELP = `usage: npm run bench [-- --rounds N --only WORD --peers REGEXP --live --trace FILE --allocator FILE.wasm --json FILE]

Runs workloads on this project's allocator and on whatever others this machine can build, in interleaved rounds (bench/README.md).

  --rounds N               1 to 1000; default 7
  --only WORD              workloads whose name has this in it
  --peers REGEXP           allocators whose name it matches, beside this project's
  --live                   live sizes from 1 MiB to 3.5 GiB instead; takes longer
  --trace FILE             this trace too; may be given again, as may the next two
  --allocator FILE.wasm    this allocator too, as in pymalloc bench
  --python PREFIX          the CPython under this prefix too
  --json FILE              all numbers, also as a file
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "7" },
      only: { type: "string", default: "" },
      peers: { type: "string", default: "" },
      json: { type: "string" },
      live: { type: "boolean", default: false },
      allocator: { type: "string", multiple: true, default: [] },
      trace: { type: "string", multiple: true, default: [] },
      python: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000))
    throw new UsageError(`--rounds is 1 to 1000, not ${values.rounds}`);
  if (values.json !== undefined && isOneOf(values.json, [...values.trace, ...values.allocator]))
    throw new UsageError(`${values.json}: is read, and would be written over`);
  return { ...values, rounds, peers: new RegExp(values.peers) };
}

type Options = ReturnType<typeof readOptions>;

const folder = mkdtempSync(join(tmpdir(), "pymalloc-bench-"));

/** A round is a process of its own. The file of events is written once a workload. */
function nativeContender({ name, program, allocator }: NativePeer): Contender {
  return {
    name,
    round: ({ name: workload, words, idCount }) => {
      const file = join(folder, workload.replace(/\W+/g, "-"));
      try {
        readFileSync(file, { flag: "r" }).subarray(0, 0);
      } catch {
        writeFileSync(file, words);
      }
      const args = [allocator, file, String(idCount), "2"];
      const lines = execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"] })
        .toString()
        .trim()
        .split("\n");
      const [cold, warm] = lines.map(Number);
      return { cold, warm, footprintBytes: Number(lines[2].split(" ")[1]), tableBytes: 0 };
    },
  };
}

/** Those that the options name. Reads what traces are given, so that one that is none is told before the work. */
async function workloads({ live, trace: files, only }: Options): Promise<Recipe[]> {
  const own = await Promise.all(
    files.map(async (file) => workloadOf(`recorded ${basename(file)}`, (await readTraceFile(file)).trace)),
  );
  const recorded = RECORDED.map((name): Recipe => {
    const make = async () => workloadOf(`recorded ${name}`, (await readTraceFile(recordedPath(name))).trace);
    return { name: `recorded ${name}`, make };
  });
  const all = live
    ? LIVE_SIZES
    : [...WORKLOADS, ...recorded, ...own.map((workload) => ({ name: workload.name, make: () => workload }))];
  const wanted = all.filter(({ name }) => name.includes(only));
  if (wanted.length === 0)
    throw new UsageError(`--only ${only}: is in no name; there are ${all.map(({ name }) => name).join("; ")}`);
  return wanted;
}

/** Builds the peers that the options name. */
async function contendersOf(options: Options): Promise<{ contenders: Contender[]; missing: readonly Missing[] }> {
  const isWanted = ({ name }: { readonly name: string }): boolean => options.peers.test(name);
  const recipes = peerRecipes(options.python, options.live);
  const foreign = options.allocator.map((path) =>
    oneCallAnEvent(readForeign(path, (bytes) => foreignAllocator(basename(path), bytes))),
  );
  const all = [...foreign, ...recipes];
  if (!all.some(isWanted))
    throw new UsageError(
      `--peers ${options.peers.source}: matches no name; there are ${all.map(({ name }) => name).join("; ")}`,
    );
  const { wasm, native, missing } = await buildPeers(recipes.filter(isWanted));
  const others = [...foreign.filter(isWanted), ...wasm.map(oneCallAnEvent), ...native.map(nativeContender)];
  return { contenders: [oneCallAnEvent(coreAllocator(OURS)), replayLoop(OURS), ...others], missing };
}

const ns = (value: number): string => value.toFixed(2).padStart(8);

/** Ours ÷ theirs, round by round; below 1, ours is faster. */
function pairedRatio(ours: Measured, theirs: Measured): number {
  return median(ours.rounds.map((round, i) => round.warm / theirs.rounds[i].warm));
}

function printTable({ name, words, peakLiveBytes }: Workload, [ours, ...others]: readonly Measured[]): void {
  const events = (words.length / 2).toLocaleString("en");
  console.log(`\n${name}: ${events} events, at most ${(peakLiveBytes / 1e6).toFixed(2)} MB live`);
  console.log(`${"".padEnd(34)}  ns/event      min      max     cold  ours/this  footprint/peak`);
  const floor = others.find((m) => m.name.startsWith("pymalloc"));
  for (const m of [ours, ...others]) {
    if (m.failure !== null) {
      console.log(`${m.name.padEnd(34)}  ${m.failure}`);
      continue;
    }
    const { min, median: middle, max } = spreadOf(m.rounds.map(({ warm }) => warm));
    const cold = median(m.rounds.map((round) => round.cold));
    const ratio = m === ours || ours.failure !== null ? "" : pairedRatio(ours, m).toFixed(2);
    const inlined =
      floor && floor.failure === null && m !== ours && m !== floor ? `(${pairedRatio(floor, m).toFixed(2)})` : "";
    const { footprintBytes } = m.rounds[0];
    const footprint = footprintBytes === null ? "n/a" : (footprintBytes / peakLiveBytes).toFixed(3);
    console.log(
      `${m.name.padEnd(34)}  ${ns(middle)} ${ns(min)} ${ns(max)} ${ns(cold)}  ${ratio.padStart(4)} ${inlined.padStart(6)}  ${footprint.padStart(8)}`,
    );
  }
  if (ours.failure === null) {
    const tables = ours.rounds[0].tableBytes;
    console.log(
      `${"  side tables of pymalloc".padEnd(34)}  ${"".padEnd(48)}${(tables / peakLiveBytes).toFixed(3).padStart(8)}`,
    );
  }
}

async function run(): Promise<number> {
  const options = usage(readOptions);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.json !== undefined) checkWritable(options.json);
  const recipes = await workloads(options);
  const { contenders, missing } = await contendersOf(options);
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores; Node ${process.version}, V8 ${process.versions.v8}; profile ${OURS.name}`,
  );
  console.log(
    "warm: the second run of the events on one heap; ours/this: paired median, in brackets for the replay loop",
  );
  const results: unknown[] = [];
  for (const { name, make } of recipes) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name} …\r`);
    const workload = await make();
    const measured = measure(workload, contenders, options.rounds);
    printTable(workload, measured);
    results.push({
      workload: name,
      events: workload.words.length / 2,
      peakLiveBytes: workload.peakLiveBytes,
      measured,
    });
  }
  if (!options.live && options.only === "") await printHost([...RECORDED.map(recordedPath), ...options.trace]);
  for (const { name, reason } of missing) console.log(`missing: ${name}: ${reason}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
  return 0;
}

try {
  process.exitCode = await execute("bench", run);
} catch (error) {
  // What is not caught binaryen reports, with the one line of its source: 8 MB.
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
