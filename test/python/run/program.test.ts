/** A program under `pymalloc run` behaves as under `python`. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CLI, ROOT, Scratch } from "./cli.js";

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
    ["import sys; sys.exit(2**70)", 255, ""],
    ["import sys; sys.exit(2**32 + 3)", 3, ""],
    ["import sys; sys.stdout.close()", 0, ""],
    ["import sys; sys.stdout = None", 0, ""],
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

  it("waits for what stdin will have", async () => {
    const code = "import sys\nprint(input(), len(sys.stdin.read()), repr(sys.stdin.read()))";
    expect(await python(code, [], `a\n${"x".repeat(300_000)}`)).toEqual({ status: 0, out: "a 300000 ''\n", err: "" });
  });

  it("sleeps as long as it says, and not for what is no number", async () => {
    const code = `import time
for seconds in -1, "a", float("nan"), 1e300:
    try: time.sleep(seconds)
    except Exception as error: print(type(error).__name__)
start = time.perf_counter(); time.sleep(0.25); print(time.sleep(True), time.perf_counter() - start >= 1.25)`;
    expect((await python(code)).out).toBe("ValueError\nTypeError\nValueError\nOverflowError\nNone True\n");
  });

  it("ends as Python does: its files are written, its finalizers called with its names still there", async () => {
    const code = `import atexit, os, sys, tempfile, types
class Last:
    def __init__(self, name): self.name = name
    def __del__(self): os.write(1, f"{self.name} {word()}\\n".encode())
def word(): return WORD
WORD = "names"
first = Last("first")
loop = Last("loop"); loop.self = loop
module = types.ModuleType("module"); module.last = Last("module"); sys.modules["module"] = module
text = open("text.txt", "w"); text.write("x" * 100_000); text.write("y")
kept = tempfile.NamedTemporaryFile(dir=".", prefix="passing")
atexit.register(lambda: os.write(1, b"atexit\\n"))
def fails():
    local = open("local.txt", "w"); local.write("local")
    sys.stdout = open("stdout.txt", "w"); print("into a file")
    raise SystemExit(5)
fails()`;
    const run = await python(code);
    expect(run).toEqual({ status: 5, out: "atexit\nfirst names\nloop names\nmodule names\n", err: "" });
    expect(readFileSync(scratch.path("text.txt"), "utf8")).toBe(`${"x".repeat(100_000)}y`);
    expect(readFileSync(scratch.path("local.txt"), "utf8")).toBe("local");
    expect(readFileSync(scratch.path("stdout.txt"), "utf8")).toBe("into a file\n");
    expect(readdirSync(scratch.folder).filter((name) => name.startsWith("passing"))).toEqual([]);
  });

  it("finds what lies beside the file that a link leads to", async () => {
    mkdirSync(scratch.path("linked"));
    scratch.save("linked/beside.py", "answer = 5\n");
    scratch.save("linked/script.py", "import beside; print(beside.answer, __file__)\n");
    symlinkSync("linked/script.py", scratch.path("by-link.py"));
    const run = await scratch.pymalloc(["run", "by-link.py", "--report", "/dev/null"]);
    expect(run).toEqual({ status: 0, out: "5 /cwd/by-link.py\n", err: "" });
  });

  it("has no shell of this machine", async () => {
    const code = `import ctypes, os
print(os.waitstatus_to_exitcode(os.system("echo made > made-by-shell")), ctypes.CDLL(None).system(b"echo made > made-by-shell") >> 8)`;
    expect(await python(code)).toEqual({ status: 0, out: "127 127\n", err: "" });
    expect(existsSync(scratch.path("made-by-shell"))).toBe(false);
  });

  it("has no sockets", async () => {
    const code = `import socket
for make in lambda: socket.create_connection(("localhost", 80)), socket.socket, socket.socketpair:
    try: print(make())
    except OSError as error: print(error)`;
    const refused = "[Errno 5] Address family not supported by protocol\n";
    expect(await python(code)).toEqual({ status: 0, out: refused.repeat(3), err: "" });
  });

  it("makes files as the umask says", async () => {
    mkdirSync(scratch.path("made"));
    await python("import os\nopen('made/a', 'w')\nos.mkdir('made/b')\nos.open('made/c', os.O_CREAT, 0o600)");
    const modeOf = (name: string): number => statSync(scratch.path(`made/${name}`)).mode & 0o777;
    const allowed = ~process.umask();
    expect(["a", "b", "c"].map(modeOf)).toEqual([0o666 & allowed, 0o777 & allowed, 0o600 & allowed]);
  });

  it("keeps its exit status when nobody reads its output", async () => {
    const pipe = (code: string): string => {
      const command = `"$0" "$1" run -c "$2" | true; echo "\${PIPESTATUS[0]}"`;
      const { stdout } = spawnSync("bash", ["-c", command, process.execPath, CLI, code], { encoding: "utf8" });
      return stdout;
    };
    expect(pipe("import sys; sys.exit(3)")).toBe("3\n");
    expect(pipe("pass")).toBe("0\n");
  });
});

describe.concurrent("what cannot be run", () => {
  it("is told in one line", async () => {
    expect(await scratch.pymalloc(["run", "none.py"])).toEqual({ status: 1, out: "", err: "none.py: no such file\n" });
    const folder = await scratch.pymalloc(["run", "."]);
    expect(folder).toEqual({ status: 1, out: "", err: ".: is a directory; expected a Python file\n" });
    const unwritable = await scratch.pymalloc(["run", "-c", "1", "--report", "no/such/folder"]);
    expect(unwritable.err).toBe("no/such/folder: cannot be written: no such directory\n");
  });

  it("is everything that would write over its script, or one file twice", async () => {
    scratch.save("kept.py", "print('kept')\n");
    symlinkSync("kept.py", scratch.path("link.py"));
    const refused = (args: string) => scratch.pymalloc(args.split(" "));
    const script = (option: string, command = "run") => ({
      status: 2,
      out: "",
      err: `pymalloc ${command}: ${option}: is read, and would be written over\n`,
    });
    expect(await refused("run kept.py --report kept.py")).toEqual(script("--report kept.py"));
    expect(await refused("run link.py --timeline ./kept.py")).toEqual(script("--timeline ./kept.py"));
    expect(await refused("run kept.py --html link.py")).toEqual(script("--html link.py"));
    expect(await refused("record kept.py -o kept.rep --python python3 --stats kept.py")).toEqual(
      script("--stats kept.py", "record"),
    );
    expect(await refused("run kept.py --timeline same.rep --trace ./same.rep")).toEqual({
      status: 2,
      out: "",
      err: "pymalloc run: --trace ./same.rep: --timeline writes that file\n",
    });
    expect(readFileSync(scratch.path("kept.py"), "utf8")).toBe("print('kept')\n");
    expect(["same.rep", "kept.rep"].filter((name) => existsSync(scratch.path(name)))).toEqual([]);
  });

  it("is nothing but slower where Pyodide is another than the one whose library was compiled", async () => {
    cpSync(`${ROOT}/dist`, scratch.path("other/dist"), {
      recursive: true,
      filter: (source) => basename(source) !== "stdlib",
    });
    writeFileSync(scratch.path("other/package.json"), '{"type": "module", "version": "0"}');
    mkdirSync(scratch.path("other/node_modules"));
    symlinkSync(`${ROOT}/node_modules/pyodide`, scratch.path("other/node_modules/pyodide"));
    const fileOfCsv = async (cli: string): Promise<string> => {
      const code = "import csv; print('csv.pyc' in csv.__loader__._get_files(), csv.__file__, csv.__cached__)";
      const args = ["run", "-c", code, "--report", "/dev/null"];
      return (await scratch.pymalloc(args, { cli })).out;
    };
    const names = "/lib/python314.zip/csv.py /lib/python314.zip/__pycache__/csv.cpython-314.pyc\n";
    expect(await fileOfCsv(scratch.path("other/dist/src/cli/main.js"))).toBe(`False ${names}`);
    expect(await fileOfCsv(CLI)).toBe(`True ${names}`);
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
