/** `pymalloc run SCRIPT`: a real Python program on this heap, and what it did to memory. */

import { parseArgs } from "node:util";
import type { Profile } from "../../geometry/profiles.js";
import { RELEASES } from "../../geometry/release.js";
import { MOUNT, readScript, type Script } from "../../python/node/pyodide.js";
import { runPython } from "../../python/node/pythonrun.js";
import { renderRun } from "../../python/run/renderrun.js";
import { type RunReport, runReport } from "../../python/run/runreport.js";
import { timeline, timelineCsv } from "../../replay/timeline.js";
import { renderReport } from "../../report/renderreplay.js";
import { markNames, profileReport, type ReplayReport, replayNotes } from "../../report/replayreport.js";
import { drawsBlocks } from "../../text/bars.js";
import { traceFormOf, writeTraceFile } from "../../trace/file.js";
import type { Trace } from "../../trace/trace.js";
import { type Command, checkWritable, print, profileList, UsageError, usage, writeOutput } from "../command.js";
import { GEOMETRY_OPTIONS, namedProfiles } from "../geometryoptions.js";
import { writeHtmlFile } from "../htmlfile.js";
import { checkOutputs } from "../outputs.js";
import { hashSeedOf, PROGRAM_OPTIONS, programOf, splitArguments } from "../programoptions.js";

const HELP = `usage: pymalloc run SCRIPT [options] [-- ARGUMENTS]
       pymalloc run -c CODE [options] [-- ARGUMENTS]

Runs a Python program in CPython 3.14 (Pyodide, 32 bits) with every small object in arenas of this project, and reports what it did to
memory: at its marks, over time, and who pins arenas at the end. The program marks a moment with

    import pymalloc; pymalloc.mark("after load")

or by sys._debugmallocstats(). It sees the current folder, as ${MOUNT}, and nothing else of this machine. SCRIPT is a file, or - for stdin.
The exit status is the program's.

  -c CODE            the program itself
  --hash-seed N      PYTHONHASHSEED; default 0, so that two runs give the same numbers; or random
  --profile P        the allocator that it runs on: wasm32 (default), another 32-bit version of CPython, or custom
  --arena, --pool, --align, --threshold, --header SIZE   --release ${RELEASES.join("|")}
                     the geometry of profile custom, here or in --compare, as in replay
  --compare P,P…     then replays the program's requests on these profiles, too

output
  (nothing)          after the program's own output, a report for people
  --json             the same for programs; the program's own output goes to stderr
  --report FILE      the report, or the JSON, into a file; stdout is the program's
  --timeline FILE    live, allocated, available, unused, pinned and mapped bytes over time, as CSV
  --html FILE        the report and the lab's page as one file that a browser opens by itself: each event to step to, blocks with types
                     and lines; on --profile, and the first of --compare beside it
  --trace FILE       the trace, for replay: a name that ends in .pytrace or .rep, or one of them and .gz
  --no-types         without a look at types at each mark
  --no-pins          without who pins the arenas
`;

/** Rows of the CSV file, at most. */
const CSV_SAMPLES = 1000;

interface Options {
  readonly script: Script;
  readonly hashSeed: string;
  readonly profile: Profile;
  readonly compare: readonly Profile[];
  readonly json: boolean;
  readonly report: string | null;
  readonly timeline: string | null;
  readonly trace: string | null;
  readonly html: string | null;
  readonly types: boolean;
  readonly pins: boolean;
}

/** What `--json` prints. */
export interface RunJson extends RunReport {
  /** The same requests on other profiles, the run's own first; `null` without `--compare`. */
  readonly comparison: ReplayReport | null;
}

function readOptions(args: string[]): Options {
  const [own, programArgs] = splitArguments(args);
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      ...PROGRAM_OPTIONS,
      ...GEOMETRY_OPTIONS,
      profile: { type: "string", default: "wasm32" },
      compare: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      report: { type: "string" },
      timeline: { type: "string" },
      trace: { type: "string" },
      html: { type: "string" },
      "no-types": { type: "boolean", default: false },
      "no-pins": { type: "boolean", default: false },
    },
  });
  if (values.trace !== undefined && (values.trace === "-" || traceFormOf(values.trace) === null))
    throw new UsageError("--trace takes a name that ends in .rep, .rep.gz, .pytrace or .pytrace.gz");
  const [profile, ...others] = namedProfiles([values.profile, ...profileList(values.compare, "--compare")], values);
  refuseUnfit(profile);
  const script = programOf("run", positionals, values.c, programArgs);
  const { timeline, trace, html } = values;
  const report = values.report === "-" ? undefined : values.report; // stdout, as without it
  checkOutputs(script.script, { "--report": report, "--timeline": timeline, "--html": html, "--trace": trace });
  return {
    script,
    hashSeed: hashSeedOf(values["hash-seed"]),
    profile,
    compare: others.filter(({ name }) => name !== profile.name),
    json: values.json,
    report: report ?? null,
    timeline: timeline ?? null,
    trace: trace ?? null,
    html: html ?? null,
    types: !values["no-types"],
    pins: !values["no-pins"],
  };
}

/** The program asks for what a 32-bit Python asks for. Throws a `UsageError`. */
function refuseUnfit({ name, takesOverRaw, pointerBits }: Profile): void {
  if (takesOverRaw) throw new UsageError(`--profile ${name}: no running Python can use it; use --compare`);
  if (pointerBits === 32 || name === "custom") return;
  const instead = name === "3.15-hugepages" ? "use --compare" : `use ${name}-32, or --compare`;
  throw new UsageError(`--profile ${name}: the program runs on 32 bits; ${instead}`);
}

function comparison(trace: Trace, name: string, profiles: readonly Profile[]): ReplayReport {
  return {
    trace: {
      name,
      events: trace.words.length / 2,
      ops: trace.opCount,
      marks: markNames(trace),
      peakLiveBytes: trace.peakLiveBytes,
      recordedBy: trace.recordedBy,
    },
    notes: replayNotes(trace, profiles, "pymalloc"),
    profiles: profiles.map((profile) => profileReport(trace, { profile })),
  };
}

async function run(args: string[]): Promise<number> {
  const options = usage(() => readOptions(args));
  const { profile, compare, json, report: file } = options;
  const program = readScript(options.script);
  for (const path of [file, options.timeline, options.trace, options.html]) if (path !== null) checkWritable(path);
  const { result, labels } = await runPython({
    load: { program, hashSeed: options.hashSeed, stdout: json && file === null ? 2 : 1 },
    session: { profile, types: options.types, pins: options.pins },
    labels: options.html !== null,
  });
  const { trace } = result;
  const name = options.script.code === null ? (options.script.script ?? "-") : "-c";
  const report = runReport(result, profile, name, MOUNT);
  const others = compare.length === 0 ? null : comparison(trace, name, [profile, ...compare]);
  for (const reason of result.notSeen) process.stderr.write(`pymalloc: not all could be looked at: ${reason}\n`);
  if (report.death !== null) process.stderr.write(`pymalloc: ${report.death}\n`);
  if (options.timeline !== null) writeOutput(options.timeline, timelineCsv(timeline(trace, profile, CSV_SAMPLES)));
  if (options.trace !== null) await writeTraceFile(options.trace, trace);
  const ascii = file === null && !drawsBlocks(process.stdout, process.env);
  const data: RunJson = { ...report, comparison: others };
  const textOf = (ascii: boolean): string =>
    renderRun(report, ascii) + (others === null ? "" : `\n${renderReport(others, ascii)}`);
  if (options.html !== null) {
    const position = report.marks[report.worst?.mark ?? report.marks.length - 1].event;
    const profiles = [profile, ...compare];
    await writeHtmlFile(options.html, { name, trace, run: labels, profiles, position, summary: textOf(false) });
  }
  const text = json ? `${JSON.stringify(data, null, 2)}\n` : textOf(ascii);
  process.exitCode = report.exitStatus; // also where nobody reads the report
  if (file !== null) writeOutput(file, text);
  else await print(json ? text : `\n${text}`);
  return report.exitStatus;
}

export const runCommand: Command = {
  name: "run",
  summary: "a Python program on this heap: what it did to memory, who pins the arenas",
  help: HELP,
  run,
};
