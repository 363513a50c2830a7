/** The scripts themselves: that each says what it shows, is tested, and runs on any Python. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ROOT } from "../python/run/cli.js";

const FOLDER = new URL("../../examples/", import.meta.url);
const scripts = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".py"))
  .sort();

/** Run by `npm start`, and tested where that is. */
const FIRST = "first.py";

const read = (name: string): string => readFileSync(new URL(name, FOLDER), "utf8");

const tests = readdirSync(new URL(".", import.meta.url))
  .map((name) => readFileSync(new URL(name, import.meta.url), "utf8"))
  .join("\n");

/** What `python3` says of itself; `null` where there is none. */
function nativePython(): string | null {
  try {
    return execFileSync("python3", ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}

describe("the scripts of examples/", () => {
  const python = nativePython();

  it.each(scripts)("%s says in its first sentence what it shows, and has marks, a row in the table, a test", (name) => {
    const script = read(name);
    expect(script).toMatch(/^"""\S.*?[.:]/s);
    expect(script).toMatch(/\bmark\(f?"/);
    expect(read("README.md")).toContain(`| [${name.slice(0, -3)}](${name}) |`);
    if (name === FIRST) return;
    expect(script).toMatch(/^\p{ASCII}*$/u);
    expect(tests).toContain(`runExample("${name.slice(0, -3)}")`);
  });

  it.skipIf(python === null).each(scripts)(`%s runs on ${python ?? "a native Python, but there is none"}`, (name) => {
    const env = { ...process.env, PYTHONPATH: "python" };
    const { status, stderr } = spawnSync("python3", [`examples/${name}`], { cwd: ROOT, env, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});
