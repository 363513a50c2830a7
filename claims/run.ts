/** `npm run claims`: runs every claim, and prints for each whether it was reproduced, with the numbers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkWritable } from "../src/cli/outputs.js";
import { toSvg } from "../src/plots/svg.js";
import { InputError } from "../src/text/errors.js";
import { CLAIMS } from "./claims.js";
import { nodeInputs } from "./inputs.js";
import { claimsPage } from "./page.js";
import { type ClaimResult, expectedText, measuredText, resultOf, surprise } from "./result.js";

const HELP = `usage: npm run claims [-- --only ID] [--json FILE] [--small] [--docs]

Runs published claims about CPython's allocator on the emulated one. The exit status is 1 where a claim fails to run, or its verdict is not
the one that its file expects; that a claim is not reproduced is an answer.

  --only ID      this one: ${CLAIMS.map(({ id }) => id).join(", ")}
  --json FILE    the numbers
  --small        fewer blocks and seeds
  --docs         writes docs/claims.md, docs/claims/claims.json and docs/claims/ID.svg
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      small: { type: "boolean", default: false },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const unknown = values.only.find((id) => !CLAIMS.some((claim) => claim.id === id));
  if (unknown !== undefined)
    throw new TypeError(`no claim ${unknown}; there are ${CLAIMS.map(({ id }) => id).join(", ")}`);
  if (values.docs && (values.small || values.only.length > 0))
    throw new TypeError("--docs takes every claim at full size: without --only and --small");
  return values;
}

function printResult(result: ClaimResult, sentence: string): void {
  console.log(
    `\n${result.id}: ${result.verdict}${result.holdsFor === null ? "" : `; true of ${result.holdsFor}`}\n  ${sentence}`,
  );
  const width = Math.max(...result.checks.map(({ of }) => of.length));
  for (const check of result.checks)
    console.log(
      `  ${check.holds ? " " : "✗"} ${check.of.padEnd(width)}  ${measuredText(check)}  (claimed: ${expectedText(check)})`,
    );
  for (const finding of result.findings) console.log(`  · ${finding}`);
}

async function run(options: ReturnType<typeof readOptions>): Promise<number> {
  const root = process.cwd();
  const inputs = nodeInputs(root);
  const results: ClaimResult[] = [];
  const surprises: string[] = [];
  if (options.json !== undefined) checkWritable(options.json);
  if (options.docs) mkdirSync(join(root, "docs/claims"), { recursive: true });
  for (const claim of CLAIMS.filter(({ id }) => options.only.length === 0 || options.only.includes(id))) {
    try {
      const measurement = await claim.measure(options.small ? "small" : "full", inputs);
      const result = resultOf(claim, measurement);
      results.push(result);
      printResult(result, claim.sentence);
      const unexpected = surprise(claim, result);
      if (unexpected !== null) surprises.push(`${claim.id}: ${unexpected}`);
      if (options.docs) writeFileSync(join(root, `docs/claims/${claim.id}.svg`), toSvg(measurement.picture));
    } catch (error) {
      surprises.push(`${claim.id}: failed: ${error instanceof Error ? error.stack : error}`);
    }
  }
  const reproduced = results.filter(({ verdict }) => verdict === "reproduced").length;
  console.log(`\n${reproduced} reproduced, ${results.length - reproduced} not, of ${results.length}`);
  for (const line of surprises) console.error(line);
  const json = `${JSON.stringify(results, null, 1)}\n`;
  if (options.json !== undefined) writeFileSync(options.json, json);
  if (options.docs && results.length === CLAIMS.length) {
    writeFileSync(join(root, "docs/claims/claims.json"), json);
    writeFileSync(join(root, "docs/claims.md"), claimsPage(CLAIMS, results));
  }
  return surprises.length > 0 ? 1 : 0;
}

try {
  const options = readOptions();
  if (options.help) process.stdout.write(HELP);
  else process.exitCode = await run(options);
} catch (error) {
  if (!(error instanceof TypeError || error instanceof InputError)) throw error;
  process.stderr.write(`claims: ${error.message.split("\n")[0]}\n`);
  process.exitCode = error instanceof InputError ? 1 : 2;
}
