/**
 * The trace of a program that a native CPython runs.
 *
 *     python ──probe──► headers, library ──cc──► recorder, kept in a cache      native-python.ts, native-build.ts
 *     script ──────────────────────────────────► recorder ──► events, side      native/
 *                                                    events, side ──► trace     native-trace.ts
 */
import { spawn } from "node:child_process";
import { existsSync, lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { getSystemErrorName } from "node:util";
import { type Profile, profile } from "../geometry/profiles.js";
import { unwritable } from "../text/fileerrors.js";
import { readTraceFile, traceFormOf, writeTraceFile } from "../trace/file.js";
import { buildRecorder, defaultCacheFolder } from "./native-build.js";
import { findNativePython, type NativePython, RecordError } from "./native-python.js";
import { finishTrace, type NativeCounts, prepareFiles, Side } from "./native-trace.js";

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
}

/**
 * Runs a program as `python script args` would, and writes its trace to `output`, whole or not at all: also where the program fails,
 * is killed, or ends by `os._exit()`. Children that it forks or starts run, and are not recorded.
 *
 * Throws `RecordError`, in one line: no such interpreter or script, one that cannot be recorded, no compiler, headers or library, or
 * a file that cannot be written. The script's own errors are its own: a traceback on its stderr, and `status`.
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
  const output = resolve(options.output);
  const [events, side] = [`${output}.${process.pid}.pytrace`, `${output}.${process.pid}.side`];
  try {
    writing(options.output, () => prepareFiles(events, side));
    const { stats } = options;
    if (stats !== undefined) writing(stats, () => writeFileSync(stats, ""));
    const variables = {
      PYMALLOC_RECORD_EVENTS: events,
      PYMALLOC_RECORD_SIDE: side,
      PYMALLOC_RECORD_RAW: options.raw === false ? "0" : "1",
      PYMALLOC_RECORD_STATS: stats === undefined ? "" : resolve(stats),
    };
    const ended = await run(recorder, command, python, {
      cwd,
      env: { ...env, ...variables },
      stdio: [...(options.stdio ?? (["inherit", "inherit", "inherit"] as const))],
    });
    const counted = new Side(side);
    checkStart(counted, options.python, ended.status);
    const recordedBy = profileNameOf(python);
    const counts = writing(options.output, () => finishTrace(events, counted, recordedBy));
    const isAsRecorded = form.format === "pytrace" && !form.gzip;
    if (isAsRecorded && mayBeReplaced(output)) writing(options.output, () => renameSync(events, output));
    else await writeTraceFile(options.output, (await readTraceFile(events)).trace);
    const { executable, version } = python;
    return { ...counts, ...ended, python: { executable, version }, recordedBy, cutOff: cutOffOf(counted) };
  } finally {
    rmSync(events, { force: true });
    rmSync(side, { force: true });
  }
}

/** A link leads on to what is to be written, and a device or pipe is no file that another can stand for. */
const mayBeReplaced = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;

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

function cutOffOf({ control }: Side): string | null {
  switch (control.stopped) {
    case null:
    case "replaced":
      return null;
    case "write":
      return `cannot be written: ${getSystemErrorName(-control.errorNumber)}`;
    case "memory":
      return "no memory for the recorder's tables";
    case "ids":
      return "more than 134,217,728 live blocks";
    case "events":
      return "268,435,456 events, the most that a trace has";
  }
}

/** Calls `write`, whose errors are those of writing `path`. */
function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new RecordError(unwritable(path, error));
  }
}
