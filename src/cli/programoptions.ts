/** What `run` and `record` have in common on the command line: which program, with which arguments. */
import type { Script } from "../python/node/pyodide.js";
import type { Input, Values } from "./command.js";
import { valued } from "./option.js";
import { UsageError } from "./usageerror.js";

export const PROGRAM_OPTIONS = {
  c: valued(
    { value: "CODE", expected: "Python code", read: (code) => code },
    "run this code instead of a script",
  ).short("c"),
  "hash-seed": valued(
    { value: "N", expected: "random or an integer from 0 to 4294967295", read: hashSeed },
    "PYTHONHASHSEED: random, or 0 to 4294967295; with a fixed seed two runs give the same numbers",
  ).default("0"),
};

/** One script, or none with `-c`. */
export const PROGRAM_OPERANDS = { name: "SCRIPT", usage: "SCRIPT|-c CODE", least: 0, most: 1 };

type ProgramInput = Input<{ program: typeof PROGRAM_OPTIONS }>;

/** The program that was named. Throws a `UsageError` unless it was one. */
export function programOf({ values, operands, programArguments }: ProgramInput): Script {
  const { c: code }: Values<{ program: typeof PROGRAM_OPTIONS }> = values;
  const [script = null] = operands;
  if (code !== null && script !== null)
    throw new UsageError(`expected SCRIPT or -c CODE, not both (got ${JSON.stringify(script)})`);
  if (code === null && !script) throw new UsageError("expected a SCRIPT, or -c CODE");
  return { script, code, args: programArguments };
}

/** As Python takes it. */
function hashSeed(text: string): string | undefined {
  return text === "random" || (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) ? text : undefined;
}
