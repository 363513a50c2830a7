/** Same seed, same numbers in Chromium as on Node. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLAIMS } from "../../claims/claims.js";
import { nodeInputs } from "../../claims/inputs.js";
import { type ClaimResult, measureClaim } from "../../claims/result.js";
import { CHROMIUM, CHROMIUM_ARGS } from "../lab/page/page-browser.js";
import { documentedResult, hasOneSize, ROOT } from "./documented.js";

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
      (id) => (globalThis as unknown as { runClaim(id: string): Promise<ClaimResult> }).runClaim(id),
      claim.id,
    );
    const here = hasOneSize(claim) ? documentedResult(claim) : await measureClaim(claim, "small", inputs);
    // Exponents are quotients of logarithms, which engines may round as they like.
    const rounded = (result: ClaimResult): ClaimResult => ({
      ...result,
      checks: result.checks.map((check) =>
        check.of.includes("exponent") ? { ...check, measured: Number(check.measured.toFixed(9)) } : check,
      ),
    });
    expect(rounded(found)).toEqual(rounded(here));
  });
});
