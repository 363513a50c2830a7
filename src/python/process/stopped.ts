/**
 * Stops a process, and lets it go on whatever happens.
 *
 *     this process ──spawns──► watchdog ◄── pipe ── this process
 *                                 │ the pipe ends, or says "go": SIGCONT to the target
 *
 * Before the target is stopped, a watchdog of its own session runs. It waits for the end of a pipe, which comes with the end of this
 * process, by whatever signal. A target that was stopped before stays so.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { InputError } from "../../text/errors.js";

/** Polls of the state of a process that was sent SIGSTOP, a millisecond apart. */
const MOST_POLLS = 5000;

export interface ProcessState {
  /** The letter of `/proc/PID/stat`: R, S, D, T, t, Z … */
  readonly letter: string;
  /** When it started, in ticks since the system did: with the number, it names the process. */
  readonly startTime: string;
}

/** Throws the error of the system if there is no such process. `file`: its `stat`, or that of one of its threads. */
export function processState(file: string): ProcessState {
  const text = readFileSync(file, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { letter: fields[0], startTime: fields[19] };
}

const isStopped = ({ letter }: ProcessState): boolean => letter === "T" || letter === "t";

/** What the watchdog runs, in Node: it must know neither this project nor its files. */
const WATCHDOG = `
const { readFileSync } = require("node:fs");
const [pid, startTime] = process.argv.slice(1);
const goOn = () => {
  try {
    const stat = readFileSync("/proc/" + pid + "/stat", "utf8");
    if (stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] === startTime) process.kill(Number(pid), "SIGCONT");
  } catch {}
  process.exit();
};
process.stdin.on("data", goOn).on("end", goOn).on("error", goOn);
process.stdout.write("!");
`;

export interface Pause<T> {
  readonly result: T;
  /** From the signal that stopped it to the one that let it go on. */
  readonly pauseMs: number;
}

/** Runs `read`, which must not wait, while the process `pid` is stopped. Throws what `read` throws, and the system's error if it may not. */
export async function whileStopped<T>(pid: number, read: () => T): Promise<Pause<T>> {
  const before = processState(`/proc/${pid}/stat`);
  if (isStopped(before)) {
    const result = read();
    // Who stopped it may have let it go on meanwhile: another inspection, for example.
    if (!isStopped(processState(`/proc/${pid}/stat`)))
      throw new InputError(`process ${pid} was stopped by somebody else, and went on while it was read: try again`);
    return { result, pauseMs: 0 };
  }
  const watchdog = await startWatchdog(pid, before.startTime);
  try {
    process.kill(pid, "SIGSTOP");
    const since = performance.now();
    try {
      waitForStop(pid);
      return { result: read(), pauseMs: performance.now() - since };
    } finally {
      process.kill(pid, "SIGCONT");
    }
  } finally {
    watchdog.stdin?.end();
  }
}

async function startWatchdog(pid: number, startTime: string): Promise<ChildProcess> {
  const watchdog = spawn(process.execPath, ["-e", WATCHDOG, String(pid), startTime], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  watchdog.stdin?.on("error", () => {});
  await once(watchdog.stdout as NodeJS.ReadableStream, "data");
  watchdog.stdout?.destroy();
  watchdog.unref();
  return watchdog;
}

/** A signal stops one thread after the other. */
function waitForStop(pid: number): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const threads = (): string[] => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/stat`);
  for (let poll = 0; poll < MOST_POLLS; poll++) {
    if (threads().every((file) => isStopped(processState(file)))) return;
    Atomics.wait(sleeper, 0, 0, 1);
  }
  throw new InputError(`process ${pid} did not stop within ${MOST_POLLS / 1000} s`);
}
