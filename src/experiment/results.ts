/**
 * Files of results: JSON lines, a cell each, appended whole. A line begins with its cell's hash, its place in the grid, the grid's size
 * and the experiment's hash; by these alone files are resumed, put in order and merged. It ends with a sum of all before, so that damage
 * is told and not shown as numbers:
 *
 *     {"cell":"…32 digits…","index":17,"cells":96,"experiment":"…16 digits…","trace":…,"run":…,"sum":"…16 digits…"}
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, truncateSync, writeSync } from "node:fs";
import { unreadable, unwritable } from "../text/fileerrors.js";
import type { CellResult } from "./cell.js";
import { ExperimentError } from "./experiment.js";
import { regularFile } from "./lock.js";

/** A line, where it is, and what its head says. */
export interface ResultLine {
  readonly path: string;
  /** Where what is between its head and its sum stands in the file. */
  readonly offset: number;
  readonly bytes: number;
  /** From 1. */
  readonly number: number;
  readonly cell: string;
  readonly index: number;
  readonly cells: number;
  readonly experiment: string;
  /** What it ends with. */
  readonly sum: string;
}

const HEAD = /^\{"cell":"([0-9a-f]{32})","index":(\d+),"cells":(\d+),"experiment":"([0-9a-f]{16})"/;
const HEAD_MOST = 160;
const NEWLINE = 10;

/** What a line ends with behind its members. */
const sumText = (...members: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of members) hash.update(part);
  return `,"sum":"${hash.digest("hex").slice(0, 16)}"}`;
};
const SUM_BYTES = sumText().length;
const SUM = /^,"sum":"[0-9a-f]{16}"\}$/;
const PIECE_BYTES = 2 ** 20;

/** What a line begins with, in this order. */
type Head = Pick<ResultLine, "cell" | "index" | "cells" | "experiment">;

const headText = ({ cell, index, cells, experiment }: Head): string =>
  `{"cell":"${cell}","index":${index},"cells":${cells},"experiment":"${experiment}"`;

/** The line of a result, but for its sum. */
export const resultMembers = (head: Head, rest: object): string =>
  `${headText(head)},${JSON.stringify(rest).slice(1, -1)}`;

/** The whole line. */
export const withSum = (members: string): string => members + sumText(members);

/** Calls `use` with the open file; what the system says against that is an `ExperimentError`. */
function withFile<T>(path: string, flags: string, use: (file: number) => T): T {
  let file: number | null = null;
  try {
    file = openSync(path, flags);
    return use(file);
  } catch (error) {
    throw new ExperimentError(unreadable(path, error, "results of pymalloc sweep"));
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** The lines of a file and their places; a last one without its end is none. */
function* linesOf(file: number): Generator<{ line: Buffer; offset: number }, number, undefined> {
  const piece = Buffer.alloc(PIECE_BYTES);
  let rest = Buffer.alloc(0);
  let offset = 0; // of rest
  for (let got = readSync(file, piece); got > 0; got = readSync(file, piece)) {
    const bytes = Buffer.concat([rest, piece.subarray(0, got)]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield { line: bytes.subarray(start, end), offset: offset + start };
      start = end + 1;
    }
    rest = bytes.subarray(start);
    offset += start;
  }
  return offset;
}

export interface ResultFile {
  readonly lines: readonly ResultLine[];
  /** Bytes up to the end of the last whole line: what follows was cut off as it was written. */
  readonly wholeBytes: number;
}

/** The parts of a line. Throws an `ExperimentError` for a line that is no result, or is no more what was written. */
function checkLine(line: Buffer, path: string, number: number) {
  const head = HEAD.exec(line.toString("latin1", 0, HEAD_MOST));
  const members = line.subarray(0, -SUM_BYTES);
  const sum = line.toString("latin1", members.length);
  if (head === null || !SUM.test(sum))
    throw new ExperimentError(`${path}: line ${number}: expected a result of pymalloc sweep`);
  if (sum !== sumText(members))
    throw new ExperimentError(`${path}: line ${number}: is damaged: its sum is not that of its text`);
  return { head, members, sum };
}

/** Reads the heads of a file's lines. Throws an `ExperimentError` for a line that is no good, or where the file cannot be read. */
export function readHeads(path: string): ResultFile {
  return withFile(path, "r", (file) => {
    const lines: ResultLine[] = [];
    const all = linesOf(file);
    let next = all.next();
    for (; !next.done; next = all.next()) {
      const { line, offset } = next.value;
      const number = lines.length + 1;
      const { head: match, members, sum } = checkLine(line, path, number);
      const [head, cell, index, cells, experiment] = match;
      const place = { path, offset: offset + head.length, bytes: members.length - head.length, number };
      lines.push({ ...place, cell, index: Number(index), cells: Number(cells), experiment, sum });
    }
    return { lines, wholeBytes: next.value };
  });
}

/** What `take` makes of each result in a file. Throws an `ExperimentError` for a line that is no good. */
export function readResults<T>(path: string, take: (result: CellResult) => T): T[] {
  return withFile(path, "r", (file) => {
    const taken: T[] = [];
    for (const { line } of linesOf(file)) {
      checkLine(line, path, taken.length + 1);
      taken.push(take(JSON.parse(line.toString()) as CellResult));
    }
    return taken;
  });
}

/** Cuts off what was not written whole. */
export function dropCutLine(path: string, { wholeBytes }: ResultFile): void {
  truncateSync(path, wholeBytes);
}

/** A file to which lines are appended, each with one write. */
export class Appender {
  readonly #file: number;
  #isCut = false;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  /** Writes nothing behind a line that could not be written whole, which is to be dropped as the last one. */
  append(line: string): void {
    if (this.#isCut) return;
    this.#isCut = true;
    writeAll(this.#file, Buffer.from(`${line}\n`));
    this.#isCut = false;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Where a line of what grid belongs: its head there. */
export type Placed = Omit<Head, "cell">;

/**
 * Writes the lines to `path` in the order of the grid, each with the head that `placed` gives it, first beside it and then in its place:
 * whoever is killed on the way has the old file. Throws an `ExperimentError` where that cannot be written.
 */
export function writeInOrder(path: string, lines: readonly ResultLine[], placed: (line: ResultLine) => Placed): void {
  const inOrder = lines.map((line) => ({ line, place: placed(line) })).sort((a, b) => a.place.index - b.place.index);
  const real = regularFile(path);
  const part = `${real}.part`;
  try {
    const file = openSync(part, "w");
    try {
      writeLines(file, inOrder);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, real);
  } catch (error) {
    rmSync(part, { force: true });
    throw error instanceof ExperimentError ? error : new ExperimentError(unwritable(path, error));
  }
}

function writeLines(file: number, lines: readonly { readonly line: ResultLine; readonly place: Placed }[]): void {
  const sources = new Map<string, number>();
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    writeAll(file, Buffer.concat(pending));
    [pending, pendingBytes] = [[], 0];
  };
  try {
    for (const { line, place } of lines) {
      let source = sources.get(line.path);
      if (source === undefined) sources.set(line.path, (source = openSync(line.path, "r")));
      const rest = bytesOf(source, line);
      if (sumText(headText(line), rest) !== line.sum)
        throw new ExperimentError(`${line.path}: line ${line.number}: has changed since it was read`);
      const head = headText({ cell: line.cell, ...place });
      pending.push(Buffer.from(head), rest, Buffer.from(`${sumText(head, rest)}\n`));
      pendingBytes += rest.length;
      if (pendingBytes > PIECE_BYTES) flush();
    }
    flush();
  } finally {
    for (const source of sources.values()) closeSync(source);
  }
}

/** The lines, each cell once. Throws an `ExperimentError` where a cell has two results that differ. */
export function onceEach(lines: readonly ResultLine[]): ResultLine[] {
  const byCell = new Map<string, ResultLine>();
  for (const line of lines) {
    const twin = byCell.get(line.cell);
    if (twin === undefined) byCell.set(line.cell, line);
    else if (!resultBytes(twin).equals(resultBytes(line)))
      throw new ExperimentError(
        `${line.path}: line ${line.number}: the result of cell ${line.index} differs from ${twin.path}, line ${twin.number}`,
      );
  }
  return [...byCell.values()];
}

/**
 * The lines of several files of one experiment, each cell once. Throws an `ExperimentError` where they are of several experiments, or a
 * cell has two results that differ.
 */
export function mergeLines(paths: readonly string[]): ResultLine[] {
  const lines = paths.flatMap((path) => readHeads(path).lines);
  const other = lines.find(({ experiment }) => experiment !== lines[0].experiment);
  if (other !== undefined)
    throw new ExperimentError(
      `${other.path}: line ${other.number}: is of experiment ${other.experiment}, expected ${lines[0].experiment} as in ${lines[0].path}`,
    );
  return onceEach(lines);
}

/** What a line has between its head and its sum. */
function bytesOf(file: number, { offset, bytes }: ResultLine): Buffer {
  const result = Buffer.alloc(bytes);
  readSync(file, result, 0, bytes, offset);
  return result;
}

const resultBytes = (line: ResultLine): Buffer => withFile(line.path, "r", (file) => bytesOf(file, line));
