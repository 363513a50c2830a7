/** The page of the lab, as a person sees and uses it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { profile } from "../../../src/geometry/profiles.js";
import { profileReport } from "../../../src/report/replayreport.js";
import { readTrace } from "../../../src/trace/read.js";
import { CHROMIUM, type Lab, LabPage, startLab } from "./page-browser.js";
import { BUILT, DROPPED, END, TEXT } from "./page-trace.js";

const folder = mkdtempSync(join(tmpdir(), "pymalloc-lab-"));
const traceFile = join(folder, "small & odd.rep");

describe.skipIf(!CHROMIUM)("the page of the lab (skipped where there is no Chromium)", () => {
  let lab: Lab;
  let open: LabPage | null = null;

  beforeAll(async () => {
    writeFileSync(traceFile, TEXT);
    lab = await startLab(traceFile);
  });
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async ({ task }) => {
    const problems = await LabPage.close(open, task);
    open = null;
    expect(problems).toEqual([]);
  });

  /** The trace that the command serves, or what the hash says. */
  async function openPage(hash = "", options: { dark?: boolean } = {}): Promise<LabPage> {
    open = await LabPage.open(lab, hash, options);
    return open;
  }

  it("opens the trace that the command serves, in a page that is cross-origin isolated", async () => {
    const { page } = await openPage();
    expect(await page.getByTestId("name").textContent()).toBe("small & odd.rep");
    expect(await page.getByTestId("events").textContent()).toBe("18,003");
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  });

  it("shows at each mark and at the end the numbers of replay --json", async () => {
    const shown = await openPage();
    const { trace } = await readTrace(new TextEncoder().encode(TEXT), { name: "small.rep" });
    const { marks, end } = profileReport(trace, { profile: profile("3.12") });
    expect([...marks, end].map(({ position }) => position)).toEqual([BUILT, DROPPED, END]);
    for (const moment of [...marks, end]) {
      await shown.goTo(moment.position);
      const { total, ...ledger } = moment.ledgerBytes;
      expect(await shown.ledger()).toEqual({
        ...ledger,
        rawBlocks: moment.raw.blockBytes,
        rawFree: moment.raw.freeBytes,
        rawOverhead: moment.raw.overheadBytes,
        mapped: moment.mappedBytes,
        pinned: moment.pinned.pinnedBytes,
        live: moment.liveBytes,
      });
      expect(total + moment.raw.regionBytes).toBe(moment.mappedBytes);
    }
  });

  it("steps, goes back, and to marks by keys, and is then where it was", async () => {
    const shown = await openPage();
    await shown.goTo(5000);
    const before = [await shown.ledger(), await shown.picture()];
    await shown.press("ArrowRight");
    expect(await shown.position).toBe(5001);
    expect(await shown.ledger()).not.toEqual(before[0]);
    await shown.press("Shift+ArrowRight");
    expect(await shown.position).toBe(6001);
    await shown.press("Shift+ArrowLeft", "ArrowLeft");
    expect([await shown.ledger(), await shown.picture()]).toEqual(before);
    await shown.press("]");
    expect(await shown.position).toBe(BUILT);
    await shown.press("]", "]");
    expect(await shown.position).toBe(END);
    await shown.press("[", "[");
    expect(await shown.position).toBe(BUILT);
    await shown.press("Home");
    expect(await shown.position).toBe(0);
    await shown.press("End");
    expect(await shown.position).toBe(END);
  });

  it("plays at a speed, and stops", async () => {
    const shown = await openPage();
    await shown.goTo(0);
    await shown.press("Space");
    await shown.page.waitForFunction(
      () => Number(document.querySelector<HTMLInputElement>("[data-testid=position]")?.value) > 200,
    );
    await shown.press("Space");
    const stopped = await shown.position;
    await shown.page.waitForTimeout(300);
    expect(await shown.position).toBe(stopped);
  });

  it("draws a picture that is not blank, and another one when the heap or the colours are", async () => {
    const shown = await openPage();
    await shown.goTo(BUILT);
    const built = await shown.picture();
    expect(built.colours).toBeGreaterThan(8);
    await shown.goTo(DROPPED);
    const dropped = await shown.picture();
    expect(dropped.hash).not.toBe(built.hash);
    const hashes = new Set([dropped.hash]);
    for (const mode of ["occupancy", "age"]) {
      await shown.page.getByRole("radio", { name: mode }).check();
      await shown.settled();
      hashes.add((await shown.picture()).hash);
    }
    await shown.page.getByRole("button", { name: "Dark" }).click();
    await shown.settled();
    hashes.add((await shown.picture()).hash);
    expect(hashes.size).toBe(4);
  });

  it("leads by clicks from an arena to a pool to a block, and says what freeing it would do", async () => {
    const shown = await openPage();
    await shown.goTo(DROPPED);
    const { page } = shown;
    const level = page.getByRole("navigation", { name: "Level" });
    await shown.clickMap(40, 40);
    expect(await level.textContent()).toContain("Arena 0");
    const { width, height } = (await page.locator("canvas.map").boundingBox()) as { width: number; height: number };
    await shown.clickMap(width / 2 - 20, height / 2 - 20);
    expect(await level.textContent()).toMatch(/Pool \d+/);
    await page.getByRole("button", { name: "Arena 0" }).click();
    await shown.press("t");
    await page.locator("[data-table=pools]").getByRole("button", { name: "0", exact: true }).click();
    await shown.press("t");
    expect(await page.locator("[aria-label='struct pool_header']").textContent()).toContain("ref.count");
    await shown.clickMap(30, 20);
    expect(await level.textContent()).toContain("Block 0");
    expect(await page.locator("[data-fact='asked for']").textContent()).toBe("40 bytes, domain obj");
    expect(await page.getByTestId("preview").textContent()).toContain("arena 0 does not go back");
    expect(await page.getByRole("region", { name: "Bytes of the block" }).textContent()).toContain("the holder's");
    await shown.press("Escape", "Escape", "Escape");
    expect(await level.locator("li").count()).toBe(1);
  });

  it("finds breakpoints on the way on and back", async () => {
    const shown = await openPage();
    const { page } = shown;
    await shown.goTo(0);
    await page.getByRole("button", { name: "Breaks" }).click();
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("button", { name: "Run on" }).click();
    await page.getByTestId("found").getByText("an arena is released").waitFor();
    await shown.settled();
    const released = await shown.position;
    expect(released).toBeGreaterThan(DROPPED);
    const mapped = (await shown.ledger()).mapped;
    await shown.press("ArrowLeft");
    expect((await shown.ledger()).mapped - mapped).toBe(2 ** 20);
    await page.getByLabel("What to stop at").selectOption("arena-obtained");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("button", { name: "Run back" }).click();
    await page.getByTestId("found").getByText("an arena is obtained").waitFor();
    await shown.settled();
    expect(await shown.position).toBeLessThan(BUILT);
  });

  it("stops at whichever of several breakpoints comes first, also of one kind", async () => {
    const shown = await openPage();
    const { page } = shown;
    await shown.goTo(0);
    await page.getByRole("button", { name: "Breaks" }).click();
    await page.getByLabel("What to stop at").selectOption("live-above");
    const bytes = [1_000_000, 500_000, 750_000];
    for (const text of ["1 MB", "0.5MB", "750000"]) {
      await page.getByLabel("bytes", { exact: true }).fill(text);
      await page.getByRole("button", { name: "Add" }).click();
    }
    for (const limit of [...bytes].sort((a, b) => a - b)) {
      await page.getByRole("button", { name: "Run on" }).click();
      await page
        .getByTestId("found")
        .getByText(`live bytes pass ${limit.toLocaleString("en")}.`)
        .waitFor();
    }
  });

  it("shows a stretch of the time line with lines of its own, which goes along with the cursor", async () => {
    const shown = await openPage();
    const { page } = shown;
    await shown.goTo(6000);
    const plot = page.getByRole("slider", { name: "Moment" });
    const hash = () => plot.locator("canvas").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const whole = await hash();
    await plot.focus();
    await shown.press("+", "+", "+");
    expect(await hash()).not.toBe(whole);
    await shown.press("t");
    const table = page.locator("[data-table=timeline]");
    const span = async (): Promise<number[]> => {
      const [, from, to] =
        /events ([\d,]+) to ([\d,]+)/.exec((await table.locator("caption").textContent()) ?? "") ?? [];
      return [from, to].map((text) => Number(text?.replaceAll(",", "")));
    };
    const [from, to] = await span();
    expect(to - from).toBe(Math.round(END / 64));
    expect(from).toBeLessThanOrEqual(6000);
    expect(to).toBeGreaterThanOrEqual(6000);
    const rows = table.locator("tbody tr");
    const row = rows.nth(20);
    const [position, ...cells] = (await row.locator("th, td").allTextContents()).map((text) =>
      Number(text.replaceAll(",", "")),
    );
    expect([from <= position, position <= to]).toEqual([true, true]);
    await row.getByRole("button").click();
    await shown.settled();
    const { mapped, live, pinned, available, unusedPools } = await shown.ledger();
    expect(cells.slice(0, 5)).toEqual([mapped, live, pinned, available, unusedPools]);
    await shown.press("End");
    expect((await span())[1]).toBe(END);
    await page.getByRole("button", { name: "All events" }).click();
    await shown.settled();
    expect(await table.locator("caption").textContent()).toBe("Bytes over time");
    await shown.press("t");
    await shown.goTo(6000);
    expect(await hash()).toBe(whole);
    await plot.hover({ position: { x: 400, y: 60 } });
    await page.mouse.wheel(0, -2000);
    await shown.settled();
    expect(await page.getByRole("button", { name: "All events" }).isEnabled()).toBe(true);
  });

  it("refuses a breakpoint at a size class that no profile has", async () => {
    const { page } = await openPage();
    await page.getByRole("button", { name: "Breaks" }).click();
    await page.getByLabel("What to stop at").selectOption("pool-full");
    await page.getByLabel("class (any)").fill("32");
    await page.getByRole("button", { name: "Add" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("the index of a size class, 0 to 31, or nothing for any");
    await page.getByLabel("class (any)").fill("31");
    await page.getByRole("button", { name: "Add" }).click();
    expect(await page.getByLabel("Breakpoints").locator("li").count()).toBe(1);
  });

  it("compares two versions at a common cursor", async () => {
    const shown = await openPage();
    await shown.page.getByLabel("beside").selectOption("2.4");
    await shown.settled();
    expect(await shown.page.locator("canvas.map").count()).toBe(2);
    await shown.goTo(DROPPED);
    const before = [await shown.ledger(0), await shown.ledger(1)];
    await shown.goTo(END);
    const [left, right] = [await shown.ledger(0), await shown.ledger(1)];
    expect(left.live).toBe(right.live);
    expect(left.mapped).toBeLessThan(before[0].mapped);
    expect(right.mapped).toBe(before[1].mapped); // 2.4 gives nothing back
    expect((await shown.picture(0)).hash).not.toBe((await shown.picture(1)).hash);
  });

  it("says what changed between two moments, and who holds the arenas, and points them out", async () => {
    const shown = await openPage();
    const { page } = shown;
    await page.getByRole("button", { name: "A / B" }).click();
    await page.getByLabel("Moment A: a mark").selectOption({ label: "built" });
    await page.getByLabel("Moment B: a mark").selectOption({ label: "dropped" });
    const difference = page.locator("[data-table=difference]");
    await difference.waitFor();
    expect(await difference.getByRole("row", { name: /died/ }).textContent()).toContain("−8,982");
    await shown.goTo(DROPPED);
    await page.getByRole("button", { name: "Pins" }).click();
    const rows = page.locator("[data-table=pins] tbody tr");
    await rows.first().waitFor();
    await page.mouse.move(2, 2);
    await shown.settled();
    const plain = await shown.picture();
    await rows.first().hover();
    await shown.settled();
    expect((await shown.picture()).hash).not.toBe(plain.hash);
  });

  it("shows the same as tables", async () => {
    const shown = await openPage();
    await shown.goTo(DROPPED);
    await shown.press("t");
    const table = shown.page.locator("[data-table=arenas]");
    const bytes = await table
      .locator("tbody tr")
      .evaluateAll((rows) => rows.map((row) => Number(row.children[7].textContent?.replaceAll(",", ""))));
    expect(bytes.reduce((sum, n) => sum + n, 0)).toBe((await shown.ledger()).allocated);
    expect(await shown.page.locator("[data-table=timeline] tbody tr").count()).toBeGreaterThan(10);
  });

  it("can be used by the keyboard alone", async () => {
    const shown = await openPage();
    const { page } = shown;
    await shown.goTo(DROPPED);
    const focused = (): Promise<string> =>
      page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.className}`);
    const seen: string[] = [];
    for (let press = 0; press < 60 && !(await focused()).startsWith("CANVAS"); press++) {
      await page.keyboard.press("Tab");
      seen.push(await focused());
      if (seen.at(-1)?.includes("cm-content")) await page.keyboard.press("Escape");
    }
    expect(await focused()).toBe("CANVAS map");
    const outline = await page.locator("canvas.map").evaluate((node) => getComputedStyle(node).outlineStyle);
    expect(outline).toBe("solid");
    const level = page.getByRole("navigation", { name: "Level" });
    await shown.press("d");
    expect(await level.textContent()).toContain("Arena 0");
    await shown.press("d");
    expect(await level.textContent()).toContain("Arena 1");
    await shown.press("Enter", "Enter", "d");
    expect(await level.textContent()).toMatch(/Arena 1.*Pool 0.*Block 1/);
  });

  it("says in one line that a file is no trace, and goes on", async () => {
    const shown = await openPage();
    const { page } = shown;
    const bad = join(folder, "bad.rep");
    writeFileSync(bad, "a 0 40\nwhat is this\n");
    await page.locator("input[type=file]").setInputFiles(bad);
    await page.getByRole("alert").waitFor();
    expect(await page.getByTestId("message").textContent()).toMatch(/^bad\.rep:2: /);
    await shown.press("Home", "ArrowRight");
    expect(await shown.position).toBe(1);
  });

  it("is the same again from its link, and opens the heap image that it gave", async () => {
    const first = await openPage("#example=few&profile=3.8&at=31&in=0.0.0.&colour=age");
    const { page } = first;
    expect(await first.position).toBe(31);
    expect(await page.getByRole("navigation", { name: "Level" }).textContent()).toContain("Pool 0");
    expect(await page.locator(".profiles select").first().inputValue()).toBe("3.8");
    const ledger = await first.ledger();
    await page.getByText("Take away").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Heap image", exact: true }).click(),
    ]);
    const image = join(folder, "heap.pyheap");
    await download.saveAs(image);
    await page.locator("input[type=file]").setInputFiles(image);
    await page.getByText("heap image", { exact: true }).waitFor();
    await first.settled();
    const { live: _, ...mapped } = await first.ledger();
    const { live: __, ...before } = ledger;
    expect(mapped).toEqual(before);
  });

  it("tours in six steps, each with something else on the page", async () => {
    const shown = await openPage("#example=few", { dark: true });
    const { page } = shown;
    await page.getByRole("button", { name: "Tour" }).click();
    const hashes = new Set<number>();
    for (let step = 1; step <= 6; step++) {
      await page.getByText(`Step ${step} of 6`).waitFor();
      await page.waitForTimeout(500);
      await shown.settled();
      hashes.add((await shown.picture()).hash);
      if (step < 6) await page.getByRole("button", { name: "Next", exact: true }).click();
    }
    expect(hashes.size).toBeGreaterThanOrEqual(5); // the last two are of one moment
    await page.locator("[data-table=pins]").waitFor();
  });
});
