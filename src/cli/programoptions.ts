/** What `run` and `record` have in common on the command line: which program, with which arguments. */

import type { Script } from "../python/node/pyodide.js";
import { UsageError } from "./command.js";

/** For `parseArgs`. */
export const PROGRAM_OPTIONS = {
  c: { type: "string", short: "c" },
  "hash-seed": { type: "string", default: "0" },
} as const;

/** A command line's own part, and what follows `--`, which is the program's. Throws a `UsageError` for a `-c` at the end. */
export function splitArguments(args: readonly string[]): [own: string[], program: string[]] {
  const at = args.indexOf("--");
  const own = at < 0 ? args : args.slice(0, at);
  if (own.at(-1) === "-c") throw new UsageError("-c takes CODE");
  return [joinNegatives(own), at < 0 ? [] : args.slice(at + 1)];
}

/** `-c -1` and `--hash-seed -1` as `parseArgs` takes them: in one word. */
function joinNegatives(args: readonly string[]): string[] {
  const words = [...args];
  for (let at = words.length - 1; at > 0; at--) {
    const option = words[at - 1];
    if (!/^-[^-]/.test(words[at]) || !(option === "-c" || option === "--hash-seed")) continue;
    words.splice(at - 1, 2, option === "-c" ? `-c${words[at]}` : `${option}=${words[at]}`);
  }
  return words;
}

/** The program that was named. Throws a `UsageError` unless it was one. */
export function programOf(
  command: string,
  positionals: readonly string[],
  code: string | undefined,
  args: readonly string[],
): Script {
  const [script, more] = positionals;
  if (code !== undefined) {
    if (script !== undefined) throw new UsageError(`${command} takes SCRIPT or -c CODE; arguments go after --`);
    return { script: null, code, args };
  }
  if (script === undefined || script === "") throw new UsageError(`${command} takes a SCRIPT, or -c CODE`);
  if (more !== undefined) throw new UsageError(`${command} takes one SCRIPT; its arguments go after --: -- ${more}`);
  return { script, code: null, args };
}

/** `PYTHONHASHSEED` as Python takes it. */
export function hashSeedOf(text: string): string {
  if (text === "random" || (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32)) return text;
  throw new UsageError(`--hash-seed takes random or 0 to 4294967295, not ${text}`);
}
