/** Ctrl-C reaches a program that computes, sleeps or reads; where it cannot, `pymalloc` ends, and says so. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { CLI, type Run, Scratch } from "./cli.js";

const scratch = new Scratch();
afterAll(() => scratch.close());

/** A wait that hears of no Ctrl-C is one of ten minutes. */
const SOON = { timeout: 240_000 };
const QUIET = ["--no-types", "--no-pins"];

/** Sends Ctrl-C as soon as somebody hears it; the interpreter's thread never gets to work. */
const EARLY = `import { isMainThread } from "node:worker_threads";
if (isMainThread) process.on("newListener", (name) => name === "SIGINT" && setImmediate(() => process.kill(process.pid, name)));
else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;

/** Runs code with stdin open; Ctrl-C each time that it has printed one more "go". */
function interrupted(code: string): Promise<Run> {
  let sent = 0;
  return scratch.pymalloc(["run", "-c", code, ...QUIET], {
    staysOpen: true,
    onOutput: (out, interrupt) => {
      for (; sent < out.split("go\n").length - 1; sent++) interrupt();
    },
  });
}

describe.concurrent("Ctrl-C", SOON, () => {
  it.each([
    ["computes", "while True: pass"],
    ["sleeps", "import time; time.sleep(600)"],
    ["reads", "input()"],
    ["reads bytes", "import sys; sys.stdin.buffer.read(1)"],
    ["enters asyncio", "import asyncio; asyncio.run(asyncio.sleep(600))"],
  ])("ends a program that %s, which has its report", async (_, wait) => {
    const run = await interrupted(`print('go', flush=True)\n${wait}`);
    expect(run.status).toBe(130);
    expect(run.err).toMatch(wait.includes("asyncio") ? /^KeyboardInterrupt$/m : /\nKeyboardInterrupt\n$/); // half begun, asyncio complains
    expect(run.out).toContain("exit status 130\n");
    expect(run.out).toMatch(/\nend +\d/);
  });

  it("cancels the main task of asyncio, which waits", async () => {
    const run = await interrupted(`import asyncio
async def main():
    asyncio.get_running_loop().call_later(0.2, lambda: print("go", flush=True))
    try:
        await asyncio.sleep(600)
    finally:
        print("cancelled")
asyncio.run(main())`);
    expect(run.status).toBe(130);
    expect(run.err).toMatch(/\nKeyboardInterrupt\n$/);
    expect(run.out).toMatch(/^go\ncancelled\n/);
  });

  it("can be caught, as often as it comes", async () => {
    const run = await interrupted(`import time
for wait in input, lambda: time.sleep(600), input:
    try:
        print("go", flush=True)
        wait()
    except KeyboardInterrupt: print("caught", flush=True)`);
    expect(run.status).toBe(0);
    expect(run.out).toMatch(/^go\ncaught\ngo\ncaught\ngo\ncaught\n/);
  });

  it("calls the program's handler, and the sleep goes on", async () => {
    const run = await interrupted(`import os, signal, time
signal.signal(signal.SIGINT, lambda number, frame: os.write(1, f'heard {number}\\n'.encode()))
start = time.perf_counter()
print("go", flush=True)
time.sleep(1.5)
print(time.perf_counter() - start >= 1.5)`);
    expect(run.status).toBe(0);
    expect(run.out).toMatch(/^go\nheard 2\nTrue\n/);
  });

  it("ends a program that leaves it to the system, in one line", async () => {
    const run = await interrupted(`import signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
print("go", flush=True)
while True: time.sleep(0.1)`);
    const err = "pymalloc: stopped by Ctrl-C, which the program leaves to the system; no report\n";
    expect(run).toEqual({ status: 130, out: "go\n", err });
  });

  it("a second time ends what does not hear of it, in one line", async () => {
    let repeat: NodeJS.Timeout | undefined;
    const run = await scratch.pymalloc(["run", "-c", "print('go', flush=True)\nsum(range(2**40))", ...QUIET], {
      onOutput: (_, interrupt) => (repeat ??= setInterval(interrupt, 300)),
    });
    clearInterval(repeat);
    expect(run.status).toBe(130);
    expect(run.err).toMatch(/^pymalloc: stopped by a second Ctrl-C, .*; no report\n$/);
  });

  it("a second time ends a program whose output nobody reads", async () => {
    const code = "import sys\nprint('go', file=sys.stderr, flush=True)\nwhile True: print('x' * 1000)";
    const child = spawn(process.execPath, [CLI, "run", "-c", code, ...QUIET], { cwd: scratch.folder });
    let err = "";
    let repeat: NodeJS.Timeout | undefined;
    child.stderr.on("data", (piece) => {
      err += piece;
      repeat ??= setInterval(() => child.kill("SIGINT"), 300);
    });
    const status = await new Promise((resolve) => child.once("exit", resolve));
    clearInterval(repeat);
    expect(status).toBe(130);
    expect(err).toMatch(/^go\n[\s\S]*pymalloc: stopped by (a second )?Ctrl-C.*\n$/);
  });

  it("before the program begins ends everything, in one line", async () => {
    scratch.save("early.mjs", EARLY);
    const run = await scratch.pymalloc(["run", "-c", "print('never')", "--report", scratch.path("early.txt")], {
      env: { NODE_OPTIONS: `--import=${pathToFileURL(scratch.path("early.mjs"))}` },
    });
    expect(run).toEqual({ status: 130, out: "", err: "pymalloc: stopped by Ctrl-C before the program began\n" });
    expect(existsSync(scratch.path("early.txt"))).toBe(false);
  });
});
