/** Workloads by name: `survivors:p=0.0001,seed=1` is a trace that is the same wherever it is made. */
import type { Trace } from "../trace/trace.js";
import { type CountedRange, Distribution } from "./distribution.js";
import type { Fit } from "./fit.js";
import { BILLION, type Numbers, type Parameter, WORKLOAD_KINDS, type WorkloadKind } from "./kinds.js";
import { Program } from "./program.js";
import { PYTHON_LIFETIMES, PYTHON_NEVER_FREED, PYTHON_SIZES } from "./pythonlike.js";
import { Random } from "./random.js";

/** A program to make up; `makeWorkload` makes it. */
export interface Workload {
  /** The text that it was read from. */
  readonly name: string;
  readonly kind: WorkloadKind;
  /** 0 to 2^32 − 1. */
  readonly seed: number;
  /** Events, about. */
  readonly events: number;
  readonly numbers: Numbers;
  readonly sizes: Distribution;
  readonly lifetimes: Distribution | null;
}

const COMMON: readonly Parameter[] = [
  { name: "seed", usual: 1, least: 0, most: 2 ** 32 - 1, isFraction: false, what: "of the random numbers" },
  { name: "events", usual: 100_000, least: 4, most: 100_000_000, isFraction: false, what: "how many, about" },
];

/** The parameters that every kind takes, and those of `kind`. */
const parametersOf = (kind: WorkloadKind): readonly Parameter[] => [...COMMON, ...kind.parameters];

/** Longer than any trace: for blocks that are never freed. */
const FOR_EVER = 2 ** 32 - 1;

/** The most that a request of a made-up program asks for. */
const MOST_BYTES = 2 ** 30;

const UNIFORM: CountedRange = [1, 512, 1];

const withNever = (ranges: readonly CountedRange[], never: number): Distribution =>
  new Distribution(never === 0 ? ranges : [...ranges, [FOR_EVER, FOR_EVER, never]]);

/**
 * Reads `KIND` or `KIND:name=value,name=value`. Names are the kind's parameters, `seed`, `events`, `sizes` (`python`, the usual; `uniform`, 1
 * to 512; a number; `fit`; not of cache) and, of churn, `lifetimes` (`random`, the usual; `uniform`, `python`, `fit`), where `fit` is `fitted`.
 * Throws a `RangeError` that says what was expected.
 */
export function parseWorkload(text: string, fitted: Fit | null = null): Workload {
  const [kindName, ...rest] = text.split(":");
  const kind = WORKLOAD_KINDS.find(({ name }) => name === kindName);
  if (!kind)
    throw new RangeError(`no workload ${kindName}; there are ${WORKLOAD_KINDS.map(({ name }) => name).join(", ")}`);
  const parameters = parametersOf(kind);
  const words: Record<string, string> = { sizes: "python", lifetimes: "random" };
  const values: Record<string, number> = {};
  const given = new Set<string>();
  for (const { name, usual, isFraction } of parameters) values[name] = isFraction ? usual * BILLION : usual;
  for (const setting of rest.join(":").split(",")) {
    if (setting === "" && rest.length === 0) continue;
    const [, name, value] = /^([a-z]+)=(.*)$/.exec(setting) ?? [];
    const parameter = parameters.find((p) => p.name === name);
    if (given.has(name)) throw new RangeError(`${kind.name}: ${name} is given twice`);
    given.add(name);
    if (parameter) values[name] = readNumber(kind, parameter, value);
    else if (kind.draws.some((draw) => draw === name)) words[name] = value;
    else throw new RangeError(`${kind.name}: no ${setting === "" ? '""' : setting}; it takes ${takes(kind)}`);
  }
  const { seed, events, ...numbers } = values;
  return {
    name: text,
    kind,
    seed,
    events,
    numbers,
    sizes: sizesOf(words.sizes, fitted),
    lifetimes: lifetimesOf(words.lifetimes, fitted, numbers.live),
  };
}

const takes = (kind: WorkloadKind): string => [...parametersOf(kind).map(({ name }) => name), ...kind.draws].join(", ");

function readNumber(kind: WorkloadKind, { name, least, most, isFraction }: Parameter, text: string): number {
  const value = (isFraction ? /^\d+(\.\d+)?(e-?\d+)?$/ : /^\d+$/).test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new RangeError(
      `${kind.name}: ${name} is ${isFraction ? "" : "an integer "}from ${least} to ${most}, not ${text}`,
    );
  return isFraction ? Math.round(value * BILLION) : value;
}

function sizesOf(word: string, fitted: Fit | null): Distribution {
  if (word === "python") return new Distribution(PYTHON_SIZES);
  if (word === "uniform") return new Distribution([UNIFORM]);
  if (word === "fit" && fitted) return new Distribution(fitted.sizesBytes);
  const nbytes = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!(nbytes <= MOST_BYTES))
    throw new RangeError(`sizes are python, uniform, fitted ones or a number of bytes to ${MOST_BYTES}, not ${word}`);
  return new Distribution([[nbytes, nbytes, 1]]);
}

function lifetimesOf(word: string, fitted: Fit | null, live: number): Distribution | null {
  if (word === "random") return null;
  if (word === "uniform") return new Distribution([[1, 2 * live, 1]]);
  if (word === "python") return withNever(PYTHON_LIFETIMES, PYTHON_NEVER_FREED);
  if (word === "fit" && fitted) return withNever(fitted.lifetimesRequests, fitted.neverFreed);
  throw new RangeError(`lifetimes are random, uniform, python or fitted ones, not ${word}`);
}

/** A program with the sizes and lifetimes of a recorded one. `settings`: `seed=…,events=…`. */
export const fittedWorkload = (fit: Fit, settings: string): Workload =>
  parseWorkload(`churn:${settings},sizes=fit,lifetimes=fit`, fit);

/** Makes the trace. The same workload is the same trace, byte for byte, on every engine. */
export function makeWorkload({ kind, seed, events, numbers, sizes, lifetimes }: Workload): Trace {
  const program = new Program(Random.seeded(seed));
  kind.run(program, events, numbers, sizes, lifetimes);
  return program.trace();
}
