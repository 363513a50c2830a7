/**
 * A disk that fills up, or a limit that does the same, ends the trace and not the program: what was recorded up to there is kept, in whole
 * events, and the last line on stderr says so.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readTraceFile } from "../../src/trace/file.js";
import type { Trace } from "../../src/trace/trace.js";
import { anyPython, folder, pythons, record } from "./native-pythons.js";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

interface Ran {
  readonly status: number | null;
  readonly out: string;
  /** The lines on stderr. */
  readonly err: string[];
  /** The directory in which it ran. */
  readonly home: string;
}

/** Runs a shell's `text` in a directory of its own; there `record OUTPUT …` records the program `main.py`. */
function shell(text: string, program: string, python = anyPython.path): Ran {
  const home = mkdtempSync(join(folder, "disk-"));
  writeFileSync(join(home, "main.py"), program);
  mkdirSync(join(home, "tmp"));
  const command = `"${process.execPath}" "${CLI}" record "${home}/main.py" --python "${python}" -o`;
  const env = { ...process.env, XDG_CACHE_HOME: folder, TMPDIR: join(home, "tmp") };
  const run = spawnSync("bash", ["-c", `record() { ${command} "$@"; }; ${text}`], { cwd: home, env, encoding: "utf8" });
  return { status: run.status, out: run.stdout, err: run.stderr.split("\n").slice(0, -1), home };
}

/** Without the program and the folder for temporary files. */
const filesOf = ({ home }: Ran): string[] =>
  readdirSync(home)
    .filter((name) => name !== "main.py" && name !== "tmp")
    .sort();

const ROUNDS = `
import pymalloc, sys
for i in range(60):
    x = [str(j) for j in range(10000)]
    pymalloc.mark("round %d" % i)
print("end")
sys.exit(7)
`;

const FULL = "ends before the program did: the disk is full (ENOSPC)";
const LIMIT = "ends before the program did: the limit on the size of a file (ulimit -f) is reached (EFBIG)";

/** The trace in `name`, which has the first of the marks `round 0`, `round 1`, …, as the first line on stderr says. */
async function expectFirstRounds({ err, home }: Ran, name: string): Promise<Trace> {
  const { trace } = await readTraceFile(join(home, name));
  const [, events, marks] = /: ([\d,]+) events?, ([\d,]+) marks?, /.exec(err[0]) ?? [];
  expect(trace.words.length / 2).toBe(Number(events.replaceAll(",", "")));
  expect(trace.marks).toHaveLength(Number(marks));
  expect(trace.marks).toEqual(Array.from(trace.marks, (_, index) => `round ${index}`));
  return trace;
}

describe.skipIf(pythons.length === 0)("a limit on the size of files", () => {
  async function expectWithin(kib: number, python: string): Promise<void> {
    const run = shell(`ulimit -f ${kib}; record t.pytrace`, ROUNDS, python);
    expect(run).toMatchObject({ status: 7, out: "end\n" });
    expect(run.err).toEqual([expect.stringMatching(/^t\.pytrace: /), `t.pytrace: ${LIMIT}`]);
    const trace = await expectFirstRounds(run, "t.pytrace");
    const noted = 4 * (trace.callocs.length + trace.bases.length);
    expect(trace.words.byteLength).toBeGreaterThan(1024 * kib - noted - 1024);
    expect(filesOf(run)).toEqual(["t.pytrace"]);
  }

  it.each(pythons)("$name: ends the trace within it, and not the program", ({ path }) => expectWithin(900, path));

  it.each([250, 391, 392, 393, 1500])("of %d KiB leaves no room unused", (kib) => expectWithin(kib, anyPython.path));

  it("that the program sets, with SIGXFSZ as the system has it", async () => {
    const { recording, stdout, trace } = await record({
      text: `
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
for i in range(100000): [i]
print("end")`,
    });
    expect(recording).toMatchObject({ status: 0, signal: null });
    expect(recording.cutOff).toBe("the limit on the size of a file (ulimit -f) is reached (EFBIG)");
    expect(stdout).toBe("end\n");
    expect(trace.words.byteLength).toBeGreaterThan(2 ** 20 - 2 ** 17);
  });

  it("leaves room for factors and names, however many", async () => {
    const callocs = shell(
      "ulimit -f 700; record t.pytrace",
      `
import ctypes
api = ctypes.pythonapi
api.PyMem_RawCalloc.restype = ctypes.c_void_p
api.PyMem_RawCalloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
api.PyMem_RawFree.argtypes = [ctypes.c_void_p]
for i in range(100000): api.PyMem_RawFree(api.PyMem_RawCalloc(3, 7))`,
    );
    expect(callocs.status).toBe(0);
    const { callocs: factors } = await expectFirstRounds(callocs, "t.pytrace");
    expect(factors.filter((factor) => factor === 7).length).toBeGreaterThan(1000);

    const names = shell(
      "ulimit -f 700; record t.pytrace",
      `
import pymalloc
for i in range(1000): pymalloc.mark("%04d" % i + '"' * 3000)`,
    );
    expect(names.status).toBe(0);
    expect(names.err[1]).toBe(`t.pytrace: ${LIMIT}`);
    const { trace } = await readTraceFile(join(names.home, "t.pytrace"));
    expect(trace.marks.length).toBeGreaterThan(30);
    const expected = Array.from(trace.marks, (_, index) => String(index).padStart(4, "0") + '"'.repeat(3000));
    expect(trace.marks).toEqual(expected);
  });

  it("replaces an older trace by the shorter one, and says so", async () => {
    const run = shell("echo old > t.pytrace; ulimit -f 900; record t.pytrace", ROUNDS);
    expect(run.status).toBe(7);
    expect(run.err[1]).toBe(`t.pytrace: ${LIMIT}`);
    await expectFirstRounds(run, "t.pytrace");
  });

  it("keeps the trace beside an output of another form that is too large", async () => {
    const run = shell("echo old > t.rep; ulimit -f 900; record t.rep", ROUNDS);
    const [older, kept] = filesOf(run);
    expect(older).toBe("t.rep");
    expect(kept).toMatch(/^t\.rep\.\d+\.pytrace$/);
    expect(readFileSync(join(run.home, "t.rep"), "utf8")).toBe("old\n");
    expect(run.status).toBe(1);
    expect(run.err).toEqual([
      `t.rep: cannot be written: EFBIG: file too large, write; the trace is in ${join(run.home, kept)}, and ${LIMIT}`,
    ]);
    const { trace } = await readTraceFile(join(run.home, kept));
    expect(trace.marks.length).toBeGreaterThan(0);
  });

  it("that lets nothing be written where the events are, has a copy elsewhere", async () => {
    const lowered = (bytes: number): string =>
      `${ROUNDS.replace("sys.exit(7)", "")}
import os, resource
resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (${bytes}, ${bytes}))`;
    const some = shell("echo old > t.pytrace; record t.pytrace", lowered(400_000));
    const [kept] = readdirSync(join(some.home, "tmp"));
    expect(kept).toMatch(/^t\.pytrace\.\d+\.pytrace$/);
    expect(some.status).toBe(1);
    expect(some.err).toEqual([
      `t.pytrace: cannot be written: EFBIG: file too large, write; the trace is in ${join(some.home, "tmp", kept)}, and ${LIMIT}`,
    ]);
    expect((await readTraceFile(join(some.home, "tmp", kept))).trace.words.byteLength).toBeGreaterThan(300_000);
    expect(filesOf(some)).toEqual(["t.pytrace"]);
    expect(readFileSync(join(some.home, "t.pytrace"), "utf8")).toBe("old\n");

    const none = shell("echo old > t.pytrace; record t.pytrace", lowered(0));
    expect(none.status).toBe(1);
    expect(none.err).toEqual([
      `t.pytrace: cannot be written: EFBIG: file too large, write; ${none.home}/tmp/t.pytrace: cannot be written: EFBIG: file too large, write`,
    ]);
    expect(readFileSync(join(none.home, "t.pytrace"), "utf8")).toBe("old\n");
    expect([...filesOf(none), ...readdirSync(join(none.home, "tmp"))]).toEqual(["t.pytrace"]);
  });

  it("leaves whole texts in the file of statistics", async () => {
    const marks = `import pymalloc\nfor i in range(400): pymalloc.mark()`;
    const run = shell("ulimit -f 700; record t.pytrace --stats stats", marks);
    expect(run).toMatchObject({ status: 0 });
    expect(run.err.slice(1)).toEqual([`stats: ${LIMIT.replace("the program did", "the last mark")}`]);
    const texts = readFileSync(join(run.home, "stats"), "utf8");
    const count = texts.match(/^Small block threshold/gm)?.length ?? 0;
    expect(count).toBeGreaterThan(100);
    expect(texts.match(/^Total {30}=/gm)).toHaveLength(2 * count); // of arenas, and of bytes
    expect(texts.endsWith("\n")).toBe(true);
    expect((await readTraceFile(join(run.home, "t.pytrace"))).trace.marks).toHaveLength(400);
  });
});

/** A small disk of the shell's own, which nobody else sees: for root, and wherever users have namespaces. */
const SMALL = "mkdir disk; mount -t tmpfs -o size=1m tmpfs disk";
const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", folder]).status === 0;

/** Runs `text` with a disk of 1 MiB, `disk`, of which `disk.after` is a copy when it has ended. */
function onSmallDisk(text: string, program = ROUNDS): Ran {
  const quoted = `'${text}; status=$?; cp -r disk disk.after; exit $status'`;
  return shell(`export -f record; unshare -rm bash -c "${SMALL};"${quoted}`, program);
}

describe.skipIf(pythons.length === 0 || !canMount)("a disk of 1 MiB that holds the recording and the trace", () => {
  it.each(["pytrace", "pytrace.gz", "rep.gz"])("has the trace up to where it was full: .%s", async (form) => {
    for (const older of ["", `echo old > disk/t.${form}; `]) {
      const run = onSmallDisk(`${older}record disk/t.${form}`);
      expect(run).toMatchObject({ status: 7, out: "end\n" });
      expect(run.err[1]).toBe(`disk/t.${form}: ${FULL}`);
      const trace = await expectFirstRounds(run, `disk.after/t.${form}`);
      expect(trace.words.byteLength).toBeGreaterThan(850_000);
      expect(readdirSync(join(run.home, "disk.after"))).toEqual([`t.${form}`]);
    }
  });
});
