/**
 * The scripted scenarios of `pymalloc-vectors.json`: what real interpreters answered, and what an allocator of ours answers.
 *
 * An answer is lines: `m ID ARENA:OFFSET`, `c …`, `r …` for blocks, `raw` in place of the place where pymalloc passed the request on;
 * `arena+ N BYTES` and `arena- N BYTES` before the line of the op they happen in; `d …` for the header of a pool; `live
 * arenas N`; the report between `stats<` and `>stats`. OFFSET counts from a large boundary, from which arenas may be skewed.
 */
import { createHash } from "node:crypto";
import type { Geometry } from "../../src/geometry/geometry.js";
import type { Place, PoolHeader } from "./model.js";

/** Ops as the file has them: runs of malloc and free with counts, everything else one by one. */
export type VectorOp =
  | readonly ["m*", firstId: number, count: number, nbytes: number]
  | readonly ["f*", firstId: number, count: number]
  | readonly ["c", id: number, count: number, nbytes: number]
  | readonly ["r", id: number, nbytes: number]
  | readonly ["A", skew: number]
  | readonly ["d", id: number]
  | readonly ["L"]
  | readonly ["S"];

/** Long answers are recorded by their digest, ends, and the first 60 lines that place no block. */
export interface LongAnswer {
  readonly count: number;
  /** Over the lines with newlines between them. */
  readonly sha256: string;
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly events: readonly (readonly [line: number, text: string])[];
}

export interface Vector {
  readonly scenario: string;
  /** Builds that give the same answer are one group. */
  readonly group: string;
  readonly ops: readonly VectorOp[];
  readonly result: { readonly lines: readonly string[] } | LongAnswer;
  /** Like `3.13.0/32-bit`. */
  readonly versions: readonly string[];
}

/** An allocator that a scenario can be run on. `Block` is whatever it names a block by, such as an address. */
export interface Executor<Block> {
  malloc(nbytes: number): Block;
  calloc(count: number, nbytes: number): Block;
  /** Null for no block yet: a malloc. */
  realloc(block: Block | null, nbytes: number): Block;
  free(block: Block): void;
  /** Where the block is; null for a block of the raw allocator. */
  place(block: Block): Place | null;
  /** Arenas that were obtained and released since the last call, in order. */
  takeArenaEvents(): readonly (readonly ["A+" | "A-", ordinal: number])[];
  /** Arenas obtained from now on start so many bytes past a boundary that is a multiple of any arena size. */
  skewArenas(nbytes: number): void;
  liveArenas(): number;
  /** The header of the pool that the block is in. */
  header(block: Block): PoolHeader;
  /** The text of the allocator's part of `sys._debugmallocstats()`. */
  report(): string;
}

type VectorFile = Readonly<Record<string, Readonly<Record<string, Omit<Vector, "scenario" | "group">>>>>;

/** The scenarios in the text of `pymalloc-vectors.json`, each group by itself. */
export function readVectors(json: string): readonly Vector[] {
  const file = JSON.parse(json) as VectorFile;
  return Object.entries(file).flatMap(([scenario, groups]) =>
    Object.entries(groups).map(([group, rest]) => ({ scenario, group, ...rest })),
  );
}

/** What a fresh `executor` of that geometry answers to the ops. */
export function runVector<Block>(
  ops: readonly VectorOp[],
  geometry: Geometry,
  executor: Executor<Block>,
): readonly string[] {
  const { arenaSize, poolSize } = geometry;
  const lines: string[] = [];
  const blocks = new Map<number, Block>();
  /** By ordinal: bytes from the boundary to the arena's first pool. */
  const firstPools: number[] = [];
  let skew = 0;

  const arenaEvents = (): void => {
    for (const [event, ordinal] of executor.takeArenaEvents()) {
      if (event === "A+") firstPools[ordinal] = Math.ceil(skew / poolSize) * poolSize;
      lines.push(`arena${event.slice(1)} ${ordinal} ${arenaSize}`);
    }
  };
  const placed = (op: string, id: number, block: Block): void => {
    blocks.set(id, block);
    arenaEvents();
    const place = executor.place(block);
    if (place === null) {
      lines.push(`${op} ${id} raw`);
    } else {
      const offset = (firstPools[place.arena] as number) + place.pool * poolSize + place.offset;
      lines.push(`${op} ${id} ${place.arena}:${offset}`);
    }
  };
  const blockOf = (id: number): Block => {
    if (!blocks.has(id)) throw new Error(`no block ${id}`);
    return blocks.get(id) as Block;
  };

  for (const op of ops) {
    switch (op[0]) {
      case "m*":
        for (let i = 0; i < op[2]; i++) placed("m", op[1] + i, executor.malloc(op[3]));
        break;
      case "f*":
        for (let i = 0; i < op[2]; i++) {
          executor.free(blockOf(op[1] + i));
          blocks.delete(op[1] + i);
          arenaEvents();
        }
        break;
      case "c":
        placed("c", op[1], executor.calloc(op[2], op[3]));
        break;
      case "r":
        placed("r", op[1], executor.realloc(blocks.has(op[1]) ? blockOf(op[1]) : null, op[2]));
        break;
      case "A":
        skew = op[1];
        executor.skewArenas(skew);
        break;
      case "d":
        lines.push(headerLine(op[1], executor.header(blockOf(op[1]))));
        break;
      case "L":
        lines.push(`live arenas ${executor.liveArenas()}`);
        break;
      case "S":
        lines.push("stats<", ...executor.report().replace(/\n$/, "").split("\n"), ">stats");
        break;
    }
  }
  return lines.map((line) => line.trimEnd());
}

function headerLine(id: number, header: PoolHeader): string {
  const { count, freeblock, arenaindex, szidx, nextoffset, maxnextoffset } = header;
  return `d ${id} count=${count} free=${freeblock} arena=${arenaindex} szidx=${szidx} next=${nextoffset} max=${maxnextoffset}`;
}

/**
 * The lines without what depends on the addresses of arenas: the part of each report about the arena map, and the blank line
 * before it.
 */
export function comparable(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let inArenaMap = false;
  for (const line of lines) {
    if (line.startsWith("arena map counts")) inArenaMap = true;
    if (line === ">stats") inArenaMap = false;
    if (!inArenaMap) kept.push(line.trimEnd());
  }
  return kept.filter((line, i) => line !== "" || kept[i + 1] !== ">stats");
}

/** An answer in the form in which it is recorded. */
export function recordedForm(lines: readonly string[]): Vector["result"] {
  if (lines.length <= 80) return { lines };
  const events = lines.flatMap((line, i) => (/^[mfr] /.test(line) ? [] : [[i, line] as const]));
  return {
    count: lines.length,
    sha256: createHash("sha256").update(lines.join("\n")).digest("hex"),
    first: lines.slice(0, 6),
    last: lines.slice(-12),
    events: events.slice(0, 60),
  };
}

/**
 * Both answers in a form in which they can be compared; they agree when the two are deeply equal. `exact` compares every line,
 * for an executor whose reports have the recorded count of map nodes: one and one on 64 bits, since all arenas of the recording
 * lay within 12 MiB of a boundary of 64 MiB. Else the arena map is left out, of lines and of events; a count or a digest over
 * lines of which some are left out cannot be compared, and goes too.
 */
export function compared(
  recorded: Vector["result"],
  lines: readonly string[],
  exact: boolean,
): readonly [recorded: unknown, answered: unknown] {
  const answered = recordedForm(lines);
  return exact ? [recorded, answered] : [withoutMap(recorded), withoutMap(answered)];
}

function withoutMap(result: Vector["result"]): unknown {
  if ("lines" in result) return comparable(result.lines);
  const events = comparable(result.events.map(([, text]) => text));
  const hasReport = events.includes("stats<");
  return hasReport ? { first: result.first, events } : result;
}
