/** `pymalloc replay TRACE`: a trace through the emulated allocators of one or several CPython versions. */
import { CPYTHON_LINES } from "../../geometry/profiles.js";
import { afterDrop, renderReport } from "../../report/renderreplay.js";
import { type ReplaySettings, replayOptions, replayProfiles, usualProfile } from "../../report/replayprofiles.js";
import { REPLAY_TEXTS, replayText } from "../../report/replaytext.js";
import { drawsBlocks } from "../../text/bars.js";
import { naming } from "../../text/fileerrors.js";
import { plural, withCommas } from "../../text/units.js";
import { command, type Values } from "../command.js";
import { GEOMETRY_OPTIONS, GEOMETRY_TITLE, namedProfiles } from "../geometryoptions.js";
import { writeHtmlFile } from "../htmlfile.js";
import { choice, flag, sizes } from "../option.js";
import { checkOutputs } from "../outputs.js";
import { htmlOption, jsonOption, lenientOption, profilesOption } from "../sharedoptions.js";
import { Progress, print } from "../terminal.js";
import { openTrace, TRACE_HELP } from "../tracefiles.js";
import { UsageError } from "../usageerror.js";

const OPTIONS = {
  profiles: {
    profile: profilesOption(
      `CPython versions: ${CPYTHON_LINES[0]} to ${CPYTHON_LINES.at(-1)}, also as 2.7.6, 3.9-32 (32 bits), wasm32, 3.15-hugepages or custom`,
    ).usually("the version that recorded the trace, or 3.12 if the trace does not name it"),
    lenient: lenientOption,
  },
  [GEOMETRY_TITLE]: GEOMETRY_OPTIONS,
  "where arenas start": {
    shift: sizes(
      "A,B…",
      "start arenas A, B, … bytes past a multiple of the pool size in turn. On 32-bit profiles that " +
        "release eagerly the turn goes with the place in the address space, of which an arena takes the lowest free one; " +
        "else with the order of arenas",
    ).usually("the trace's p lines, or else multiples of the pool size"),
    "real-offsets": flag("start arenas where the malloc or mmap of the emulated build puts them"),
    mem: choice(
      ["pymalloc", "raw"],
      "raw: on profiles before 3.6, serve MEM requests (and 2.3's realloc of raw blocks) as they did",
    ).default("pymalloc"),
  },
  output: {
    json: jsonOption,
    html: htmlOption("the report, and the lab with the trace on the first two profiles"),
    hash: flag("print a hash of the addresses of all blocks (one profile)"),
    placements: flag("print the address of each block, one line an event (one profile)"),
    marks: flag("print the text of sys._debugmallocstats() at each mark (one profile)"),
  },
};

export const replay = command({
  operands: { name: "TRACE", least: 1, most: 1 },
  about: ["Reports what the allocator of each profile did with the memory of the program.", TRACE_HELP],
  options: OPTIONS,
  examples: [
    ["pymalloc replay app.rep --profile 3.8,3.12", "Compares two versions on a trace."],
    ["pymalloc replay app.rep --html app.html", "Writes the report and the lab as one file."],
    ["pymalloc replay app.rep --profile custom --arena 512KiB --pool 8KiB", "Replays it on a geometry of your own."],
  ],

  async run({ values, operands: [path] }) {
    const { html, json } = values;
    const text = textOf(values);
    const wanted = namedProfiles(values.profile, values);
    if (text !== null && wanted.length > 1) throw new UsageError(`--${text} takes one profile (got ${wanted.length})`);
    checkOutputs([path], { "--html": html });
    const { name, trace, notes } = await openTrace(path, values.lenient);
    const profiles = wanted.length > 0 ? wanted : [usualProfile(trace)];
    const settings: ReplaySettings = { shift: values["real-offsets"] ? "profile" : values.shift, mem: values.mem };
    if (text !== null) {
      for (const piece of replayText(text, trace, name, replayOptions(profiles[0], settings))) await print(piece);
      return 0;
    }
    const progress = new Progress();
    const onPosition = (profile: string, position: number): void =>
      progress.show(`${profile}: ${withCommas(position)} of ${plural(trace.words.length / 2, "event")}`);
    const report = naming(name, () => replayProfiles(trace, name, profiles, settings, onPosition));
    progress.clear();
    const withNotes = { ...report, notes: [...notes, ...report.notes] }; // for people they are on stderr already
    if (html !== null) {
      const { position } = afterDrop(report.profiles[0]);
      const summary = renderReport(withNotes, false);
      await writeHtmlFile(html, { name, trace, run: null, profiles, position, summary });
    }
    const ascii = !drawsBlocks(process.stdout, process.env);
    await print(json ? `${JSON.stringify(withNotes, null, 2)}\n` : renderReport(report, ascii));
    return 0;
  },
});

/** The text that is printed in place of the report; `null`: the report. Throws a `UsageError` for options that exclude each other. */
function textOf(values: Values<typeof OPTIONS>) {
  const [text = null] = REPLAY_TEXTS.filter((name) => values[name]);
  const apart = ["json", ...REPLAY_TEXTS, "html"].filter((name) => values[name as "json"]);
  if (apart.length > 1 && apart.join() !== "json,html")
    throw new UsageError(`--${apart[0]} and --${apart[1]} exclude each other`);
  if (values.shift !== null && values["real-offsets"])
    throw new UsageError("--shift and --real-offsets exclude each other");
  if (values.html !== null && (values.shift !== null || values["real-offsets"] || values.mem === "raw"))
    throw new UsageError("--html shows the profiles as they are: no --shift, --real-offsets or --mem raw");
  return text;
}
