/** Files that commands write, where they are no files, or the disk is full. */
import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "pymalloc-outputs-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const at = (name: string): string => join(scratch, name);

/** Runs a shell's `text`, in which `pymalloc` is the command. */
function shell(text: string): { status: number | null; out: string; err: string } {
  const run = spawnSync("bash", ["-c", `pymalloc() { "${process.execPath}" "${CLI}" "$@"; }; ${text}`], {
    cwd: scratch,
    maxBuffer: 2 ** 28,
  });
  return { status: run.status, out: run.stdout.toString(), err: run.stderr.toString() };
}

beforeAll(() => {
  const { status, err } = shell(
    `echo '{"traces":["churn:events=2000"],"strategies":["tlsf","bump"]}' > e.json &&
      pymalloc sweep e.json -o r.jsonl && pymalloc generate churn --events 2000 -o t.rep`,
  );
  expect({ status, err }).toEqual({ status: 0, err: "" });
});

describe("a file on a disk that is full", () => {
  it.each([
    ["x.html", "plot r.jsonl --kind pareto -o x.html"],
    ["x.svg", "plot r.jsonl --kind pareto -o x.svg"],
    ["x.csv", "compare churn:events=2000 --csv x.csv"],
    ["y.html", "compare churn:events=2000 --html y.html"],
    ["z.html", "replay t.rep --html z.html"],
    ["fit.json", "fit t.rep -o fit.json"],
    ["u.rep", "generate churn --events 2000 -o u.rep"],
    ["v.rep", "convert t.rep -o v.rep"],
    ["report", "run -c 1 --report report"],
    ["line.csv", "run -c 1 --timeline line.csv"],
    ["w.html", "run -c 1 --html w.html"],
    ["w.rep", "run -c 1 --trace w.rep"],
    ["r.rep", "record -c 1 -o r.rep"],
    ["stdout", "compare churn:events=2000 --json > json"],
    ["-", "generate churn --events 2000 -o - > w.rep"],
  ])("is told as one line: %s", (name, command) => {
    const { status, err } = shell(`ulimit -f 1; trap '' XFSZ; pymalloc ${command}`);
    expect(err).toBe(`${name}: cannot be written: EFBIG: file too large, write\n`);
    expect(status).toBe(1);
  });
});

describe("an output", () => {
  it("called - is refused where it is no name for stdout", () => {
    for (const [option, command] of [
      ["-o", "sweep e.json -o -"],
      ["--times", "sweep e.json -o x.jsonl --times -"],
      ["-o", "merge r.jsonl -o -"],
      ["--csv", "compare churn --csv -"],
      ["--html", "compare churn --html -"],
      ["--html", "replay t.rep --html -"],
      ["--html", "run -c 1 --html -"],
      ["--timeline", "run -c 1 --timeline -"],
      ["--stats", "record -c 1 --python python3 -o x.rep --stats -"],
    ])
      expect(shell(`pymalloc ${command}`)).toEqual({
        status: 2,
        out: "",
        err: `pymalloc ${command.split(" ")[0]}: ${option} must be the name of a file (got "-")\n`,
      });
    expect(shell("pymalloc plot r.jsonl --kind pareto -o -").status).toBe(2);
    expect(readdirSync(scratch)).not.toContain("-");
  });

  it("called - is stdout where that is meant without it", () => {
    for (const command of ["fit t.rep", "run -c 1"])
      expect(shell(`pymalloc ${command} ${command.startsWith("fit") ? "-o" : "--report"} -`)).toEqual(
        shell(`pymalloc ${command}`),
      );
    expect(readdirSync(scratch)).not.toContain("-");
  });

  it("may be a pipe, which is opened once and stays one", () => {
    const command = "pymalloc compare churn:events=2000 --csv";
    const { status, err } = shell(`mkfifo pipe; (cat pipe > copy) & ${command} pipe && wait && ${command} file`);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(readFileSync(at("copy"), "utf8")).toBe(readFileSync(at("file"), "utf8"));
    expect(lstatSync(at("pipe")).isFIFO()).toBe(true);
  });

  it("may be a link, which stays one", () => {
    symlinkSync("real.json", at("link.json"));
    expect(shell("pymalloc fit t.rep -o link.json")).toEqual({ status: 0, out: "", err: "" });
    expect(lstatSync(at("link.json")).isSymbolicLink()).toBe(true);
    expect(readFileSync(at("real.json"), "utf8")).toBe(shell("pymalloc fit t.rep").out);
    symlinkSync("loop", at("loop"));
    expect(shell("pymalloc fit t.rep -o loop").err).toMatch(/^loop: cannot be written: ELOOP[^\n]*\n$/);
  });
});
