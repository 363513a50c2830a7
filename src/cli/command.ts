/** What a command of the CLI is: one file each in commands/, which declares its options, calls the library, and prints. */
import type { Option, OptionGroups } from "./option.js";

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;
type Flat<G extends OptionGroups> = Intersection<G[keyof G]>;

/** The value of each option of all groups. */
export type Values<G extends OptionGroups> = {
  readonly [Name in keyof Flat<G>]: Flat<G>[Name] extends Option<infer T> ? T : never;
};

/** A command line, read. */
export interface Input<G extends OptionGroups> {
  readonly values: Values<G>;
  readonly operands: readonly string[];
  /** What stands behind `--`, for the program that is run. */
  readonly programArguments: readonly string[];
}

/** What stands on the command line beside options. */
export interface Operands {
  /** What one is called, as TRACE. */
  readonly name: string;
  /** What the help says may stand there, if that is more than the name. */
  readonly usage?: string;
  readonly least: number;
  readonly most: number;
}

export interface Command<G extends OptionGroups> {
  readonly operands: Operands;
  /** Paragraphs of the help, before the options. */
  readonly about: readonly string[];
  readonly options: G;
  /** Whether what stands behind `--` is for a program that the command runs. */
  readonly runsProgram?: boolean;
  /** Lists of the help, behind the options, by title. */
  readonly lists?: Readonly<Record<string, readonly (readonly [term: string, text: string])[]>>;
  /** Whole command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Resolves to the exit status. Throws a `UsageError` or an `InputError` that is to be printed. */
  run(input: Input<G>): Promise<number>;
}

/** For the types' sake. */
export const command = <G extends OptionGroups>(declared: Command<G>): Command<G> => declared;

/** All options of a command by name. */
export const optionsOf = ({ options }: Command<OptionGroups>): Readonly<Record<string, Option<unknown>>> =>
  Object.assign({}, ...Object.values(options)) as Record<string, Option<unknown>>;

/** How an option is written in full: `--json`; `-c` if it has no other name than its letter. */
export const spelled = (name: string, { letter }: Option<unknown>): string =>
  letter === name ? `-${name}` : `--${name}`;
