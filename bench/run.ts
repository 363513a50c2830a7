/**
 * `npm run bench [-- --native PATH …]`: what this version promises of speed, in one run.
 *
 * PATH is a program that replays a trace on a real interpreter's PyObject_Malloc and prints `pymalloc median N … ns/op` for
 * `--bench pymalloc TRACE`. Rounds of the two alternate; the ratio is of paired rounds.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Replay } from "../src/replay.js";
import { readTrace } from "../src/trace/read.js";
import type { Trace } from "../src/trace/trace.js";
import { churnTrace } from "./churn.js";

const ROUNDS = 9;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
const ns = (value: number): string => value.toFixed(2).padStart(7);

/** Nanoseconds an event of a fresh heap; the module is compiled, and after the first rounds optimised. */
function ours(trace: Trace): number {
  const replay = Replay.createSync(trace, { profile: "3.11" });
  const start = performance.now();
  replay.runTo(replay.length);
  return ((performance.now() - start) * 1e6) / replay.length;
}

function native(program: string, file: string): number {
  const { stdout } = spawnSync(program, ["--bench", "pymalloc", file], { encoding: "utf8" });
  const found = /median ([\d.]+)/.exec(stdout);
  if (!found) throw new Error(`${program} --bench pymalloc printed no median`);
  return Number(found[1]);
}

/** Microseconds that a snapshot of 16,384 pools takes. */
async function snapshotMicroseconds(): Promise<number> {
  const heap = (await import("../src/heap.js")).Heap.createSync({ profile: "3.9" });
  for (let pool = 0; pool < 16384; pool++) for (let block = 0; block < 7; block++) heap.malloc(512);
  const times = Array.from({ length: 101 }, () => {
    const start = performance.now();
    heap.snapshot();
    return (performance.now() - start) * 1000;
  });
  return median(times);
}

const { values } = parseArgs({ options: { native: { type: "string", multiple: true, default: [] } } });
const folder = mkdtempSync(join(tmpdir(), "pymalloc-bench-"));
const file = join(folder, "churn.rep");
const text = churnTrace();
writeFileSync(file, text);
const { trace } = await readTrace(text, { name: file });

for (let warm = 0; warm < 3; warm++) ours(trace);
const rounds = Array.from({ length: ROUNDS }, () => ({
  ours: ours(trace),
  natives: values.native.map((program) => native(program, file)),
}));
console.log(`churn, 10,000 live blocks of 1 to 512 bytes, ${ROUNDS} rounds   ns/event  min     max     ratio`);
const own = rounds.map((r) => r.ours);
console.log(`${"pymalloc, profile 3.11".padEnd(60)}${ns(median(own))} ${ns(Math.min(...own))} ${ns(Math.max(...own))}`);
values.native.forEach((program, i) => {
  const times = rounds.map((r) => r.natives[i]);
  const ratio = median(rounds.map((r) => r.ours / r.natives[i]));
  console.log(
    `${basename(program).padEnd(60)}${ns(median(times))} ${ns(Math.min(...times))} ${ns(Math.max(...times))} ${ns(ratio)}`,
  );
});
if (values.native.length === 0) console.log("no --native program: its side of the comparison is missing");
console.log(`snapshot of 16,384 pools: ${(await snapshotMicroseconds()).toFixed(0)} µs`);
rmSync(folder, { recursive: true });
