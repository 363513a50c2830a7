/** A real Python for the tests: npm's `pyodide`, with a fixed hash seed, and what the tests ask of it again and again. */

import { readdirSync, readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";
import { expect } from "vitest";
import type { AttachedHeap } from "../../../src/python/interpreter/attach.js";
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, opOf } from "../../../src/trace/event.js";
import type { Trace } from "../../../src/trace/trace.js";

export type Python = Awaited<ReturnType<typeof loadPyodide>>;

/** A Python of its own: a second or two. What it prints goes to `lines`, nothing to the console. */
export async function newPython(
  env: Record<string, string> = {},
  lines: string[] = [],
): Promise<Python & { readonly lines: string[] }> {
  const take = (line: string): void => void lines.push(line);
  const python = await loadPyodide({ env: { PYTHONHASHSEED: "0", ...env }, stdout: take, stderr: take });
  return Object.assign(python, { lines });
}

const SUITE = new URL("./suite/", import.meta.url);

export const suiteNames: readonly string[] = readdirSync(SUITE)
  .filter((name) => name.endsWith(".py"))
  .sort();

/** Runs a script in a namespace of its own, which is gone afterwards. */
export function runApart(python: Python, code: string, filename = "<script>"): void {
  const globals = python.globals.get("dict")();
  globals.set("__name__", "__main__");
  try {
    python.runPython(code, { globals, filename });
  } finally {
    globals.destroy();
  }
}

/** Runs a script of the suite and gives what it printed. */
export function runSuite(python: Python & { readonly lines: string[] }, name: string): string {
  python.lines.length = 0;
  runApart(python, readFileSync(new URL(name, SUITE), "utf8"), name);
  return python.lines.join("\n");
}

/** Evaluates an expression whose value JSON can say. */
export function ask<T>(python: Python, expression: string): T {
  return JSON.parse(python.runPython(`__import__("json").dumps(${expression})`) as string) as T;
}

/** That every byte of the arenas is accounted for once, and that counting blocks by walking the pools gives the census. */
export function expectLedger(heap: AttachedHeap): void {
  const { ledger, arenas, arenaSize, classes, unusedPools } = heap.stats().pymalloc;
  const { allocated, available, headers, quantization, arenaAlignment } = ledger;
  expect(allocated + available + ledger.unusedPools + headers + quantization + arenaAlignment).toBe(
    arenas.live * arenaSize,
  );
  const walked = new Map<number, number>();
  for (const { size, domain } of heap.liveBlocks()) {
    expect(domain).toBe("pymalloc");
    walked.set(size, (walked.get(size) ?? 0) + 1);
  }
  expect([...walked].sort(([a], [b]) => a - b)).toEqual(classes.map(({ blockSize, blocks }) => [blockSize, blocks]));
  const { arenas: records } = heap.snapshot();
  expect(records).toHaveLength(arenas.live);
  expect(records.reduce((sum, { nfreepools }) => sum + nfreepools, 0)).toBe(unusedPools);
}

/** Ids of MEM and OBJ that are live at the end of a trace. */
export function liveIds({ words, idCount }: Trace): number[] {
  const isLive = new Uint8Array(idCount);
  for (let i = 0; i < words.length; i += 2) {
    const op = opOf(words[i]);
    if (op !== OP_MARK && domainOf(words[i]) !== DOMAIN_RAW) isLive[idOf(words[i])] = op === OP_FREE ? 0 : 1;
  }
  return [...isLive.keys()].filter((id) => isLive[id] === 1);
}
