/** Reads a command line by the options that the command declares. */
import { parseArgs } from "node:util";
import { type Command, type Input, optionsOf, spelled } from "./command.js";
import { nearest } from "./nearest.js";
import type { Option, OptionGroups } from "./option.js";
import { UsageError } from "./usageerror.js";

type Counted = Pick<Command<OptionGroups>, "operands" | "runsProgram">;
type Options = Readonly<Record<string, Option<unknown>>>;

/** Throws a `UsageError`, one sentence, for what the command does not take. */
export function parse<G extends OptionGroups>(command: Command<G>, args: readonly string[]): Input<G> {
  const options = optionsOf(command);
  const given = new Map<string, unknown[]>();
  const operands: string[] = [];
  const end = command.runsProgram && args.includes("--") ? args.indexOf("--") : args.length;
  for (const token of tokens(args.slice(0, end), options)) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const isKnown = Object.hasOwn(options, name) && (rawName !== `-${name}` || options[name].letter === name);
    if (!isKnown) throw unknownOption(rawName, options);
    const read = readValue(options[name], rawName, inlineValue || !isOption(value, options) ? value : undefined);
    given.set(name, [...(given.get(name) ?? []), read]);
  }
  const values = Object.entries(options).map(([name, option]) => {
    if (option.isRequired && !given.has(name)) throw new UsageError(`${usageOf(name, option)} is missing`);
    return [name, option.combine(given.get(name) ?? [])];
  });
  checkCount(command, operands);
  return { values: Object.fromEntries(values), operands, programArguments: args.slice(end + 1) };
}

/** Not strict: then a value may begin with a dash, as -1 does. */
function tokens(args: readonly string[], options: Options) {
  const forms = Object.entries(options).map(([name, { form, letter }]) => {
    return [name, { type: form.value === null ? "boolean" : "string", ...(letter && { short: letter }) }] as const;
  });
  return parseArgs({ args, options: Object.fromEntries(forms), strict: false, tokens: true }).tokens;
}

/** Whether the word in an option's place for a value is another option. */
function isOption(word: string | undefined, options: Options): boolean {
  const name = /^--?([^=]*)/.exec(word ?? "")?.[1] ?? null;
  if (name === null || word === "-") return false;
  return word === "--" || Object.hasOwn(options, name) || Object.values(options).some(({ letter }) => letter === name);
}

function readValue({ form }: Option<unknown>, name: string, text: string | undefined): unknown {
  if (form.value === null && text !== undefined) throw new UsageError(`${name} takes no value (got ${quoted(text)})`);
  if (form.value === null) return true;
  if (text === undefined) throw new UsageError(`${name} needs a value: ${name} ${form.value}`);
  try {
    const value = form.read(text);
    if (value !== undefined) return value;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
  throw new UsageError(`${name} must be ${form.expected} (got ${quoted(text)})`);
}

function unknownOption(name: string, options: Options): UsageError {
  const word = name.replace(/^-+/, "");
  const meant = word === "" ? null : nearest(word, Object.keys(options));
  return new UsageError(
    `unknown option ${name}; ${meant === null ? "--help lists the options" : `did you mean ${spelled(meant, options[meant])}?`}`,
  );
}

function checkCount({ operands: { name, least, most }, runsProgram }: Counted, given: readonly string[]): void {
  if (given.length >= least && given.length <= most) return;
  const wanted = most > 1 ? `at least one ${name}` : least === 1 ? `one ${name}` : `at most one ${name}`;
  const got = given.length === 0 ? "none" : given.map(quoted).join(" and ");
  const hint = runsProgram ? "; the program's own arguments go behind --" : "";
  throw new UsageError(`expected ${wanted} (got ${got})${hint}`);
}

/** How a required option is given: `-o TRACE`. */
export const usageOf = (name: string, { letter, form }: Option<unknown>): string =>
  `${letter === null ? `--${name}` : `-${letter}`}${form.value === null ? "" : ` ${form.value}`}`;

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
