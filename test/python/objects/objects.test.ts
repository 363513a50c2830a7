/** Every object that the interpreter can name, of every kind that there is, against what it says of each. */
import { beforeAll, describe, expect, it } from "vitest";
import type { AttachedHeap } from "../../../src/python/interpreter/attach.js";
import type { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { FLAG, KIND } from "../../../src/python/objects/nodes.js";
import { attachedPython, exampleNames, look, reachedFrom, referents, runExample, ZOO } from "../attached.js";
import { inventory, type Witnessed } from "../interpreter/inventory.js";
import { ask, type Python } from "../interpreter/python.js";

/** From here on a reference count is one of an immortal object. */
const IMMORTAL = 0x40000000;

describe("the objects of the zoo and of the examples", () => {
  let python: Python;
  let heap: AttachedHeap;
  /** Before and after the interpreter was asked for all of its objects. */
  let before: MemoryObjects;
  let graph: MemoryObjects;
  let witnessed: Witnessed[];

  beforeAll(async () => {
    ({ python, heap } = await attachedPython());
    python.runPython(ZOO, { filename: "zoo.py" });
    for (const name of exampleNames) runExample(python, name);
    before = look(heap);
    witnessed = inventory(python);
    graph = look(heap);
  });

  it("have a node each, of the right type", () => {
    const { nodes } = graph;
    const isRight = ({ id, type }: Witnessed): boolean => {
      const node = nodes.at(id);
      if (node < 0 || nodes.kinds[node] !== KIND.OBJECT) return false;
      const name = graph.type(node)!.name;
      return name === type || name.endsWith(`.${type}`);
    };
    expect(witnessed.filter((one) => !isRight(one))).toEqual([]);
    expect(witnessed.length).toBeGreaterThan(150_000);
    expect(ask<number>(python, "len(zoo)")).toBeGreaterThan(80);
  });

  it("are in pools and outside of them: large, older than the heap, or static", () => {
    const { nodes } = graph;
    const counts = { pool: 0, allocated: 0, static: 0 };
    for (const { id } of witnessed) {
      const flags = nodes.flags[nodes.at(id)];
      counts[(flags & FLAG.OUTSIDE) === 0 ? "pool" : (flags & FLAG.STATIC) === 0 ? "allocated" : "static"]++;
    }
    expect(counts.pool).toBeGreaterThan(100_000);
    expect(counts.allocated).toBeGreaterThan(10_000);
    expect(counts.static).toBeGreaterThan(500);
    for (const id of ask<number[]>(python, "[id(one) for one in zoo['large'] if type(one) in (str, bytes, tuple)]")) {
      expect(heap.isLiveBlock(id - 8) || heap.isLiveBlock(id)).toBe(false);
      expect(nodes.kinds[nodes.at(id)]).toBe(KIND.OBJECT);
    }
  });

  it("have the reference counts that sys.getrefcount tells", () => {
    const { nodes } = graph;
    const wrong = witnessed.filter(({ id, refcount }) => {
      const count = nodes.refcounts[nodes.at(id)];
      const isImmortal = (nodes.flags[nodes.at(id)] & FLAG.IMMORTAL) !== 0;
      return refcount < IMMORTAL ? count !== refcount || isImmortal : !isImmortal;
    });
    expect(wrong.length).toBeLessThan(50); // what calling Python itself takes and gives back
  });

  it("are all that the blocks of the pools have, but for data, and free lists", () => {
    const known = new Set(witnessed.map(({ id }) => id));
    const { nodes } = before;
    const bytes = new Float64Array(5);
    const others = new Map<string, number>();
    for (let node = 0; node < nodes.blocks.count; node++) {
      bytes[nodes.kinds[node]] += nodes.sizes[node];
      if (nodes.kinds[node] !== KIND.OBJECT || known.has(nodes.addresses[node])) continue;
      const name = before.type(node)!.name;
      others.set(name, (others.get(name) ?? 0) + 1);
    }
    expect(bytes[KIND.UNKNOWN] / bytes.reduce((sum, count) => sum + count)).toBeLessThan(0.001);
    // Names in code, caches in C: no object of the collector's refers to them.
    const total = [...others.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBeLessThan(0.01 * witnessed.length);
  });
});

describe("the references of the zoo", () => {
  let python: Python;
  let heap: AttachedHeap;
  let pairs: [parent: number, child: number][];
  let graph: MemoryObjects;

  beforeAll(async () => {
    ({ python, heap } = await attachedPython());
    python.runPython(ZOO, { filename: "zoo.py" });
    pairs = referents(python);
    graph = look(heap);
  });

  it("are all that gc.get_referents says there are", () => {
    const byParent = new Map<number, number[]>();
    for (const [parent, child] of pairs) {
      const children = byParent.get(parent) ?? [];
      byParent.set(parent, children);
      children.push(child);
    }
    // Links of a cache are objects that Python cannot see: the collector takes them for a part of the cache.
    const isLink = (node: number): boolean => graph.type(node)?.name === "functools._lru_list_elem";
    const missing: string[] = [];
    for (const [parent, children] of byParent) {
      const reached = reachedFrom(graph, graph.nodes.at(parent), isLink);
      for (const child of children)
        if (!reached.has(graph.nodes.at(child)))
          missing.push(`${graph.type(graph.nodes.at(parent))?.name} to ${graph.type(graph.nodes.at(child))?.name}`);
    }
    expect(missing).toEqual([]);
    expect(pairs.length).toBeGreaterThan(120_000);
  });

  it("are as many as reference counts say, but for what C code holds", () => {
    const { references, nodes } = graph;
    const found = [0, 1, 2].map(() => new Uint32Array(nodes.count));
    for (let edge = 0; edge < references.targets.length; edge++)
      found[references.levels[edge]][references.targets[edge]]++;
    const counts = { equal: 0, more: 0, fewer: 0 };
    for (let node = 0; node < nodes.count; node++) {
      if (nodes.kinds[node] !== KIND.OBJECT || (nodes.flags[node] & FLAG.IMMORTAL) !== 0) continue;
      // Weaker evidence counts for what the better one leaves.
      let left = nodes.refcounts[node] - found[0][node];
      for (const level of [1, 2]) if (left > 0) left = Math.max(0, left - found[level][node]);
      counts[left === 0 ? "equal" : left < 0 ? "more" : "fewer"]++;
    }
    const all = counts.equal + counts.more + counts.fewer;
    expect(counts.equal / all).toBeGreaterThan(0.999);
    expect(counts.more).toBeLessThan(5);
  });

  it("come from objects that are as large as sys.getsizeof says, and what a block has more", () => {
    const { nodes } = graph;
    const kinds = ["ascii", "latin1", "ucs2", "ucs4", "bytes", "ints", "big int", "floats", "tuples", "slots"];
    const sizes = ask<[id: number, size: number][]>(
      python,
      `[(id(one), __import__("sys").getsizeof(one)) for kind in ${JSON.stringify(kinds)} for one in zoo[kind]]`,
    );
    for (const [id, size] of sizes) {
      const node = nodes.at(id);
      const { [node]: flags } = nodes.flags;
      const header = (flags & FLAG.STATIC) === 0 ? 0 : graph.type(node)!.headerBytes;
      expect(nodes.sizes[node]).toBeGreaterThanOrEqual(size - header);
      expect(nodes.sizes[node]).toBeLessThan(size + ((flags & FLAG.OUTSIDE) === 0 ? 16 : 24));
    }
  });
});
