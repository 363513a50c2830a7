/** What people stumbled over on the page when they tried it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, type Lab, LabPage, startLab } from "./page-browser.js";
import { DROPPED, TEXT } from "./page-trace.js";

describe.skipIf(!CHROMIUM)("the page, as it is used", { timeout: 120_000 }, () => {
  let lab: Lab;
  let folder: string;
  let open: LabPage | null = null;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pymalloc-trial-"));
    const traceFile = join(folder, "small.rep");
    writeFileSync(traceFile, TEXT);
    lab = await startLab(traceFile);
  }, 120_000);
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async ({ task }) => {
    const problems = await LabPage.close(open, task);
    open = null;
    expect(problems).toEqual([]);
  });

  async function openPage(hash = ""): Promise<LabPage> {
    open = await LabPage.open(lab, hash);
    return open;
  }

  async function openFile({ page }: LabPage, name: string, text: string): Promise<void> {
    const file = join(folder, name);
    writeFileSync(file, text);
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByTestId("name").getByText(name, { exact: true }).waitFor();
  }

  it("keeps what is typed into the editor, however fast", async () => {
    const { page } = await openPage();
    const editor = page.locator(".cm-content");
    await editor.fill("");
    await page.waitForTimeout(300);
    const line = "for i in range 10 print hello world abcdefghijklmnopqrstuvwxyz 0123456789";
    await editor.focus();
    await page.keyboard.type(line);
    await page.waitForTimeout(300);
    expect(await editor.innerText()).toBe(line);
  });

  it("goes to the event whose number is entered, and else has that of the moment shown", async () => {
    const shown = await openPage();
    const field = shown.page.getByTestId("position");
    const entered = async (text: string): Promise<string> => {
      await field.fill(text);
      await field.press("Enter");
      await shown.settled();
      return field.inputValue();
    };
    expect(await entered("1,234")).toBe("1234");
    for (const text of ["", "abc", "-5", "1e2"]) expect(await entered(text)).toBe("1234");
    expect(await entered("99999999")).toBe("18003");
    expect(await entered("99999999")).toBe("18003");
    await field.fill("77");
    await field.blur();
    expect(await field.inputValue()).toBe("18003");
    // A value that a script or a browser's own filling has put there, without a key.
    await field.evaluate((node) => {
      (node as HTMLInputElement).value = "42";
    });
    await field.press("Enter");
    await shown.settled();
    expect(await field.inputValue()).toBe("42");
    expect(await shown.page.locator(".event").innerText()).toMatch(/as block 41\b/);
  });

  it("opens a heap image without a complaint, and says what it has not", async () => {
    const shown = await openPage();
    const { page } = shown;
    await page.getByText("Take away").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Heap image", exact: true }).click(),
    ]);
    const image = join(folder, "heap.pyheap");
    await download.saveAs(image);
    await page.locator("input[type=file]").setInputFiles(image);
    await page.getByText("heap image", { exact: true }).waitFor();
    await shown.settled();
    await shown.press("ArrowLeft", "]", "Space");
    await page.getByRole("radio", { name: "occupancy" }).check();
    for (const [panel, says] of [
      ["Breaks", "it has no events to stop at"],
      ["A / B", "there is no other to compare it with"],
      ["Pins", "An arena is released"],
      ["Versions", "heap.pyheap"],
    ] as const) {
      await page.getByRole("button", { name: panel, exact: true }).click();
      await page.locator(".panel[data-panel]").getByText(says).waitFor();
    }
    await shown.settled();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("leads by keys alone from the heap to a block and back", async () => {
    const shown = await openPage();
    await shown.goTo(DROPPED);
    const level = shown.page.getByRole("navigation", { name: "Level" });
    await shown.page.locator("canvas.map").focus();
    await shown.press("d", "Enter", "d", "d");
    expect(await level.innerText()).toMatch(/Arena 0\s+Pool 0\s+Block 1/);
    await shown.press("Escape", "Escape");
    expect(await level.innerText()).not.toContain("Pool");
    await shown.press("d");
    expect(await level.innerText()).toContain("Arena 1");
    await shown.press("t");
    for (const table of ["pools", "blocks"]) {
      await shown.page.locator(`[data-table=${table}] tbody button`).first().waitFor();
      expect(await shown.page.evaluate(() => document.activeElement?.className)).toBe("table-view");
      await shown.press("Tab", "Enter");
    }
    expect(await level.innerText()).toMatch(/Arena 1\s+Pool 0\s+Block 0/);
  });

  it("chooses the first arena by Enter where none is selected, and then goes in", async () => {
    const shown = await openPage();
    const level = shown.page.getByRole("navigation", { name: "Level" });
    await shown.page.locator("canvas.map").focus();
    await shown.press("Enter");
    expect(await level.innerText()).toMatch(/Arena 0\s+(?!Pool)/);
    await shown.press("Enter", "Enter");
    expect(await level.innerText()).toMatch(/Arena 0\s+Pool 0\s+Block 0/);
  });

  it("says that nothing is mapped where that is so, and of one event that it is one", async () => {
    const shown = await openPage();
    const empty = shown.page.getByText("Nothing is mapped at this moment.");
    expect(await empty.count()).toBe(0);
    await shown.goTo(0);
    await empty.waitFor();
    await openFile(shown, "one.rep", "m only a mark\n");
    await shown.settled();
    expect(await shown.page.locator(".open-name").innerText()).toMatch(/ 1 event$/);
    expect(await shown.page.locator(".event").innerText()).toContain("mark “only a mark”");
  });

  it("counts the events of a block's life as the time line does", async () => {
    const shown = await openPage("#example=few&at=31&in=0.0.0.");
    const { page } = shown;
    await page.locator("canvas.map").focus();
    await shown.press("d");
    const born = page.locator("[data-fact='born at']");
    const number = Number((await born.innerText()).replace(/\D/g, ""));
    await born.getByRole("button").click();
    await shown.settled();
    expect(await shown.position).toBe(number);
  });

  it("has room at 1280 × 720 for every number of two profiles", async () => {
    const shown = await openPage("#example=few&at=31&profile=3.8,3.12&in=1.0.0.");
    const { page } = shown;
    await page.locator("[aria-label='struct pool_header']").waitFor();
    /** Texts that are cut off at their own edge, or that their box cuts. */
    const cut = (selector: string, box: string): Promise<string[]> =>
      page.locator(selector).evaluateAll((nodes, within) => {
        const isCut = (node: Element): boolean => {
          const outer = node.closest(within)?.getBoundingClientRect();
          const { right, bottom } = node.getBoundingClientRect();
          return !outer || node.scrollWidth > node.clientWidth || right > outer.right + 1 || bottom > outer.bottom + 1;
        };
        return nodes.filter(isCut).map((node) => node.textContent ?? "");
      }, box);
    expect(await page.locator(".struct dd").count()).toBe(8);
    expect(await cut(".struct dd, .struct dt", ".struct")).toEqual([]);
    expect(await page.locator(".series dd").count()).toBe(8);
    expect(await cut(".series dd", ".timeline")).toEqual([]);
    await page.goto("about:blank");
    await page.goto(new URL("../#example=few&at=31&profile=2.7.16-32,3.15-hugepages", lab.server.url).href);
    await page.locator(".series").getByText("pinned, 3.15-hugepages").waitFor();
    await shown.settled();
    expect(await cut(".series dt, .series dd", ".timeline")).toEqual([]);
    const lines = await page.locator(".series > div").evaluateAll((all) => all.map((line) => line.clientHeight));
    expect(lines).toEqual(Array(8).fill(17));
  });

  it.each([1023, 800])("does not scroll sideways at a width of %i, and has room for the map", async (width) => {
    const shown = await openPage("#example=few&at=31&profile=2.7.16-32,3.15-hugepages");
    const { page } = shown;
    await page.setViewportSize({ width, height: 720 });
    await shown.settled();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const map = await page.getByRole("main", { name: "Map" }).boundingBox();
    expect(map?.width).toBeGreaterThan(450);
    expect(map?.height).toBeGreaterThan(400);
    for (const part of await page.locator(".header button, .header select, .transport button").all()) {
      const box = await part.boundingBox();
      if (box) expect(box.x + box.width).toBeLessThanOrEqual(width);
    }
    await page.getByRole("button", { name: "Run", exact: true }).scrollIntoViewIfNeeded();
  });

  it("steps through time by the arrows after a colour was clicked", async () => {
    const shown = await openPage();
    await shown.goTo(500);
    await shown.page.getByText("occupancy", { exact: true }).click({ force: true });
    await shown.settled();
    await shown.press("ArrowRight");
    expect(await shown.position).toBe(501);
    expect(await shown.page.getByRole("radio", { name: "occupancy" }).isChecked()).toBe(true);
  });

  it("says of an address outside the arenas what is there", async () => {
    const shown = await openPage("#example=pinned");
    const panel = shown.page.locator("[data-panel=inspect]");
    const clicked = async (what: RegExp): Promise<string> => {
      for (let x = 8; x < 600; x += 12) {
        await shown.page.locator("canvas.map").hover({ position: { x, y: 40 } });
        if (!what.test(await shown.page.locator(".map-hover").innerText())) continue;
        await shown.clickMap(x, 40);
        return panel.innerText();
      }
      throw new Error(`there is no ${what} in the first row of the map`);
    };
    expect(await clicked(/^raw region/)).toMatch(/^Raw block\n[\s\S]*the C library[\s\S]*PyMem_RawMalloc$/);
    expect(await clicked(/not mapped$/)).toMatch(/^0x[0-9a-f]{8} is not mapped at this moment\./);
  });

  it("opens its first example, and says so, where a link names none that there is", async () => {
    const { page } = await openPage("#example=none&at=5");
    await page.getByRole("alert").getByText("There is no example “none”.").waitFor();
    expect(await page.getByTestId("name").innerText()).toBe("One in a thousand kept");
  });

  it("says of each part of a link that makes no sense what it had to be, and opens the rest", async () => {
    const { page } = await openPage("#example=few&at=-4&colour=red&in=0.x&a=12&b=1e3&code=!!!!");
    await page
      .getByRole("alert")
      .getByText(
        "The link has at=-4, expected the number of an event; colour=red, expected class, occupancy, age, type, line; " +
          "in=0.x, expected side.arena.pool.address; b=1e3, expected the number of an event; code=!!!!, expected a packed script.",
      )
      .waitFor();
    expect(await page.getByTestId("name").innerText()).toBe("Thirty blocks");
    expect(await page.locator(".cm-content").innerText()).toContain("import pymalloc");
  });

  it("says the same of two moments whichever is A", async () => {
    const shown = await openPage();
    const { page } = shown;
    await page.getByRole("button", { name: "A / B" }).click();
    const changes = async (a: string, b: string): Promise<string> => {
      await page.getByLabel("Moment A: a mark").selectOption(a);
      await page.getByLabel("Moment B: a mark").selectOption(b);
      await shown.settled();
      await page.getByText(`event ${b === "dropped" ? "17,985" : "9,002"}`).waitFor();
      await shown.settled();
      return page.locator("[data-table=difference]").innerText();
    };
    const forward = await changes("built", "dropped");
    expect(forward).toContain("−8,982");
    expect(await changes("dropped", "built")).toBe(forward);
    await page.getByText("From the earlier of the two moments to the later.").waitFor();
  });

  it("closes the menu at a click elsewhere", async () => {
    const { page } = await openPage();
    const menu = page.locator("details.menu");
    await menu.locator("summary").click();
    await menu.getByRole("button", { name: "Heap image" }).waitFor();
    await page.locator("h1").click();
    expect(await menu.getAttribute("open")).toBe(null);
  });

  it("starts the tour beside the map, not on it", async () => {
    const { page } = await openPage("#example=few");
    await page.getByRole("button", { name: "Examples" }).click();
    await page.getByRole("button", { name: "Tour" }).click();
    const tour = await page.getByRole("complementary", { name: "Tour" }).boundingBox();
    const map = await page.getByRole("main", { name: "Map" }).boundingBox();
    if (tour === null || map === null) throw new Error("the tour or the map is not there");
    expect(tour.x + tour.width).toBeLessThanOrEqual(map.x);
  });
});
