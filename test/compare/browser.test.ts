/** The library in Chromium, as Vite carries it: the same workloads and the same comparison, to the last digit. And the page. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "../../src/compare/comparison.js";
import { comparisonPage } from "../../src/compare/comparisonhtml.js";
import { STRATEGIES, strategy } from "../../src/strategy/strategies.js";
import { TraceBuilder } from "../../src/trace/builder.js";
import { WORKLOAD_KINDS } from "../../src/workload/kinds.js";
import { makeWorkload, parseWorkload } from "../../src/workload/workload.js";
import { CHROMIUM } from "../lab/page/page-browser.js";
import { compute, words } from "./entry.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-compare-page-"));
const WORKLOADS = [
  ...WORKLOAD_KINDS.map(({ name }) => `${name}:seed=7,events=4000`),
  "churn:lifetimes=python,events=4000",
];
const NAMES = [...STRATEGIES.map(({ name }) => name), "pymalloc:3.9+arena=random"];

const hashOf = (numbers: readonly number[]): string =>
  createHash("sha256").update(Uint32Array.from(numbers)).digest("hex");

describe("a comparison in Chromium", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ["--no-sandbox", "--disable-gpu"] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    rmSync(scratch, { recursive: true });
  });

  it("has the numbers that Node has", async () => {
    const result = await build({
      root,
      configFile: false,
      logLevel: "error",
      build: {
        write: false,
        target: "es2022",
        lib: { entry: "test/compare/entry.ts", formats: ["iife"], name: "library" },
      },
    });
    const [{ output }] = result as { output: { type: string; code: string }[] }[];
    const page = await browser.newPage();
    await page.addScriptTag({ content: (output.find(({ type }) => type === "chunk") as { code: string }).code });
    for (const text of WORKLOADS) {
      expect(hashOf((await page.evaluate(`library.words(${JSON.stringify(text)})`)) as number[])).toBe(
        hashOf(words(text)),
      );
    }
    for (const text of [WORKLOADS[0], "survivors:p=0.01,events=6000,seed=0"]) {
      expect(await page.evaluate(`library.compute(${JSON.stringify(text)}, ${JSON.stringify(NAMES)})`)).toBe(
        compute(text, NAMES),
      );
    }
    await page.close();
  });

  it.each(["light", "dark"] as const)("is drawn by the page, in %s", async (colorScheme) => {
    const name = "</script><b>odd & named</b>";
    const comparison = compare(
      name,
      makeWorkload(parseWorkload("phases:events=4000")),
      ["tlsf", "pymalloc"].map(strategy),
      { samples: 100 },
    );
    const file = join(scratch, `${colorScheme}.html`);
    writeFileSync(file, comparisonPage(readFileSync(join(root, "dist/compare.html"), "utf8"), [comparison]));
    const page = await browser.newPage({ colorScheme });
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => {
      if (!/^(file|data|blob):/.test(request.url())) problems.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.locator(".uplot canvas").nth(1).waitFor();
    expect(await page.locator("h1").textContent()).toBe(name);
    expect(await page.locator(".metric").count()).toBe(
      comparison.runMetrics.length + 2 * comparison.momentMetrics.length,
    );
    const cell = page.locator("section table").first().locator("tbody tr").first().locator("td").nth(1);
    expect(await cell.textContent()).toBe(
      Math.round(comparison.strategies[0].mostHeld.heldBytes / 1000).toLocaleString("en"),
    );
    const colours = await page
      .locator(".uplot canvas")
      .first()
      .evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const pixels = (canvas as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data.buffer;
        return new Set(new Uint32Array(pixels as ArrayBuffer)).size;
      });
    expect(colours).toBeGreaterThan(5);
    expect(problems).toEqual([]);
    await page.close();
  });

  it("says on the page what could not be served, and what is a model", async () => {
    const builder = new TraceBuilder();
    for (let id = 0; id < 3; id++) builder.malloc(0, id, 1800 << 20);
    const comparison = compare("huge", builder.finish(), ["tlsf", "size-class-pages"].map(strategy));
    const file = join(scratch, "notes.html");
    writeFileSync(file, comparisonPage(readFileSync(join(root, "dist/compare.html"), "utf8"), [comparison]));
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator(".note").allTextContents()).toEqual([
      "tlsf: 1 request could not be served",
      "size-class-pages: 1 request could not be served",
      "a model of that allocator, not the allocator itself: size-class-pages",
    ]);
    await page.close();
  });

  it("shows names whole, which differ at their end in two futures", async () => {
    const strategies = ["size-class-pages", "pymalloc:3.12+arena=emptiest+pool=lowest"].map(strategy);
    const next = { at: 500, strategy: strategy("slab") };
    const comparison = compare("ramp", makeWorkload(parseWorkload("ramp:events=1000")), strategies, { next });
    const file = join(scratch, "names.html");
    writeFileSync(file, comparisonPage(readFileSync(join(root, "dist/compare.html"), "utf8"), [comparison]));
    for (const width of [1280, 900]) {
      const page = await browser.newPage({ viewport: { width, height: 720 } });
      await page.goto(pathToFileURL(file).href);
      const cells = await page
        .locator(".strategy")
        .evaluateAll((all) =>
          all.map((cell) => ({ text: cell.textContent, cut: cell.scrollWidth - cell.clientWidth })),
        );
      expect(cells).toContainEqual({ text: "size-class-pages, from 500 slab", cut: 0 });
      expect(cells.filter(({ cut }) => cut > 0)).toEqual([]);
      await page.close();
    }
  });

  it("can be read without JavaScript", async () => {
    const comparison = compare("ramp", makeWorkload(parseWorkload("ramp:events=100")), [strategy("tlsf")]);
    const file = join(scratch, "plain.html");
    writeFileSync(file, comparisonPage(readFileSync(join(root, "dist/compare.html"), "utf8"), [comparison]));
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator("noscript").textContent()).toContain("Johnstone & Wilson 4 = max U ÷ max L − 1");
    await page.close();
  });
});
