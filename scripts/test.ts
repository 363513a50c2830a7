/**
 * `npm test`: lint, the specs of the core, the tests of the host. Ends with one line over all of them, `N passed, N failed`, and fails
 * if one of them failed or ran nothing.
 */
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";

const VITEST_JSON = "build/vitest.json";

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs a command, shows what it prints, and resolves to its exit status and its last line. */
function run(command: string, ...args: string[]): Promise<{ status: number | null; lastLine: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], shell: process.platform === "win32" });
    let text = "";
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      text = (text + chunk).slice(-1000);
    });
    child.on("close", (status) => resolve({ status, lastLine: text.trimEnd().split("\n").at(-1) ?? "" }));
  });
}

async function lint(): Promise<Count> {
  const { status } = await run("npm", "run", "-s", "lint");
  return { passed: Number(status === 0), failed: Number(status !== 0), skipped: 0 };
}

async function core(): Promise<Count> {
  const { status, lastLine } = await run("npm", "run", "-s", "test:core");
  const [, passed, failed] = (/^(\d+) passed, (\d+) failed$/.exec(lastLine) ?? ["", "0", "1"]).map(Number);
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1), skipped: 0 };
}

async function host(): Promise<Count> {
  await rm(VITEST_JSON, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${VITEST_JSON}`];
  const { status } = await run("npx", "vitest", "run", ...reporters);
  const results = JSON.parse(await readFile(VITEST_JSON, "utf8").catch(() => "{}"));
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = results;
  return {
    passed: numPassedTests,
    failed: status === 0 ? numFailedTests : Math.max(numFailedTests, 1),
    skipped: numPendingTests,
  };
}

const counts = [await lint(), await core(), await host()];
const sum = (key: keyof Count): number => counts.reduce((total, count) => total + count[key], 0);
const ranNothing = counts.filter(({ passed, failed }) => passed + failed === 0).length;
const failed = sum("failed") + ranNothing;
const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
console.log(`${sum("passed")} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
