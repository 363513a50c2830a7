/** `pymalloc record SCRIPT -o TRACE`: a trace of a real Python program. */
import { profile } from "../../geometry/profiles.js";
import { MOUNT, readScript, type Script } from "../../python/node/pyodide.js";
import { runPython } from "../../python/node/pythonrun.js";
import { recordNative } from "../../record/native.js";
import { plural, withCommas } from "../../text/units.js";
import { writeTraceFile } from "../../trace/file.js";
import { command } from "../command.js";
import { outputFile, text } from "../option.js";
import { checkOutputs } from "../outputs.js";
import { PROGRAM_OPERANDS, PROGRAM_OPTIONS, programOf } from "../programoptions.js";
import { traceFile } from "../tracefiles.js";
import { UsageError } from "../usageerror.js";

interface Options {
  readonly script: Script;
  readonly output: string;
  readonly stats: string | null;
  readonly hashSeed: string;
}

export const record = command({
  operands: PROGRAM_OPERANDS,
  runsProgram: true,
  about: [
    "Writes every request that the program makes of its allocators, in the MEM, OBJ and RAW domains, and its marks: calls of " +
      'pymalloc.mark("name") or sys._debugmallocstats(). The exit status is the program\'s.',
    "With --python, a full disk ends the trace, not the program: a line on stderr says so.",
    `Without --python the program runs on CPython 3.14 for 32 bits (Pyodide), which sees the current folder as ${MOUNT}, and nothing else.`,
  ],
  options: {
    program: {
      ...PROGRAM_OPTIONS,
      python: text(
        "PYTHON",
        "the path or name of a Python",
        "run on this CPython of the machine, 3.7 or newer, by path or by name: with its own sizes, and everything that it can import. " +
          "Needs a C compiler and the interpreter's headers",
      ),
    },
    output: {
      output: traceFile("TRACE", "the file to write: a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz")
        .short("o")
        .required(),
      stats: outputFile("FILE", "with --python: write the text of sys._debugmallocstats() at each mark"),
    },
  },
  examples: [
    ["pymalloc record app.py -o app.rep -- --verbose", "Records a program that gets the argument --verbose."],
    ["pymalloc record app.py --python python3.12 -o app.pytrace.gz", "Records it on a Python of this machine."],
  ],

  async run(input) {
    const { output, python, stats, "hash-seed": hashSeed } = input.values;
    const script = programOf(input);
    if (stats !== null && python === null)
      throw new UsageError("--stats needs --python; without it, pymalloc replay TRACE --marks prints the same");
    checkOutputs(script.script === null ? [] : [script.script], { "-o": output, "--stats": stats });
    const options = { script, output, stats, hashSeed };
    return python === null ? recordHere(options) : recordThere(options, python);
  },
});

/** In Pyodide. Resolves to the program's exit status. */
async function recordHere({ script, output, hashSeed }: Options): Promise<number> {
  const program = readScript(script);
  const { result } = await runPython({
    load: { program, hashSeed, stdout: 1 },
    session: { profile: profile("wasm32"), types: false, pins: false, owners: "none", redact: true },
  });
  const { outcome, trace, unmatched } = result;
  await writeTraceFile(output, trace);
  if (outcome.death !== null) process.stderr.write(`pymalloc: ${outcome.death}\n`);
  say(output, trace.words.length / 2, trace.marks.length, unmatched);
  return outcome.status;
}

/** In a Python of this machine. */
async function recordThere({ script, output, stats, hashSeed }: Options, python: string): Promise<number> {
  const recording = await recordNative({
    python,
    output,
    args: script.args,
    ...(script.code === null ? { script: script.script ?? "-" } : { code: script.code }),
    ...(stats === null ? {} : { stats }),
    env: { ...process.env, PYTHONHASHSEED: hashSeed },
  });
  say(output, recording.events, recording.marks, recording.unknown);
  const { cutOff, statsCutOff, status } = recording;
  if (cutOff !== null) process.stderr.write(`${output}: ends before the program did: ${cutOff}\n`);
  if (statsCutOff !== null) process.stderr.write(`${stats}: ends before the last mark: ${statsCutOff}\n`);
  return status;
}

function say(output: string, events: number, marks: number, unmatched: number): void {
  const older = `${withCommas(unmatched)} frees or resizes of older blocks left out`;
  process.stderr.write(`${output}: ${plural(events, "event")}, ${plural(marks, "mark")}, ${older}\n`);
}
