/** `npm test`: lint and types, the specs of the core, the tests of the host; ends with one line, `N passed, N failed`. */
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";

const VITEST_JSON = "build/vitest.json";

/** Runs a command, shows what it prints, and resolves to its exit status and its last line. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], shell: process.platform === "win32" });
    let text = "";
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      text = (text + chunk).slice(-1000);
    });
    child.on("close", (status) => resolve({ status, lastLine: text.trimEnd().split("\n").at(-1) }));
  });
}

async function lint() {
  const { status } = await run("npm", ["run", "-s", "lint"]);
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function core() {
  const { status, lastLine } = await run("npm", ["run", "-s", "test:core"]);
  const [, passed, failed] = (/^(\d+) passed, (\d+) failed$/.exec(lastLine) ?? [0, 0, 1]).map(Number);
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1), skipped: 0 };
}

async function host() {
  await rm(VITEST_JSON, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${VITEST_JSON}`];
  const { status } = await run("npx", ["vitest", "run", ...reporters]);
  const results = JSON.parse(await readFile(VITEST_JSON, "utf8").catch(() => "{}"));
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = results;
  return {
    passed: numPassedTests,
    failed: status === 0 ? numFailedTests : Math.max(numFailedTests, 1),
    skipped: numPendingTests,
  };
}

const results = [await lint(), await core(), await host()];
for (const result of results) if (result.passed + result.failed === 0) result.failed = 1; // ran nothing
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
process.exitCode = sum("failed") > 0 ? 1 : 0;
