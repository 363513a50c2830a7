/** `npm run claims` from start to end. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ClaimResult } from "../../claims/result.js";
import { ROOT } from "./documented.js";

/** As `npm run claims`. */
const claims = (...args: string[]) =>
  spawnSync(process.execPath, ["node_modules/tsx/dist/cli.mjs", "claims/run.ts", ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });

describe("npm run claims", () => {
  const folder = mkdtempSync(join(tmpdir(), "pymalloc-claims-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("prints the verdict with the numbers, and ends well though a claim is not reproduced", () => {
    const file = join(folder, "claims.json");
    const { status, stdout, stderr } = claims("--only", "small-is-256", "--json", file);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("small-is-256: not reproduced; true of 2.3–2.7.6, 3.0–3.2\n");
    expect(stdout).toMatch(/✗ 2\.7\.7–2\.7, 3\.3–3\.15: largest small request +512 bytes {2}\(claimed: 256 bytes\)/);
    expect(stdout).toContain("\n0 reproduced, 1 not, of 1\n");
    const [result] = JSON.parse(readFileSync(file, "utf8")) as ClaimResult[];
    expect(result.checks.map(({ measured }) => measured)).toEqual([256, 512]);
  });

  it("says in one line what is wrong with its options", () => {
    for (const args of [["--only", "nothing"], ["--nonsense"], ["--docs", "--small"]]) {
      const { status, stderr } = claims(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^claims: [^\n]+\n$/);
    }
  });

  it("says before it runs anything where it cannot write the numbers", () => {
    const { status, stdout, stderr } = claims("--only", "small-is-256", "--json", join(folder, "none", "claims.json"));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^claims: [^\n]+: cannot be written: no such directory\n$/);
  });

  it("has help", () => {
    expect(claims("--help")).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("arena-thrash") });
  });
});
