/**
 * `npm run bench [-- --rounds N --only WORD --json FILE --allocator FILE.wasm --python PREFIX --trace FILE]`: workloads × allocators, in
 * interleaved rounds, as a table. `--live` has live sizes from 1 MiB to 3.5 GiB instead, and takes longer.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { coreAllocator } from "../src/bench/allocator.js";
import { foreignAllocator } from "../src/bench/foreign.js";
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
} from "../src/bench/measure.js";
import { profile } from "../src/profiles.js";
import { readTraceFile } from "../src/trace/file.js";
import { printHost } from "./host.js";
import { buildPeers, type NativePeer } from "./peers.js";
import { liveSize, WORKLOADS } from "./workloads.js";

const OURS = profile("3.12");
const RECORDED = ["3.11.7-csv_sqlite", "3.8.18-csv_sqlite"];
const recordedPath = (name: string): string => `test/conformance/data/${name}.rep.gz`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    only: { type: "string", default: "" },
    peers: { type: "string", default: "" },
    json: { type: "string" },
    live: { type: "boolean", default: false },
    allocator: { type: "string", multiple: true, default: [] },
    trace: { type: "string", multiple: true, default: [] },
    python: { type: "string", multiple: true, default: [] },
  },
});

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

async function* workloads(): AsyncGenerator<Workload> {
  if (options.live) {
    for (const mib of [1, 16, 256, 1024, 3584]) yield liveSize(mib * 2 ** 20);
    return;
  }
  for (const make of WORKLOADS) yield make();
  for (const name of RECORDED) {
    const { trace } = await readTraceFile(recordedPath(name));
    yield workloadOf(`recorded ${name}`, trace);
  }
  for (const file of options.trace) yield workloadOf(`recorded ${basename(file)}`, (await readTraceFile(file)).trace);
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

const peers = await buildPeers(options.python, options.live);
const foreign = options.allocator.map((file) => foreignAllocator(basename(file), new Uint8Array(readFileSync(file))));
const contenders = [
  oneCallAnEvent(coreAllocator(OURS)),
  replayLoop(OURS),
  ...[...foreign, ...peers.wasm].map(oneCallAnEvent),
  ...peers.native.map(nativeContender),
].filter(({ name }, i) => i < 2 || new RegExp(options.peers).test(name));

console.log(
  `${cpus()[0].model}, ${cpus().length} cores; Node ${process.version}, V8 ${process.versions.v8}; profile ${OURS.name}`,
);
console.log(
  "warm: the second run of the events on one heap; ours/this: paired median, in brackets for the replay loop",
);
const results: unknown[] = [];
for await (const workload of workloads()) {
  if (!workload.name.includes(options.only)) continue;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${workload.name} …\r`);
  const measured = measure(workload, contenders, Number(options.rounds));
  printTable(workload, measured);
  results.push({
    workload: workload.name,
    events: workload.words.length / 2,
    peakLiveBytes: workload.peakLiveBytes,
    measured,
  });
}
if (!options.live && options.only === "") await printHost([...RECORDED.map(recordedPath), ...options.trace]);
for (const { name, reason } of peers.missing) console.log(`missing: ${name}: ${reason}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
rmSync(folder, { recursive: true });
