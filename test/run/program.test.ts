/** A program under `pymalloc run` behaves as under `python`. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT, Scratch } from "./cli.js";

const scratch = new Scratch();
afterAll(() => scratch.close());

/** Runs code with the report out of the way. */
const python = (code: string, args: readonly string[] = [], input = "") =>
  scratch.pymalloc(["run", "-c", code, "--report", "/dev/null", ...args], { input });

describe.concurrent("a script", () => {
  it("knows its file, its arguments and its folder's modules, and nothing else of the machine", async () => {
    mkdirSync(scratch.path("app"));
    scratch.save("app/sibling.py", "answer = 42\n");
    scratch.save("data.txt", "data\n");
    scratch.save(
      "app/main.py",
      `import os, sys, sibling
print(sibling.answer, __name__, __file__, sys.argv, sys.path[0], os.getcwd())
print(open("data.txt").read(), open(${JSON.stringify(scratch.path("data.txt"))}).read(), end="")
print(sorted(set(os.listdir("/")) - {"tmp"}), os.path.exists(${JSON.stringify(ROOT)}), dir())
open("written.txt", "w").write("here")
`,
    );
    const run = await scratch.pymalloc(["run", "app/main.py", "--report", "/dev/null", "--", "--help", "-c", "x y"]);
    expect(run.err).toBe("");
    expect(run.out.split("\n")).toEqual([
      "42 __main__ /cwd/app/main.py ['app/main.py', '--help', '-c', 'x y'] /cwd/app /cwd",
      "data",
      " data",
      expect.stringMatching(
        /^\['cwd', 'dev', 'home', 'lib', 'proc'\] False \['__builtins__', .*'os', 'sibling', 'sys'\]$/,
      ),
      "",
    ]);
    expect((await scratch.pymalloc(["run", "-c", "print(open('written.txt').read())", "--no-pins"])).out).toMatch(
      /^here\n/,
    );
  });

  it("reads stdin, and its output is its own bytes", async () => {
    const code = `import sys
print(input("? "), sys.stdin.read(), sep="|", end="")
sys.stdout.flush(); sys.stdout.buffer.write(bytes([0xc3, 0xa4, 10])); print("ü😀", file=sys.stderr)`;
    expect(await python(code, [], "a\nb\nc")).toEqual({ status: 0, out: "? a|b\ncä\n", err: "ü😀\n" });
    const json = await scratch.run("print('not JSON')");
    expect(json.err).toBe("not JSON\n");
  });

  it("may come from stdin", async () => {
    const run = await scratch.pymalloc(["run", "-", "--report", "/dev/null"], { input: "print(__name__)" });
    expect(run).toEqual({ status: 0, out: "__main__\n", err: "" });
  });

  it.each([
    ["import sys; sys.exit(3)", 3, ""],
    ["raise SystemExit('text')", 1, "text\n"],
    ["raise SystemExit", 0, ""],
    ["import os; os._exit(7)", 7, ""],
    ["import atexit, sys; atexit.register(lambda: sys.stderr.write('bye'))", 0, "bye"],
    ["x = (1,", 1, "  File \"<string>\", line 1\n    x = (1,\n        ^\nSyntaxError: '(' was never closed\n"],
  ])("%s", async (code, status, err) => {
    expect(await python(code)).toEqual({ status, out: "", err });
  });

  it("has a traceback without anybody else's frames, and its report", async () => {
    scratch.save("fails.py", "def f():\n    raise ValueError('no')\n\nkeep = [str(i) for i in range(9999)]\nf()\n");
    const run = await scratch.pymalloc(["run", "fails.py"]);
    expect(run.status).toBe(1);
    expect(run.err).toBe(`Traceback (most recent call last):
  File "/cwd/fails.py", line 5, in <module>
    f()
    ~^^
  File "/cwd/fails.py", line 2, in f
    raise ValueError('no')
ValueError: no
`);
    expect(run.out).toContain("exit status 1\n");
    expect(run.out).toContain("fails.py:4 <module>");
  });

  it("survives what real Python survives", async () => {
    const code = `
import asyncio, json, sys, threading
def attempt(f):
    try: print("ok", f())
    except BaseException as error: print(type(error).__name__)
def deep(n=100_000):
    x = []
    for i in range(n): x = [x]
    return x
class Loop:
    def __repr__(self): return repr(self)
def down(): return down()
async def nap(n):
    await asyncio.sleep(0.01)
    return n
async def main():
    async with asyncio.TaskGroup() as group: task = group.create_task(nap(1))
    try: await asyncio.wait_for(asyncio.sleep(9), 0.01)
    except TimeoutError: return sum(await asyncio.gather(nap(task.result()), nap(2)))
attempt(lambda: len(repr(deep())))
attempt(lambda: repr(Loop()))
attempt(down)
attempt(lambda: asyncio.run(main()))
attempt(lambda: [bytes(2**31 - 100) for _ in range(3)])
attempt(lambda: threading.Thread(target=print).start())
for name in "js", "pyodide", "pyodide_js", "numpy", "multiprocessing":
    attempt(lambda: __import__(name).__name__)
sys.setrecursionlimit(10**6)
def sorter(n): return sorted([1, 2], key=lambda _: sorter(n + 1))
attempt(lambda: sorter(0))
`;
    const run = await python(code);
    expect(run).toEqual({
      status: 0,
      err: "",
      out: [
        "ok 200002",
        "RecursionError",
        "RecursionError",
        "ok 3",
        "MemoryError",
        "RuntimeError",
        "ModuleNotFoundError",
        "ModuleNotFoundError",
        "ModuleNotFoundError",
        "ModuleNotFoundError",
        "ok multiprocessing",
        "RecursionError",
        "",
      ].join("\n"),
    });
  });

  it("that kills the interpreter has its report up to there", async () => {
    const code = "import pymalloc, os\nx = ['%d' % i for i in range(5000)]\npymalloc.mark('made')\nos.abort()";
    const { status, err, report } = await scratch.run(code);
    expect(status).toBe(1);
    expect(err).toContain("pymalloc: the interpreter has stopped: ");
    expect(report.death).toContain("the interpreter has stopped");
    expect(report.marks.map(({ name }) => name)).toEqual(["start", "made", "end"]);
    expect(report.marks[2].blocks).toBeGreaterThan(5000);
  });

  it("gets Ctrl-C as KeyboardInterrupt", async () => {
    const code = "print('going', flush=True)\nwhile True: pass";
    let isSent = false;
    const run = await scratch.pymalloc(["run", "-c", code], {
      onOutput: (_, interrupt) => {
        if (!isSent) interrupt();
        isSent = true;
      },
    });
    expect(run.status).toBe(130);
    expect(run.err).toMatch(/\nKeyboardInterrupt\n$/);
    expect(run.out).toContain("exit status 130");
  });
});

describe.concurrent("what cannot be run", () => {
  it("is told in one line", async () => {
    expect(await scratch.pymalloc(["run", "none.py"])).toEqual({ status: 1, out: "", err: "none.py: no such file\n" });
    const folder = await scratch.pymalloc(["run", "."]);
    expect(folder).toEqual({ status: 1, out: "", err: ".: is a directory, expected a Python file\n" });
    const unwritable = await scratch.pymalloc(["run", "-c", "1", "--report", "no/such/folder"]);
    expect(unwritable.err).toBe("no/such/folder: cannot be written: no such directory\n");
  });

  it("is everything where pyodide is not installed", async () => {
    cpSync(`${ROOT}/dist`, scratch.path("alone/dist"), { recursive: true });
    writeFileSync(scratch.path("alone/package.json"), '{"type": "module", "version": "0"}');
    const run = await scratch.pymalloc(["run", "-c", "1"], { cli: scratch.path("alone/dist/src/cli/main.js") });
    expect(run.status).toBe(1);
    expect(run.err).toMatch(/^pyodide, .* is not installed: npm install pyodide@\S+\n$/);
  });
});

describe.concurrent("pymalloc record", () => {
  it("writes the trace of a program, and says so", async () => {
    const code =
      "import pymalloc\nx = [[] for i in range(1000)]\npymalloc.mark('made')\nprint('done')\nraise SystemExit(4)";
    const run = await scratch.pymalloc(["record", "-c", code, "-o", "t.rep.gz"]);
    expect(run).toMatchObject({ status: 4, out: "done\n" });
    expect(run.err).toMatch(/^t\.rep\.gz: [\d,]+ events, 1 mark, \d+ frees or resizes of older blocks left out\n$/);
    const replayed = await scratch.pymalloc(["replay", "t.rep.gz"]);
    expect(replayed.out).toContain("recorded by 3.14-32");
    expect(replayed.out).toContain('"made"');
  });
});
