/** Run and Stop on the page, as a person sees them: a real CPython in Chromium. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LabServer } from "../../../src/lab/server.js";
import { CHROMIUM, type Lab, LabPage, plainHost, startLab } from "./page-browser.js";

const FIRST = readFileSync(new URL("../../../examples/first.py", import.meta.url), "utf8");
/** For as long as a run may take on a busy machine, Pyodide's start included. */
const LONG = 240_000;

const FOREVER = `
kept = []
print("loops")
while sum(range(1000)):
    kept.append([len(kept)])
    if len(kept) > 50_000:
        kept.clear()
`;

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

/** Milliseconds within which a page that is not frozen does what it is asked, however busy the machine. */
const ANSWER_MS = 60_000;

const SLOTS = `
import gc, pymalloc
gc.disable()
class Kept:
    __slots__ = [f"s{i}" for i in range(40)]
kept = [Kept() for _ in range(200)]
names = [kept, list(kept), list(kept)]
pymalloc.mark("three names")
del names
gc.collect()
pymalloc.mark("one name")
`;

/** A page whose editor holds a script. */
class ScriptPage {
  constructor(readonly shown: LabPage) {}

  get page() {
    return this.shown.page;
  }

  get output(): Promise<string> {
    return this.page
      .getByTestId("output")
      .textContent({ timeout: ANSWER_MS })
      .then((text) => text ?? "");
  }

  async write(code: string): Promise<void> {
    await this.page.locator(".cm-content").fill(code);
  }

  press(name: "Run" | "Stop" | "End the interpreter"): Promise<void> {
    return this.page.getByRole("button", { name, exact: true }).click({ timeout: ANSWER_MS });
  }

  async status(status: "idle" | "loading" | "running" | "stopping" | "unheeded"): Promise<void> {
    await this.page.locator(`.editor-bar[data-status=${status}]`).waitFor({ timeout: LONG });
  }

  /** Until the script has printed `text`. */
  async printed(text: string): Promise<void> {
    const hasPrinted = (text: string) => document.querySelector("[data-testid=output]")?.textContent?.includes(text);
    await this.page.waitForFunction(hasPrinted, text, { timeout: LONG });
  }

  /** Until the run is over, and what was recorded is open. */
  async ended(): Promise<void> {
    await this.status("idle");
    await this.shown.settled();
  }

  async run(): Promise<void> {
    await this.press("Run");
    await this.ended();
  }

  get events(): Promise<number> {
    return this.page
      .locator(".open-name .dim")
      .textContent()
      .then((text) => Number((text ?? "").replaceAll(/\D/g, "")));
  }

  get name(): Promise<string | null> {
    return this.page.getByTestId("name").textContent();
  }

  /** As the lists of marks have them. */
  get marks(): Promise<string[]> {
    const options = this.page.getByLabel("Moment A: a mark").locator("option");
    return options.allTextContents().then((texts) => texts.slice(1));
  }

  /** From here on: how many messages the page has got of workers. */
  async messages(): Promise<() => Promise<number>> {
    const count = await this.page.evaluateHandle(() => {
      const counts = { messages: 0 };
      const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage") as PropertyDescriptor;
      const listen = EventTarget.prototype.addEventListener;
      const counting = (port: EventTarget): void =>
        listen.call(port, "message", () => {
          counts.messages++;
        });
      Object.defineProperty(MessagePort.prototype, "onmessage", {
        set(this: MessagePort, listener: unknown) {
          counting(this);
          set?.call(this, listener);
        },
      });
      EventTarget.prototype.addEventListener = function (name: string, ...more: [never]) {
        if (name === "message" && this instanceof MessagePort) counting(this);
        listen.call(this, name, ...more);
      };
      return counts;
    });
    return () => count.evaluate(({ messages }) => messages);
  }

  /** Another run goes well. */
  async goesOn(): Promise<void> {
    await this.write("print(6 * 7)");
    await this.run();
    expect(await this.output).toBe("42\n");
    expect(await this.events).toBeGreaterThan(0);
  }
}

describe.skipIf(!CHROMIUM)("Python on the page (skipped where there is no Chromium)", () => {
  const folder = mkdtempSync(join(tmpdir(), "pymalloc-run-"));
  let lab: Lab;
  let plain: LabServer;
  let open: LabPage | null = null;

  beforeAll(async () => {
    lab = await startLab(null);
    plain = await plainHost(lab);
  }, LONG);
  afterAll(async () => {
    await plain?.close();
    await lab?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async ({ task }) => {
    const problems = await LabPage.close(open, task);
    open = null;
    expect(problems).toEqual([]);
  });

  async function scriptPage(code: string, server: LabServer = lab.server): Promise<ScriptPage> {
    const packed = deflateRawSync(code).toString("base64url");
    open = await LabPage.open({ ...lab, server }, `#example=few&code=${packed}`);
    await open.page.locator(".cm-content").waitFor({ timeout: LONG });
    return new ScriptPage(open);
  }

  it("runs an example: its marks are on the time line, and every moment and block can be looked at", async () => {
    const script = await scriptPage(`${FIRST}print("that was all")\n`);
    const { shown, page } = script;
    const before = await shown.picture();
    await script.run();
    expect(await script.output).toBe("that was all\n");
    expect(await script.events).toBeGreaterThan(400_000);
    expect((await shown.picture()).hash).not.toBe(before.hash);
    await page.getByRole("button", { name: "A / B" }).click();
    expect(await script.marks).toHaveLength(7);
    await shown.press("Home", "]");
    const built = [await shown.position, await shown.ledger(), await shown.picture()] as const;
    expect(built[1].live).toBeGreaterThan(3_500_000);
    await shown.press("ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft", "ArrowLeft");
    expect([await shown.position, await shown.ledger(), await shown.picture()]).toEqual(built);
    await shown.press("]");
    expect((await shown.ledger()).live).toBeLessThan(100_000);
    await shown.press("[");
    await page.getByRole("button", { name: "Pins" }).click();
    await shown.press("End", "[", "[", "[");
    const cost = page.locator("[data-table=holders]").getByRole("columnheader", { name: "pin cost" });
    const [column, panel] = [await cost.boundingBox(), await page.locator(".panel[data-panel]").boundingBox()];
    if (column === null || panel === null) throw new Error("there is no table of who holds the arenas");
    expect(column.x + column.width).toBeLessThanOrEqual(panel.x + panel.width);
    await shown.press("Home", "]");
    await page.locator("canvas.map").focus();
    await shown.press("d", "Enter");
    await shown.press("Enter", "d");
    expect(await page.getByRole("navigation", { name: "Level" }).textContent()).toMatch(/Arena 0.*Pool 0.*Block \d/);
    expect(await page.getByTestId("preview").textContent()).toContain("arena 0");
    for (const fact of ["type", "line", "age", "asked for"])
      expect(await page.locator(`[data-fact='${fact}']`).textContent()).not.toBe("");
  });

  it("says of a block what it is to Python, and at which moment that was seen", async () => {
    const script = await scriptPage(SLOTS);
    const { shown, page } = script;
    await script.run();
    await shown.press("Home", "]", "t");
    await page.getByRole("button", { name: "0", exact: true }).first().click();
    const pool = page.locator("[data-table=pools] tbody tr").filter({ has: page.getByText("176", { exact: true }) });
    await pool.first().getByRole("button").click();
    const block = page.locator("[data-table=blocks] tbody tr").filter({ has: page.getByText("Kept", { exact: true }) });
    await block.first().getByRole("button").click();
    await shown.settled();
    await shown.press("t");
    const facts = page.locator("[data-fact]");
    const said = Object.fromEntries(
      await facts.evaluateAll((all) => all.map((fact) => [(fact as HTMLElement).dataset.fact, fact.textContent])),
    );
    expect(said).toMatchObject({
      type: "Kept",
      line: "script.py:6 <module>",
      "asked for": "176 bytes, domain obj",
      "reference count": '3, at mark "three names"',
      collector: 'tracked, young generation, at mark "three names"',
    });
    const bytes = await page.getByRole("region", { name: "Bytes of the block" }).innerText();
    expect(bytes).toMatch(/8 bytes from \+0: PyGC_Head[\s\S]*4 bytes from \+8: ob_refcnt\s+4 bytes from \+12: ob_type/);
    expect(bytes).toContain("160 bytes from +16: the rest of the object");
    await shown.press("]");
    expect(await page.locator("[data-fact='reference count']").textContent()).toBe('1, at mark "one name"');
    expect(await page.locator("[data-fact=collector]").textContent()).toContain("old generation");
  });

  it("refreshes map and counters while the script runs", async () => {
    const script = await scriptPage("kept = []\nwhile sum(range(1000)):\n    kept.append([kept])\n");
    await script.press("Run");
    await script.status("running");
    const profiles = script.page.getByLabel(/^(Profile|beside)/);
    expect(await profiles.count()).toBe(2);
    for (const select of await profiles.all()) expect(await select.isDisabled()).toBe(true);
    const seen = await script.page.evaluate(async () => {
      const seen = new Set<string>();
      while (seen.size < 5) {
        if (document.querySelector("[data-testid=name]")?.textContent?.endsWith(", running"))
          seen.add(document.querySelector("[data-ledger=live]")?.textContent ?? "");
        await new Promise((done) => requestAnimationFrame(done));
      }
      return [...seen].map((text) => Number(text.replaceAll(",", "")));
    });
    await script.press("Stop");
    await script.ended();
    for (const select of await profiles.all()) expect(await select.isEnabled()).toBe(true);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeLessThanOrEqual((await script.shown.ledger()).live);
  });

  it("shows the traceback of a script that raises, opens what was recorded on the profile of its heap, and goes on", async () => {
    const script = await scriptPage("kept = [str(i) for i in range(5000)]\n1 / 0\n");
    await script.run();
    expect(await script.output).toMatch(
      /^Traceback.*\n.*line 2, in <module>\n\s+1 \/ 0\n[\s~^]*\nZeroDivisionError: division by zero\nExit status 1\.\n$/,
    );
    expect(await script.events).toBeGreaterThan(5000);
    await script.goesOn();
    expect(await script.page.locator(".profiles select").first().inputValue()).toBe("wasm32");
  });

  it("says how a script ended that exits, and that is no Python", async () => {
    const script = await scriptPage('import sys\nprint("a warning", file=sys.stderr)\nsys.exit(3)\n');
    await script.run();
    expect(await script.output).toBe("a warning\nExit status 3.\n");
    await script.write('import sys\nprint("in the line", end="")\nsys.exit("a word")\n');
    await script.run();
    expect(await script.output).toBe("a word\nin the line\nExit status 1.\n");
    await script.write("def broken(:\n");
    await script.run();
    expect(await script.output).toMatch(/SyntaxError: .*\nExit status 1\.\n$/);
    await script.goesOn();
  });

  it("has no network, and nothing of JavaScript", async () => {
    const script = await scriptPage(`import socket, urllib.request
def attempt(f):
    try: print("ok", f())
    except Exception as error: print(error)
attempt(lambda: socket.create_connection(("127.0.0.1", 9)).send(b"x"))
attempt(socket.socket)
attempt(lambda: urllib.request.urlopen("http://127.0.0.1:9"))
for name in "js", "pyodide", "pyodide.http", "pyodide_js": attempt(lambda: __import__(name))
`);
    await script.run();
    expect(await script.output).toBe(`[Errno 5] Address family not supported by protocol
[Errno 5] Address family not supported by protocol
<urlopen error [Errno 5] Address family not supported by protocol>
import of js halted; None in sys.modules
import of pyodide halted; None in sys.modules
No module named 'pyodide.http'; 'pyodide' is not a package
import of pyodide_js halted; None in sys.modules
`);
    const [python] = script.page.workers().filter((worker) => worker.url().includes("pythonworker"));
    const refused = await python.evaluate(async () => {
      const violation = new Promise((resolve) =>
        self.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective)),
      );
      new WebSocket("ws://127.0.0.1:9").onerror = () => {};
      return violation;
    });
    expect(refused).toBe("connect-src");
  });

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
    const script = await scriptPage(FOREVER, plain);
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
      await script.write(`print("go")\n${code}\n`);
      await script.press("Run");
      await script.printed("go");
      await script.page.waitForTimeout(300);
      await script.press("Stop");
      await script.page.getByText("Python has not stopped yet.").waitFor({ timeout: ANSWER_MS });
      await script.press("End the interpreter");
      await script.page.locator(".editor-bar[data-status=idle]").waitFor({ timeout: ANSWER_MS });
      await script.ended();
      expect([does, await script.output]).toEqual([
        does,
        expect.stringMatching(/^go\n([\s\S]*\n)?The interpreter was ended/),
      ]);
    }
    await script.goesOn();
  });

  it("interrupts a script that prints without end, reads, sleeps, or is in a call of C that asks for signals", async () => {
    const script = await scriptPage("");
    for (const [does, code] of HEEDING) {
      await script.write(`print("go")\n${code}\n`);
      await script.press("Run");
      await script.printed("go");
      await script.page.waitForTimeout(300);
      await script.press("Stop");
      await script.page.locator(".editor-bar[data-status=idle]").waitFor({ timeout: ANSWER_MS });
      await script.ended();
      expect([does, await script.output]).toEqual([
        does,
        expect.stringMatching(/^go\n[\s\S]*\nKeyboardInterrupt\n[\s\S]*Stopped\.\n$/),
      ]);
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

  it("says so, and goes on with the next", async () => {
    const script = await scriptPage("");
    for (const [code, output] of [
      // a list that grows for ever; one huge object after another
      ["kept = []\nwhile True:\n    kept.append(bytearray(1 << 24))\n", /MemoryError\nExit status 1\.\n$/],
      ['kept = []\nwhile True:\n    kept.append(b"x" * (1 << 30))\n', /MemoryError\nExit status 1\.\n$/],
      ["def f():\n    f()\nf()\n", /RecursionError: .*\nExit status 1\.\n$/],
      // an exit that asks nobody; a word written where none may be
      ["import os\nkept = [str(i) for i in range(5000)]\nos._exit(4)\n", /Exit status 4\.\n$/],
      ["import ctypes\nctypes.memset(-16, 0, 8)\n", /\n$/],
    ] as const) {
      await script.write(code);
      await script.run();
      expect(await script.output).toMatch(output);
      expect(await script.events).toBeGreaterThan(0);
    }
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

  it("draws the output of a script that prints 200,000 lines now and then, and keeps start and end", async () => {
    const script = await scriptPage("for i in range(200000): print(i)\n");
    const counted = script.page.evaluate(async () => {
      const box = document.querySelector("[data-testid=output]") as HTMLElement;
      let [renders, frames, longest, elements] = [0, 0, 0, 0];
      const observer = new MutationObserver(() => {
        renders++;
        longest = Math.max(longest, box.textContent?.length ?? 0);
        elements = Math.max(elements, box.querySelectorAll("*").length);
      });
      observer.observe(box, { subtree: true, childList: true, characterData: true });
      while (document.querySelector("[data-status=idle]") !== null) await new Promise(requestAnimationFrame);
      while (document.querySelector("[data-status=idle]") === null) {
        await new Promise(requestAnimationFrame);
        frames++;
      }
      observer.disconnect();
      return { renders, frames, longest, elements };
    });
    const messages = await script.messages();
    await script.run();
    const { renders, frames, longest, elements } = await counted;
    expect(frames).toBeGreaterThan(10);
    expect(renders).toBeLessThanOrEqual(frames + 2);
    expect(longest).toBeLessThan(200_000);
    expect(elements).toBeLessThan(1500);
    expect(await messages()).toBeLessThan(2000);
    const output = await script.output;
    const [, head, lines, tail] =
      /^([\d\n]*\n)([\d,]+) lines \([\d,]+ characters\) left out(\d[\d\n]*\n)$/.exec(output) ?? [];
    const [first, last] = [head, tail].map((part) => part.trimEnd().split("\n"));
    expect([first[0], last.at(-1)]).toEqual(["0", "199999"]);
    expect(first.length + Number(lines.replaceAll(",", "")) + last.length).toBe(200_000);
  });

  it("follows the end of the output, until somebody scrolls up", async () => {
    const script = await scriptPage(`import time
while True:
    try:
        for i in range(3000): print(i)
        print("more")
        time.sleep(600)
    except KeyboardInterrupt: print("again")
`);
    await script.press("Run");
    await script.printed("more");
    const box = script.page.getByTestId("output");
    const fromEnd = () => box.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
    await script.shown.settled();
    expect(await fromEnd()).toBeLessThan(8);
    await box.hover();
    await script.page.mouse.wheel(0, -400);
    await script.page.waitForFunction(() => {
      const box = document.querySelector("[data-testid=output]") as HTMLElement;
      return box.scrollHeight - box.scrollTop - box.clientHeight > 300;
    });
    await script.press("Stop");
    await script.printed("again");
    await script.shown.settled();
    expect(await fromEnd()).toBeGreaterThan(300);
    await script.press("End the interpreter");
    await script.ended();
  });

  it("shows some of the marks of a script that marks 5,000 moments", async () => {
    const script = await scriptPage("import pymalloc\nfor i in range(5000): pymalloc.mark(str(i))\n");
    const { shown, page } = script;
    await script.run();
    await page.getByRole("button", { name: "A / B" }).click();
    const marks = await script.marks;
    expect([marks.length, marks[0], marks[499]]).toEqual([501, "0", "499"]);
    expect(marks[500]).toBe("4,500 more marks: go there by ] and press Set here");
    const measured = await page.evaluateHandle(() => {
      const counts = { texts: 0 };
      const { measureText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.measureText = function (text: string) {
        counts.texts++;
        return measureText.call(this, text);
      };
      return counts;
    });
    await shown.press("Home", "]", "]");
    expect(await measured.evaluate(({ texts }) => texts)).toBeLessThan(10_000);
    await shown.press("End");
    await page.getByRole("button", { name: "Set here" }).first().click();
    await shown.settled();
    await shown.press("t");
    const cells = await page.locator("[data-table=timeline] td:last-child").allTextContents();
    for (const cell of cells) expect(cell.length).toBeLessThan(400);
  });

  it("runs while a file is being opened, and opens none while a script runs", async () => {
    const big = join(folder, "big.rep");
    writeFileSync(big, Array.from({ length: 600_000 }, (_, id) => `a ${id} 64\n`).join(""));
    const script = await scriptPage("print('ran')\n");
    const { page } = script;
    await page.locator("input[type=file]").setInputFiles(big);
    await page.getByText("big.rep: ").waitFor();
    await script.run();
    expect(await script.output).toBe("ran\n");
    expect(await script.name).toBe("script.py");
    await script.write(FOREVER);
    await script.press("Run");
    await script.printed("loops");
    await page.locator("input[type=file]").setInputFiles(big);
    await page.getByRole("alert").getByText("a script runs; stop it first").waitFor();
    await script.press("Stop");
    await script.ended();
    expect(await script.name).toBe("script.py");
  });

  it("compares two profiles on a run, and on the next run again", async () => {
    const script = await scriptPage(FIRST);
    const { shown, page } = script;
    await script.run();
    await page.getByLabel("beside").selectOption("3.12");
    await shown.settled();
    const [left, right] = [await shown.ledger(0), await shown.ledger(1)];
    expect(left.live).toBe(right.live);
    expect(left.mapped).not.toBe(right.mapped);
    await script.run();
    expect(await page.locator("canvas.map").count()).toBe(2);
    expect([await shown.ledger(0), await shown.ledger(1)]).toEqual([left, right]);
  });
});
