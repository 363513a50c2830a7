/** What a reader takes away from the page, opened again by whatever is to open it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ReplayReport } from "../../../src/report/replayreport.js";
import type { StatsJson } from "../../../src/report/statsreport.js";
import { CHROMIUM, type Lab, LabPage, startLab } from "./page-browser.js";
import { BUILT, DROPPED, END, TEXT } from "./page-trace.js";

const CLI = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pymalloc-takeaway-"));
const traceFile = join(folder, "small.rep");

function pymallocJson<Answer>(...args: readonly string[]): Answer {
  return JSON.parse(spawnSync(process.execPath, [CLI, ...args, "--json"]).stdout.toString());
}

describe.skipIf(!CHROMIUM)("what is taken away (skipped where there is no Chromium)", () => {
  let lab: Lab;
  let open: LabPage[] = [];

  beforeAll(async () => {
    writeFileSync(traceFile, TEXT);
    lab = await startLab(traceFile);
  });
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await open.at(-1)?.keepScreenshot(task.name);
    const problems = open.flatMap((shown) => shown.problems);
    for (const { page } of open) await page.close();
    open = [];
    expect(problems).toEqual([]);
  });

  async function openPage(hash = ""): Promise<LabPage> {
    const shown = await LabPage.open(lab, hash);
    open.push(shown);
    return shown;
  }

  /** Where it was saved. */
  async function take({ page }: LabPage, name: string): Promise<string> {
    await page.getByText("Take away").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name, exact: true }).click(),
    ]);
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    return file;
  }

  it("is the map as PNG: the very picture on the page", async () => {
    const shown = await openPage();
    await shown.goTo(BUILT);
    const file = await take(shown, "Map as PNG");
    expect(file).toBe(join(folder, `small-${BUILT}.png`));
    const png = [...readFileSync(file)];
    const hash = await shown.page.evaluate(async (bytes) => {
      const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
      if (!context) throw new Error("no canvas");
      context.drawImage(image, 0, 0);
      const words = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
      let hash = 2166136261;
      for (const word of words) hash = Math.imul(hash ^ word, 16777619) >>> 0;
      return hash;
    }, png);
    expect(hash).toBe((await shown.picture()).hash);
  });

  it("is the map as SVG: well-formed, not blank, and another one at another moment", async () => {
    const shown = await openPage();
    const texts: string[] = [];
    for (const position of [BUILT, DROPPED]) {
      await shown.goTo(position);
      texts.push(readFileSync(await take(shown, "Map as SVG"), "utf8"));
    }
    const [built, dropped] = await shown.page.evaluate(
      (all) =>
        all.map((text) => {
          const svg = new DOMParser().parseFromString(text, "image/svg+xml");
          const fills = [...svg.querySelectorAll("g rect[fill]")].map((rect) => rect.getAttribute("fill"));
          return {
            root: svg.documentElement.tagName,
            title: svg.querySelector("title")?.textContent,
            rects: fills.length,
            colours: new Set(fills).size,
          };
        }),
      texts,
    );
    expect(built).toMatchObject({ root: "svg", title: `small.rep, profile 3.12, event ${BUILT}` });
    expect(built.rects).toBeGreaterThan(100);
    expect(built.colours).toBeGreaterThan(4);
    expect(dropped.root).toBe("svg");
    expect(texts[1].replace(/<title>.*/, "")).not.toBe(texts[0].replace(/<title>.*/, ""));
  });

  it("is the time line as CSV and JSON, with the numbers of replay --json at the end", async () => {
    const shown = await openPage();
    const [head, ...rows] = readFileSync(await take(shown, "Time line as CSV"), "utf8")
      .trimEnd()
      .split("\n");
    expect(head).toBe("event,live_bytes,allocated_bytes,available_bytes,unused_bytes,pinned_bytes,mapped_bytes");
    const json = JSON.parse(readFileSync(await take(shown, "Time line as JSON"), "utf8"));
    expect(json).toMatchObject({ trace: "small.rep", profile: "3.12" });
    expect(json.marks.map(({ position }: { position: number }) => position)).toEqual([BUILT, DROPPED]);
    expect(json.samples.map((sample: object) => Object.values(sample).join(","))).toEqual(rows);
    const [{ end }] = pymallocJson<ReplayReport>("replay", traceFile).profiles;
    expect(json.samples.at(-1)).toEqual({
      position: END,
      liveBytes: end.liveBytes,
      allocatedBytes: end.ledgerBytes.allocated,
      availableBytes: end.ledgerBytes.available,
      unusedBytes: end.ledgerBytes.unusedPools,
      pinnedBytes: end.pinned.pinnedBytes,
      mappedBytes: end.mappedBytes,
    });
    expect(json.arenas.obtainedAt.length).toBe(end.arenas.obtained);
  });

  it("is a heap image, which the page and pymalloc stats open", async () => {
    const shown = await openPage();
    await shown.goTo(DROPPED);
    const { live: _, ...before } = await shown.ledger();
    const file = await take(shown, "Heap image");
    const [stats] = pymallocJson<StatsJson[]>("stats", file);
    const [{ marks }] = pymallocJson<ReplayReport>("replay", traceFile).profiles;
    expect(stats.ledgerBytes).toEqual(marks[1].ledgerBytes);
    expect(stats.arenas).toMatchObject(marks[1].arenas);
    await shown.page.locator("input[type=file]").setInputFiles(file);
    await shown.page.getByText("heap image", { exact: true }).waitFor();
    await shown.settled();
    const { live: __, ...after } = await shown.ledger();
    expect(after).toEqual(before);
    expect((await shown.picture()).colours).toBeGreaterThan(4);
    await shown.page.getByText("Take away").click();
    await shown.page.getByRole("button", { name: "HTML file" }).click();
    await shown.page.getByTestId("message").getByText("a report is made of a trace; this is a heap image").waitFor();
  });

  it("is an HTML file, which opens from the disk where the page stood", async () => {
    const shown = await openPage();
    await shown.page.getByLabel("beside").selectOption("3.8");
    await shown.settled();
    await shown.goTo(5000);
    const ledgers = [await shown.ledger(0), await shown.ledger(1)];
    const file = await take(shown, "HTML file with all of it");
    expect(await shown.position).toBe(5000);
    expect([await shown.ledger(0), await shown.ledger(1)]).toEqual(ledgers);
    const report = await LabPage.openFile(lab, file);
    open.push(report);
    expect(await report.page.getByTestId("name").textContent()).toBe("small.rep");
    expect(await report.position).toBe(5000);
    expect([await report.ledger(0), await report.ledger(1)]).toEqual(ledgers);
    expect(await report.page.locator("#summary pre").textContent()).toContain("3.8: arenas of 256 KiB");
  });

  it("is an HTML file with the summary that replay --html writes, of requests that could not be served, too", async () => {
    const huge = Array.from({ length: 3 }, (_, id) => `a ${id} 2000000000\n`).join("");
    writeFileSync(join(folder, "huge.rep"), `${TEXT}${huge}m huge\nf 1\n`);
    const shown = await openPage();
    await shown.page.locator("input[type=file]").setInputFiles(join(folder, "huge.rep"));
    await shown.page.getByTestId("name").getByText("huge.rep", { exact: true }).waitFor();
    await shown.settled();
    const made = join(folder, "made.html");
    spawnSync(process.execPath, [CLI, "replay", "huge.rep", "--html", made], { cwd: folder });
    const [saved, replayed] = [await take(shown, "HTML file with all of it"), made].map(
      (file) => /<pre>(.*?)<\/pre>/s.exec(readFileSync(file, "utf8"))?.[1],
    );
    expect(saved).toContain("1 request could not be served: out of memory");
    expect(saved).toBe(replayed);
  });

  it("is a link with profile and moment", async () => {
    const shown = await openPage("#example=few&profile=3.8,2.4&at=31");
    await shown.press("ArrowLeft");
    await shown.page.getByText("Take away").click();
    await shown.page.getByRole("button", { name: "Link to this moment" }).click();
    await shown.page.getByTestId("message").waitFor();
    const again = await openPage(new URL(shown.page.url()).hash);
    expect(await again.position).toBe(30);
    expect([await again.ledger(0), await again.ledger(1)]).toEqual([await shown.ledger(0), await shown.ledger(1)]);
  });

  it("is a link to a moment of a run: it shows the script, runs it when told to, and goes there", async () => {
    const code = "kept = [str(n) for n in range(3000)]\nprint('has run')\n";
    const ran = async ({ page }: LabPage): Promise<void> => {
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page.getByTestId("output").getByText("has run").waitFor({ timeout: 240_000 });
      await page.locator(".open-name").getByText("odd.py", { exact: true }).waitFor({ timeout: 240_000 });
    };
    const first = await openPage(`#run=odd.py&code=${deflateRawSync(code).toString("base64url")}`);
    await ran(first);
    await first.settled();
    await first.goTo(2500);
    const ledger = await first.ledger();
    await first.page.getByText("Take away").click();
    await first.page.getByRole("button", { name: "Link to this moment" }).click();
    await first.page.getByTestId("message").waitFor();
    const { hash } = new URL(first.page.url());
    expect(hash).toMatch(/^#run=odd\.py&profile=wasm32&at=2500&code=/);

    const second = await openPage(hash);
    expect(await second.page.getByTestId("message").textContent()).toBe(
      "This link is to event 2,500 of a run of odd.py. Read the script; Run runs it and goes there.",
    );
    await second.page.locator(".cm-content").getByText("has run").waitFor();
    expect(await second.page.getByTestId("output").innerText()).not.toContain("has run");
    await ran(second);
    await second.page.waitForFunction(
      () => document.querySelector<HTMLInputElement>("[data-testid=position]")?.value === "2500",
    );
    await second.settled();
    expect(await second.ledger()).toEqual(ledger);
  });
});
