/** The source line and size of each block, as `tracemalloc` and `sys.getsizeof` say them. */
import { beforeAll, describe, expect, it } from "vitest";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { PythonObjects } from "../../../src/python/interpreter/objects.js";
import { ask, newPython, type Python } from "./python.js";

/** Id and bytes in front of each object of `objects`, with the file and line that tracemalloc has for it. */
const WITNESS = `
import tracemalloc, json, sys
def witness(objects):
    rows = []
    for o in objects:
        trace = tracemalloc.get_object_traceback(o)
        rows.append((id(o), sys.getsizeof(o) - type(o).__sizeof__(o), trace and (trace[0].filename, trace[0].lineno)))
    return json.dumps(rows)
`;

type Row = [id: number, before: number, line: [file: string, line: number] | null];

/** Everything that makes frames of its own, each object of a type without a free list, some lines in several functions. */
const SCRIPT = `
import weakref
class Plain:
    tag = "class" + str(object())
    made = [bytes(30 + i) for i in range(40)]

    def __init__(self, n):
        self.text = "x" * (n + 5)

    @property
    def more(self):
        return bytes(self.n)

def function(n):
    first = bytes(n)
    second = bytearray(n); third = "y" * n
    return [first, second, third, frozenset([n, n + 1])]

def generator(n):
    for i in range(n):
        yield bytes(40 + i)
        yield (
            "multi"
            "line" * (i + 2)
        )

def nested(n):
    def inner(m):
        return bytes(m + n)
    return [inner, inner(50), (lambda k: bytes(k + n))(60)]

def failing(n):
    try:
        raise ValueError("v" * n)
    except ValueError as error:
        return [error.args[0], "caught" * n]

objects = list(Plain.made)
for n in range(60):
    objects += function(n + 2)
    objects += generator(6)
    objects += nested(n)[1:]
    objects += [Plain(n), Plain(n).text, weakref.ref(Plain)]
    objects += [bytes(70 + i) for i in range(5) if i != n % 5]
    objects += ["k" * (i + 9) for i in (lambda: range(4))()]
    objects += failing(n + 2)
    objects += map(lambda i: bytes(i + 33), range(4))
    objects += sorted(("s" * (20 - i) for i in range(9)), key=lambda s: len(s + "!" * 30))
    objects += [str(n * 10**9), f"{n}" * 9, ("%d" % n) * 12, "".join(map(str, range(n + 2))), repr([n] * 9)]
async def coroutine(n):
    return bytes(n + 80)
for n in range(30):
    try: coroutine(n).send(None)
    except StopIteration as stop: objects.append(stop.value)
`;

describe("the lines that asked for blocks", () => {
  let python: Python;
  let heap: AttachedHeap;

  beforeAll(async () => {
    python = await newPython();
    python.runPython("import json, re, tracemalloc, linecache, fnmatch, pickle");
    heap = await attach(python, { record: true });
    python.runPython(`tracemalloc.start()\n${WITNESS}`);
  });

  /** Runs `code`, which makes a list `objects`, and compares the line of each; returns how many there were. */
  function expectLines(code: string, filename: string): number {
    python.runPython(code, { filename });
    const rows: Row[] = JSON.parse(python.runPython("witness(objects)") as string);
    heap.flush();
    const said = rows.map(([id, before]) => {
      const request = heap.recording!.request(id - before);
      const line = request && heap.sites!.line(request.site);
      return line && [line.file, line.line];
    });
    expect(said).toEqual(rows.map(([, , line]) => line));
    return rows.length;
  }

  it("are those of tracemalloc, in code of every kind", () => {
    expect(expectLines(SCRIPT, "lines.py")).toBeGreaterThan(2000);
    expect(ask(python, "len({tracemalloc.get_object_traceback(o)[0].lineno for o in objects})")).toBeGreaterThan(15);
  });

  it("are right in code that lies where other code was", () => {
    const count = expectLines(
      `
objects = []
for i in range(600):
    filler = "\\n" * (i % 37)
    names = {}
    exec(compile(f"{filler}def f(n):\\n    x = bytes(n)\\n    return [x, 'a' * n, (lambda: bytes(n + 1))()]\\n", f"made {i % 11}.py", "exec"), names)
    objects += names["f"](i + 40)
    del names
`,
      "again.py",
    );
    expect(count).toBe(1800);
    // The same code objects' memory must have served again, or this shows nothing.
    const before = heap.sites!.count;
    python.runPython(
      "addresses = set()\nfor i in range(300):\n    c = compile('x = bytes(50)', f'c{i}', 'exec'); addresses.add(id(c)); exec(c)",
    );
    expect(ask(python, "len(addresses)")).toBeLessThan(100);
    heap.flush();
    expect(heap.sites!.count - before).toBeGreaterThanOrEqual(300);
  });

  it("have names in any writing", () => {
    const named = (filename: string, name: string): string[] => {
      expect(expectLines(`def ${name}(n):\n    return [bytes(n), 'b' * n]\nobjects = ${name}(300)`, filename)).toBe(2);
      const [[id, before]]: Row[] = JSON.parse(python.runPython("witness(objects)") as string);
      const line = heap.sites!.line(heap.recording!.request(id - before)!.site)!;
      return [line.file, line.name];
    };
    expect(named("straße.py", "größe")).toEqual(["straße.py", "größe"]);
    expect(named("файл.py", "имя")).toEqual(["файл.py", "имя"]);
    expect(named("📦 文件.py", "变量")).toEqual(["📦 文件.py", "变量"]);
    expect(named("a b.py", "c")).toEqual(["a b.py", "c"]);
  });

  it("are told apart though their names run together", () => {
    python.runPython(`
code = (lambda n: bytes(n)).__code__
def made(qualname, filename):
    return type(made)(code.replace(co_qualname=qualname, co_filename=filename), {"bytes": bytes})(200)
objects = [made("f g", "h.py"), made("f", "g h.py")]
`);
    const ids = ask<number[]>(python, "list(map(id, objects))");
    heap.flush();
    const names = ids.map((id) => heap.sites!.line(heap.recording!.request(id)!.site)!);
    expect(names.map(({ file, name }) => [file, name])).toEqual([
      ["h.py", "f g"],
      ["g h.py", "f"],
    ]);
  });

  it("follow a block that is resized", () => {
    python.runPython(
      [
        "buffer = bytearray(40)",
        "text = [1.5]",
        "for _ in range(90): buffer.append(65)",
        "text.extend([2.5] * 60)",
      ].join("\n"),
      { filename: "resized.py" },
    );
    heap.flush();
    const lines = [...new PythonObjects(heap).blocks()].filter(({ line }) => line?.file === "resized.py");
    const said = lines.map(({ line, kind, type }) => `${line!.line} ${kind} ${type}`);
    expect(said).toContain("3 data bytearray");
    expect(said).toContain("4 data list");
    expect(said).not.toContain("1 data bytearray");
  });

  it("ask for the sizes that sys.getsizeof tells", () => {
    python.runPython(`
class Slots: __slots__ = ("a", "b", "c")
objects = [bytes(n) for n in range(20, 400, 7)] + ["a" * n for n in range(20, 400, 7)] + ["é" * n for n in range(20, 90)]
objects += ["ж" * n for n in range(20, 90)] + [tuple(range(n)) for n in range(30, 60)]
objects += [Slots() for _ in range(30)] + [frozenset([n]) for n in range(20)] + [set() for n in range(20)]
objects += [bytes(iter(range(n))) for n in range(20, 200)] + [repr([n] * 20) for n in range(50)] # made longer, then cut
objects += [complex(n, n) for n in range(30)] + [object() for _ in range(30)] + [memoryview(b"abc") for _ in range(9)]
`);
    const rows = ask<[number, number, number][]>(
      python,
      "[(id(o), sys.getsizeof(o) - type(o).__sizeof__(o), sys.getsizeof(o)) for o in objects]",
    );
    heap.flush();
    const asked = rows.map(([id, before]) => heap.recording!.request(id - before)?.nbytes);
    expect(asked).toEqual(rows.map(([, , size]) => size));
    // Arithmetic asks for a digit of an int too many now and then.
    python.runPython("objects = [3 ** n for n in range(300, 900, 9)]");
    for (const [id, size] of ask<[number, number][]>(python, "[(id(o), sys.getsizeof(o)) for o in objects]")) {
      heap.flush();
      expect([0, 4]).toContain(heap.recording!.request(id)!.nbytes - size);
    }
  });
});

describe("without a recording", () => {
  it("a block's line is what tracemalloc has, while it traces", async () => {
    const python = await newPython();
    python.runPython("import json, tracemalloc");
    const heap = await attach(python);
    python.runPython("before = bytes(90)");
    python.runPython(`tracemalloc.start()\n${WITNESS}`);
    python.runPython(SCRIPT, { filename: "straße.py" });
    const rows: Row[] = JSON.parse(python.runPython("witness(objects)") as string);
    const lines = () => {
      const objects = new PythonObjects(heap);
      return rows.map(([id]) => objects.block(id)?.line ?? null);
    };
    const expected = rows.map(([, , line]) => line && { file: line[0], line: line[1], name: "" });
    expect(lines()).toEqual(expected);
    expect(expected.filter((line) => line?.file === "straße.py").length).toBeGreaterThan(2000);
    expect(new PythonObjects(heap).block(ask(python, "id(before)") as number)?.line).toBeNull();
    python.runPython("tracemalloc.stop()");
    expect(new Set(lines())).toEqual(new Set([null]));
  });
});
