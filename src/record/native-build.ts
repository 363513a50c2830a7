/** The recorder for one interpreter: compiled on first use, then kept. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compilerFlags, type NativePython, RecordError } from "./native-python.js";

const SOURCES = ["record.c", "marks.h", "hooks.h", "blocks.h", "log.h", "files.h"];

/** The folder of the C sources: they lie beside src/, and beside dist/ in the package. */
export function nativeFolder(): string {
  const folders = ["../../native", "../../../native"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const folder = folders.find((path) => existsSync(join(path, SOURCES[0])));
  if (folder === undefined)
    throw new RecordError(`${join(folders[1], SOURCES[0])}: no such file; install pymalloc again`);
  return folder;
}

/** Where recorders are kept: `$XDG_CACHE_HOME/pymalloc`, else `~/.cache/pymalloc`. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME;
  return join(base?.startsWith("/") ? base : join(homedir(), ".cache"), "pymalloc");
}

/**
 * The path of the recorder for `python`, a program; compiles it where `cacheFolder` does not have it. Any number of processes may do
 * so at once: each compiles under a name of its own, and the last to rename wins with the same program.
 *
 * Throws `RecordError` where there is no compiler, it fails, or the folder cannot be written.
 */
export function buildRecorder(python: NativePython, cacheFolder: string): string {
  const sources = nativeFolder();
  const compiler = (process.env.CC ?? "").split(/\s+/).filter((word) => word !== "");
  const [program, ...options] = compiler.length > 0 ? compiler : ["cc"];
  const command = [program, ...options, "-O2", "-pthread"];
  const source = join(sources, SOURCES[0]);
  const path = join(cacheFolder, `record-${python.version}-${keyOf(python, sources, command)}`);
  if (existsSync(path)) return path;

  try {
    mkdirSync(cacheFolder, { recursive: true });
  } catch (error) {
    throw new RecordError(
      `${cacheFolder}: cannot be made: ${(error as Error).message}; XDG_CACHE_HOME names another place`,
    );
  }
  const unfinished = `${path}.${process.pid}`;
  try {
    const failures: string[] = [];
    for (const library of python.libraries) {
      const failure = compile([...command, source, ...compilerFlags(python, library), "-ldl", "-o", unfinished]);
      if (failure === null) {
        renameSync(unfinished, path);
        return path;
      }
      failures.push(failure); // a static library may have been made for another linker than this
    }
    throw new RecordError(`${program}: ${failures[0]}`);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Returns `null`, or why it failed. Throws `RecordError` where there is no compiler. */
function compile([program, ...args]: readonly string[]): string | null {
  const run = spawnSync(program, args, { encoding: "utf8" });
  if ((run.error as NodeJS.ErrnoException | undefined)?.code === "ENOENT")
    throw new RecordError(`no C compiler: ${program} is not there; install one (Debian: gcc), or name it in CC`);
  return run.error || run.status !== 0 ? reasonOf(run.stderr, run.error) : null;
}

/** Different wherever the program would be: another source, compiler, interpreter, or a library that was installed anew. */
function keyOf(python: NativePython, sources: string, command: readonly string[]): string {
  const hash = createHash("sha256");
  for (const name of SOURCES) hash.update(readFileSync(join(sources, name)));
  const installed = python.libraries.map((library) => [statSync(library).size, statSync(library).mtimeMs]);
  return hash
    .update(JSON.stringify([python, installed, command]))
    .digest("hex")
    .slice(0, 16);
}

/** The first line of what the compiler printed that tells of an error. */
function reasonOf(stderr: string, error: Error | undefined): string {
  if (error) return error.message;
  const lines = stderr.trim().split("\n");
  return (
    (lines.find((line) => /error|undefined reference|cannot find/i.test(line)) ?? lines.at(-1) ?? "").trim() ||
    "failed, and said nothing"
  );
}
