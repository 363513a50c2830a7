/** What the plan promises is kept: a program drops what the plan names, collects, and exactly so many arenas have no live block any more. */
import { describe, expect, it } from "vitest";
import { ObjectGraph } from "../../../src/python/graph/objectgraph.js";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { PythonObjects } from "../../../src/python/interpreter/objects.js";
import { newPython, type Python } from "../interpreter/python.js";

interface Program {
  readonly name: string;
  readonly code: string;
  /** The first row of the plan. */
  readonly drop: readonly string[];
  /** What drops paths that are no expressions. */
  readonly statements?: Readonly<Record<string, string>>;
}

/** What later statements would make, and leave in an arena: a name, and what a collection keeps. */
const FIRST = "import __main__, gc; gc.collect()";

const WIDGETS = `
class Widget:
    __slots__ = ("a", "b", "c")
    def __init__(self, i): self.a = "name-%d" % i; self.b = i * 1.5; self.c = i + 10**6
class Plain:
    def __init__(self, i): self.name = "name-%d" % i; self.value = i * 1.5
`;

const PROGRAMS: readonly Program[] = [
  {
    name: "one dict pins nearly every arena",
    code: `
xs = [Widget(i) for i in range(30000)]
cache = {i: xs[i] for i in range(0, len(xs), 1000)}
del xs`,
    drop: ["__main__.cache"],
  },
  {
    name: "two owners pin the same arenas, each of which frees nothing alone",
    code: `
xs = [Widget(i) for i in range(30000)]
cache, index = {}, []
for i in range(0, len(xs), 500): cache[i] = xs[i]; index.append(xs[i + 1])
del xs, i`,
    drop: ["__main__.cache", "__main__.index"],
  },
  {
    name: "the same objects held twice",
    code: `
xs = [Plain(i) for i in range(20000)]
shared = xs[::500]; shared2 = list(shared)
del xs`,
    drop: ["__main__.shared", "__main__.shared2"],
  },
  {
    name: "a class attribute",
    code: `
class Registry: held = []
xs = [Plain(i) for i in range(20000)]
Registry.held.extend(xs[::500])
del xs`,
    drop: ["__main__.Registry.held"],
  },
  {
    name: "a closure",
    code: `
def make():
    xs = [(i + 10**6, "tuple-%d" % i) for i in range(40000)]; keep = xs[::1000]
    def callback(): return keep
    return callback
callback = make()
del make`,
    drop: ["__main__.callback.__closure__[0].cell_contents"],
    statements: { "__main__.callback.__closure__[0].cell_contents": "del callback.__closure__[0].cell_contents" },
  },
  {
    name: "a suspended generator",
    code: `
def work():
    xs = ["value %d" % i for i in range(40000)]; keep = xs[::1000]; del xs
    yield 1
    yield keep
worker = work(); next(worker)`,
    drop: ["__main__.worker<local keep>"],
    statements: { "__main__.worker<local keep>": "del worker" },
  },
  {
    name: "a generator that is suspended in a loop over its list, which the loop's iterator holds, too",
    code: `
def lines():
    xs = ["value %d" % i for i in range(40000)]; keep = xs[::1000]; del xs
    for line in keep: yield line
reader = lines(); next(reader)`,
    drop: ["__main__.reader"],
  },
  {
    name: "a class attribute that an instance leads to, too",
    code: `
class Log: history = []
xs = [Plain(i) for i in range(20000)]
Log.history.extend(xs[::500])
log = Log()
del xs`,
    drop: ["__main__.Log.history"],
  },
  {
    name: "interned strings",
    code: `
import sys
xs = ["intern-%d" % i for i in range(40000)]
names = {i: sys.intern(xs[i]) for i in range(0, len(xs), 1000)}
del xs`,
    drop: ["__main__.names"],
  },
  {
    name: "cycles that nobody reaches",
    code: `
gc.disable()
xs = [Plain(i) for i in range(20000)]
for i in range(0, 20000, 500): xs[i].me = xs[i]
del xs, i`,
    drop: [],
  },
  {
    name: "parents and children in two owners that refer to each other",
    code: `
xs = [Plain(i) for i in range(20000)]
cache, other = {}, {}
for i in range(0, 20000, 1000): a, b = xs[i], xs[i + 1]; a.child = b; b.parent = a; cache[i] = a; other[i] = b
del xs, i, a, b`,
    drop: ["__main__.cache", "__main__.other"],
  },
  {
    name: "one list under the names of two modules",
    code: `
import types
xs = [Plain(i) for i in range(20000)]
mine = types.mine = xs[::500]
del xs`,
    drop: ["__main__.mine", "types.mine"],
  },
  {
    name: "an entry of a dict of an application that holds all",
    code: `
class App: pass
app = App(); app.config = {"debug": True}; app.registry = {"recent": [], "old": [1, 2, 3]}
xs = [Widget(i) for i in range(30000)]
app.registry["recent"] = xs[::800]
del xs`,
    drop: ['__main__.app.registry["recent"]'],
  },
  {
    name: "a deque and a set, in the same arenas",
    code: `
from collections import deque
xs = [Widget(i) for i in range(40000)]
recent = deque(xs[::1000]); seen = set(xs[500::1000])
del xs`,
    drop: ["__main__.recent", "__main__.seen"],
  },
  {
    name: "lru_cache",
    code: `
from functools import lru_cache
@lru_cache(maxsize=None)
def ask(i): return "answer %d" % i
xs = ["between %d" % i if i % 800 else ask(i) for i in range(40000)]
del xs`,
    drop: ["__main__.ask<lru_cache>"],
    statements: { "__main__.ask<lru_cache>": "ask.cache_clear()" },
  },
];

const heldArenas = (heap: AttachedHeap): number =>
  heap.snapshot().arenas.filter(({ blockCount }) => blockCount > 0).length;

const dropping = ({ statements = {} }: Program, path: string): string => statements[path] ?? `del ${path}`;

function run(python: Python, code: string): void {
  python.runPython(code);
}

describe("a promise of released arenas is kept to the arena", () => {
  it.each(PROGRAMS)("$name", async (program) => {
    const python = await newPython();
    const heap = await attach(python, { record: true });
    run(python, `${FIRST}${WIDGETS}${program.code}`);
    const graph = new ObjectGraph(new PythonObjects(heap).all);
    const [first] = graph.plan();
    const before = heldArenas(heap);
    expect(before).toBeGreaterThan(4);
    expect([...first.drop].sort()).toEqual([...program.drop].sort());
    expect(first.arenas).toBeGreaterThanOrEqual(before / 2 - 2);
    // In one go: between, the compiler would take objects from free lists and put them back.
    run(python, [...first.drop.map((path) => dropping(program, path)), "gc.collect()"].join("\n"));
    expect(before - heldArenas(heap)).toBe(first.arenas);
  });

  it("by whole owners, address by address", async () => {
    const python = await newPython();
    const heap = await attach(python, { record: true });
    run(python, `${FIRST}${WIDGETS}${PROGRAMS[0].code}`);
    const arenas = new ObjectGraph(new PythonObjects(heap).all).arenas();
    const promised = arenas.filter(
      ({ needs, isFixed, isUnattributed }) => !isFixed && !isUnattributed && String(needs) === "__main__.cache",
    );
    run(python, "del cache; gc.collect()");
    const held = new Set(
      heap.snapshot().arenas.flatMap(({ address, blockCount }) => (blockCount > 0 ? [address] : [])),
    );
    expect(promised.length).toBeGreaterThan(4);
    expect(arenas.filter(({ address }) => !held.has(address)).map(({ address }) => address)).toEqual(
      promised.map(({ address }) => address),
    );
  });
});
