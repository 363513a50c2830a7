/**
 * What the lab's page costs in Chromium: opening a trace, going to a moment and stepping as one at the page sees them, and the frames
 * of a map that is panned and zoomed.
 *
 *     npx tsx bench/labpage.ts
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { type LabServer, serveLab } from "../src/lab/server.js";
import { median } from "../src/strategy/timing.js";
import { encodeTrace } from "../src/trace/formats/binary.js";
import type { Trace } from "../src/trace/trace.js";
import { churn, manyArenas, numbers } from "./labtraces.js";

const PAGE = fileURLToPath(new URL("../dist/lab", import.meta.url));
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const FRAMES = 300;
const SEEKS = 60;
/** A frame is late when it comes this much after the one before: half of one more at 60 a second. */
const LATE_MS = 25;

interface Frames {
  /** Milliseconds from each to the next; of scripted work in each. */
  readonly apart: readonly number[];
  readonly work: readonly number[];
}

/** Pans and zooms, a move a frame, as wheel and pointer do. Runs in the page. */
async function move(count: number): Promise<Frames> {
  const canvas = document.querySelector("canvas.map") as HTMLCanvasElement;
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const at = (turn: number) => ({
    clientX: left + width * (0.5 + 0.3 * Math.cos(turn / 15)),
    clientY: top + height * (0.5 + 0.3 * Math.sin(turn / 15)),
    bubbles: true,
    cancelable: true,
    pointerId: 1,
  });
  canvas.setPointerCapture = () => {}; // made-up pointers cannot be captured
  const apart: number[] = [];
  const before = globalThis.labFrames.length;
  let last = await frame();
  for (let turn = 0; turn < count; turn++) {
    const part = turn % 60;
    if (part < 20) canvas.dispatchEvent(new WheelEvent("wheel", { ...at(turn), deltaY: -60 }));
    else if (part < 40) {
      if (part === 20) canvas.dispatchEvent(new PointerEvent("pointerdown", at(turn)));
      canvas.dispatchEvent(new PointerEvent("pointermove", at(turn)));
      if (part === 39) canvas.dispatchEvent(new PointerEvent("pointerup", at(turn)));
    } else canvas.dispatchEvent(new WheelEvent("wheel", { ...at(turn), deltaY: 60 }));
    const now = await frame();
    apart.push(now - last);
    last = now;
  }
  return { apart, work: globalThis.labFrames.slice(before) };
}

/** Until what was asked for is shown and drawn. */
const shown = (page: Page): Promise<unknown> =>
  page.waitForFunction(
    () => document.querySelector(".busy") === null && (document.documentElement.dataset.waiting ?? "0") === "0",
    undefined,
    { polling: "raf" },
  );

/** Milliseconds from a key to the picture that it leads to, measured in the page. */
const keyTime = (page: Page, key: string): Promise<number> =>
  page.evaluate(async (key) => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    do await frame();
    while (document.documentElement.dataset.waiting !== "0");
    return performance.now() - start;
  }, key);

/** The same for a place that is put into the field of the position. */
const seekTime = (page: Page, position: number): Promise<number> =>
  page.evaluate(async (position) => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const field = document.querySelector("[data-testid=position]") as HTMLInputElement;
    field.focus();
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
    set?.call(field, String(position));
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await frame();
    const start = performance.now();
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    do await frame();
    while (document.documentElement.dataset.waiting !== "0");
    field.blur();
    return performance.now() - start;
  }, position);

declare global {
  /** Of the page: src/lab/view/map/frames.ts. */
  var labFrames: readonly number[];
}

const share = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(Math.floor(values.length * part), values.length - 1)];
const ms = (value: number): string => value.toFixed(1);

async function openTrace(page: Page, server: LabServer, profile: string): Promise<number> {
  const start = performance.now();
  await page.goto(`${server.url}#profile=${profile}`);
  await page.locator("canvas.map").first().waitFor();
  await page.waitForFunction(() => document.querySelector("[data-ledger]") !== null, undefined, { timeout: 60_000 });
  await shown(page);
  return performance.now() - start;
}

async function measure(name: string, trace: Trace, profile: string, folder: string): Promise<void> {
  const file = join(folder, "trace.pytrace");
  writeFileSync(file, encodeTrace(trace));
  const server = await serveLab({ page: PAGE, trace: file, port: 0 });
  const browser = await chromium.launch({
    executablePath: CHROMIUM as string,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    const openMs = await openTrace(page, server, profile);
    const events = trace.words.length / 2;
    const below = numbers(17);
    const seeks: number[] = [];
    for (let i = 0; i < SEEKS; i++) {
      const position = below(events);
      seeks.push(await seekTime(page, position));
      const at = await page.getByTestId("position").inputValue();
      if (Number(at) !== position) throw new Error(`the page stands at ${at}, not at ${position}`);
    }
    const steps: number[] = [];
    for (let i = 0; i < SEEKS; i++) steps.push(await keyTime(page, i % 2 === 0 ? "ArrowLeft" : "ArrowRight"));
    await seekTime(page, Math.floor(events / 2));
    const { apart, work } = await page.evaluate(move, FRAMES);
    if (work.length < FRAMES / 2) throw new Error(`only ${work.length} of ${FRAMES} moves were drawn`);
    const late = apart.filter((time) => time > LATE_MS).length / apart.length;
    console.log(`\n${name}, in Chromium ${browser.version()}, 1280 × 720, software rendering`);
    const rows: [what: string, value: string, wanted: string][] = [
      ["open: page, trace, time line", `${(openMs / 1000).toFixed(2)} s`, "3 s"],
      [
        "any moment, field to picture, ms median / 95 %",
        `${ms(median(seeks))} / ${ms(share(seeks, 0.95))}`,
        "50 at 95 %",
      ],
      ["a step, key to picture, ms median / 95 %", `${ms(median(steps))} / ${ms(share(steps, 0.95))}`, ""],
      ["scripted work a frame, ms median / 95 %", `${ms(median(work))} / ${ms(share(work, 0.95))}`, "8 at the median"],
      ["late frames of a map panned and zoomed", `${(100 * late).toFixed(1)} %`, "5 %"],
    ];
    for (const [what, value, wanted] of rows) console.log(`  ${what.padEnd(50)} ${value.padStart(22)}   ${wanted}`);
  } finally {
    await browser.close();
    await server.close();
  }
}

if (!CHROMIUM) console.log("no Chromium: what the page costs is not measured");
else {
  const folder = mkdtempSync(join(tmpdir(), "pymalloc-lab-"));
  await measure("4 million events, 230 MB live, 3.12", churn(230e6, 4e6), "3.12", folder);
  await measure("4,000 arenas of 64 pools, 3.9", manyArenas(), "3.9", folder);
  rmSync(folder, { recursive: true });
}
