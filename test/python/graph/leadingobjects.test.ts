/** Owners, plan, arenas and paths are the same whether all objects are read, or only those that lead to what the program asked for. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ObjectGraph } from "../../../src/python/graph/objectgraph.js";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { captureHeap } from "../../../src/python/interpreter/heapcapture.js";
import { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { ZOO } from "../attached.js";
import { newPython } from "../interpreter/python.js";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

const OLDER = `
import functools, re, logging, collections, enum
logging.root.kept = [str(i) for i in range(5000)]
re.purge(); [re.compile("a%d" % i) for i in range(50)]
logging.Filter.extra = {i: [i] for i in range(2000)}

class Colour(enum.Enum): RED = 1
logging.getLogger("a.b").handlers.append([object() for _ in range(3000)])
def outer():
    held = [i * 1.5 for i in range(3000)]
    return lambda: held
logging.Logger.manager.inner = outer()
`;

/** Looks while it runs: its list is an older object, used again. */
const IN_A_CALL = `
def main():
    rows = [{"id": i, "name": "n%d" % i} for i in range(8000)]
    keep = rows[::400]
    del rows
    look()
main()
`;

it.each([
  ["the zoo", ZOO],
  ["a call", IN_A_CALL],
  ["what hangs on older objects", OLDER],
  ...[1, 2].map((seed) => [`graph ${seed}`, `made = __import__("makegraph").make(${seed}, 2000)`]),
  ...["first.py", "growing_cache.py", "generator.py"].map((name) => [name, read(`../../../examples/${name}`)]),
])("%s", async (_, code) => {
  const python = await newPython();
  python.FS.writeFile("/home/pyodide/makegraph.py", read("./makegraph.py"));
  python.runPython(
    "import sys, types; sys.path.insert(0, '/home/pyodide'); sys.modules['pymalloc'] = types.SimpleNamespace(mark=lambda name: None)",
  );
  const heap = await attach(python, { record: true });
  let isCompared = false;
  python.globals.set("look", () => {
    compare(heap);
    isCompared = true;
  });
  python.runPython(code);
  if (!isCompared) compare(heap);
});

/** Compares the whole of a heap with what leads to what was asked for. */
function compare(heap: AttachedHeap): void {
  const { memory } = captureHeap(heap);
  const [all, leading] = [new MemoryObjects(memory), new MemoryObjects(memory, "leading")];
  expect(leading.nodes.count).toBeLessThan(all.nodes.count);
  const [whole, part] = [new ObjectGraph(all), new ObjectGraph(leading)];
  const { graph: wholeGraph, ...expected } = whole.report();
  const { graph, ...found } = part.report();
  expect(found).toEqual(expected);
  expect(graph.garbageBytes).toBe(wholeGraph.garbageBytes);
  expect(graph.sharedBytes).toBe(wholeGraph.sharedBytes);
  const asked = leading.asked as Uint8Array;
  const different: unknown[] = [];
  for (let node = 0; node < leading.nodes.count; node += 13) {
    if (asked[node] === 0) continue;
    const address = leading.nodes.addresses[node];
    const paths = [part.path(address), whole.path(address)];
    if (paths[0] !== paths[1]) different.push(paths);
  }
  expect(different).toEqual([]);
}
