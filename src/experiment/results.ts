/**
 * Files of results: JSON lines, a cell each, appended whole. A line begins with its cell's hash, its place in the grid, the grid's size
 * and the experiment's hash; by these alone files are resumed, put in order and merged:
 *
 *     {"cell":"…32 digits…","index":17,"cells":96,"experiment":"…16 digits…","trace":…}
 */
import { closeSync, fsyncSync, openSync, readSync, renameSync, truncateSync, writeSync } from "node:fs";
import type { CellResult } from "./cell.js";
import { ExperimentError } from "./experiment.js";

/** A line, where it is, and what its head says. */
export interface ResultLine {
  readonly path: string;
  /** In bytes, without the line's end. */
  readonly offset: number;
  readonly bytes: number;
  readonly headBytes: number;
  /** From 1. */
  readonly number: number;
  readonly cell: string;
  readonly index: number;
  readonly cells: number;
  readonly experiment: string;
}

const HEAD = /^\{"cell":"([0-9a-f]{32})","index":(\d+),"cells":(\d+),"experiment":"([0-9a-f]{16})"/;
const HEAD_MOST = 160;
const NEWLINE = 10;
const PIECE_BYTES = 2 ** 20;

/** The head of a line; without it a line begins with a comma. */
export const lineHead = ({
  cell,
  index,
  cells,
  experiment,
}: Pick<ResultLine, "cell" | "index" | "cells" | "experiment">): string =>
  `{"cell":"${cell}","index":${index},"cells":${cells},"experiment":"${experiment}"`;

/** Calls `use` with the open file; what the system says against that is an `ExperimentError`. */
function withFile<T>(path: string, flags: string, use: (file: number) => T): T {
  let file: number | null = null;
  try {
    file = openSync(path, flags);
    return use(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "is a directory" : message;
    throw new ExperimentError(`${path}: ${reason}`);
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

/** Reads the heads of a file's lines. Throws an `ExperimentError` for a line that is no result, or where the file cannot be read. */
export function readHeads(path: string): ResultFile {
  return withFile(path, "r", (file) => {
    const lines: ResultLine[] = [];
    const all = linesOf(file);
    let next = all.next();
    for (; !next.done; next = all.next()) {
      const { line, offset } = next.value;
      const number = lines.length + 1;
      const match = HEAD.exec(line.toString("latin1", 0, HEAD_MOST));
      if (match === null || line.at(-1) !== "}".charCodeAt(0))
        throw new ExperimentError(`${path}: line ${number}: expected a result of pymalloc sweep`);
      const [head, cell, index, cells, experiment] = match;
      const place = { path, offset, bytes: line.length, headBytes: head.length, number };
      lines.push({ ...place, cell, index: Number(index), cells: Number(cells), experiment });
    }
    return { lines, wholeBytes: next.value };
  });
}

/** What `take` makes of each result in a file. Throws an `ExperimentError` for a line that is none. */
export function readResults<T>(path: string, take: (result: CellResult) => T): T[] {
  return withFile(path, "r", (file) => {
    const taken: T[] = [];
    for (const { line } of linesOf(file)) taken.push(take(parseResult(line, path, taken.length + 1)));
    return taken;
  });
}

function parseResult(line: Buffer, path: string, number: number): CellResult {
  try {
    const result = JSON.parse(line.toString()) as Partial<CellResult> | null;
    if (result?.cell !== undefined && result.run !== undefined) return result as CellResult;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ExperimentError(`${path}: line ${number}: expected a result of pymalloc sweep`);
}

/** Cuts off what was not written whole. */
export function dropCutLine(path: string, { wholeBytes }: ResultFile): void {
  truncateSync(path, wholeBytes);
}

/** A file to which lines are appended, each with one write. */
export class Appender {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Where a line of what grid belongs: its head there. */
export type Placed = Pick<ResultLine, "index" | "cells" | "experiment">;

/**
 * Writes the lines to `path` in the order of the grid, each with the head that `placed` gives it, first beside it and then in its place:
 * whoever is killed on the way has the old file.
 */
export function writeInOrder(path: string, lines: readonly ResultLine[], placed: (line: ResultLine) => Placed): void {
  const inOrder = lines.map((line) => ({ line, place: placed(line) })).sort((a, b) => a.place.index - b.place.index);
  const part = `${path}.part`;
  const sources = new Map<string, number>();
  try {
    withFile(part, "w", (file) => {
      let pending: Buffer[] = [];
      let pendingBytes = 0;
      const flush = (): void => {
        const bytes = Buffer.concat(pending);
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        [pending, pendingBytes] = [[], 0];
      };
      for (const { line, place } of inOrder) {
        let source = sources.get(line.path);
        if (source === undefined) sources.set(line.path, (source = openSync(line.path, "r")));
        const rest = Buffer.alloc(line.bytes - line.headBytes + 1, NEWLINE);
        readSync(source, rest, 0, rest.length - 1, line.offset + line.headBytes);
        pending.push(Buffer.from(lineHead({ cell: line.cell, ...place })), rest);
        pendingBytes += rest.length;
        if (pendingBytes > PIECE_BYTES) flush();
      }
      flush();
      fsyncSync(file);
    });
  } finally {
    for (const source of sources.values()) closeSync(source);
  }
  renameSync(part, path);
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

/** What a line has behind its head. */
const resultBytes = ({ path, offset, bytes, headBytes }: ResultLine): Buffer =>
  withFile(path, "r", (file) => {
    const result = Buffer.alloc(bytes - headBytes);
    readSync(file, result, 0, result.length, offset + headBytes);
    return result;
  });
