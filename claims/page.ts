/** docs/claims.md, from the claims and what they came to. */
import type { Claim } from "./claim.js";
import { type ClaimResult, expectedText, measuredText } from "./result.js";

const HEAD = `# Claims

Published sentences about CPython's allocator, each run again on the emulated one: reproduced or not, with the numbers. This page,
[claims.json](claims/claims.json) and the pictures are made by

    npm run claims -- --docs

and the numbers of one claim by \`npm run claims -- --only ID\`. They are counts of an emulated heap, the same on every machine; only the
claim that says so depends on what is installed. A trace is replayed with the same requests on every version: another Python would ask for
other sizes. A version X.Y is the last release of its line. *Read*: the source's text was read; *excerpt*: a part of it; *measured*: on real CPythons, for this project.
Tolerances, and the bounds of "at least" and "at most", are ours.

`;

const cell = (text: string): string => text.replaceAll("|", "\\|");

const outcome = ({ verdict, holdsFor }: ClaimResult): string =>
  holdsFor === null ? verdict : `${verdict}; true of ${holdsFor}`;

const section = (claim: Claim, result: ClaimResult): string => `
## ${claim.id}

> ${claim.sentence}

**${outcome(result)}**

| | |
|---|---|
| source | ${cell(claim.source)} (${claim.certainty}) |
| said of | ${cell(claim.saidOf)} |
| run | ${cell(claim.run)} |${claim.isLocal ? "\n| on what | the interpreters of the machine that made this page |" : ""}

| number | claimed | found | as claimed |
|---|---|---|---|
${result.checks
  .map(
    (check) =>
      `| ${cell(check.of)} | ${expectedText(check)} | ${measuredText(check)} | ${check.holds ? "yes" : "no"} |`,
  )
  .join("\n")}

${result.findings.length > 0 ? `${result.findings.join("\n\n")}\n\n` : ""}![${claim.sentence.replace(/[[\]]/g, "")}](claims/${claim.id}.svg)

\`npm run claims -- --only ${claim.id}\`
`;

/** `results` are those of `claims`, in their order. */
export function claimsPage(claims: readonly Claim[], results: readonly ClaimResult[]): string {
  const rows = claims.map(({ id, sentence }, i) => `| [${id}](#${id}) | ${cell(sentence)} | ${outcome(results[i])} |`);
  const table = `| claim | sentence | verdict |\n|---|---|---|\n${rows.join("\n")}\n`;
  return `${HEAD}${table}${claims.map((claim, i) => section(claim, results[i])).join("")}`;
}
