/**
 * A claim: a published sentence about CPython's allocator, what is run to test it, and which numbers say that it holds. All numbers
 * are counts of an emulated heap, so that a claim gives the same ones wherever it is run.
 */
import type { ChartOptions } from "../src/plots/charts.js";
import type { Trace } from "../src/trace/trace.js";

export type Verdict = "reproduced" | "not reproduced";

/** How sure the reference is: its text was read, or an excerpt of it only; measured, for this project, on real CPythons. */
export type Certainty = "read" | "excerpt" | "general knowledge" | "measured";

/** A number that the claim gives, and the one that was found. */
export interface Check {
  readonly of: string;
  /** As in "%"; "" for a count. */
  readonly unit: string;
  /** What the claim says: exactly, or from one number to another. */
  readonly least: number;
  readonly most: number;
  readonly measured: number;
}

/** `full` is what the documentation shows; `small` runs in seconds, on fewer blocks and seeds. */
export type Size = "full" | "small";

/** A real interpreter that was asked. */
export interface Witness {
  readonly version: string;
  /** "Pyodide", or "" for an interpreter of the machine. */
  readonly place: string;
  /** `gc.get_threshold()`. */
  readonly thresholds: readonly number[];
}

/** What a claim needs from outside. */
export interface Inputs {
  /** A trace that the repository carries, by its path from the root. */
  trace(path: string): Promise<Trace>;
  text(path: string): Promise<string>;
  /** The real interpreters there are: not the same everywhere. */
  witnesses(): Promise<readonly Witness[]>;
}

export interface Measurement {
  readonly checks: readonly Check[];
  /** The versions that the sentence holds for, where that is what was asked. */
  readonly holdsFor?: string;
  /** What else was found, in sentences. */
  readonly findings: readonly string[];
  readonly picture: ChartOptions;
}

export interface Claim {
  /** Also the name of its picture. */
  readonly id: string;
  readonly sentence: string;
  readonly source: string;
  readonly certainty: Certainty;
  /** The versions that it was said of. */
  readonly saidOf: string;
  /** What is run, with its seeds. */
  readonly run: string;
  /** What the verdict is. Another one is an error here, or a discovery. */
  readonly verdict: Verdict;
  /** For a sentence that is true of some versions: of which. */
  readonly holdsFor?: string;
  /** Whether the numbers depend on what is installed. */
  readonly isLocal?: boolean;
  measure(size: Size, inputs: Inputs): Measurement | Promise<Measurement>;
}

export const holds = ({ least, most, measured }: Check): boolean => least <= measured && measured <= most;

/** Reproduced where every number is as claimed. */
export const verdictOf = (checks: readonly Check[]): Verdict => (checks.every(holds) ? "reproduced" : "not reproduced");

export const exactly = (of: string, expected: number, measured: number, unit = ""): Check => ({
  of,
  unit,
  least: expected,
  most: expected,
  measured,
});

export const near = (of: string, expected: number, tolerance: number, measured: number, unit = ""): Check => ({
  of,
  unit,
  least: expected - tolerance,
  most: expected + tolerance,
  measured,
});

export const atLeast = (of: string, least: number, measured: number, unit = ""): Check => ({
  of,
  unit,
  least,
  most: Number.POSITIVE_INFINITY,
  measured,
});

export const atMost = (of: string, most: number, measured: number, unit = ""): Check => ({
  of,
  unit,
  least: Number.NEGATIVE_INFINITY,
  most,
  measured,
});

/** The mean; 0 of none. */
export const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
