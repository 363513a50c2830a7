/** The times that `sweep --times` writes: JSON lines, as `{"cell":"…32 digits…","nsPerEvent":103.2}`, `null` for a run without events. */
import { readFileSync, truncateSync } from "node:fs";
import { reading } from "../text/fileerrors.js";
import { ExperimentError } from "./experiment.js";

const LINE = /^\{"cell":"([0-9a-f]{32})","nsPerEvent":([\d.e+-]+|null)\}$/;

export const timeLine = (cell: string, ns: number | null): string => JSON.stringify({ cell, nsPerEvent: ns });

const textOf = (path: string): string => reading(path, "times of pymalloc sweep", () => readFileSync(path, "utf8"));

/** Nanoseconds an event by cell; a cell that was timed again has its last. Throws an `ExperimentError` for a line that is no time. */
export function readTimes(path: string): Map<string, number> {
  const times = new Map<string, number>();
  for (const [index, line] of textOf(path).split("\n").slice(0, -1).entries()) {
    const [, cell, ns] = LINE.exec(line) ?? [];
    if (cell === undefined) throw new ExperimentError(`${path}: line ${index + 1}: expected a time of pymalloc sweep`);
    if (ns !== "null") times.set(cell, Number(ns));
  }
  return times;
}

/** Cuts off a last line that was not written whole. */
export function dropCutTime(path: string): void {
  const text = textOf(path);
  truncateSync(path, Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1)));
}
