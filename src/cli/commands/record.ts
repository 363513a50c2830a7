/** `pymalloc record SCRIPT -o TRACE`: a trace of a real Python program. */
import { parseArgs } from "node:util";
import { profile } from "../../geometry/profiles.js";
import { MOUNT, readScript, type Script } from "../../python/node/pyodide.js";
import { runPython } from "../../python/node/pythonrun.js";
import { recordNative } from "../../record/native.js";
import { InputError } from "../../text/errors.js";
import { plural, withCommas } from "../../text/units.js";
import { traceFormOf, writeTraceFile } from "../../trace/file.js";
import { type Command, checkWritable, UsageError, usage } from "../command.js";
import { checkOutputs } from "../outputs.js";
import { hashSeedOf, PROGRAM_OPTIONS, programOf, splitArguments } from "../programoptions.js";

const HELP = `usage: pymalloc record SCRIPT -o TRACE [--python PYTHON] [-- ARGUMENTS]
       pymalloc record -c CODE -o TRACE [--python PYTHON] [-- ARGUMENTS]

Runs a Python program and writes every request that it makes of its allocators as a trace: the MEM, OBJ and RAW domains, and its marks,
which are calls of pymalloc.mark("name") or sys._debugmallocstats(). The exit status is the program's.

  -o, --output TRACE   a name that ends in .pytrace, .pytrace.gz, .rep or .rep.gz
  -c CODE              the program itself
  --python PYTHON      a CPython of this machine, 3.7 or newer, by path or by name: its own sizes, 64-bit as a rule, with everything
                       that it can import. Needs a C compiler and the interpreter's headers.
                       default: CPython 3.14 on 32 bits (Pyodide), which sees the current folder, as ${MOUNT}, and nothing else
  --hash-seed N        PYTHONHASHSEED; default 0; or random
  --stats FILE         with --python: the text of sys._debugmallocstats() at each mark, one after the other
`;

interface Options {
  readonly script: Script;
  readonly output: string;
  readonly python: string | null;
  readonly stats: string | null;
  readonly hashSeed: string;
}

function readOptions(args: string[]): Options {
  const [own, programArgs] = splitArguments(args);
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      ...PROGRAM_OPTIONS,
      output: { type: "string", short: "o", default: "" },
      python: { type: "string" },
      stats: { type: "string" },
    },
  });
  const script = programOf("record", positionals, values.c, programArgs);
  if (values.output === "-" || traceFormOf(values.output) === null)
    throw new UsageError("record needs -o TRACE, a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz");
  if (values.stats !== undefined && values.python === undefined)
    throw new UsageError("--stats needs --python; without it, pymalloc replay TRACE --marks says the same");
  checkOutputs(script.script, { "-o": values.output, "--stats": values.stats });
  return {
    script,
    output: values.output,
    python: values.python ?? null,
    stats: values.stats ?? null,
    hashSeed: hashSeedOf(values["hash-seed"]),
  };
}

/** In Pyodide. Resolves to the program's exit status. */
async function recordHere({ script, output, hashSeed }: Options): Promise<number> {
  const program = readScript(script);
  checkWritable(output);
  const { result } = await runPython({
    load: { program, hashSeed, stdout: 1 },
    session: { profile: profile("wasm32"), types: false, pins: false },
  });
  const { outcome, trace, unmatched } = result;
  await writeTraceFile(output, trace);
  if (outcome.death !== null) process.stderr.write(`pymalloc: ${outcome.death}\n`);
  say(output, trace.words.length / 2, trace.marks.length, unmatched);
  return outcome.status;
}

/** In a Python of this machine. */
async function recordThere(options: Options, python: string): Promise<number> {
  const { script, output, stats, hashSeed } = options;
  checkWritable(output);
  const recording = await recordNative({
    python,
    output,
    args: script.args,
    ...(script.code === null ? { script: script.script ?? "-" } : { code: script.code }),
    ...(stats === null ? {} : { stats }),
    env: { ...process.env, PYTHONHASHSEED: hashSeed },
  });
  say(output, recording.events, recording.marks, recording.unknown);
  if (recording.cutOff !== null) throw new InputError(`${output}: ends before the program did: ${recording.cutOff}`);
  return recording.status;
}

function say(output: string, events: number, marks: number, unmatched: number): void {
  const older = `${withCommas(unmatched)} frees or resizes of older blocks left out`;
  process.stderr.write(`${output}: ${plural(events, "event")}, ${plural(marks, "mark")}, ${older}\n`);
}

async function run(args: string[]): Promise<number> {
  const options = usage(() => readOptions(args));
  return options.python === null ? recordHere(options) : recordThere(options, options.python);
}

export const recordCommand: Command = {
  name: "record",
  summary: "a trace of a Python program",
  help: HELP,
  run,
};
