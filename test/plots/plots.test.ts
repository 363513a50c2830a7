/** Charts: options that JSON can hold, SVG that is the same each time, colours that can be read, and a page that draws. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import {
  type ChartOptions,
  chartHeight,
  heatMap,
  lineChart,
  type Point,
  paretoFront,
  scatterChart,
} from "../../src/plots/charts.js";
import { toHtml } from "../../src/plots/chartshtml.js";
import { DIM, INK, PAPER, SERIES, type Tone } from "../../src/plots/plotcolours.js";
import { toSvg } from "../../src/plots/svg.js";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-plots-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const CHARTS: Readonly<Record<string, ChartOptions>> = {
  lines: lineChart({
    title: "Held </script> & <live>",
    subtitle: "of a program",
    x: { name: "events" },
    y: { name: "held", unit: "MB" },
    lines: [
      { name: "one", points: [[0, 1], [10, 4], [20, 2]] }, // biome-ignore format: a list
      { name: "two", hasPoints: true, points: [[0, 3], [20, 3]], spread: [[20, 2, 4]] }, // biome-ignore format: a list
    ],
  }),
  points: scatterChart({
    title: "Memory against cost",
    x: { name: "cost", scale: "log" },
    y: { name: "held", unit: "kB" },
    hasFront: true,
    groups: [
      { name: "zero", points: [[0, 5], [1, 5]] }, // biome-ignore format: a list
      { name: "others", points: [[10, 2], [20, 7]], labels: ["a", "b"] }, // biome-ignore format: a list
    ],
  }),
  map: heatMap({
    title: "A grid",
    x: { name: "arena", values: ["256 KiB", "1 MiB"] },
    y: { name: "pool", values: ["4 KiB", "16 KiB"] },
    value: { name: "held", unit: "MB" },
    cells: [
      [1, 2],
      [null, 12.3456],
    ],
  }),
};

/** The contrast of WCAG 2: 1 to 21. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
    const [r, g, bl] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

describe("charts", () => {
  it("are options that survive JSON", () => {
    for (const options of Object.values(CHARTS)) expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });

  it("show whole numbers whole, and others to four digits", () => {
    const { series } = heatMap({
      title: "",
      x: { name: "", values: ["a", "b", "c"] },
      y: { name: "", values: ["d"] },
      value: { name: "" },
      cells: [[16384, 12345.6, 0.123456]],
    });
    const [{ data }] = series as { data: { value: number[] }[] }[];
    expect(data.map(({ value }) => value[2])).toEqual([16384, 12346, 0.1235]);
  });

  it("leave out what a logarithmic axis has no place for", () => {
    const [, zero] = CHARTS.points.series as { name: string; data: { value: Point }[] }[];
    expect([zero.name, zero.data.map(({ value }) => value)]).toEqual(["zero", [[1, 5]]]);
  });

  it("have a front of the points that no other is below in both", () => {
    const points: Point[] = [[3, 3], [1, 9], [2, 5], [2, 4], [4, 3], [5, 1], [6, 2]]; // biome-ignore format: a list
    expect(paretoFront(points)).toEqual([[1, 9], [2, 4], [3, 3], [5, 1]]); // biome-ignore format: a list
  });

  it("are higher when their legend is long", () => {
    const names = Array.from({ length: 30 }, (_, i) => `a strategy with a name ${i}`);
    const chart = (count: number): ChartOptions =>
      lineChart({
        title: "many",
        x: { name: "x" },
        y: { name: "y" },
        lines: names.slice(0, count).map((name) => ({ name, points: [[0, 1]] })),
      });
    expect(chartHeight(chart(30))).toBeGreaterThan(chartHeight(chart(3)));
    const svg = toSvg(chart(30));
    for (const name of names) expect(svg).toContain(`>${name}</text>`);
  });
});

describe("SVG", () => {
  it("is the same each time, whatever was drawn before", () => {
    const first = Object.values(CHARTS).map((options) => toSvg(options));
    const again = Object.values(CHARTS).reverse().map((options) => toSvg(options)); // biome-ignore format: a pipeline
    expect(again.reverse()).toEqual(first);
  });

  it("has title, axes with units, and names, escaped", () => {
    const [lines, points, map] = Object.values(CHARTS).map((options) => toSvg(options));
    for (const text of ["Held &lt;/script&gt; &amp; &lt;live&gt;", "of a program", "events", "held, MB", "one", "two"])
      expect(lines).toContain(`>${text}</text>`);
    for (const text of ["cost", "held, kB", "zero", "others", "front"]) expect(points).toContain(`>${text}</text>`);
    for (const text of ["256 KiB", "16 KiB", "12.35", "pool"]) expect(map).toContain(`>${text}</text>`);
  });

  it("has no counters, and nothing for a mouse", () => {
    for (const options of Object.values(CHARTS)) expect(toSvg(options)).not.toMatch(/zr\d|ecmeta|class=|:hover/);
  });
});

describe("colours", () => {
  it("are at 3:1 to both grounds, text at 4.5:1", () => {
    const least = (tone: Tone): number => Math.min(contrast(tone.light, PAPER.light), contrast(tone.dark, PAPER.dark));
    for (const tone of SERIES) expect(least(tone), JSON.stringify(tone)).toBeGreaterThanOrEqual(3);
    for (const tone of [INK, DIM]) expect(least(tone)).toBeGreaterThanOrEqual(4.5);
  });
});

describe("the page", () => {
  const html = toHtml(Object.values(CHARTS), "Three <charts>");
  const file = join(scratch, "page.html");
  writeFileSync(file, html);

  it("is one file, the same each time", () => {
    expect(toHtml(Object.values(CHARTS), "Three <charts>")).toBe(html);
    expect(html).toContain("<title>Three &lt;charts&gt;</title>");
    expect(html).not.toMatch(/\{\{pymalloc|<script[^>]* src=|<link[^>]*href="(?!data:)/);
  });

  it.skipIf(!CHROMIUM)(
    "draws its charts in the colours of the ground (skipped where there is no Chromium)",
    async () => {
      const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
      const browser = await chromium.launch({ executablePath: CHROMIUM as string, args });
      try {
        for (const [colorScheme, ink] of [
          ["light", INK.light],
          ["dark", INK.dark],
        ] as const) {
          // biome-ignore format: a table
          const page = await browser.newPage({ colorScheme });
          const problems: string[] = [];
          page.on("console", (message) => problems.push(message.text()));
          page.on("pageerror", (error) => problems.push(String(error)));
          page.on("request", (request) => {
            if (!/^(file|data|blob):/.test(request.url())) problems.push(request.url());
          });
          await page.goto(pathToFileURL(file).href);
          const titles = page.locator(`main svg text[fill="${ink}"]`);
          await page.waitForFunction(() => document.querySelectorAll("main svg").length === 3, null, {
            timeout: 60_000,
          });
          expect(await titles.allTextContents()).toEqual(
            expect.arrayContaining(["Held </script> & <live>", "Memory against cost", "A grid"]),
          );
          expect(problems).toEqual([]);
          await page.close();
        }
      } finally {
        await browser.close();
      }
    },
  );
});
