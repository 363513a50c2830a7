/** Pyodide in Node: loaded from the package of that name, with a program's streams, and of the machine the current folder alone. */
import childProcess, { type SpawnSyncReturns } from "node:child_process";
import { fstatSync, readFileSync, readSync, realpathSync, writeSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { isatty } from "node:tty";
import { InputError } from "../../text/errors.js";
import { reading } from "../../text/fileerrors.js";
import type { RunnablePyodide } from "../run/capi.js";
import type { Program } from "../run/runprogram.js";
import type { WorkerSide } from "./programlink.js";
import { compiledLibrary } from "./pyodidepackage.js";

/** Where Python sees the current folder, on every machine: lengths of paths are sizes of blocks. */
export const MOUNT = "/cwd";
/** Where Python sees a script that is not below the current folder. Nothing else is there. */
const OUTSIDE = "/script";

/** What to run: a file, `-` for what stdin holds, or code. */
export interface Script {
  readonly script: string | null;
  readonly code: string | null;
  readonly args: readonly string[];
}

interface FileSystem {
  open(path: unknown, flags: unknown, mode?: number, ...more: unknown[]): unknown;
  readonly filesystems: { readonly NODEFS: unknown };
  mkdirTree(path: string): void;
  mount(type: unknown, options: { root: string }, path: string): void;
  symlink(target: string, path: string): void;
  writeFile(path: string, data: Uint8Array): void;
  analyzePath(path: string): { exists: boolean };
}

interface NodePyodide extends RunnablePyodide {
  readonly FS: FileSystem;
  setStdin(options: { read: (buffer: Uint8Array) => number; isatty: boolean }): void;
  setStdout(options: { write: (bytes: Uint8Array) => number; isatty: boolean }): void;
  setStderr(options: { write: (bytes: Uint8Array) => number; isatty: boolean }): void;
  setInterruptBuffer(buffer: Uint8Array): void;
}

/** A script read, and where Python is to see it. */
export interface ReadScript extends Program {
  /** Whether it has to be put into Python's file system. */
  readonly isOutside: boolean;
}

/** Reads what is to run. Throws an `InputError`, one line. */
export function readScript({ script, code, args }: Script): ReadScript {
  const common = { folder: MOUNT, path: "", file: null, isOutside: false };
  if (code !== null)
    return { ...common, source: new TextEncoder().encode(code), filename: "<string>", argv: ["-c", ...args] };
  const path = script ?? "-";
  if (path === "-") return { ...common, source: readAll(0, "stdin"), filename: "<stdin>", argv: ["-", ...args] };
  const source = readAll(path, path);
  const inside = insideOf(resolve(path));
  const file = inside ?? `${OUTSIDE}/${basename(path)}`;
  return {
    folder: MOUNT,
    source,
    filename: file,
    file,
    path: dirname(inside === null ? file : (insideOf(realpathSync(path)) ?? file)), // beside what a link leads to
    argv: [inside === null ? file : path.split(sep).join("/"), ...args],
    isOutside: inside === null,
  };
}

/** Where Python sees a file; `null` if that is not below the current folder. */
function insideOf(path: string): string | null {
  const place = relative(process.cwd(), path);
  return place.startsWith("..") || resolve(place) !== path ? null : `${MOUNT}/${place.split(sep).join("/")}`;
}

const readAll = (path: string | number, name: string): Uint8Array =>
  reading(name, "a Python file", () => readFileSync(path));

export interface LoadOptions {
  readonly program: ReadScript;
  /** `PYTHONHASHSEED`. */
  readonly hashSeed: string;
  /** The file descriptor for what the program prints: 1, or 2. */
  readonly stdout: 1 | 2;
}

/** Loads Pyodide for a program. Throws an `InputError` where the package is missing. */
export async function loadNodePyodide(
  { program, hashSeed, stdout }: LoadOptions,
  link: WorkerSide,
): Promise<RunnablePyodide> {
  const { loadPyodide } = await importPyodide();
  const library = compiledLibrary();
  const pyodide = await loadPyodide({
    ...(library !== null && { stdLibURL: library }),
    env: { PYTHONHASHSEED: hashSeed, HOME: "/home/pyodide", PWD: MOUNT, _: "python" },
    jsglobals: Object.create(null),
  });
  const { FS } = pyodide;
  FS.mkdirTree(MOUNT);
  FS.mount(FS.filesystems.NODEFS, { root: process.cwd() }, MOUNT);
  linkOwnName(FS);
  heedUmask(FS);
  refuseCommands();
  if (program.isOutside && program.file !== null) {
    FS.mkdirTree(OUTSIDE);
    FS.writeFile(program.file, program.source);
  }
  const mayWait = !fstatSync(0).isFile() && !fstatSync(0).isDirectory();
  pyodide.setStdin({
    read: (buffer) => (mayWait ? link.readStdin(buffer) : readSync(0, buffer)),
    isatty: isatty(0),
  });
  pyodide.setStdout({ write: (bytes) => writeTo(stdout, bytes), isatty: isatty(stdout) });
  pyodide.setStderr({ write: (bytes) => writeTo(2, bytes), isatty: isatty(2) });
  pyodide.setInterruptBuffer(link.interrupt);
  return pyodide;
}

/** So that the current folder's absolute paths, which a program may be given, lead there too. */
function linkOwnName(FS: FileSystem): void {
  const name = process.cwd();
  if (sep !== "/" || name === "/" || FS.analyzePath(name).exists) return;
  FS.mkdirTree(dirname(name));
  FS.symlink(MOUNT, name);
}

/** Emscripten gives a new file the very mode that was asked for. */
function heedUmask(FS: FileSystem): void {
  const open = FS.open.bind(FS);
  FS.open = (path, flags, mode = 0o666, ...more) => open(path, flags, mode & ~process.umask(), ...more);
}

/** Emscripten's `system` asks Node for a shell of this machine; now its status is that of a shell which could not be started. */
function refuseCommands(): void {
  const noShell: Partial<SpawnSyncReturns<Buffer>> = { status: 127, signal: null };
  childProcess.spawnSync = (() => noShell) as unknown as typeof childProcess.spawnSync;
}

async function importPyodide(): Promise<{ loadPyodide(options: object): Promise<NodePyodide> }> {
  const name = "pyodide"; // an optional peer: types must not need it
  try {
    return (await import(name)) as Awaited<ReturnType<typeof importPyodide>>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new InputError("pyodide, the Python that programs run in, is not installed: npm install pyodide@^314");
  }
}

const PAUSE_MS = 5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Writes again for as long as the stream, which somebody else made non-blocking, is not ready. */
function writeTo(fd: number, bytes: Uint8Array): number {
  for (;;) {
    try {
      return writeSync(fd, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(sleeper, 0, 0, PAUSE_MS);
    }
  }
}

/** Writes all of `text`. */
export function writeText(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; ) at += writeTo(fd, bytes.subarray(at));
}
