/**
 * What it costs a script that the page shows its heap while it runs: the same script in Chromium on a page that is told, and on one whose
 * worker keeps silent until the end, in turn. The time is that from the script's first line to its end.
 *
 *     npx tsx bench/lablive.ts [ROUNDS]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { serveLab } from "../src/lab/server.js";
import { median } from "../src/strategy/timing.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const FIRST = readFileSync(join(ROOT, "examples/first.py"), "utf8");

const SCRIPTS: readonly [name: string, code: string][] = [
  ["examples/first.py", FIRST],
  ["examples/first.py, ten times", `source = ${JSON.stringify(FIRST)}\nfor _ in range(10):\n    exec(source)\n`],
  ["a million lists, 1,000 live", "kept = [None] * 1000\nfor i in range(1_000_000):\n    kept[i % 1000] = [i]\n"],
  ["a million lists, all live", "kept = []\nfor i in range(1_000_000):\n    kept.append([i])\n"],
];

const TOLD = "const PAUSE_MS = 250;";

/** The page, or one whose worker never tells. */
async function built(isTold: boolean, outDir: string): Promise<void> {
  const silence = {
    name: "silence",
    transform(code: string, id: string): string | null {
      if (!id.endsWith("/python/live.ts")) return null;
      if (!code.includes(TOLD)) throw new Error(`${id} has no "${TOLD}"`);
      return isTold ? null : code.replace(TOLD, "const PAUSE_MS = Infinity;");
    },
  };
  await build({
    configFile: join(ROOT, "src/lab/vite.config.ts"),
    plugins: [silence],
    worker: { plugins: () => [silence] },
    build: { outDir, emptyOutDir: true },
    logLevel: "error",
  });
}

async function opened(browser: Browser, url: string, code: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(`${url}#example=few&code=${deflateRawSync(code).toString("base64url")}`);
  await page.locator(".cm-content").waitFor();
  await ran(page); // Pyodide is fetched
  return page;
}

interface Ran {
  readonly ms: number;
  /** Moments that the page showed meanwhile. */
  readonly shown: number;
}

function ran(page: Page): Promise<Ran> {
  return page.evaluate(async () => {
    const bar = document.querySelector("[data-status]") as HTMLElement;
    const name = document.querySelector(".open-name") as HTMLElement;
    let shown = 0;
    const counting = new MutationObserver(() => shown++);
    const status = (wanted: string) =>
      new Promise<number>((done) => {
        const look = () => bar.dataset.status === wanted && done(performance.now());
        new MutationObserver(look).observe(bar, { attributes: true });
      });
    const started = status("running");
    const ended = started.then(() => status("idle"));
    [...document.querySelectorAll("button")].find((button) => button.textContent === "Run")?.click();
    const start = await started;
    counting.observe(name, { subtree: true, characterData: true });
    const ms = (await ended) - start;
    counting.disconnect();
    while (document.querySelector(".busy") !== null) await new Promise((done) => setTimeout(done, 20));
    return { ms, shown };
  });
}

const spread = (values: readonly number[]): string =>
  `${median(values).toFixed(0)} % (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;

async function main(rounds: number): Promise<void> {
  if (CHROMIUM === undefined) throw new Error("there is no Chromium");
  const folders = [true, false].map(() => mkdtempSync(join(tmpdir(), "pymalloc-live-")));
  await built(true, folders[0]);
  await built(false, folders[1]);
  const servers = await Promise.all(folders.map((page) => serveLab({ page, trace: null, port: 0 })));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  console.log(
    `What a script is slowed by when the page shows its heap meanwhile: ${rounds} pairs of runs; wanted: 25 %`,
  );
  for (const [name, code] of SCRIPTS) {
    const [told, silent] = [await opened(browser, servers[0].url, code), await opened(browser, servers[1].url, code)];
    const pairs: [told: Ran, silent: Ran][] = [];
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0 ? await ran(told) : null;
      const second = await ran(silent);
      pairs.push([first ?? (await ran(told)), second]);
    }
    const ms = [median(pairs.map(([told]) => told.ms)), median(pairs.map(([, silent]) => silent.ms))];
    const slower = spread(pairs.map(([told, silent]) => 100 * (told.ms / silent.ms - 1)));
    const shown = median(pairs.map(([told]) => told.shown));
    console.log(
      `  ${name.padEnd(30)} ${ms[0].toFixed(0)} ms, silent ${ms[1].toFixed(0)} ms: ${slower}; shown ${shown} times`,
    );
    await told.close();
    await silent.close();
  }
  await browser.close();
  for (const server of servers) await server.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
}

await main(Number(process.argv[2] ?? 7));
