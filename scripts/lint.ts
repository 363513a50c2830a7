/**
 * `npm run lint`: format and style, types, which way imports go, dead exports, and that nothing escapes these checks.
 * Prints what is wrong, and exits with 1 if anything is.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { cruise, type IForbiddenRuleType } from "dependency-cruiser";
import { IMPORT_RULES } from "./importrules.js";

const problems: string[] = [];

/** Runs a tool of node_modules/.bin, and returns its output. Its failure is a problem. */
function run(title: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("npx", ["--no-install", command, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    shell: process.platform === "win32",
  });
  if (status !== 0) problems.push(`${title}:\n${stdout}${stderr}`);
  return stdout;
}

const tracked = spawnSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" })
  .stdout.trim()
  .split("\n");

/** AssemblyScript: asc checks its types when it compiles it. */
const isAssembly = (file: string): boolean => /^(assembly|test\/core|bench\/peers)\//.test(file);

/** Each source of the host is in the list of a compiler: what is in none has no types. */
function checkCompiled(projects: readonly string[]): void {
  const listed = projects.flatMap((project) => run("types", "tsc", "-p", project, "--listFilesOnly").split("\n"));
  const root = `${process.cwd()}/`;
  const compiled = new Set(listed.filter((file) => file.startsWith(root)).map((file) => file.slice(root.length)));
  const missed = tracked.filter((file) => /\.tsx?$/.test(file) && !isAssembly(file) && !compiled.has(file));
  if (missed.length > 0) problems.push(`in no tsconfig.json, so not type-checked: ${missed.join(", ")}`);
  const untyped = tracked.filter((file) => /^(src|scripts|test|bench|claims)\/.*\.[cm]?js$/.test(file));
  if (untyped.length > 0) problems.push(`JavaScript has no types; write TypeScript: ${untyped.join(", ")}`);
}

async function checkImports(): Promise<void> {
  const { output, exitCode } = await cruise(["src", "assembly", "test", "bench", "claims", "scripts"], {
    validate: true,
    ruleSet: { forbidden: IMPORT_RULES as IForbiddenRuleType[] },
    outputType: "err",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(test/core|bench/peers)/" },
    tsPreCompilationDeps: true,
  });
  if (exitCode !== 0) problems.push(String(output));
}

/** Each pattern of a rule matches a file, or the rule guards nothing. Alternatives in the patterns' groups are tried one by one. */
function checkRules(): void {
  const files = [...tracked, "build/generated/wasm.ts", "build/generated/core-exports.d.ts"];
  for (const { name, from, to } of IMPORT_RULES) {
    for (const pattern of [from.path, from.pathNot, to.path, to.pathNot].flat()) {
      if (pattern === undefined) continue;
      for (const one of alternatives(pattern)) {
        if (!files.some((file) => new RegExp(one).test(file))) problems.push(`rule ${name}: no file matches ${one}`);
      }
    }
  }
}

/** The patterns that one is made of: `^src/(a|b)/` is `^src/a/` and `^src/b/`. Groups are not nested more than once. */
function alternatives(pattern: string): string[] {
  const group = /\((?!\?)([^()]*)\)/.exec(pattern);
  if (group === null) return [pattern];
  const [before, after] = [pattern.slice(0, group.index), pattern.slice(group.index + group[0].length)];
  return group[1].split("|").flatMap((part) => alternatives(before + part + after));
}

/** A name stands for one file within src/ and within assembly/, so that it can be found. Each command is named after what it does. */
function checkNames(): void {
  for (const folder of ["src/", "assembly/"]) {
    const places = new Map<string, string[]>();
    for (const file of tracked.filter((name) => name.startsWith(folder) && /\.tsx?$/.test(name))) {
      const name = basename(file).replace(/\.tsx?$/, "");
      if (name !== "index" && !file.startsWith("src/cli/commands/"))
        places.set(name, [...(places.get(name) ?? []), file]);
    }
    for (const files of places.values()) if (files.length > 1) problems.push(`one name twice: ${files.join(", ")}`);
  }
  const loose = tracked.filter((file) => /^src\/[^/]+$/.test(file) && !/^src\/(index|node)\.ts$/.test(file));
  if (loose.length > 0) problems.push(`src/ holds index.ts, node.ts and folders: ${loose.join(", ")}`);
  for (const top of new Set(tracked.flatMap((file) => /^(?:src|assembly)\/[^/]+\//.exec(file) ?? []))) {
    if (!tracked.includes(`${top}README.md`)) problems.push(`${top} has no README.md`);
  }
}

/** Texts that must not say where something is on one machine. */
function checkLockfile(): void {
  if (/"resolved": "https?:/.test(readFileSync("package-lock.json", "utf8"))) {
    problems.push("package-lock.json names download addresses");
  }
}

run("format and style", "biome", "check", "--error-on-warnings", ".");
run("types", "tsc");
run("types of the page", "tsc", "-p", "src/lab/tsconfig.json");
await checkImports();
run("dead code", "knip");
checkCompiled(["tsconfig.json", "src/lab/tsconfig.json"]);
checkRules();
checkNames();
checkLockfile();

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
