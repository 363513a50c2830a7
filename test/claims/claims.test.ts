/**
 * Every claim, each with the seeds and tolerances of its own file, at the small size: as it expects, and, where its numbers do not depend on
 * the size, as docs/claims/claims.json has them. With PYMALLOC_CLAIMS=full all run at full size and all numbers are compared.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLAIMS } from "../../claims/claims.js";
import { nodeInputs } from "../../claims/inputs.js";
import { claimsPage } from "../../claims/page.js";
import { measureClaim, surprise } from "../../claims/result.js";
import { documented, documentedResult, hasOneSize, ROOT } from "./documented.js";

const size = process.env.PYMALLOC_CLAIMS === "full" ? "full" : "small";
const inputs = nodeInputs(ROOT);

describe("a claim is what its file says", () => {
  it.each(CLAIMS)("$id: $verdict", async (claim) => {
    const result = await measureClaim(claim, size, inputs);
    expect(surprise(claim, result)).toBeNull();
    expect(result.checks.length).toBeGreaterThan(0);
    for (const { measured } of result.checks) expect(Number.isFinite(measured)).toBe(true);
    if ((size === "full" || hasOneSize(claim)) && !claim.isLocal) expect(result).toEqual(documentedResult(claim));
  });
});

describe("docs/claims.md", () => {
  it("is what the numbers in docs/claims/claims.json make", () => {
    expect(documented.map(({ id }) => id)).toEqual(CLAIMS.map(({ id }) => id));
    expect(readFileSync(`${ROOT}/docs/claims.md`, "utf8")).toBe(claimsPage(CLAIMS, documented));
  });

  it.each(CLAIMS)("$id: has its verdict, and its picture", (claim) => {
    expect(surprise(claim, documentedResult(claim))).toBeNull();
    expect(readFileSync(`${ROOT}/docs/claims/${claim.id}.svg`, "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
  });
});

describe("the thresholds of the collector", () => {
  it("are 700, 10, 10 to 3.12, whichever interpreters are here", async () => {
    const witnesses = await inputs.witnesses();
    expect(witnesses.some(({ place }) => place === "Pyodide")).toBe(true);
    for (const { version, thresholds } of witnesses) {
      const [major, minor] = version.split(".").map(Number);
      expect(thresholds[0], version).toBe(major === 3 && minor >= 13 ? 2000 : 700);
      expect(thresholds[1], version).toBe(10);
    }
  });
});
