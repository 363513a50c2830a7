/** A recorded program runs as it would without the recorder, and its trace has all that it asked for, once. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DOMAIN_MEM, DOMAIN_OBJ, DOMAIN_RAW, OP_CALLOC, OP_FREE, OP_MALLOC } from "../../src/index.js";
import type { Trace } from "../../src/trace/trace.js";
import { anyPython, cacheFolder, folder, leftovers, pythons, record } from "./native-pythons.js";

interface Event {
  readonly op: number;
  readonly domain: number;
  readonly id: number;
  readonly value: number;
}

/** The events between two marks, by their numbers. */
function between(trace: Trace, first: number, last: number): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < trace.words.length; at += 2) {
    const [head, value] = [trace.words[at], trace.words[at + 1]];
    events.push({ op: head & 7, domain: (head >>> 3) & 3, id: head >>> 5, value });
  }
  const index = (mark: number): number => events.findIndex(({ op, value }) => op === 4 && value === mark);
  return events.slice(index(first) + 1, index(last));
}

/** What became of the block of `domain` that was allocated with `size` bytes, from then to its free. */
function life(events: readonly Event[], domain: number, size: number): string[] {
  const start = events.findIndex((event) => event.domain === domain && event.value === size);
  const own = events.slice(start).filter(({ id }) => id === events[start].id);
  const end = own.findIndex(({ op }) => op === OP_FREE);
  expect(own.slice(0, end + 1).every((event) => event.domain === domain)).toBe(true);
  return own.slice(0, end + 1).map(({ op, value }) => `${"acrf"[op]} ${value}`);
}

const CTYPES = `
import ctypes, pymalloc
api = ctypes.pythonapi
for name in "PyMem_Malloc PyObject_Malloc PyMem_RawMalloc".split():
    getattr(api, name).restype = ctypes.c_void_p
    getattr(api, name).argtypes = [ctypes.c_size_t]
for name in "PyMem_Calloc PyObject_Calloc PyMem_RawCalloc".split():
    getattr(api, name).restype = ctypes.c_void_p
    getattr(api, name).argtypes = [ctypes.c_size_t, ctypes.c_size_t]
for name in "PyMem_Realloc PyObject_Realloc PyMem_RawRealloc".split():
    getattr(api, name).restype = ctypes.c_void_p
    getattr(api, name).argtypes = [ctypes.c_void_p, ctypes.c_size_t]
for name in "PyMem_Free PyObject_Free PyMem_RawFree".split():
    getattr(api, name).restype = None
    getattr(api, name).argtypes = [ctypes.c_void_p]
`;

describe.skipIf(pythons.length === 0)("a recorded program runs as ever", () => {
  const WHO = `import sys, os
print([sys.executable, sys.argv, sys.path[0], sys.prefix, sys.base_prefix, sys.version, __name__])
print([name for name in os.environ if "PYMALLOC" in name], open(os.devnull).fileno(), sys.stdin.read())`;

  it.each(pythons)("$name: its path, arguments, prefix, variables, files and stdin are its own", async ({ path }) => {
    const script = join(folder, "who.py");
    writeFileSync(script, WHO);
    const args = ["a b", "--flag", "ä"];
    const env = { ...process.env, PYTHONIOENCODING: "utf-8" };
    const plain = spawnSync(path, [script, ...args], { input: "some\ntext", encoding: "utf8", env });
    const { recording, stdout, stderr } = await record({ python: path, script, args, input: "some\ntext", env });
    expect({ stdout, stderr, status: recording.status }).toEqual({ stdout: plain.stdout, stderr: "", status: 0 });
  });

  it("as code, as a module, from stdin, and with the interpreter's options", async () => {
    expect((await record({ code: "import sys; print(sys.argv)", args: ["x"] })).stdout).toBe("['-c', 'x']\n");
    expect((await record({ module: "platform" })).stdout).toMatch(/Linux|macOS|Darwin/);
    expect((await record({ script: "-", input: "print(1 + 1)" })).stdout).toBe("2\n");
    const pythonArgs = ["-O", "-s"];
    const text = "import sys; print(sys.flags.optimize, sys.flags.no_user_site)";
    expect((await record({ text, pythonArgs })).stdout).toBe("1 1\n");
  });

  it("in a virtual environment", async () => {
    const home = join(folder, "venv");
    expect(spawnSync(anyPython.path, ["-m", "venv", "--without-pip", home]).status).toBe(0);
    const { stdout } = await record({ python: join(home, "bin/python"), text: "import sys; print(sys.prefix)" });
    expect(stdout).toBe(`${home}\n`);
  });

  it("with its exit status, and its traceback where it fails", async () => {
    expect((await record({ text: "import sys; sys.exit(3)" })).recording).toMatchObject({ status: 3, signal: null });
    const { recording, trace, stderr } = await record({
      text: "import pymalloc\npymalloc.mark('x')\nraise KeyError(1)",
    });
    expect(recording.status).toBe(1);
    expect(stderr).toMatch(/^Traceback .*\n {2}File ".*", line 3, in <module>\n(.*\n)*KeyError: 1\n$/);
    expect(trace.marks).toEqual(["x"]);
  });

  it("in a directory of its own, where the script is looked for", async () => {
    writeFileSync(join(folder, "-here.py"), "import os; print(os.getcwd())");
    const { stdout } = await record({ script: "-here.py", cwd: folder });
    expect(stdout.trim()).toBe(folder);
  });

  it("also in its children, which are not recorded", async () => {
    const text = `
import os, subprocess, sys, multiprocessing, pymalloc
def double(x):
    pymalloc.mark("in a child")
    return 2 * x
if __name__ == "__main__":
    pymalloc.mark("before")
    if os.fork() == 0:
        keep = [[i] for i in range(100000)]
        pymalloc.mark("in a child")
        sys.exit(0)
    os.wait()
    print(subprocess.check_output([sys.executable, "-c", "import sys; print(sys.argv)", "y"]).decode().strip())
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(double, range(3)))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(abs, range(-3, 0)))
    pymalloc.mark("after")
`;
    // A child that is started anew is any Python: there the module is the one that stands beside the script.
    const home = mkdtempSync(join(folder, "children-"));
    writeFileSync(join(home, "pymalloc.py"), "def mark(name=''): pass\n");
    writeFileSync(join(home, "main.py"), text);
    const { recording, trace, stdout, stderr } = await record({ script: join(home, "main.py") });
    expect(stderr).toBe("");
    expect(stdout).toBe("['-c', 'y']\n[0, 2, 4]\n[3, 2, 1]\n");
    expect(trace.marks).toEqual(["before", "after"]);
    expect(recording.status).toBe(0);
  });
});

describe.skipIf(pythons.length === 0)("a trace has what was asked for, once", () => {
  it("of each domain, with large requests in the domain that they were asked of", async () => {
    const text = `${CTYPES}
pymalloc.mark()
for malloc, realloc, free in (
    (api.PyObject_Malloc, api.PyObject_Realloc, api.PyObject_Free),
    (api.PyMem_Malloc, api.PyMem_Realloc, api.PyMem_Free),
    (api.PyMem_RawMalloc, api.PyMem_RawRealloc, api.PyMem_RawFree)):
    free(realloc(realloc(malloc(54321), 45), 77777))
free(None)
pymalloc.mark()
`;
    const { trace } = await record({ text });
    const events = between(trace, 0, 1);
    for (const domain of [DOMAIN_OBJ, DOMAIN_MEM, DOMAIN_RAW])
      expect(life(events, domain, 54321)).toEqual(["a 54321", "r 45", "r 77777", "f 0"]);
    for (const size of [54321, 77777]) expect(events.filter(({ value }) => value === size)).toHaveLength(3);
  });

  it("without the RAW domain, where that is not wanted", async () => {
    const { trace, recording } = await record({ text: "x = list(range(1000))", raw: false });
    expect(between(trace, -1, -1).filter(({ domain }) => domain === DOMAIN_RAW)).toEqual([]);
    expect(recording.ops).toBe(recording.events);
  });

  it("but not what was refused: the block that could not grow stays", async () => {
    const text = `${CTYPES}
pymalloc.mark()
assert api.PyMem_Malloc(1 << 62) is None
assert api.PyObject_Calloc(1 << 40, 1 << 40) is None
block = api.PyObject_Malloc(333)
assert api.PyObject_Realloc(block, 1 << 62) is None
api.PyObject_Free(api.PyObject_Realloc(None, 334))
api.PyMem_Free(api.PyMem_Calloc(5, 67))
api.PyMem_Free(api.PyMem_Calloc(0, 1 << 40))
api.PyObject_Free(block)
pymalloc.mark()
`;
    const { trace, recording } = await record({ text });
    expect(recording.failed).toBe(2); // Calloc refused before it reached an allocator
    const events = between(trace, 0, 1);
    expect(life(events, DOMAIN_OBJ, 333)).toEqual(["a 333", "f 0"]);
    expect(events.filter(({ value }) => value === 334).map(({ op }) => op)).toEqual([OP_MALLOC]);
    expect(events.filter(({ value }) => value === 335).map(({ op }) => op)).toEqual([OP_CALLOC]);
    expect([...trace.callocs].join()).toContain("5,67");
  });

  it("and of a block that is too large for a trace the time when it is not", async () => {
    const text = `${CTYPES}
pymalloc.mark()
block = api.PyMem_RawMalloc(444)
big = api.PyMem_RawRealloc(block, 5 << 30)
block = api.PyMem_RawRealloc(big, 445) if big else block
api.PyMem_RawFree(block)
pymalloc.mark("big" if big else "small")
`;
    const { trace, recording } = await record({ text });
    const isBig = trace.marks[1] === "big";
    expect(recording.oversized).toBe(isBig ? 1 : 0);
    const raw = between(trace, 0, 1).filter(({ domain }) => domain === DOMAIN_RAW);
    const sizes = raw.filter(({ value }) => value === 444 || value === 445);
    expect(sizes.map(({ op }) => op)).toEqual(isBig ? [OP_MALLOC, OP_MALLOC] : [OP_MALLOC]);
  });

  it("from many threads at once, without the GIL", async () => {
    const text = `
import ctypes, threading
lib = ctypes.CDLL(None)
lib.PyMem_RawMalloc.restype = lib.PyMem_RawRealloc.restype = ctypes.c_void_p
lib.PyMem_RawMalloc.argtypes = [ctypes.c_size_t]
lib.PyMem_RawRealloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
lib.PyMem_RawFree.argtypes = [ctypes.c_void_p]
lib.PyMem_RawFree.restype = None
def work():
    for i in range(4000):
        lib.PyMem_RawFree(lib.PyMem_RawRealloc(lib.PyMem_RawMalloc(31337), 70000 + i % 100))
threads = [threading.Thread(target=work) for _ in range(6)]
for t in threads: t.start()
for t in threads: t.join()
`;
    const { trace, recording } = await record({ text });
    expect(recording).toMatchObject({ status: 0, unseen: 0, crossed: 0, unknown: 0 });
    expect(between(trace, -1, -1).filter(({ value }) => value === 31337)).toHaveLength(24000);
  });

  it("while tracemalloc traces, too", async () => {
    const text = `import tracemalloc, sys
tracemalloc.start()
x = [[i] for i in range(1000)]
sys._debugmallocstats()
tracemalloc.stop()
sys._debugmallocstats()`;
    const { trace, recording } = await record({ text });
    expect(recording).toMatchObject({ status: 0, marks: 2, unseen: 0, crossed: 0 });
    expect(trace.opCount).toBeGreaterThan(2000);
  });

  it("to the end, however the program ends", async () => {
    const start = "import os, pymalloc\nkeep = [str(i) * 3 for i in range(50000)]\npymalloc.mark('last')\n";
    const exit = await record({ text: `${start}os._exit(7)` });
    expect(exit.recording).toMatchObject({ status: 7, signal: null, cutOff: null });
    const kill = await record({ text: `${start}os.kill(os.getpid(), 9)` });
    expect(kill.recording).toMatchObject({ status: 137, signal: "SIGKILL", cutOff: null });
    for (const { trace, recording } of [exit, kill]) {
      expect(trace.marks).toEqual(["last"]);
      expect(trace.opCount).toBe(recording.ops);
      expect(recording.ops).toBeGreaterThan(50000);
    }
  });

  it("up to where it could be written", async () => {
    const text = `import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
for i in range(100000): [i]
print("goes on")`;
    const { recording, trace, stdout } = await record({ text });
    const cutOff = "the limit on the size of a file (ulimit -f) is reached (EFBIG)";
    expect(recording).toMatchObject({ status: 0, cutOff });
    expect(trace.words.byteLength).toBeGreaterThan(1e6);
    expect(stdout).toBe("goes on\n");
  });

  it("in whatever form its name asks for", async () => {
    const text =
      "import pymalloc\npymalloc.mark('ä \\n b ')\npymalloc.mark(name='\\ud800b')\npymalloc.mark(5)\npymalloc.mark('x' * 9000)";
    for (const suffix of ["rep", "rep.gz", "pytrace.gz"]) {
      const { trace, recording } = await record({ text, output: join(folder, `form.${suffix}`) });
      expect(trace.marks.slice(0, 3)).toEqual(["ä b", "?b", "5"]);
      expect(trace.marks[3]).toBe("x".repeat(4096));
      expect(trace.recordedBy).toBe(recording.recordedBy);
      expect(trace.words.length / 2).toBe(recording.events);
    }
  });

  it("through a link, which stays one", async () => {
    const output = join(folder, "link.pytrace");
    symlinkSync("real.pytrace", output);
    const { trace } = await record({ text: "import pymalloc\npymalloc.mark('there')", output });
    expect(trace.marks).toEqual(["there"]);
    expect(lstatSync(output).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(folder, "real.pytrace")).isFile()).toBe(true);
  });

  it("with factors of callocs beyond what is kept in memory", async () => {
    const { trace, recording } = await record({
      text: `${CTYPES}
for i in range(20000):
    api.PyMem_RawFree(api.PyMem_RawCalloc(3, 7))
pymalloc.mark("end")`,
    });
    expect(recording.status).toBe(0);
    expect(trace.callocs.filter((factor) => factor === 7).length).toBeGreaterThanOrEqual(20000);
    expect(trace.marks).toEqual(["end"]);
  });
});

describe.skipIf(pythons.length === 0)("the recorder's own file", () => {
  it("is compiled once, also where several need it at once", async () => {
    const cache = join(folder, "many");
    const texts = Array.from({ length: 4 }, (_, i) => `print(${i})`);
    const all = await Promise.all(texts.map((text) => record({ text, cacheFolder: cache })));
    expect(all.map(({ stdout }) => stdout)).toEqual(["0\n", "1\n", "2\n", "3\n"]);
    expect(readdirSync(cache)).toHaveLength(1);
    expect(existsSync(cacheFolder)).toBe(true);
  });

  it("hands a signal on, and keeps the trace", async () => {
    const text = `import os, signal, time, pymalloc
pymalloc.mark("waiting")
os.kill(os.getppid(), signal.SIGTERM)
time.sleep(60)`;
    const { recording, trace } = await record({ text });
    expect(recording).toMatchObject({ status: 143, signal: "SIGTERM" });
    expect(trace.marks).toEqual(["waiting"]);
  });

  it("leaves nothing beside the trace", () => expect(leftovers()).toEqual([]));
});
