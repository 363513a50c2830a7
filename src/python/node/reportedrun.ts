/** Runs a program and reports on it: the work of `pymalloc run`. */
import type { Profile } from "../../geometry/profiles.js";
import { replayProfiles } from "../../report/replayprofiles.js";
import type { Trace } from "../../trace/trace.js";
import type { SessionOptions } from "../run/observedrun.js";
import type { RunJson } from "../run/runjson.js";
import { runReport } from "../run/runreport.js";
import { seenOwners } from "../run/seenowners.js";
import { MOUNT, readScript, type Script } from "./pyodide.js";
import { type PythonRunOptions, type PythonRunResult, runPython } from "./pythonrun.js";

export interface ReportedRunOptions extends Omit<PythonRunOptions["load"], "program"> {
  readonly script: Script;
  /** The program runs on the first one; its requests are replayed on all if there are others. */
  readonly profiles: readonly Profile[];
  readonly session: Pick<SessionOptions, "types" | "pins" | "owners" | "redact">;
  readonly labels: boolean;
}

export interface ReportedRun extends Pick<PythonRunResult, "labels"> {
  /** The script's name, "-c" or "-". */
  readonly name: string;
  readonly data: RunJson;
  readonly trace: Trace;
  /** What could not be looked at, a sentence each. */
  readonly notSeen: readonly string[];
  /** Events up to the mark that the report is about. */
  readonly position: number;
}

/** Throws an `InputError` if the script cannot be read, or the program could not be run. */
export async function reportedRun(options: ReportedRunOptions): Promise<ReportedRun> {
  const { script, profiles, hashSeed, stdout, session } = options;
  const { result, labels } = await runPython({
    load: { program: readScript(script), hashSeed, stdout },
    session: { profile: profiles[0], ...session },
    labels: options.labels,
  });
  const { trace, notSeen } = result;
  const name = script.code === null ? (script.script ?? "-") : "-c";
  const report = runReport(result, profiles[0], name, MOUNT);
  const comparison = profiles.length === 1 ? null : replayProfiles(trace, name, profiles);
  const position = report.marks[report.position].event;
  const owners = seenOwners(result, report.marks, report.profile);
  return {
    name,
    data: { ...report, comparison },
    trace,
    labels: labels && { ...labels, owners },
    notSeen,
    position,
  };
}
