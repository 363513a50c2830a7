import { defineConfig } from "vitest/config";

/**
 * Lanes, by what a test needs. `npm run test:unit` runs the first alone. A file that is in no other lane is in it.
 * The limits of time only end what hangs.
 */
const LANES = {
  browser: ["test/lab/page/**", "test/**/browser.test.ts", "test/plots/**", "test/package/**"],
  process: [
    "test/cli/**",
    "test/python/**",
    "test/record/**",
    "test/experiment/**",
    "test/examples/**",
    "test/claims/**",
  ],
  property: ["test/property/**", "test/conformance/**", "test/model/**", "test/strategy/**"],
};

const tests = (patterns: readonly string[]): string[] =>
  patterns.map((pattern) => pattern.replace(/\*\*$/, "**/*.test.ts"));
const lane = (name: string, timeout: number, include: string[], exclude: string[] = []) => ({
  test: { name, include, exclude, testTimeout: timeout, hookTimeout: 120_000 },
});
const { browser, process, property } = LANES;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      lane("unit", 30_000, ["test/**/*.test.ts"], tests([...browser, ...process, ...property])),
      lane("process", 120_000, tests(process), tests(browser)),
      lane("browser", 120_000, tests(browser)),
      lane("property", 300_000, tests(property)),
    ],
  },
});
