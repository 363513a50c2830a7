/** The native interpreters of this machine, and a folder to record in. */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll } from "vitest";
import { type NativeRecording, type NativeRecordOptions, recordNative } from "../../src/record/native.js";
import { readTraceFile } from "../../src/trace/file.js";
import type { Trace } from "../../src/trace/trace.js";

export interface FoundPython {
  /** `3.12.1`, or `python3-dev` for the system's. */
  readonly name: string;
  readonly path: string;
}

const SYSTEM = "/usr/bin/python3";

/** Every interpreter of pyenv's, and the system's where its headers are; oldest first. */
function findAll(): FoundPython[] {
  const run = spawnSync("pyenv", ["root"], { encoding: "utf8" });
  const versions = join((run.stdout ?? "").trim(), "versions");
  const names = run.status === 0 && existsSync(versions) ? readdirSync(versions) : [];
  const pyenv = names
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .sort((a, b) => minorOf(a) - minorOf(b))
    .map((name) => ({ name, path: join(versions, name, "bin/python") }));
  const system = existsSync(SYSTEM) && existsSync(`${SYSTEM}-config`) ? [{ name: "python3-dev", path: SYSTEM }] : [];
  return [...pyenv, ...system];
}

const minorOf = (version: string): number => {
  const [major, minor] = version.split(".").map(Number);
  return 1000 * major + minor;
};

const all = findAll();
const isNewEnough = ({ name }: FoundPython): boolean => name === "python3-dev" || minorOf(name) >= 3007;

/** Further interpreters, for tests of what is inspected: paths with colons between them. */
const further = (process.env.PYMALLOC_TEST_PYTHONS ?? "").split(":").filter((path) => path !== "");
/** The system's, which needs no headers to be inspected. */
const withoutHeaders =
  existsSync(SYSTEM) && all.every(({ path }) => path !== SYSTEM) ? [{ name: "python3", path: SYSTEM }] : [];
/** Those whose memory is known. */
export const inspectedPythons = [
  ...all.filter(isNewEnough),
  ...withoutHeaders,
  ...further.map((path) => ({ name: basename(path), path })),
];
/** Those that can be recorded. */
export const pythons = spawnSync("cc", ["--version"]).status === 0 ? all.filter(isNewEnough) : [];
/** Those that are too old. */
export const oldPythons = all.filter((python) => !isNewEnough(python));
/** The newest of pyenv's, else the system's: for tests that do not depend on the version. */
export const anyPython = pythons.filter(({ name }) => name !== "python3-dev").at(-1) ?? pythons[0];

if (pythons.length === 0)
  console.log("native recorder: skipped, for there is no CPython from 3.7 on, or no C compiler");

/** A folder for this test file. */
export const folder = mkdtempSync(join(tmpdir(), "pymalloc-native-"));
afterAll(() => rmSync(folder, { recursive: true }));

export const cacheFolder = join(folder, "cache");

export interface Recorded {
  readonly recording: NativeRecording;
  readonly trace: Trace;
  readonly stdout: string;
  readonly stderr: string;
}

type Options = Partial<NativeRecordOptions> & { readonly text?: string; readonly input?: string };

let count = 0;

/** Records the script `text`, or what the options say, and reads the trace as strictly as it can be read. */
export async function record({ text, input, ...options }: Options): Promise<Recorded> {
  const name = `program-${count++}`;
  const path = (suffix: string): string => join(folder, name + suffix);
  if (text !== undefined) writeFileSync(path(".py"), text);
  writeFileSync(path(".in"), input ?? "");
  const fds = [openSync(path(".in"), "r"), openSync(path(".out"), "w"), openSync(path(".err"), "w")] as const;
  try {
    const output = options.output ?? path(".pytrace");
    const program = text === undefined ? {} : { script: path(".py") };
    const all = { python: anyPython.path, output, cacheFolder, stdio: fds, ...program, ...options };
    const recording = await recordNative(all);
    const { trace } = await readTraceFile(output);
    const [stdout, stderr] = [".out", ".err"].map((suffix) => readFileSync(path(suffix), "utf8"));
    return { recording, trace, stdout, stderr };
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** What the folder, and shared memory, have of a recording that went wrong: nothing, if all is well. */
export function leftovers(): string[] {
  const own = new RegExp(`^pymalloc\\.${process.pid}\\.`);
  const shared = existsSync("/dev/shm") ? readdirSync("/dev/shm").filter((name) => own.test(name)) : [];
  return [...readdirSync(folder).filter((name) => /\.\d+\.(pytrace|notes|side)$/.test(name)), ...shared];
}
