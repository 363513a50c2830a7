/** Run on the page, as a person sees it: a real CPython in Chromium. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHROMIUM } from "./page-browser.js";
import { FOREVER, scriptLab } from "./scriptpage.js";

const FIRST = readFileSync(new URL("../../../examples/first.py", import.meta.url), "utf8");

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

const HELD = `
class Page:
    def __init__(self, n): self.n = n; self.text = "page %d" % n
pages = [Page(i) for i in range(30000)]
cache = {"recent": pages[::300], "alice@example.org": [1.5, 2.5]}
del pages
`;

describe.skipIf(!CHROMIUM)("Python on the page (skipped where there is no Chromium)", () => {
  const { folder, scriptPage } = scriptLab();

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
    const cost = page.locator("[data-table=holders]").getByRole("columnheader", { name: "released alone" });
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
    expect(said.path).toMatch(/^__main__\.kept\[\d+\]$/);
    for (const path of ["__main__.kept", "__main__.names[1]", "__main__.names[2]"])
      expect(said.referrers).toContain(path);
    const bytes = await page.getByRole("region", { name: "Bytes of the block" }).innerText();
    expect(bytes).toMatch(/8 bytes from \+0: PyGC_Head[\s\S]*4 bytes from \+8: ob_refcnt\s+4 bytes from \+12: ob_type/);
    expect(bytes).toContain("160 bytes from +16: the rest of the object");
    await shown.press("]");
    expect(await page.locator("[data-fact='reference count']").textContent()).toBe('1, at mark "one name"');
    expect(await page.locator("[data-fact=collector]").textContent()).toContain("old generation");
  });

  it("says who holds the memory, and points out the arenas that are released", async () => {
    const script = await scriptPage(HELD);
    const { shown, page } = script;
    await script.run();
    await page.getByRole("button", { name: "Pins" }).click();
    const owners = page.getByTestId("owners");
    await owners.waitFor();
    expect(await owners.locator("p.verdict").textContent()).toContain(
      'Without __main__.cache["recent"], 10 of them go back',
    );
    const plan = owners.locator("[data-table=plan] tbody tr").first();
    expect(await plan.textContent()).toBe('__main__.cache["recent"]10 arenas2.6 MB');
    expect(await owners.locator("[data-table=owners] tbody").first().textContent()).toMatch(
      /^__main__\.cache\["recent"\]: list/,
    );
    const before = await shown.picture();
    await plan.hover();
    await shown.settled();
    expect((await shown.picture()).hash).not.toBe(before.hash);
    await shown.press("Home");
    await owners.getByText("This was seen").waitFor();
    await owners.getByRole("button", { name: "Go there" }).click();
    await shown.settled();
    expect(await shown.position).toBeGreaterThan(0);
    expect(await owners.getByText("This was seen").count()).toBe(0);
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
