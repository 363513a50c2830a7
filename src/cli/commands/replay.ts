/** `pymalloc replay TRACE`: a trace through the emulated allocators of one or several CPython versions. */

import { parseArgs } from "node:util";
import { CPYTHON_LINES, type Profile, profile } from "../../geometry/profiles.js";
import { RELEASES } from "../../geometry/release.js";
import { formatDebugMallocStats } from "../../inspect/debugmallocstats.js";
import { hashLines, placementText, refuseFailures } from "../../replay/placements.js";
import { Replay, type ReplayOptions } from "../../replay/replay.js";
import { afterDrop, renderReport } from "../../report/renderreplay.js";
import {
  markNames,
  markPositions,
  profileOrNull,
  profileReport,
  type ReplayReport,
  replayNotes,
} from "../../report/replayreport.js";
import { drawsBlocks } from "../../text/bars.js";
import { parseSize, plural, withCommas } from "../../text/units.js";
import { readTraceFile } from "../../trace/file.js";
import { type Trace, TraceError } from "../../trace/trace.js";
import { type Command, InputError, Progress, print, profileList, UsageError, usage } from "../command.js";
import { GEOMETRY_OPTIONS, type GeometryValues, namedProfiles } from "../geometryoptions.js";
import { writeHtmlFile } from "../htmlfile.js";
import { isOneOf, refuseStdout } from "../outputs.js";

const HELP = `usage: pymalloc replay TRACE [--profile P[,P…]] [options]

Replays the allocation trace of a program through the emulated allocator of each profile, and reports what it did with
memory. TRACE is a .rep text, a binary .pytrace, or what glibc's mtrace, heaptrack --raw or memray parse wrote, any of them
perhaps .gz, or - for stdin; the content tells which.

profiles
  --profile P,P…     CPython versions: ${CPYTHON_LINES[0]} to ${CPYTHON_LINES.at(-1)}, 2.7.6, 3.9-32 (32-bit), wasm32, 3.15-hugepages, custom.
                     default: the version that recorded the trace, where the trace names it, else 3.12
  --arena, --pool, --align, --threshold, --header SIZE   --release ${RELEASES.join("|")}
                     the geometry of profile custom; SIZE is like 512, 64KiB, 2MiB. Powers of two: arena to 64 MiB and of
                     2 to 65,536 pools, pool 1 to 64 KiB, align 8 to 64; threshold and header multiples of align.
                     default: 1MiB, 16KiB, 16, 512, 48, keep-last

where arenas start
  (nothing)          at multiples of the pool size, or where the trace's p lines say
  --shift A,B        A and B bytes past a multiple in turn, whatever p lines say. On the 32-bit profiles that release eagerly the turn goes
                     with the place in the address space, of which an arena takes the lowest free one; elsewhere with
                     the order in which arenas are obtained
  --real-offsets     where the emulated build's malloc or mmap puts them
  --mem raw          before 3.6, MEM requests (and 2.3's realloc of raw blocks) as in that version

output
  (nothing)          a report for people
  --json             the same numbers for programs
  --html FILE        besides, the report, the trace and the lab's page as one file that a browser opens by itself: time line, map,
                     every event to step to, on the first two profiles
  --hash             the places of all blocks as a hash (one profile)
  --placements       the place of each block, a line an event (one profile)
  --marks            the text of sys._debugmallocstats() at each mark (one profile)

  --lenient          pass over what is wrong with the trace, and say how many lines that were
`;

type Output = "report" | "json" | "hash" | "placements" | "marks";

interface Options {
  readonly path: string;
  readonly lenient: boolean;
  readonly output: Output;
  readonly profileNames: readonly string[];
  readonly custom: GeometryValues;
  readonly shift: readonly number[] | "profile" | null;
  readonly mem: "pymalloc" | "raw";
  readonly html: string | null;
}

const OUTPUTS: readonly Output[] = ["json", "hash", "placements", "marks"];

function readShift(text: string): number[] {
  return text.split(",").map((part) => {
    const bytes = parseSize(part);
    if (!Number.isSafeInteger(bytes) || bytes >= 2 ** 32)
      throw new UsageError(`--shift takes bytes like 4096 or 0,4096, not ${text}`);
    return bytes;
  });
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      profile: { type: "string", multiple: true, default: [] },
      shift: { type: "string" },
      "real-offsets": { type: "boolean", default: false },
      mem: { type: "string", default: "pymalloc" },
      json: { type: "boolean", default: false },
      hash: { type: "boolean", default: false },
      placements: { type: "boolean", default: false },
      marks: { type: "boolean", default: false },
      html: { type: "string" },
      lenient: { type: "boolean", default: false },
      ...GEOMETRY_OPTIONS,
    },
  });
  if (positionals.length !== 1) throw new UsageError(`replay takes one TRACE, not ${positionals.length}`);
  const { mem } = values;
  if (mem !== "pymalloc" && mem !== "raw") throw new UsageError(`--mem is pymalloc or raw, not ${mem}`);
  const outputs = OUTPUTS.filter((output) => values[output as "json"]);
  if (outputs.length > 1) throw new UsageError(`--${outputs[0]} and --${outputs[1]} exclude each other`);
  if (values.shift !== undefined && values["real-offsets"])
    throw new UsageError("--shift and --real-offsets exclude each other");
  const { arena, pool, align, threshold, header, release, html } = values;
  if (html !== undefined && outputs.length > 0 && outputs[0] !== "json")
    throw new UsageError(`--html and --${outputs[0]} exclude each other`);
  if (html !== undefined && (values.shift !== undefined || values["real-offsets"] || mem === "raw"))
    throw new UsageError("--html shows the profiles as they are: no --shift, --real-offsets or --mem raw");
  refuseStdout({ "--html": html });
  if (html !== undefined && isOneOf(html, positionals))
    throw new UsageError(`${html}: is the TRACE, and would be written over`);
  return {
    path: positionals[0],
    lenient: values.lenient,
    output: outputs[0] ?? "report",
    profileNames: profileList(values.profile),
    custom: { arena, pool, align, threshold, header, release },
    shift: values["real-offsets"] ? "profile" : values.shift === undefined ? null : readShift(values.shift),
    mem,
    html: html ?? null,
  };
}

/** The profile for a trace when none was asked for. */
function defaultProfile({ recordedBy }: Trace): Profile {
  return (recordedBy === null ? null : profileOrNull(recordedBy)) ?? profile("3.12");
}

/** On 32 bits a process that gives arenas back uses their addresses again: so it was when the goldens were made. */
const shiftsByPlace = ({ pointerBits, geometry }: Profile): boolean =>
  pointerBits === 32 && geometry.release === "eager";

function replayOptions(wanted: Profile, { shift, mem }: Options): ReplayOptions & { profile: Profile } {
  if (shift === null) return { profile: wanted, mem };
  return { profile: wanted, mem, baseOffsets: shift, baseOffsetsBy: shiftsByPlace(wanted) ? "place" : "ordinal" };
}

async function printMarks(replay: Replay): Promise<void> {
  for (const position of markPositions(replay.trace)) {
    replay.runTo(position);
    refuseFailures(replay);
    await print(formatDebugMallocStats(replay.heap.stats().pymalloc));
  }
}

async function printAnswer(trace: Trace, wanted: Profile, options: Options): Promise<void> {
  const replay = Replay.createSync(trace, { ...replayOptions(wanted, options), hash: options.output !== "marks" });
  if (options.output === "marks") return printMarks(replay);
  if (options.output === "placements") {
    for (const text of placementText(replay)) await print(text);
    return;
  }
  await print([...hashLines(replay)].map((line) => `${line}\n`).join(""));
}

function reportOf(trace: Trace, name: string, profiles: readonly Profile[], options: Options): ReplayReport {
  const events = trace.words.length / 2;
  const progress = new Progress();
  const reports = profiles.map((wanted) =>
    profileReport(trace, replayOptions(wanted, options), (position) =>
      progress.show(`${wanted.name}: ${withCommas(position)} of ${plural(events, "event")}`),
    ),
  );
  progress.clear();
  return {
    trace: {
      name,
      events,
      ops: trace.opCount,
      marks: markNames(trace),
      peakLiveBytes: trace.peakLiveBytes,
      recordedBy: trace.recordedBy,
    },
    notes: replayNotes(trace, profiles, options.mem),
    profiles: reports,
  };
}

const writeHtml = (file: string, trace: Trace, report: ReplayReport, profiles: readonly Profile[]): Promise<void> =>
  writeHtmlFile(file, {
    name: report.trace.name,
    trace,
    run: null,
    profiles,
    position: afterDrop(report.profiles[0]).position,
    summary: renderReport(report, false),
  });

async function run(args: string[]): Promise<number> {
  const options = usage(() => readOptions(args));
  const wanted = usage(() => namedProfiles(options.profileNames, options.custom));
  const isOne = options.output !== "report" && options.output !== "json";
  if (isOne && wanted.length > 1) throw new UsageError(`--${options.output} takes one profile, not ${wanted.length}`);
  const name = options.path === "-" ? "stdin" : options.path;
  const progress = new Progress();
  const { trace, skipped, messages, notes } = await readTraceFile(options.path, {
    lenient: options.lenient,
    onProgress: (bytes) => progress.show(`${name}: ${(bytes / 1e6).toFixed(1)} MB read`),
  });
  progress.clear();
  if (skipped > 0) process.stderr.write(`${name}: skipped ${skipped}, the first: ${messages[0]}\n`);
  for (const note of notes) process.stderr.write(`${name}: ${note}\n`);
  const profiles = wanted.length > 0 ? wanted : [defaultProfile(trace)];
  try {
    if (isOne) {
      await printAnswer(trace, profiles[0], options);
    } else {
      const report = reportOf(trace, name, profiles, options);
      const ascii = !drawsBlocks(process.stdout, process.env);
      const withNotes = { ...report, notes: [...notes, ...report.notes] }; // for people they are on stderr already
      if (options.html !== null) await writeHtml(options.html, trace, withNotes, profiles);
      await print(options.output === "json" ? `${JSON.stringify(withNotes, null, 2)}\n` : renderReport(report, ascii));
    }
  } catch (error) {
    if (error instanceof RangeError || error instanceof TraceError) throw new InputError(`${name}: ${error.message}`);
    throw error;
  }
  return 0;
}

export const replayCommand: Command = {
  name: "replay",
  summary: "a trace through the allocators of CPython versions: report, places, statistics",
  help: HELP,
  run,
};
