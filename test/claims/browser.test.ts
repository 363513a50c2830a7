/** Same seed, same numbers in Chromium as on Node. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLAIMS } from "../../claims/claims.js";
import { nodeInputs } from "../../claims/inputs.js";
import { measureClaim } from "../../claims/result.js";
import { CHROMIUM, CHROMIUM_ARGS } from "../lab/page-browser.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ORIGIN = "http://claims.invalid";

const inputs = nodeInputs(ROOT);

describe("the numbers in Chromium are those on Node", () => {
  let browser: Browser;
  let page: Page;
  const built = mkdtempSync(join(tmpdir(), "pymalloc-claims-"));

  beforeAll(async () => {
    await build({
      configFile: false,
      logLevel: "error",
      build: {
        outDir: built,
        target: "es2022",
        lib: { entry: join(ROOT, "test/claims/browserentry.ts"), formats: ["es"], fileName: () => "claims.js" },
      },
    });
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: CHROMIUM_ARGS });
    page = await browser.newPage();
    await page.route(`${ORIGIN}/**`, (route) => {
      const path = new URL(route.request().url()).pathname;
      const html = '<!doctype html><script type="module" src="/claims.js"></script>';
      if (path === "/") return route.fulfill({ contentType: "text/html", body: html });
      const file = path === "/claims.js" ? join(built, "claims.js") : join(ROOT, path);
      if (!existsSync(file)) return route.fulfill({ status: 404 });
      const contentType = path === "/claims.js" ? "text/javascript" : "application/octet-stream";
      return route.fulfill({ contentType, body: readFileSync(file) });
    });
    await page.goto(`${ORIGIN}/`);
    await page.waitForFunction(() => "runClaim" in globalThis);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(built, { recursive: true });
  });

  it.each(CLAIMS.filter(({ isLocal }) => !isLocal))("$id", async (claim) => {
    const found = await page.evaluate(
      (id) => (globalThis as unknown as { runClaim(id: string): Promise<unknown> }).runClaim(id),
      claim.id,
    );
    const here = await measureClaim(claim, "small", inputs);
    // Exponents of a fit are quotients of logarithms, which engines may round differently.
    const counts = here.checks.map((check, i) => (check.of.includes("exponent") ? i : -1));
    const { checks, ...rest } = found as typeof here;
    const { checks: expected, ...restHere } = here;
    expect(rest).toEqual(restHere);
    expect(checks.filter((_, i) => !counts.includes(i))).toEqual(expected.filter((_, i) => !counts.includes(i)));
    for (const i of counts.filter((i) => i >= 0)) expect(checks[i].measured).toBeCloseTo(expected[i].measured, 9);
  });
});
