/**
 * The trace of a program that a native CPython runs.
 *
 *     python ──probe──► headers, library ──cc──► recorder, kept in a cache      native-python.ts, native-build.ts
 *     script ──────────────────────► recorder ──► events, notes, side           native/, native-files.ts
 *                                                events, notes, side ──► trace  native-trace.ts
 *                                                              trace ──► output native-output.ts
 */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type Profile, profile } from "../geometry/profiles.js";
import { unwritable } from "../text/fileerrors.js";
import { type TraceForm, traceFormOf } from "../trace/file.js";
import { TraceError } from "../trace/trace.js";
import { buildRecorder, defaultCacheFolder } from "./native-build.js";
import { unwrittenBecause } from "./native-cutoff.js";
import { makeRawFiles, type NativeCounts, OpenFile, Side } from "./native-files.js";
import { fileBehind, moveTrace } from "./native-output.js";
import { findNativePython, type NativePython, RecordError } from "./native-python.js";
import { type FinishedTrace, Recording } from "./native-trace.js";

export { RecordError } from "./native-python.js";

/** One of `script`, `code` and `module` says what to run, as `python SCRIPT`, `python -c CODE` and `python -m MODULE` do. */
export interface NativeRecordOptions {
  /** The interpreter: a path, or a name on PATH. That of a virtual environment runs in it. */
  readonly python: string;
  /** A path, or `-` for stdin. */
  readonly script?: string | undefined;
  readonly code?: string | undefined;
  readonly module?: string | undefined;
  /** The program's own arguments, `sys.argv[1:]`. */
  readonly args?: readonly string[] | undefined;
  /** The interpreter's options, such as `-O` or `-X utf8`. */
  readonly pythonArgs?: readonly string[] | undefined;
  /** Where the trace goes: a name that ends in `.pytrace`, which costs least, `.pytrace.gz`, `.rep` or `.rep.gz`. */
  readonly output: string;
  /** Whether requests of the RAW domain are recorded, too; default `true`. */
  readonly raw?: boolean | undefined;
  /** A file for the text of `sys._debugmallocstats()` at each mark, one after the other. */
  readonly stats?: string | undefined;
  /** The program's working directory; `output` and `stats` are not relative to it. */
  readonly cwd?: string | undefined;
  /** The program's environment; default the caller's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The program's stdin, stdout and stderr: file descriptors, `"ignore"`, or `"inherit"`, which is the default. */
  readonly stdio?: readonly [
    "inherit" | "ignore" | number,
    "inherit" | "ignore" | number,
    "inherit" | "ignore" | number,
  ];
  /** Where compiled recorders are kept; default `$XDG_CACHE_HOME/pymalloc`, else `~/.cache/pymalloc`. */
  readonly cacheFolder?: string | undefined;
}

export interface NativeRecording extends NativeCounts {
  /** The program's exit status; 128 + the signal's number where it was killed. */
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
  readonly python: { readonly executable: string; readonly version: string };
  /** The profile that the trace names: `3.12`. */
  readonly recordedBy: string;
  /** Why the trace ends before the program did; `null` where it does not. */
  readonly cutOff: string | null;
  /** Why the file of `stats` ends before its last mark; `null` where it does not. */
  readonly statsCutOff: string | null;
}

/**
 * Runs a program as `python script args` would, and writes its trace to `output`, whole or not at all: also where the program fails,
 * is killed, or ends by `os._exit()`. Children that it forks or starts run, and are not recorded.
 *
 * If the disk fills up, the program goes on, and `output` is the trace up to there: `cutOff` says so.
 *
 * Throws `RecordError`, in one line: no such interpreter or script, one that cannot be recorded, no compiler, headers or library, or
 * a file that cannot be written. If that is `output` and the program has run, the trace is kept elsewhere: the line says where. The
 * script's own errors are its own: a traceback on its stderr, and `status`.
 *
 * Meanwhile SIGTERM and SIGHUP go to the program, and SIGINT, where no terminal sends it there anyhow.
 */
export async function recordNative(options: NativeRecordOptions): Promise<NativeRecording> {
  const form = traceFormOf(options.output);
  if (form === null)
    throw new RangeError(`${options.output}: expected a name that ends in .pytrace or .rep, or one of them and .gz`);
  if (process.platform === "win32") throw new RecordError("a native Python cannot be recorded on Windows");
  const command = [...(options.pythonArgs ?? []), ...programOf(options), ...(options.args ?? [])];
  const cwd = options.cwd ?? process.cwd();
  if (!existsSync(cwd)) throw new RecordError(`${cwd}: no such directory`);
  if (options.script !== undefined && options.script !== "-" && !existsSync(resolve(cwd, options.script)))
    throw new RecordError(`${options.script}: no such file`);

  const env = options.env ?? process.env;
  const python = findNativePython(options.python, { cwd, env });
  const recorder = buildRecorder(python, options.cacheFolder ?? defaultCacheFolder());
  const output = writing(options.output, () => fileBehind(options.output)) ?? resolve(options.output);
  const files = writing(options.output, () => makeRawFiles(output));
  try {
    const { stats } = options;
    if (stats !== undefined) writing(stats, () => writeFileSync(stats, ""));
    const variables = {
      PYMALLOC_RECORD_EVENTS: files.events.path,
      PYMALLOC_RECORD_NOTES: files.notes.path,
      PYMALLOC_RECORD_SIDE: files.side.path,
      PYMALLOC_RECORD_RAW: options.raw === false ? "0" : "1",
      PYMALLOC_RECORD_STATS: stats === undefined ? "" : resolve(stats),
    };
    const ended = await run(recorder, command, python, {
      cwd,
      env: { ...env, ...variables },
      stdio: [...(options.stdio ?? (["inherit", "inherit", "inherit"] as const))],
    });
    const side = new Side(files.side);
    checkStart(side, options.python, ended.status);
    const recordedBy = profileNameOf(python);
    const recording = writing(options.output, () => new Recording(files, side, recordedBy));
    const finished = await finish(recording, files.events, options.output, form);
    const { executable, version } = python;
    return {
      ...finished,
      ...ended,
      python: { executable, version },
      recordedBy,
      statsCutOff: side.control.statsError === 0 ? null : unwrittenBecause(side.control.statsError),
    };
  } finally {
    for (const file of Object.values(files)) file.remove();
  }
}

/** Makes the recording the file `output`. If that cannot be written, throws a `RecordError` that says where the trace is instead. */
async function finish(recording: Recording, events: OpenFile, output: string, form: TraceForm): Promise<FinishedTrace> {
  let finished: FinishedTrace | null = null;
  try {
    finished = recording.finish(events);
    await moveTrace(events, output, form);
    return finished;
  } catch (error) {
    const failure = error instanceof TraceError ? error.message : unwritable(output, error);
    const [path, { cutOff }] =
      finished !== null && events.isThere ? [events.keep(), finished] : copyTrace(recording, output, failure);
    const end = cutOff === null ? "" : `, and ends before the program did: ${cutOff}`;
    throw new RecordError(`${failure}; the trace is in ${path}${end}`);
  }
}

/** Writes the trace to the folder for temporary files. */
function copyTrace(recording: Recording, output: string, failure: string): [path: string, finished: FinishedTrace] {
  const name = join(tmpdir(), basename(output));
  try {
    const copy = OpenFile.make(name, "pytrace", new Uint8Array(0));
    try {
      const finished = recording.finish(copy);
      return [copy.keep(), finished];
    } finally {
      copy.remove();
    }
  } catch (error) {
    throw new RecordError(`${failure}; ${unwritable(name, error)}`);
  }
}

/** The program in python's own command line. */
function programOf({ script, code, module }: NativeRecordOptions): string[] {
  const given = [script, code, module].filter((what) => what !== undefined);
  if (given.length !== 1) throw new RangeError("expected one of script, code and module");
  if (code !== undefined) return ["-c", code];
  if (module !== undefined) return ["-m", module];
  const path = script ?? "-";
  return [path.startsWith("-") && path !== "-" ? `./${path}` : path];
}

/** The profile of this build, or of its line where its number is not known. */
function profileNameOf({ version, pointerBits }: NativePython): string {
  const suffix = pointerBits === 32 ? "-32" : "";
  const line = version.split(".").slice(0, 2).join(".");
  const [exact, usual] = [knownProfile(version + suffix), knownProfile(line + suffix)];
  const isUsual = exact === null || JSON.stringify(exact.geometry) === JSON.stringify(usual?.geometry);
  return (isUsual ? line : version) + suffix;
}

function knownProfile(name: string): Profile | null {
  try {
    return profile(name);
  } catch {
    return null; // newer than this table
  }
}

interface Ended {
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
}

type RunOptions = Parameters<typeof spawn>[2];

/** Runs the recorder under the interpreter's name, from which it finds its library, `sys.prefix` and `pyvenv.cfg`. */
function run(recorder: string, command: readonly string[], python: NativePython, options: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(recorder, command, { ...options, argv0: python.executable });
    const send = (signal: NodeJS.Signals): void => void child.kill(signal);
    const interrupt = (): void => void (process.stdin.isTTY || child.kill("SIGINT"));
    const listen = (how: "on" | "off"): void => {
      process[how]("SIGTERM", send)[how]("SIGHUP", send)[how]("SIGINT", interrupt);
    };
    listen("on");
    child.on("error", (error) => {
      listen("off");
      reject(new RecordError(`${recorder}: cannot be run: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      listen("off");
      resolve({ status: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), signal });
    });
  });
}

function checkStart({ control }: Side, python: string, status: number): void {
  if (!control.isStarted) throw new RecordError(`${python}: the recorder did not start: exit status ${status}`);
  if (control.stopped === "replaced")
    throw new RecordError(
      `${python}: PYTHONMALLOC, PYTHONDEVMODE or -X dev puts other allocators in place of the recorder's; leave it away`,
    );
}

/** Calls `write`, whose errors are those of writing `path`. */
function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new RecordError(unwritable(path, error));
  }
}
