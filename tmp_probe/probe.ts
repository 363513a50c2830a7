import { newPython } from "../test/python/interpreter/python.js";
import { attach } from "../src/python/interpreter/attach.js";
import { attachedMemory } from "../src/python/interpreter/attachedmemory.js";
import { ObjectGraph } from "../src/python/graph/objectgraph.js";
const python = await newPython();
const heap = await attach(python, { record: true });
python.runPython(`
import sys, gc
class Widget:
    __slots__ = ("a", "b", "c")
    def __init__(s, i): s.a = "name-%d" % i; s.b = float(i) * 1.5; s.c = i + 10**6
class Plain:
    def __init__(s, i): s.name = "name-%d" % i; s.value = float(i) * 1.5
class App:
    pass
app = App()
app.registry = {"recent": {}}
cache = {}; index = []
def fill():
    xs = [Widget(i) for i in range(150000)]
    for i in range(0, len(xs), 5000): cache[i] = xs[i]
    ys = [Plain(i) for i in range(60000)]
    for i in range(0, 60000, 1500): app.registry["recent"]["k%d" % i] = ys[i]
fill()
gc.collect()
big = [0] * 1000000
`);
const t0 = performance.now();
const graph = new ObjectGraph(attachedMemory(heap));
const t1 = performance.now();
console.log(graph.summary);
const rows = graph.owners();
const t2 = performance.now();
for (const r of rows.slice(0, 25)) console.log(r.path, "|", r.root, "|", r.type, r.objects, r.retainedBytes, r.arenas, r.arenasAlone, r.pinCostBytes, JSON.stringify(r.parts.slice(0,2)));
console.log(rows.length, rows.reduce((s, r) => s + r.pinCostBytes, 0), heap.snapshot().arenas.length);
for (const p of graph.plan()) console.log(p.arenas, p.bytes, p.drop.length, p.drop.slice(0, 5));
const t3 = performance.now();
for (const a of graph.arenas().slice(0, 5)) console.log(a.needs.slice(0, 4), a.isFixed, a.isUnattributed, a.liveBlocks);
console.log(t1 - t0, t2 - t1, t3 - t2);
console.log(graph.path(python.runPython("id(cache[5000])")), graph.referrers(python.runPython("id(cache[5000])")));
console.log(graph.path(python.runPython("id(app.registry['recent']['k1500'].name)")));
const before = heap.snapshot().arenas.length;
python.runPython("del app.registry['recent']; gc.collect()");
console.log(before, heap.snapshot().arenas.length);
