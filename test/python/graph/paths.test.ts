/**
 * Every path, checked step by step: what is an expression by evaluation and `id()`; what is in angle brackets by `gc.get_referents` of the object
 * before it, or by the words of the C structure, read with ctypes. The programs are the examples, the scripts of the suite, the zoo, random
 * graphs of objects, and functions that are running.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ObjectGraph } from "../../../src/python/graph/objectgraph.js";
import { ownedHeap } from "../../../src/python/graph/ownedheap.js";
import { Ways } from "../../../src/python/graph/ways.js";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { captureHeap } from "../../../src/python/interpreter/heapcapture.js";
import { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { Names } from "../../../src/python/objects/names.js";
import { KIND } from "../../../src/python/objects/nodes.js";
import { exampleNames, ZOO } from "../attached.js";
import { newPython, type Python, suiteNames } from "../interpreter/python.js";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/** Random graphs: seeds. */
const GRAPHS = Array.from({ length: 25 }, (_, seed) => seed);

/** Code that runs while `checked()` is called in it. */
const RUNNING: readonly (readonly [name: string, code: string])[] = [
  ["a local", "def load(count):\n    rows = [str(i) for i in range(count)]\n    checked()\n    return rows\nload(500)"],
  [
    "a cell",
    "def outer():\n    held = [[i] for i in range(300)]\n    def inner():\n        checked()\n        return held\n    inner()\nouter()",
  ],
  [
    "a generator that runs",
    "def rows():\n    kept = [object() for _ in range(300)]\n    checked()\n    yield kept\nlist(rows())",
  ],
  [
    "a recursion",
    "def deep(n):\n    own = [n * 1.5]\n    if n: deep(n - 1)\n    else: checked()\n    return own\ndeep(30)",
  ],
  [
    "a coroutine that runs",
    "async def load():\n    kept = {i: str(i) for i in range(300)}\n    checked()\n    return kept\ntry: load().send(None)\nexcept StopIteration: pass",
  ],
];

const PROGRAMS: readonly (readonly [name: string, code: string])[] = [
  ...exampleNames.map((name) => [name, read(`../../../examples/${name}`)] as const),
  ...suiteNames.map((name) => [name, read(`../interpreter/suite/${name}`)] as const),
  ["zoo.py", ZOO],
  ...GRAPHS.map((seed) => [`graph ${seed}`, `made = __import__("makegraph").make(${seed})`] as const),
  ...RUNNING,
];

/** Paths of a program that are checked. */
const CHECKED = 400;

let python: Python;
let heap: AttachedHeap;
/** How many steps of each kind were right. */
const right = new Map<string, number>();
const wrongStates: string[] = [];
/** The steps of owners and plans. */
const reported = new Set<string>();

type Row = readonly [start: string, address: number, steps: readonly unknown[]];

/** Paths of what the program has asked for, with the addresses that they lead over. */
function pathRows(): Row[] {
  const objects = new MemoryObjects(captureHeap(heap).memory);
  const owned = ownedHeap(objects);
  const [ways, names] = [new Ways(owned), new Names(objects)];
  const { nodes } = objects;
  const asked = objects.asked as Uint8Array;
  const wanted = [...asked.keys()].filter((node) => asked[node] === 1 && nodes.kinds[node] !== KIND.FREE_LIST);
  const stride = Math.max(1, Math.floor(wanted.length / CHECKED));
  const rows: Row[] = [];
  for (const node of wanted.filter((_, index) => index % stride === 0)) {
    const way = ways.to(node);
    if (way.length === 0) continue;
    const { start, node: first, steps } = names.stepsFrom(way);
    const rest = steps.filter(({ text, from, to }) => {
      if (nodes.kinds[from] !== KIND.STATE) return true;
      // What a state has may be another when Python runs.
      if (!isInState(objects, from, to)) wrongStates.push(`${start}${text} does not lead to ${nodes.addresses[to]}`);
      return false;
    });
    rows.push([
      start,
      nodes.addresses[first],
      rest.map(({ text, from, to }) => [text, sourceOf(objects, from, nodes.kinds[to]), nodes.addresses[to]]),
    ]);
  }
  const { owners, plan } = new ObjectGraph(objects).report();
  // Neither a text, nor the start of a path, nor the `<locals>` of a function's name.
  for (const path of [...owners.map((row) => row.path), ...plan.flatMap(({ drop }) => drop)])
    for (const [step] of path.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").matchAll(/(?<=[^ .(])\[?<[^<>]*>/g))
      reported.add(step);
  return rows;
}

const isInState = ({ nodes, memory }: MemoryObjects, state: number, to: number): boolean => {
  const start = nodes.addresses[state];
  for (let at = start; at < start + nodes.sizes[state]; at += memory.layout.wordBytes)
    if (memory.space.word(at) === nodes.addresses[to]) return true;
  return false;
};

/** An object's address, or 0, and the memory that is its own: its block, and for a step to data of it, all such data. */
function sourceOf(objects: MemoryObjects, node: number, to: number): readonly unknown[] {
  const { nodes } = objects;
  const isObject = nodes.kinds[node] === KIND.OBJECT;
  const before = nodes.addresses[node] - objects.blockAddress(node);
  const own = [[nodes.addresses[node], nodes.sizes[node] - before]];
  if (isObject && to === KIND.DATA)
    for (let data = 0; data < nodes.count; data++)
      if (nodes.owners[data] === node) own.push([nodes.addresses[data], nodes.sizes[data]]);
  return [isObject ? nodes.addresses[node] : 0, ...own];
}

/** What is wrong with the paths now. */
function wrongPaths(): string[] {
  python.globals.set("paths", null); // which would be looked at
  python.globals.set("paths", JSON.stringify(pathRows()));
  const found = JSON.parse(python.runPython("import checkpaths; checkpaths.check(paths)") as string);
  for (const [kind, count] of Object.entries<number>(found.right)) right.set(kind, (right.get(kind) ?? 0) + count);
  return [...found.wrong, ...wrongStates.splice(0)];
}

describe("paths", () => {
  beforeAll(async () => {
    python = await newPython();
    for (const name of ["checkpaths", "makegraph"])
      python.FS.writeFile(`/home/pyodide/${name}.py`, read(`./${name}.py`));
    python.runPython(`
import gc, sys, types
sys.path.insert(0, "/home/pyodide")
import checkpaths, makegraph, ctypes, typing
sys.modules["pymalloc"] = types.SimpleNamespace(mark=lambda name: None)
gc.collect()
`);
    heap = await attach(python, { record: true });
  });

  afterAll(() => {
    const counts = [...right].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
    process.stdout.write(`paths: steps that were checked: ${counts.join(", ")}\n`);
  });

  it.each(PROGRAMS)("of %s lead where they say", (name, code) => {
    let wrong: string[] | null = null;
    python.globals.set("checked_by_test", () => {
      wrong = wrongPaths();
    });
    python.globals.set("code", code);
    python.globals.set("name", name);
    python.runPython(`
module = types.ModuleType("program")
module.checked = checked_by_test
sys.modules["program"] = module
del checked_by_test
exec(compile(code, name, "exec"), module.__dict__)
`);
    wrong ??= wrongPaths();
    expect(wrong).toEqual([]);
    python.runPython(
      "del sys.modules['program'], module; gc.enable(); [forget() for forget in typing._cleanups]; gc.collect()",
    );
  });

  it("have no kind of step in a report that was never checked", () => {
    const kinds = [...reported].map(
      (step) => python.runPython(`checkpaths.kind_of(${JSON.stringify(step)})`) as string,
    );
    expect(kinds.length).toBeGreaterThan(0);
    expect(new Set(kinds.filter((kind) => !right.has(kind)))).toEqual(new Set());
    expect([...right.keys()].length).toBeGreaterThan(12);
  });
});
