/** The HTML file that `--html` writes: opened from the disk, as a person sees and uses it. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ReplayReport } from "../../../src/report/replayreport.js";
import { CHROMIUM, CHROMIUM_ARGS, LabPage } from "./page-browser.js";
import { BUILT, DROPPED, END, TEXT } from "./page-trace.js";

const CLI = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-report-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const path = (name: string): string => join(scratch, name);

function saved(name: string, text: string): string {
  writeFileSync(path(name), text);
  return name;
}

function pymalloc(args: readonly string[], input = ""): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [CLI, ...args], { cwd: scratch, input, maxBuffer: 2 ** 28 });
  return { status: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
}

const small = saved("small.rep", TEXT);

describe("pymalloc replay --html", () => {
  it("writes the file and says nothing of it; the report and the JSON are printed as without it", () => {
    for (const output of [[], ["--json"]]) {
      const plain = pymalloc(["replay", small, ...output]);
      expect(pymalloc(["replay", small, ...output, "--html", "plain.html"])).toEqual(plain);
      expect(statSync(path("plain.html")).size).toBeGreaterThan(100_000);
    }
    expect(pymalloc(["replay", "-", "--html", "stdin.html"], TEXT).status).toBe(0);
    expect(readFileSync(path("stdin.html"), "utf8")).toContain("<title>stdin - pymalloc</title>");
  });

  it("says in one line where it cannot be written", () => {
    mkdirSync(path("folder"));
    expect(pymalloc(["replay", small, "--html", "folder"])).toEqual({
      status: 1,
      out: "",
      err: "folder: cannot be written: is a directory\n",
    });
    expect(pymalloc(["replay", small, "--html", "none/r.html"]).err).toBe(
      "none/r.html: cannot be written: no such directory\n",
    );
  });

  it("takes no options that the page cannot show, and writes nothing for bad input", () => {
    const withHash = pymalloc(["replay", small, "--hash", "--html", "no.html"]);
    expect([withHash.status, withHash.err]).toEqual([2, "pymalloc replay: --hash and --html exclude each other\n"]);
    const shifted = pymalloc(["replay", small, "--shift", "4096", "--html", "no.html"]);
    expect([shifted.status, shifted.err.split("\n").length]).toEqual([2, 2]);
    expect(pymalloc(["replay", "-", "--html", "no.html"], "what is this\n").status).toBe(1);
    expect(existsSync(path("no.html"))).toBe(false);
  });
});

describe.skipIf(!CHROMIUM)("a report file (skipped where there is no Chromium)", () => {
  let browser: Browser;
  let open: LabPage | null = null;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: CHROMIUM_ARGS });
  });
  afterAll(() => browser?.close());
  afterEach(async ({ task }) => {
    const problems = await LabPage.close(open, task);
    open = null;
    expect(problems).toEqual([]); // the console is silent, and nothing was asked of anywhere
  });

  async function openFile(name: string, hash = ""): Promise<LabPage> {
    open = await LabPage.openFile({ browser }, path(name), hash);
    return open;
  }

  it("shows at each mark and at the end the numbers of replay --json", async () => {
    const { out } = pymalloc(["replay", small, "--profile", "3.12,3.8", "--json", "--html", "two.html"]);
    const { profiles } = JSON.parse(out) as ReplayReport;
    const shown = await openFile("two.html");
    expect(await shown.position).toBe(DROPPED); // the last mark
    expect(await shown.page.locator("canvas.map").count()).toBe(2);
    expect(profiles[0].marks.map(({ position }) => position)).toEqual([BUILT, DROPPED]);
    for (const [side, { marks, end }] of profiles.entries()) {
      for (const moment of [...marks, end]) {
        await shown.goTo(moment.position);
        const { total: _, ...ledger } = moment.ledgerBytes;
        expect(await shown.ledger(side)).toEqual({
          ...ledger,
          rawBlocks: moment.raw.blockBytes,
          rawFree: moment.raw.freeBytes,
          rawOverhead: moment.raw.overheadBytes,
          mapped: moment.mappedBytes,
          pinned: moment.pinned.pinnedBytes,
          live: moment.liveBytes,
        });
      }
    }
  });

  it("draws a map that changes between marks, and a time line; steps; leads to a block", async () => {
    pymalloc(["replay", small, "--html", "small.html"]);
    const shown = await openFile("small.html");
    const { page } = shown;
    expect(await page.getByTestId("events").textContent()).toBe("18,003");
    await shown.press("[");
    expect(await shown.position).toBe(BUILT);
    const built = await shown.picture();
    expect(built.colours).toBeGreaterThan(8);
    await shown.press("]");
    expect((await shown.picture()).hash).not.toBe(built.hash);
    const line = await page.locator(".uplot canvas").evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext("2d") as CanvasRenderingContext2D;
      return new Set(new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)).size;
    });
    expect(line).toBeGreaterThan(8);
    await shown.press("ArrowRight", "Shift+ArrowLeft");
    expect(await shown.position).toBe(DROPPED - 999);
    await shown.press("End");
    expect(await shown.position).toBe(END);
    await shown.goTo(BUILT);
    await shown.press("t");
    await page.locator("[data-table=arenas]").getByRole("button", { name: "0", exact: true }).click();
    await page.locator("[data-table=pools]").getByRole("button", { name: "0", exact: true }).click();
    await shown.press("t");
    expect(await page.locator("[aria-label='struct pool_header']").textContent()).toContain("ref.count");
  });

  it("has the summary behind a button, and to be read without JavaScript", async () => {
    const { out } = pymalloc(["replay", small, "--html", "small.html"]);
    const shown = await openFile("small.html");
    const summary = shown.page.locator("#summary pre");
    expect(await summary.isVisible()).toBe(false);
    await shown.page.getByRole("button", { name: "Summary" }).click();
    expect(await summary.isVisible()).toBe(true);
    await shown.page.keyboard.press("End");
    await shown.page.keyboard.press("Escape");
    expect(await summary.isVisible()).toBe(false);
    expect(await shown.position).toBe(DROPPED); // its keys were not the page's
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(shown.page.url());
    expect(await page.locator("#summary").isVisible()).toBe(true);
    const text = await page.locator("#summary pre").innerText();
    const numbers = (of: string): string[] =>
      of.replaceAll(/ over time .*|^ *\[.*\]$|the (darker|higher)/gm, "").split("\n");
    expect(numbers(text)).toEqual(numbers(out)); // all but what is drawn: with blocks there, perhaps not here
    await context.close();
  });

  it("goes where its address says, and is saved again by itself, with what is then open", async () => {
    pymalloc(["replay", small, "--html", "small.html"]);
    const shown = await openFile("small.html", "#profile=3.8&at=5000&colour=occupancy");
    expect(await shown.position).toBe(5000);
    const [before, summary] = [await shown.ledger(), await shown.page.locator("#summary pre").textContent()];
    await shown.page.getByText("Take away").click();
    const [download] = await Promise.all([
      shown.page.waitForEvent("download"),
      shown.page.getByRole("button", { name: "HTML file" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("small-5000.html");
    await download.saveAs(path("again.html"));
    expect(await shown.position).toBe(5000);
    expect(shown.problems).toEqual([]);
    await shown.page.close();
    const again = await openFile("again.html");
    expect(await again.position).toBe(5000);
    expect(await again.page.locator(".profiles select").first().inputValue()).toBe("3.8");
    expect(await again.ledger()).toEqual(before);
    expect(await again.page.locator("#summary pre").textContent()).not.toBe(summary);
    const { out } = pymalloc(["replay", small, "--profile", "3.8", "--html", "3.8.html"]);
    expect(out).toContain("3.8: arenas of 256 KiB");
    const same = /<pre[^>]*>([^<]*)<\/pre>/;
    expect(same.exec(readFileSync(path("again.html"), "utf8"))?.[1]).toBe(
      same.exec(readFileSync(path("3.8.html"), "utf8"))?.[1],
    );
  });

  it("is not harmed by names that look like HTML", async () => {
    const bad = "</script><script>document.title='x'</script><!--<script>&lt;$&{{pymalloc:trace}}</pre><b>";
    const name = saved("a <b> & c.rep", `a 0 40\nm ${bad}\nf 0\nm ${bad}\n`);
    expect(pymalloc(["replay", name, "--profile", "custom", "--arena", "64KiB", "--html", "odd.html"]).status).toBe(0);
    const shown = await openFile("odd.html");
    const { page } = shown;
    expect(await page.title()).toBe("a <b> & c.rep - pymalloc");
    expect(await page.getByTestId("name").textContent()).toBe("a <b> & c.rep");
    expect(await page.locator("#summary").evaluate((node) => node.querySelectorAll("b, script").length)).toBe(0);
    expect(await page.locator("#summary pre").textContent()).toContain("</script><script>docume");
    await page.getByRole("button", { name: "A / B" }).click();
    const marks = page.getByLabel("Moment A: a mark").locator("option");
    expect((await marks.allTextContents()).filter((text) => text === bad).length).toBe(2);
  });

  it("has types and source lines of a run", async () => {
    saved(
      "kept.py",
      "class Kept:\n    pass\n\nkept = [Kept() for _ in range(2000)]\nimport pymalloc\npymalloc.mark('built')\n",
    );
    const run = pymalloc(["run", "kept.py", "--html", "run.html"]);
    expect([run.status, run.err]).toEqual([0, ""]);
    const shown = await openFile("run.html");
    const { page } = shown;
    expect(await page.getByTestId("name").textContent()).toBe("kept.py");
    expect(await page.locator("#summary pre").textContent()).toContain("kept.py: CPython 3.14");
    await shown.press("Home", "]");
    await page.getByRole("button", { name: "Pins" }).click();
    await page.locator("[data-table=pins]").waitFor();
    expect(await page.locator("[data-panel=pins]").textContent()).toContain("Kept12,000");
    await page.getByRole("button", { name: "by line" }).click();
    expect(await page.locator("[data-panel=pins]").textContent()).toContain("kept.py:4");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      (async () => {
        await page.getByText("Take away").click();
        await page.getByRole("button", { name: "HTML file" }).click();
      })(),
    ]);
    await download.saveAs(path("run-again.html"));
    const columns = (name: string): Buffer =>
      gunzipSync(Buffer.from(/id="columns">([^<]*)</.exec(readFileSync(path(name), "utf8"))?.[1] ?? "", "base64"));
    expect(columns("run-again.html").equals(columns("run.html"))).toBe(true);
    expect(columns("run.html").length).toBeGreaterThan(8 * 4000); // two words an event, and more
  });
});
