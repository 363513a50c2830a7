/** Paths, evaluated as the expressions that they are; and what is called otherwise. */
import { beforeAll, describe, expect, it } from "vitest";
import type { AttachedHeap } from "../../../src/python/interpreter/attach.js";
import type { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { Names } from "../../../src/python/objects/names.js";
import { KIND } from "../../../src/python/objects/nodes.js";
import { attachedPython, look, ZOO } from "../attached.js";
import { ask, type Python } from "../interpreter/python.js";

/** For each node, the one that a walk from the modules, `__main__` first, came from: −1 for a module, −2 if none leads there. */
function parents({ nodes, references, modules }: MemoryObjects): Int32Array {
  const parent = new Int32Array(nodes.count).fill(-2);
  const queue = [...modules]
    .sort((a, b) => Number(b.name === "__main__") - Number(a.name === "__main__"))
    .map(({ node }) => node);
  for (const node of queue) parent[node] = -1;
  for (let i = 0; i < queue.length; i++) {
    for (let edge = references.offsets[queue[i]]; edge < references.offsets[queue[i] + 1]; edge++) {
      const target = references.targets[edge];
      if (parent[target] !== -2 || nodes.kinds[target] === KIND.STATE) continue;
      parent[target] = queue[i];
      queue.push(target);
    }
  }
  return parent;
}

function wayTo(parent: Int32Array, node: number): number[] {
  const way = [node];
  while (parent[way[0]] >= 0) way.unshift(parent[way[0]]);
  return way;
}

/** `wrong`: those of [module, rest of a path, id] that do not evaluate to the object with the id. */
const WRONG = `
import json, sys
def wrong(rows):
    found = []
    for module, rest, number in json.loads(rows):
        try:
            value = eval("module" + rest, {"module": sys.modules[module]})
        except Exception as error:
            found.append([module + rest, repr(error)])
        else:
            if id(value) != number:
                found.append([module + rest, repr(value)[:100]])
    return found
`;

/** Objects by an expression that gives them, and their paths. */
const CALLED: readonly (readonly [expression: string, path: string])[] = [
  ["zoo['floats'][77]", '__main__.zoo["floats"][77]'],
  ["zoo['slots'][5].right", "__main__.slots[5].right"],
  ["zoo['more slots'][3].right", '__main__.zoo["more slots"][3].right'],
  ["plain[9].text", "__main__.plain[9].text"],
  ["zoo['wide'][0].attribute33", '__main__.zoo["wide"][0].attribute33'],
  ["zoo['materialized'][3].__dict__['by dict']", '__main__.zoo["materialized"][3].__dict__["by dict"]'],
  ["zoo['replaced'][3].other", '__main__.zoo["replaced"][3].other'],
  ["zoo['dicts of ints'][11][9003]", '__main__.zoo["dicts of ints"][11][9003]'],
  ["zoo['dict of keys'][0][(1, 'a')]", '__main__.zoo["dict of keys"][0][(1, "a")]'],
  ["zoo['dict of keys'][0][None]", '__main__.zoo["dict of keys"][0][None]'],
  ["zoo['dict of keys'][0][2.5]", '__main__.zoo["dict of keys"][0][2.5]'],
  ["zoo['dict of keys'][0][b'\\x00']", '__main__.zoo["dict of keys"][0][b"\\x00"]'],
  ["zoo['dict of keys'][0][-70000]", '__main__.zoo["dict of keys"][0][-70000]'],
  ["zoo['dict of objects'][0][Colour.RED]", '__main__.zoo["dict of objects"][0][<Colour>]'],
  ["zoo['named tuples'][7].y", '__main__.zoo["named tuples"][7][1]'],
  ["zoo['closures'][4].__closure__[0].cell_contents", '__main__.zoo["closures"][4].__closure__[0].cell_contents'],
  ["zoo['deques'][3][70]", '__main__.zoo["deques"][3][70]'],
  ["zoo['exceptions'][0].__traceback__", '__main__.zoo["exceptions"][0].__traceback__'],
  ["zoo['exceptions'][1].args", '__main__.zoo["exceptions"][1].args'],
  ["zoo['ordered dict'][0]['o9']", '__main__.zoo["ordered dict"][0]["o9"]'],
  ["zoo['partials'][2].func", "builtins.max"],
  ["WithMeta.shared", "__main__.WithMeta.shared"],
  ["WithMeta.__dict__['half']", "__main__.WithMeta.half"],
  ["WithMeta.__dict__['make']", '__main__.WithMeta.__dict__["make"]'],
  ["zoo['generators'][7].gi_frame.f_locals['held']", '__main__.zoo["generators"][7]<local held>'],
  ["next(iter(zoo['sets'][29]))", '__main__.zoo["sets"][29]<set element>'],
  ["next(iter(zoo['frozensets'][8]))", '__main__.zoo["frozensets"][8]<set element>'],
];

describe("paths", () => {
  let python: Python;
  let heap: AttachedHeap;
  let graph: MemoryObjects;
  let names: Names;
  let parent: Int32Array;
  let called: Map<string, string>;
  let redacted: Map<string, string>;

  beforeAll(async () => {
    ({ python, heap } = await attachedPython());
    python.runPython(ZOO, { filename: "zoo.py" });
    python.runPython("import gc; gc.collect(); gc.disable()");
    // All is asked first: memory is read until Python runs again.
    const ids = ask<number[]>(python, `[${CALLED.map(([expression]) => `id(${expression})`).join(", ")}]`);
    graph = look(heap);
    names = new Names(graph);
    parent = parents(graph);
    const pathsBy = (some: Names): Map<string, string> =>
      new Map(CALLED.map(([expression], i) => [expression, some.path(wayTo(parent, graph.nodes.at(ids[i])))]));
    called = pathsBy(names);
    redacted = pathsBy(new Names(graph, { redact: true }));
  });

  it("have lengths in place of texts, if they are to be redacted", () => {
    expect(redacted.get("zoo['dicts of ints'][11][9003]")).toBe("__main__.zoo[<str 13>][11][9003]");
    expect(redacted.get("zoo['dict of keys'][0][(1, 'a')]")).toBe("__main__.zoo[<str 12>][0][(1, <str 1>)]");
    expect(redacted.get("zoo['dict of keys'][0][b'\\x00']")).toBe("__main__.zoo[<str 12>][0][<bytes 1>]");
    expect(redacted.get("plain[9].text")).toBe("__main__.plain[9].text");
  });

  it("evaluate to the object, if they are expressions", () => {
    const { nodes } = graph;
    const paths: [root: string, rest: string, id: number][] = [];
    for (let node = 0; node < nodes.count; node++) {
      if (nodes.kinds[node] !== KIND.OBJECT || parent[node] < 0) continue;
      const way = wayTo(parent, node);
      if (way.length > 12) continue;
      const { name: module, dict } = graph.modules.find((candidate) => candidate.node === way[0])!;
      if (dict < 0) continue; // an object of JavaScript, whose attributes are JavaScript's
      const path = names.path(way);
      if (!path.includes("<")) paths.push([module, path.slice(module.length), nodes.addresses[node]]);
    }
    python.runPython(WRONG);
    python.globals.set("paths", JSON.stringify(paths));
    expect(ask(python, "wrong(paths)")).toEqual([]);
    expect(paths.length).toBeGreaterThan(30_000);
  });

  it.each(CALLED)("call %s what a programmer would", (expression, path) => {
    expect(called.get(expression)).toBe(path);
  });
});
