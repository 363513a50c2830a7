/** What `compare` runs: programs, each a trace or a synthetic workload, on strategies, each built in or a wasm file. */
import { readForeign } from "../strategy/foreignfile.js";
import { foreignStrategy, isForeignName, STRATEGIES, type Strategy, strategy } from "../strategy/strategies.js";
import type { Trace } from "../trace/trace.js";
import { WORKLOAD_KINDS } from "../workload/kinds.js";
import { makeWorkload, parseWorkload } from "../workload/workload.js";
import { openTrace } from "./tracefiles.js";
import { usage } from "./usageerror.js";

/** The name of a strategy; `undefined` for "". Throws a `RangeError` that lists the names for an unknown one. Looks at no wasm file. */
export function strategyName(name: string): string | undefined {
  if (name !== "" && !isForeignName(name)) strategy(name);
  return name || undefined;
}

/** Throws an `InputError` for a bad wasm file. */
export const openStrategy = (name: string): Strategy =>
  isForeignName(name) ? readForeign(name, (bytes) => foreignStrategy(name, bytes)) : strategy(name);

/** Whether a program is named by the kind of a synthetic workload, not by a file. */
export const isWorkload = (program: string): boolean =>
  WORKLOAD_KINDS.some(({ name }) => name === program.split(":")[0]);

/** What `--help` says of the names of strategies. */
export const STRATEGY_ROWS: readonly (readonly [string, string])[] = [
  ...STRATEGIES.map(({ name, summary }) => [name, summary] as const),
  ["FILE.wasm", "another allocator: wasm that exports memory, malloc, free and realloc; only what it holds is known"],
  ["options", "behind the name, as in pymalloc:3.12+arena=emptiest or first-fit:lifo (docs/strategies.md)"],
];

/** Throws a `UsageError` for a bad workload. Looks at no file. */
export const checkProgram = (program: string): unknown => isWorkload(program) && usage(() => parseWorkload(program));

export async function openProgram(program: string, lenient: boolean): Promise<{ name: string; trace: Trace }> {
  if (!isWorkload(program)) return openTrace(program, lenient);
  return { name: program, trace: makeWorkload(parseWorkload(program)) };
}
