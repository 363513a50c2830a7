/**
 * What the lab's engine costs: opening, going anywhere, stepping, searching, memory. Each trace has a process of its own, which reads
 * it from a file as the page would. What drawing costs is measured in
 * a browser: labpage.ts.
 *
 *     npx tsx bench/lab.ts [TRACE…]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Engine } from "../src/lab/engine/engine.js";
import type { CursorView, ViewOptions } from "../src/lab/protocol/index.js";
import { encodeTrace } from "../src/trace/formats/binary.js";
import type { Trace } from "../src/trace/trace.js";
import { churn, manyArenas, numbers } from "./labtraces.js";

interface Measured {
  events: number;
  arenas: number;
  pools: number;
  mappedBytes: number;
  openMs: number;
  seekMs: number[];
  ageMs: number[];
  stepMs: number[];
  findMs: number;
  keyframeBytes: number;
  peakBytes: number;
}

// ---- measuring --------------------------------------------------------------------------------------

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function measure(file: string, profile: string): Promise<Measured> {
  const base = process.memoryUsage().rss;
  const engine = new Engine();
  let events = 0;
  let keyframeBytes = 0;
  const openMs = await timed(async () => {
    const { info, sides } = await engine.open(readFileSync(file), basename(file), profile === "" ? null : [profile]);
    events = info.events;
    keyframeBytes = sides[0].keyframeBytes;
    await engine.timeline(0);
  });
  const below = numbers(11);
  const ways = (count: number, go: () => Promise<CursorView | null>): Promise<number[]> =>
    Array.from({ length: count }).reduce<Promise<number[]>>(
      async (before) => [...(await before), await timed(go)],
      Promise.resolve([]),
    );
  const anywhere = (options?: ViewOptions) => () => engine.seek(below(events), options);
  const seekMs = await ways(200, anywhere());
  const ageMs = await ways(50, anywhere({ colour: "age" }));
  const stepMs: number[] = [];
  for (let place = 0; place < 8; place++) {
    await engine.seek(below(events));
    stepMs.push(...(await ways(12, () => engine.step(-1))), ...(await ways(12, () => engine.step(1))));
  }
  await engine.seek(events);
  const findMs = await timed(() =>
    engine.runUntil(
      [
        { type: "block-freed", id: 2 ** 27 },
        { type: "pinned-above", bytes: 4e9 },
      ],
      -1,
    ),
  );
  const view = (await engine.seek(events / 2)) as CursorView;
  const [{ map, stats }] = view.sides;
  return {
    events,
    arenas: map.arenas.count,
    pools: map.pools.count,
    mappedBytes: stats.os.mappedPeakBytes,
    openMs,
    seekMs,
    ageMs,
    stepMs,
    findMs,
    keyframeBytes,
    peakBytes: process.resourceUsage().maxRSS * 1024 - base,
  };
}

// ---- the table --------------------------------------------------------------------------------------

const at = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(Math.floor(values.length * share), values.length - 1)];
const ms = (value: number): string => value.toFixed(1);
const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
const spread = (values: readonly number[]): string =>
  [at(values, 0.5), at(values, 0.95), Math.max(...values)].map(ms).join(" / ");

function print(name: string, m: Measured): void {
  const limit = 3 * m.mappedBytes + 200e6;
  console.log(`\n${name}: ${m.events.toLocaleString("en")} events, at most ${mb(m.mappedBytes)} MB mapped;`);
  console.log(`  in the middle ${m.arenas.toLocaleString("en")} arenas of ${m.pools.toLocaleString("en")} pools`);
  const rows: [what: string, value: string, wanted: string][] = [
    ["open: read, first pass, time line", `${(m.openMs / 1000).toFixed(2)} s`, "3 s"],
    ["any moment with its map, ms median / 95 % / max", spread(m.seekMs), "50 at 95 %"],
    ["the same with ages", spread(m.ageMs), ""],
    ["a step, back or on", spread(m.stepMs), "16"],
    ["looking back through all of it", `${(m.findMs / 1000).toFixed(2)} s`, ""],
    ["keyframes, MB", mb(m.keyframeBytes), ""],
    ["memory at its peak, MB", mb(m.peakBytes), `${mb(limit)} (3 × heap + 200)`],
  ];
  for (const [what, value, wanted] of rows) console.log(`  ${what.padEnd(50)} ${value.padStart(22)}   ${wanted}`);
}

async function main(traces: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pymalloc-lab-"));
  const made: [name: string, trace: () => Trace, profile: string][] = [
    ["4 million events, 20 MB live, 3.12", () => churn(20e6, 4e6), "3.12"],
    ["4 million events, 230 MB live, 3.12", () => churn(230e6, 4e6), "3.12"],
    ["4 million events, 230 MB live, 3.9", () => churn(230e6, 4e6), "3.9"],
    ["4,000 arenas of 64 pools, 3.9", manyArenas, "3.9"],
  ];
  console.log(`${cpus()[0].model}, ${cpus().length} cores; Node ${process.version}`);
  const child = (file: string, profile: string): Measured =>
    JSON.parse(
      execFileSync(process.execPath, [
        ...process.execArgv,
        fileURLToPath(import.meta.url),
        "--measure",
        file,
        profile,
      ]).toString(),
    ) as Measured;
  for (const [index, [name, trace, profile]] of made.entries()) {
    const file = join(folder, `${index}.pytrace`);
    writeFileSync(file, encodeTrace(trace()));
    print(name, child(file, profile));
  }
  for (const file of traces) print(basename(file), child(file, ""));
  rmSync(folder, { recursive: true });
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--measure") console.log(JSON.stringify(await measure(rest[0], rest[1])));
else await main(first === undefined ? [] : [first, ...rest]);
