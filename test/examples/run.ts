/** Runs the scripts of `examples/` by `pymalloc run`, and what the tests ask of their reports. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { RunJson } from "../../src/python/run/runjson.js";
import type { RunMark } from "../../src/python/run/runmarks.js";
import { withCommas } from "../../src/text/units.js";
import { CLI, ROOT } from "../python/run/cli.js";

const POOL_HEADER = 32;
const MAX_BUFFER = 2 ** 26;

/** Objects that a type's free list holds at most, and so what an example may take from one that is older than its run. */
export const FREE_LIST = 100;

/** What a program itself takes: its code, its names, the small things that come and go between any two marks. */
export const A_FEW_BLOCKS = 20;
export const A_FEW_BYTES = 4_000;

const ROWS = readFileSync(new URL("../../examples/README.md", import.meta.url), "utf8").split("\n");

/** What the table in examples/README.md says of a script, in its last column. */
export const figuresOf = (name: string): string | undefined =>
  ROWS.find((row) => row.startsWith(`| [${name}](`))
    ?.split(" | ")[3]
    .replace(/ \|$/, "");

/** Bytes as that table has them. */
export const kB = (bytes: number): string => withCommas(Math.round(bytes / 1_000));
export const MB = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

export interface Change {
  readonly blocks: number;
  readonly bytes: number;
}

export class ExampleRun {
  readonly report: RunJson;
  /** What the program itself printed. */
  readonly output: string;

  constructor(report: RunJson, output: string) {
    this.report = report;
    this.output = output;
  }

  /** The mark of this name, the first or another of them. */
  at(name: string, nth = 1): RunMark {
    const mark = this.report.marks.filter((mark) => mark.name === name)[nth - 1];
    if (mark === undefined) throw new Error(`no mark ${nth} "${name}" in ${this.report.program}`);
    return mark;
  }

  /** How many more blocks there are of `what`, a type or "free list of" one, than at the mark before. */
  change(mark: RunMark, what: string): Change {
    const { blocks, bytes } = mark.typeChanges?.find(({ name }) => name === what) ?? { blocks: 0, bytes: 0 };
    return { blocks, bytes };
  }

  /** How many blocks there are of `what`. */
  live(mark: RunMark, what: string): Change {
    const marks = this.report.marks.slice(0, this.report.marks.indexOf(mark) + 1);
    return sum(marks.map((mark) => this.change(mark, what)));
  }
}

const sum = (changes: readonly Change[]): Change =>
  changes.reduce((a, b) => ({ blocks: a.blocks + b.blocks, bytes: a.bytes + b.bytes }), { blocks: 0, bytes: 0 });

/** Runs an example to its end. Its ledger adds up at each of its marks. */
export async function runExample(name: string): Promise<ExampleRun> {
  const args = [CLI, "run", "--json", `examples/${name}.py`];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, maxBuffer: MAX_BUFFER });
  const run = new ExampleRun(JSON.parse(stdout), stderr);
  expect(run.report.exitStatus).toBe(0);
  expect(run.report.death).toBeNull();
  expect(run.report.marks.length).toBeGreaterThan(3);
  for (const mark of run.report.marks) if (mark.kind !== "between") expectLedger(run.report, mark);
  return run;
}

/** Every byte of the arenas is in one place of the ledger, and every allocated one in a block that the types were counted in. */
function expectLedger({ arenaSizeBytes, marks }: RunJson, mark: RunMark): void {
  const { allocated, available, unusedPools, headers, quantization, arenaAlignment, total } = mark.ledgerBytes;
  expect(allocated + available + unusedPools + headers + quantization + arenaAlignment).toBe(total);
  expect(total).toBe(mark.arenas.live * arenaSizeBytes);
  expect(mark.arenas.live).toBe(mark.arenas.obtained - mark.arenas.released);
  expect(headers).toBe(mark.pools * POOL_HEADER);
  const changes = marks.slice(0, marks.indexOf(mark) + 1).flatMap(({ typeChanges }) => typeChanges ?? []);
  const large = sum(changes.map(({ largeBlocks, largeBytes }) => ({ blocks: largeBlocks, bytes: largeBytes })));
  const all = sum(changes);
  expect({ blocks: all.blocks - large.blocks, bytes: all.bytes - large.bytes }).toEqual({
    blocks: mark.blocks,
    bytes: allocated,
  });
  expect(large).toEqual({ blocks: mark.live.largeBlocks, bytes: mark.live.largeBytes });
  const { allocatedBytes, freedBytes, allocatedBlocks, freedBlocks } = mark.since;
  const before = marks[marks.indexOf(mark) - 1]?.live ?? { bytes: 0, blocks: 0 };
  expect(mark.live.bytes).toBe(before.bytes + allocatedBytes - freedBytes);
  expect(mark.live.blocks).toBe(before.blocks + allocatedBlocks - freedBlocks);
}

/** Arenas that have a live block. */
export const heldArenas = ({ arenaSizeBytes }: RunJson, { pinnedBytes, ledgerBytes }: RunMark): number =>
  (pinnedBytes + ledgerBytes.allocated) / arenaSizeBytes;

/** Pools that `count` requests of `nbytes` fill, if they are alone in them. */
export function poolsOf({ poolSizeBytes }: RunJson, count: number, nbytes: number): number {
  const blockSize = Math.ceil(nbytes / 8) * 8;
  return Math.ceil(count / Math.floor((poolSizeBytes - POOL_HEADER) / blockSize));
}

export const arenasOf = ({ arenaSizeBytes, poolSizeBytes }: RunJson, pools: number): number =>
  Math.ceil((pools * poolSizeBytes) / arenaSizeBytes);
