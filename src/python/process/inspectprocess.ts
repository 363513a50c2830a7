/** The memory of a living process, and why it cannot be read. */
import { closeSync, existsSync, readFileSync, readlinkSync } from "node:fs";
import { InputError } from "../../text/errors.js";
import type { KnownProcess } from "../native/inspectreport.js";
import { type NativeMemory, NotPythonError, nativeMemory } from "../native/nativememory.js";
import type { Region } from "../native/region.js";
import type { ResidentPages } from "../native/residentpages.js";
import { CoreError, readCore } from "./corefile.js";
import { elfHeader } from "./elf.js";
import { openUnpacked } from "./packedcore.js";
import { ProcessMemory } from "./readprocess.js";
import { processState, whileStopped } from "./stopped.js";

export interface Inspected {
  readonly memory: NativeMemory;
  /** Which pages were in memory; `null` of a core. */
  readonly pages: ResidentPages | null;
  readonly known: KnownProcess;
}

/** `pauses`: whether the process is stopped while it is read. `force`: as in `nativeMemory`. Throws an `InputError` that says what can be done. */
export async function inspectProcess(pid: number, pauses: boolean, force: boolean): Promise<Inspected> {
  const opened = open(pid);
  try {
    refuse(pid, opened);
    if (pauses) opened.prepare();
    // Reading memory that was never used makes the system count it.
    const read = () => ({ pages: opened.residentPages(), regions: opened.readVariables() });
    const { result, pauseMs } = pauses ? await whileStopped(pid, read) : { result: read(), pauseMs: null };
    const constants = opened.readConstants();
    if (result.regions.length === 0) throw new InputError(`process ${pid} ended`);
    return {
      memory: pythonIn(`process ${pid}`, [...result.regions, ...constants], force),
      pages: result.pages,
      known: { pid, executable: executableOf(pid), pauseMs, missingFiles: [] },
    };
  } catch (error) {
    throw isGone(error) ? new InputError(`process ${pid} ended`) : error;
  } finally {
    opened.close();
  }
}

/** `root`: as in `readCore`. Throws an `InputError`, and the system's errors. */
export async function inspectCore(file: string, root: string, force: boolean): Promise<Inspected> {
  try {
    const core = await openUnpacked(file);
    const { regions, ...known } = closing(core, () => readCore(core, root));
    return { memory: pythonIn(file, regions, force), pages: null, known: { ...known, pauseMs: null } };
  } catch (error) {
    if (error instanceof CoreError) throw new InputError(`${file}: ${error.message}`);
    throw error;
  }
}

function closing<T>(descriptor: number, read: () => T): T {
  try {
    return read();
  } finally {
    closeSync(descriptor);
  }
}

function pythonIn(name: string, regions: readonly Region[], force: boolean): NativeMemory {
  try {
    return nativeMemory(regions, force);
  } catch (error) {
    if (error instanceof NotPythonError) throw new InputError(`${name}: ${error.message}`);
    throw error;
  }
}

function open(pid: number): ProcessMemory {
  try {
    return new ProcessMemory(pid);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code === "ENOENT" || code === "ESRCH") && existsSync(`/proc/${pid}`))
      throw new InputError(`process ${pid} has no memory: ${whyWithout(pid)}`);
    if (code === "ENOENT" || code === "ESRCH") throw new InputError(`there is no process ${pid}`);
    if (code === "EACCES" || code === "EPERM") throw new InputError(`process ${pid}: ${whyForbidden()}`);
    throw error;
  }
}

/** What is certainly no CPython of 64 bits. */
function refuse(pid: number, opened: ProcessMemory): void {
  const mappings = opened.mappings();
  if (mappings.length === 0) throw new InputError(`process ${pid} has no memory: ${whyWithout(pid)}`);
  const first = mappings.find(({ isFile, offset }) => isFile && offset === 0);
  if (first !== undefined && elfHeader(opened.page(first.start)) === null)
    throw new InputError(`process ${pid} has 32 bits; inspect reads processes of 64 bits`);
  if (mappings.some(({ path }) => /pypy/i.test(path)))
    throw new InputError(`process ${pid} is PyPy; inspect reads CPython`);
}

const whyWithout = (pid: number): string =>
  processState(`/proc/${pid}/stat`).letter === "Z"
    ? "it has ended, and waits for its parent"
    : "it belongs to the kernel";

/** Linux lets a process read the memory of others only under conditions. */
function whyForbidden(): string {
  const yama = "/proc/sys/kernel/yama/ptrace_scope";
  const scope = existsSync(yama) ? readFileSync(yama, "utf8").trim() : "0";
  const remedy =
    scope === "3"
      ? "the system forbids it until it is started anew (kernel.yama.ptrace_scope = 3)"
      : process.getuid?.() === 0
        ? "root needs the capability SYS_PTRACE here, which a container has only if it is given"
        : "run pymalloc as root (sudo), in a container with the capability SYS_PTRACE";
  return `its memory may not be read; ${remedy}${scope === "1" ? ", or allow it with sysctl kernel.yama.ptrace_scope=0" : ""}`;
}

function executableOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

const isGone = (error: unknown): boolean => ["ESRCH", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "");
