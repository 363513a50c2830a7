/** The command, from its arguments to what it prints: a living Python, a core, and whatever cannot be read. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { InspectReport } from "../../src/python/native/inspectreport.js";
import { Target } from "../python/native/target.js";
import { folder, inspectedPythons } from "../record/native-pythons.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const DOCS = fileURLToPath(new URL("../../docs/inspect.md", import.meta.url));
const python = inspectedPythons.at(-1)?.path ?? "";
const hasGcore = spawnSync("gcore", ["--help"]).error === undefined;

function inspect(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "inspect", ...args], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

/** Checks that the command ends with status 1 and one line, which matches. */
function expectRefusal(target: string, why: string | RegExp): void {
  const { status, out, err } = inspect(target);
  expect([status, out, err.trimEnd().split("\n").length]).toEqual([1, "", 1]);
  expect(err).toMatch(why);
}

describe.skipIf(inspectedPythons.length === 0)("inspect", () => {
  it("says who holds the memory of a living Python, verdict first", async () => {
    const target = await Target.start(python, ["owners.py", "two_owners"]);
    const { status, out, err } = inspect(String(target.pid));
    expect([status, err]).toEqual([0, ""]);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(
      new RegExp(`^process ${target.pid}: CPython 3\\.\\d+\\.\\d+ \\(.*python.*\\), \\d+ arenas of `),
    );
    expect(lines[2]).toMatch(
      /^[\d.]+ [kM]B are live, and [\d.]+ MB more are held in \d+ arenas\. Without __main__\.(cache|index) and/,
    );
    expect(out).toContain("thread 1\n  <module>() at ");
    await target.execute("pass");
    await target.stop();
  });

  it("prints JSON with the members that docs/inspect.md names", async () => {
    const target = await Target.start(python, ["owners.py", "one_dict"]);
    const { out } = inspect(String(target.pid), "--json");
    const report = JSON.parse(out) as InspectReport & Readonly<Record<string, unknown>>;
    expect(report.process.pid).toBe(target.pid);
    expect(report.owners?.[0].path).toBe("__main__.cache");
    const documented = [...readFileSync(DOCS, "utf8").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(Object.keys(report).sort());
    await target.stop();
  });

  it("writes no text of the program with --redact", async () => {
    const target = await Target.start(python, ["owners.py", "one_dict"]);
    await target.execute(
      'secret = {"alice@example.org": [str(i) for i in range(40000)]}; secrets = secret["alice@example.org"][::50]',
    );
    const plain = inspect(String(target.pid), "--json").out;
    const redacted = inspect(String(target.pid), "--json", "--redact").out;
    expect(plain).toContain("alice@example.org");
    expect(redacted).not.toContain("alice");
    expect(redacted).toContain("<str 17>");
    await target.stop();
  });

  it("reads a process that is not stopped", async () => {
    const target = await Target.start(python, ["owners.py", "one_dict"]);
    const report = JSON.parse(inspect(String(target.pid), "--json", "--no-pause").out) as InspectReport;
    expect([report.process.pauseMs, report.owners?.[0].path]).toEqual([null, "__main__.cache"]);
    await target.stop();
  });

  it.skipIf(!hasGcore)("says the same of a core, compressed or not", async () => {
    const target = await Target.start(python, ["owners.py", "families"]);
    const live = JSON.parse(inspect(String(target.pid), "--json").out) as InspectReport;
    spawnSync("gcore", ["-o", join(folder, "cli"), String(target.pid)]);
    const core = join(folder, `cli.${target.pid}`);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("pymalloc-core-"));
    writeFileSync(`${core}.gz`, gzipSync(readFileSync(core), { level: 1 }));
    for (const file of [core, `${core}.gz`]) {
      const { status, out, err } = inspect(file, "--json");
      expect([status, err]).toEqual([0, ""]);
      const report = JSON.parse(out) as InspectReport;
      expect({ ...report, process: null, times: null }).toEqual({
        ...live,
        ...{ process: null, resident: null, times: null },
      });
      expect(report.process).toEqual({ ...live.process, pauseMs: null });
    }
    const packed = readFileSync(`${core}.gz`);
    writeFileSync(`${core}.cut.gz`, packed.subarray(0, packed.length >> 1));
    expectRefusal(`${core}.cut.gz`, "compressed data is damaged or cut off");
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("pymalloc-core-"))).toEqual(before);
    await target.stop();
  });
});

describe("inspect refuses", () => {
  it("what is no process, and no file", () => {
    expectRefusal("4194305", "there is no process 4194305");
    expectRefusal("0", "there is no process 0");
    expectRefusal("99999999999999999999", "there is no process");
    expectRefusal("no-such-core", "no-such-core: no such file");
    expectRefusal(folder, "is a directory; expected the number of a process, or a core file");
    expectRefusal(process.execPath, "expected an ELF core of a 64-bit process");
    writeFileSync(join(folder, "empty"), "");
    expectRefusal(join(folder, "empty"), "expected an ELF core of a 64-bit process");
    writeFileSync(join(folder, "zstd"), Buffer.from("28b52ffd00000000", "hex"));
    expectRefusal(join(folder, "zstd"), /zstd|damaged/);
  });

  it("a process that is no Python", async () => {
    const sleeper: ChildProcess = spawn("sleep", ["60"]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expectRefusal(String(sleeper.pid), "no CPython: neither a file of the process nor its memory names one");
    sleeper.kill();
    expectRefusal(String(process.pid), "no CPython");
  });

  it.skipIf(inspectedPythons.length === 0)("a Python that has no pools", async () => {
    const target = await Target.start(python, ["owners.py", "one_dict"], { env: { PYTHONMALLOC: "malloc" } });
    expectRefusal(String(target.pid), "without pools of pymalloc: it runs with PYTHONMALLOC=malloc");
    await target.execute("pass");
    await target.stop();
  });

  it("wrong usage", () => {
    expect(inspect().status).toBe(2);
    expect(inspect("1", "2").status).toBe(2);
    expect(inspect("1", "--nonsense").status).toBe(2);
  });
});
