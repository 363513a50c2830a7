/** Stop on the page, as a person presses it: a script is interrupted, or its interpreter is ended. */
import { describe, expect, it } from "vitest";
import { CHROMIUM } from "./page-browser.js";
import { ANSWER_MS, FOREVER, LONG, type ScriptPage, scriptLab } from "./scriptpage.js";

const STUBBORN = `
print("loops")
while True:
    try:
        while True:
            [object() for _ in range(1000) if sum(range(1000))]
    except KeyboardInterrupt:
        print("not yet")
`;

/** Scripts that say "go", and then hear of no interrupt. */
const UNHEEDING: readonly [does: string, code: string][] = [
  ["swallows every exception", "while True:\n    try:\n        while True: pass\n    except BaseException: pass"],
  [
    "prints without end, and swallows every exception",
    "while True:\n    try:\n        while True: print('x' * 1000)\n    except BaseException: pass",
  ],
  ["ignores the signal", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"],
  ["recurses without end", "def f():\n    try: f()\n    finally: f()\nf()"],
  ["is in one call of C", "import itertools\nany(itertools.repeat(0))"],
  ["ends, but for its exit function", "import atexit\natexit.register(lambda: any(iter(int, 1)))"],
];

/** Scripts that say "go", and end when they are interrupted. */
const HEEDING: readonly [does: string, code: string][] = [
  ["prints long lines without end", "while True: print('x' * 1000)"],
  ["prints to stderr without end", "import sys\nwhile True: print(1); print(2, file=sys.stderr)"],
  ["reads without end", "while True:\n    try: input()\n    except EOFError: pass"],
  ["sleeps", "import time\ntime.sleep(600)"],
  ["computes a huge power", "10**10**8"],
  ["backtracks", "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')"],
];

/** Runs `code` until it has said "go" and is at work, and presses Stop. */
async function pressStop(script: ScriptPage, code: string): Promise<void> {
  await script.write(`print("go")\n${code}\n`);
  await script.press("Run");
  await script.printed("go");
  await script.page.waitForTimeout(300);
  await script.press("Stop");
}

/** The page answers soon, whatever the script `does`, and its output matches. */
async function expectEnd(script: ScriptPage, does: string, output: RegExp): Promise<void> {
  await script.page.locator(".editor-bar[data-status=idle]").waitFor({ timeout: ANSWER_MS });
  await script.ended();
  expect([does, await script.output]).toEqual([does, expect.stringMatching(output)]);
}

describe.skipIf(!CHROMIUM)("Stop on the page (skipped where there is no Chromium)", () => {
  const { scriptPage } = scriptLab();

  it("interrupts a script that loops for ever", async () => {
    const script = await scriptPage(FOREVER);
    await script.press("Run");
    await script.printed("loops");
    await script.page.getByText("script.py, running").waitFor({ timeout: LONG });
    await script.press("Stop");
    await script.ended();
    expect(await script.output).toMatch(/^loops\nTraceback[\s\S]*\nKeyboardInterrupt\nStopped\.\n$/);
    expect(await script.events).toBeGreaterThan(4096);
    await script.goesOn();
  });

  it("interrupts a script that sleeps", async () => {
    const script = await scriptPage(`import asyncio
async def main():
    print("sleeps")
    await asyncio.sleep(600)
asyncio.run(main())
`);
    await script.press("Run");
    await script.printed("sleeps");
    await script.page.waitForTimeout(200);
    await script.press("Stop");
    await script.ended();
    expect(await script.output).toMatch(/^sleeps\nTraceback[\s\S]*\nKeyboardInterrupt\nStopped\.\n$/);
  });

  it("ends the worker where it is not cross-origin isolated, and keeps what it posted", async () => {
    const script = await scriptPage(FOREVER, false);
    expect(await script.page.evaluate(() => crossOriginIsolated)).toBe(false);
    await script.press("Run");
    await script.printed("loops");
    await script.page.getByText("script.py, running").waitFor({ timeout: LONG });
    await script.press("Stop");
    await script.ended();
    expect(await script.output).toMatch(
      /^loops\nThe interpreter was ended; [\d,]+ events up to the last snapshot are kept\.\n$/,
    );
    expect(await script.name).toBe("script.py");
    expect(await script.events).toBeGreaterThan(4096);
    const end = await script.shown.ledger();
    await script.shown.press("Home");
    expect((await script.shown.ledger()).live).toBeLessThan(end.live);
    await script.goesOn();
  });

  it("offers to end the interpreter when a script swallows the interrupt, and keeps what it posted", async () => {
    const script = await scriptPage(STUBBORN);
    await script.press("Run");
    await script.page.getByText("script.py, running").waitFor({ timeout: LONG });
    await script.press("Stop");
    await script.printed("not yet");
    await script.status("unheeded");
    await script.press("End the interpreter");
    await script.ended();
    const events = (await script.events).toLocaleString("en");
    expect(await script.output).toBe(
      `loops\nnot yet\nThe interpreter was ended; ${events} events up to the last snapshot are kept.\n`,
    );
    expect(await script.events).toBeGreaterThan(4096);
    await script.goesOn();
  });

  it("ends the interpreter under any script, when it does not stop, and goes on with a fresh one", async () => {
    const script = await scriptPage("");
    for (const [does, code] of UNHEEDING) {
      await pressStop(script, code);
      await script.page.getByText("Python has not stopped yet.").waitFor({ timeout: ANSWER_MS });
      await script.press("End the interpreter");
      await expectEnd(script, does, /^go\n([\s\S]*\n)?The interpreter was ended/);
    }
    await script.goesOn();
  });

  it("interrupts a script that prints without end, reads, sleeps, or is in a call of C that asks for signals", async () => {
    const script = await scriptPage("");
    for (const [does, code] of HEEDING) {
      await pressStop(script, code);
      await expectEnd(script, does, /^go\n[\s\S]*\nKeyboardInterrupt\n[\s\S]*Stopped\.\n$/);
    }
    await script.goesOn();
  });

  it("answers Stop at once, and ends nothing by a second click on it", async () => {
    const script = await scriptPage(FOREVER);
    await script.press("Run");
    await script.printed("loops");
    const [names, isFocused] = await script.page.evaluate(async () => {
      const stop = [...document.querySelectorAll("button")].find((button) => button.textContent === "Stop");
      stop?.focus();
      const names: (string | null | undefined)[] = [];
      for (let i = 0; i < 2; i++) {
        stop?.click();
        await Promise.resolve().then(() => Promise.resolve());
        names.push(stop?.textContent);
      }
      return [names, document.activeElement === stop] as const;
    });
    expect(names).toEqual(["Stopping…", "Stopping…"]);
    expect(isFocused).toBe(true);
    await script.ended();
    expect(await script.output).toMatch(/\nKeyboardInterrupt\nStopped\.\n$/);
  });

  it("stops while Pyodide is loading", async () => {
    const script = await scriptPage("print(1)");
    await script.page.route("**/pyodide.asm.wasm", async (route) => {
      await new Promise((done) => setTimeout(done, 3000));
      await route.continue().catch(() => {});
    });
    await script.press("Run");
    await script.status("loading");
    await script.press("Stop");
    await script.ended();
    expect(await script.output).toBe("Stopped.\n");
    expect(await script.name).toBe("Thirty blocks");
    await script.page.unroute("**/pyodide.asm.wasm");
    await script.goesOn();
  });

  it("interrupts what asks for small objects without end, and ends it when it does not heed that", async () => {
    const script = await scriptPage(`kept = []
while True:
    try:
        while True:
            kept.append([kept])
    except KeyboardInterrupt:
        print("heard")
`);
    await script.run();
    expect(await script.output).toBe("heard\nStopped: the page keeps 10,000,000 events.\n");
    expect(await script.events).toBeGreaterThan(10_000_000);
    await script.goesOn();
  });
});
