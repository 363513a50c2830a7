/** The built page in Debian's Chromium: built once, served by `pymalloc lab`'s own server, with a record of what went wrong. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { type LabServer, serveLab } from "../../../src/lab/server.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SCREENSHOTS = join(ROOT, "build", "lab-screenshots");
export const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
];

/** A busy machine is slow, and that is no failure. */
const PATIENCE_MS = 120_000;

export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export interface Lab {
  readonly server: LabServer;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Builds the page and starts a browser. `trace`: the file that the command serves. */
export async function startLab(trace: string | null): Promise<Lab> {
  const built = mkdtempSync(join(tmpdir(), "pymalloc-page-"));
  await build({
    configFile: join(ROOT, "src/lab/vite.config.ts"),
    build: { outDir: built, emptyOutDir: true },
    logLevel: "error",
  });
  const server = await serveLab({ page: built, trace, port: 0 });
  const browser = await chromium.launch({ executablePath: CHROMIUM as string, args: CHROMIUM_ARGS });
  return {
    server,
    browser,
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(built, { recursive: true });
    },
  };
}

/** The same page from a host that sends no headers: it is not cross-origin isolated there. */
export async function plainHost({ server }: Lab): Promise<LabServer> {
  const plain = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url ?? "/", server.url));
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(plain.address() as { port: number }).port}/`,
    close: () =>
      new Promise((resolve) => {
        plain.close(() => resolve());
        plain.closeAllConnections();
      }),
  };
}

/** A page at `address`, whose problems are what the console said, and requests to elsewhere. */
export class LabPage {
  readonly problems: string[] = [];
  readonly page: Page;

  private constructor(page: Page, origin: string) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => this.problems.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) this.problems.push(`request: ${url}`);
    });
  }

  static open({ server, browser }: Lab, hash: string, options: { dark?: boolean } = {}): Promise<LabPage> {
    const { origin } = new URL(server.url);
    return LabPage.at(browser, hash === "" ? server.url : `${origin}/${hash}`, origin, options);
  }

  /** A file, which may ask for no other. */
  static openFile({ browser }: Pick<Lab, "browser">, path: string, hash = ""): Promise<LabPage> {
    const url = pathToFileURL(path).href;
    return LabPage.at(browser, url + hash, url, {});
  }

  private static async at(
    browser: Browser,
    url: string,
    origin: string,
    { dark }: { dark?: boolean },
  ): Promise<LabPage> {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 720 },
      colorScheme: dark ? "dark" : "light",
    });
    const lab = new LabPage(page, origin);
    await page.goto(url);
    await page.locator("canvas.map").first().waitFor();
    await page.waitForFunction(() => document.querySelector("[data-ledger]") !== null);
    await lab.settled();
    return lab;
  }

  /** Until nothing is under way any more, and that is drawn. */
  async settled(): Promise<void> {
    await this.page.waitForTimeout(30); // what was just done has been heard of
    await this.page.waitForFunction(
      () => document.querySelector(".busy") === null && (document.documentElement.dataset.waiting ?? "0") === "0",
    );
    await this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30)))),
    );
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      await this.settled();
    }
  }

  get position(): Promise<number> {
    return this.page.getByTestId("position").inputValue().then(Number);
  }

  async goTo(position: number): Promise<void> {
    const field = this.page.getByTestId("position");
    await field.fill(String(position));
    await field.press("Enter");
    await this.page.locator("body").click({ position: { x: 2, y: 2 } });
    await this.settled();
  }

  /** The numbers of the ledger, by name. */
  async ledger(side = 0): Promise<Record<string, number>> {
    const cells = this.page.locator(`[data-ledger][data-side="${side}"]`);
    const rows = await cells.evaluateAll((nodes) =>
      nodes.map((node) => [(node as HTMLElement).dataset.ledger ?? "", node.textContent ?? ""] as const),
    );
    return Object.fromEntries(rows.map(([name, text]) => [name, Number(text.replaceAll(",", ""))]));
  }

  /** What is drawn on a map: how many colours there are, and a number that is another when the picture is. */
  picture(index = 0): Promise<{ colours: number; hash: number }> {
    return this.page
      .locator("canvas.map")
      .nth(index)
      .evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const context = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
        context.drawImage(canvas as HTMLCanvasElement, 0, 0);
        const words = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
        let hash = 2166136261;
        for (const word of words) hash = Math.imul(hash ^ word, 16777619) >>> 0;
        return { colours: new Set(words).size, hash };
      });
  }

  /** Clicks a point of a map, from its left upper corner. */
  async clickMap(x: number, y: number, index = 0): Promise<void> {
    await this.page.locator("canvas.map").nth(index).click({ position: { x, y } });
    await this.settled();
  }

  /** Closes it, and keeps a picture of it where its test has failed. Resolves to its problems. */
  static async close(open: LabPage | null, task: { name: string; result?: { state: string } }): Promise<string[]> {
    if (task.result?.state === "fail") await open?.keepScreenshot(task.name);
    await open?.page.close();
    return open?.problems ?? [];
  }

  async keepScreenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name.replace(/[^\w]+/g, "-")}.png`) });
  }
}
