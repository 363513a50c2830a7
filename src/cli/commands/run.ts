/** `pymalloc run SCRIPT`: a real Python program on this heap, and what it did to memory. */
import type { Profile } from "../../geometry/profiles.js";
import { MOUNT } from "../../python/node/pyodide.js";
import { reportedRun } from "../../python/node/reportedrun.js";
import type { OwnersAt } from "../../python/run/looks.js";
import { renderRunJson } from "../../python/run/runjson.js";
import { whyUnfit } from "../../python/run/runnableprofile.js";
import { timeline, timelineCsv } from "../../replay/timeline.js";
import { drawsBlocks } from "../../text/bars.js";
import { writeTraceFile } from "../../trace/file.js";
import { command, type Values } from "../command.js";
import { GEOMETRY_OPTIONS, GEOMETRY_TITLE, namedProfiles } from "../geometryoptions.js";
import { writeHtmlFile } from "../htmlfile.js";
import { choice, flag, list, outputFile, text } from "../option.js";
import { checkOutputs, writeOutput } from "../outputs.js";
import { PROGRAM_OPERANDS, PROGRAM_OPTIONS, programOf } from "../programoptions.js";
import { htmlOption, jsonOption, profilesOption } from "../sharedoptions.js";
import { print } from "../terminal.js";
import { traceFile } from "../tracefiles.js";
import { UsageError } from "../usageerror.js";

/** Rows of the CSV file, at most. */
const CSV_SAMPLES = 1000;

const OPTIONS = {
  program: PROGRAM_OPTIONS,
  allocators: {
    profile: profilesOption("the allocator to run on: wasm32, another 32-bit CPython, or custom").default("wasm32"),
    compare: profilesOption("also replay the program's requests on these profiles"),
  },
  [GEOMETRY_TITLE]: GEOMETRY_OPTIONS,
  output: {
    json: jsonOption,
    report: text("FILE", "the name of a file", "write the report or the JSON to this file; - is stdout").default("-"),
    timeline: outputFile("FILE", "also write live, allocated, pinned, mapped … bytes over time as CSV"),
    html: htmlOption("the report, and the lab on --profile and the first of --compare, with types and lines of blocks"),
    trace: traceFile("TRACE", "also write the trace: a name that ends in .pytrace, .pytrace.gz, .rep or .rep.gz"),
  },
  "who holds the memory": {
    owners: choice(
      ["key", "all"],
      "find owners where most is pinned, where most is live and at the end, or at all marks",
    ).default("key"),
    "owners-at": list("NAME,…", "names of marks, none of them empty", "find owners at these marks as well", () => {}),
    redact: flag("write keys and texts in paths as <str 17>; usual with --html"),
    "show-keys": flag("write them as they are with --html, too"),
    "no-owners": flag("do not look for owners"),
    "no-types": flag("do not count types at each mark"),
    "no-pins": flag("do not look for types and lines that hold memory"),
  },
};

export const run = command({
  operands: PROGRAM_OPERANDS,
  runsProgram: true,
  about: [
    "Runs the program on CPython 3.14 (Pyodide, 32 bits) with every small object in arenas of this project. Reports which variables hold the " +
      "memory and what releases it, and memory at the program's marks and over time. The program makes a mark with",
    '    import pymalloc; pymalloc.mark("after load")',
    `or sys._debugmallocstats(). It sees the current folder as ${MOUNT}, and nothing else of this machine. SCRIPT is a file, or - for ` +
      "stdin. The program's output goes to stdout, or to stderr if --json prints there. The exit status is the program's.",
  ],
  options: OPTIONS,
  examples: [
    ["pymalloc run app.py --html app.html", "Runs a program, and writes the report and the lab as one file."],
    ["pymalloc run app.py --compare 3.8,3.12 -- data.csv", "Passes data.csv on; replays the requests on two versions."],
    ["pymalloc run -c 'x = [str(i) for i in range(10000)]' --json", "Prints as JSON what a line does to memory."],
  ],

  async run(input) {
    const { values } = input;
    const { json, timeline: csv, trace: traceOutput, html } = values;
    const profiles = profilesOf(input.values);
    const file = values.report === "-" ? null : values.report;
    const script = programOf(input);
    if (values.redact && values["show-keys"]) throw new UsageError("--redact and --show-keys contradict each other");
    const read = script.script === null ? [] : [script.script];
    checkOutputs(read, { "--report": file, "--timeline": csv, "--html": html, "--trace": traceOutput });
    const { name, data, trace, labels, notSeen, position } = await reportedRun({
      script,
      profiles,
      hashSeed: values["hash-seed"],
      stdout: json && file === null ? 2 : 1,
      session: {
        types: !values["no-types"],
        pins: !values["no-pins"],
        owners: ownersAt(values),
        redact: values.redact || (html !== null && !values["show-keys"]),
      },
      labels: html !== null,
    });
    for (const reason of notSeen) process.stderr.write(`pymalloc: not all could be looked at: ${reason}\n`);
    for (const wanted of values["owners-at"])
      if (!data.marks.some((mark) => mark.name === wanted))
        process.stderr.write(`pymalloc: --owners-at: the program made no mark ${JSON.stringify(wanted)}\n`);
    if (data.death !== null) process.stderr.write(`pymalloc: ${data.death}\n`);
    if (csv !== null) writeOutput(csv, timelineCsv(timeline(trace, profiles[0], CSV_SAMPLES)));
    if (traceOutput !== null) await writeTraceFile(traceOutput, trace);
    const page = { name, trace, run: labels, profiles, position, summary: renderRunJson(data, false) };
    if (html !== null) await writeHtmlFile(html, page);
    const ascii = file === null && !drawsBlocks(process.stdout, process.env);
    const output = json ? `${JSON.stringify(data, null, 2)}\n` : renderRunJson(data, ascii);
    process.exitCode = data.exitStatus; // also where nobody reads the report
    if (file !== null) writeOutput(file, output);
    else await print(json ? output : `\n${output}`);
    return data.exitStatus;
  },
});

function ownersAt(values: Values<typeof OPTIONS>): OwnersAt {
  if (values["no-owners"]) {
    if (values.owners === "all" || values["owners-at"].length > 0)
      throw new UsageError("--no-owners goes with neither --owners all nor --owners-at");
    return "none";
  }
  return values.owners === "all" ? "all" : values["owners-at"];
}

/** The profile that the program runs on, then those of --compare. Throws a `UsageError` unless the program can run on it. */
function profilesOf(values: Values<typeof OPTIONS>): Profile[] {
  if (values.profile.length > 1) throw new UsageError(`--profile takes one profile (got ${values.profile.length})`);
  const [profile, ...others] = namedProfiles([...values.profile, ...values.compare], values);
  const why = whyUnfit(profile);
  if (why !== null) throw new UsageError(`--profile ${profile.name}: ${why}`);
  return [profile, ...others.filter(({ name }) => name !== profile.name)];
}
