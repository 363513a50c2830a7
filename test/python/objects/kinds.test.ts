/** What is no live object: data and who owns it, freed objects that types keep, and what a look costs. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { AttachedHeap } from "../../../src/python/interpreter/attach.js";
import { captureHeap } from "../../../src/python/interpreter/heapcapture.js";
import { lineOf } from "../../../src/python/objects/linetable.js";
import { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { KIND } from "../../../src/python/objects/nodes.js";
import type { Space } from "../../../src/python/space/space.js";
import { attachedPython, look, ZOO } from "../attached.js";
import { ask, newPython, type Python } from "../interpreter/python.js";

/** Kinds of the zoo whose size, as Python tells it, has the data that they own. */
const OWNING = [
  "lists",
  "grown list",
  "dicts",
  "dicts of ints",
  "sets",
  "frozensets",
  "bytearrays",
  "arrays",
  "deques",
  "large",
];

describe("data", () => {
  let heap: AttachedHeap;
  let graph: MemoryObjects;
  let owned: Float64Array;
  let sizes: [kind: string, id: number, size: number][];
  let ids: Record<string, number>;

  beforeAll(async () => {
    let python: Python;
    ({ python, heap } = await attachedPython());
    python.runPython(ZOO, { filename: "zoo.py" });
    sizes = ask(
      python,
      `[(kind, id(one), one.__sizeof__() - type(one).__basicsize__) for kind in ${JSON.stringify(OWNING)}
        for one in zoo[kind] if type(one).__itemsize__ == 0 and type(one) is not str]`.replace(/\n\s*/, " "),
    );
    ids = ask(
      python,
      `{"decimal": id(zoo["decimals"][20]), "element": id(zoo["elements"][0]), "utf8": id(zoo["utf8"][7]),
        "ordered": id(zoo["ordered dict"][0]), "class": id(Plain)}`.replace(/\n\s*/, " "),
    );
    graph = look(heap);
    const { nodes } = graph;
    owned = new Float64Array(nodes.count);
    for (let node = 0; node < nodes.count; node++)
      if (nodes.kinds[node] === KIND.DATA && nodes.owners[node] >= 0) owned[nodes.owners[node]] += nodes.sizes[node];
  });

  it("of a container is all that sys.getsizeof counts beside the object", () => {
    const { nodes } = graph;
    const wrong = sizes.filter(([, id, size]) => {
      const bytes = owned[nodes.at(id)];
      const blocks = 1 + Math.ceil(size / 256); // each is rounded up; a deque has one for every 64 items
      return bytes < size - 24 || bytes > Math.max(size, 0) + 24 * blocks;
    });
    expect(wrong.map(([kind, id, size]) => [kind, size, owned[nodes.at(id)]])).toEqual([]);
    expect(new Set(sizes.map(([kind]) => kind))).toEqual(new Set(OWNING));
    expect(sizes.filter(([, , size]) => size > 512).length).toBeGreaterThan(5);
  });

  it("of a structure that is not known belongs to who leads to it", () => {
    const bytes = (name: string): number => owned[graph.nodes.at(ids[name])];
    expect(bytes("decimal")).toBeGreaterThan(80); // digits of 201 places
    expect(bytes("element")).toBeGreaterThan(800); // pointers to 200 children
    expect(bytes("utf8")).toBeGreaterThan(3); // in UTF-8, too
    expect(bytes("ordered")).toBeGreaterThan(20 * 16); // a link for each key, and a table of them
    expect(bytes("class")).toBeGreaterThan(100); // keys that instances share
  });

  it("is all that is no object, in pools", () => {
    const { nodes } = graph;
    let unknown = 0;
    for (let node = 0; node < nodes.blocks.count; node++) {
      if (nodes.kinds[node] === KIND.UNKNOWN) unknown++;
      if (nodes.kinds[node] === KIND.DATA) expect(nodes.types[node]).toBe(-1);
    }
    expect(unknown).toBeLessThan(20);
  });
});

describe("freed objects", () => {
  let python: Python;
  let heap: AttachedHeap;

  beforeAll(async () => {
    ({ python, heap } = await attachedPython());
  });

  it.each([
    ["float", "[i / 3 for i in range(50)]"],
    ["list", "[[] for i in range(50)]"],
    ["dict", "[{} for i in range(50)]"],
    ["tuple", "[(i, x, x) for i in range(50)]"],
    ["int", "[10**6 + i for i in range(50)]"],
  ])("of type %s are on its free list, and not alive", (type, expression) => {
    const ids: number[] = JSON.parse(
      python.runPython(
        `import json, gc\ngc.collect()\nx = None\nfreed = ${expression}\nids = json.dumps(list(map(id, freed)))\ndel freed\nids`,
      ) as string,
    );
    const graph = look(heap);
    const kinds = ids.map((id) => graph.nodes.at(id)).map((node) => (node < 0 ? -1 : graph.nodes.kinds[node]));
    expect(kinds.filter((kind) => kind === KIND.FREE_LIST).length).toBeGreaterThan(10);
    expect(kinds.filter((kind) => kind === KIND.OBJECT).length).toBeLessThan(10); // some serve again
    const listed = ids.map((id) => graph.nodes.at(id)).filter((node) => graph.nodes.kinds[node] === KIND.FREE_LIST);
    expect(new Set(listed.map((node) => graph.type(node)?.name))).toEqual(new Set([type]));
  });

  it("are not those whose reference count may be taken for a link", () => {
    // In a chain of two, the second has 0 in its first word. Address 4 has, and a count of 4 would lead there.
    python.runPython(
      "counted = [object() for _ in range(1000)]; more = [counted[:], counted[:], counted[:]]; import array",
    );
    const ids = ask<number[]>(python, "list(map(id, counted))");
    const memory = captureHeap(heap).memory;
    const planted = memory.interpreters[0] + 8;
    const space: Space = {
      ...bound(memory.space),
      word: (address) => (address === planted ? ids[77] : address === planted + 4 ? 2 : memory.space.word(address)),
    };
    const graph = new MemoryObjects({ ...memory, space });
    expect(graph.nodes.refcounts[graph.nodes.at(ids[77])]).toBe(4);
    expect(memory.space.word(4)).toBe(0);
    expect(graph.nodes.kinds[graph.nodes.at(ids[77])]).toBe(KIND.OBJECT);
  });

  it("are none of what has only the remains of an object", () => {
    python.runPython(`
rows = [None] * 3000
for i in range(0, 1000): rows[i] = [None, float, 1, 2]
for i in range(1000, 2000): rows[i] = [None, int, None, list, None, dict, 7, 8, 9, 10, 11, 12, 13, 14]
for i in range(2000, 3000): rows[i] = [rows, object]
kept = [i / 7 for i in range(3000)]
gone = [i / 9 for i in range(9000)]
grown = [None] * 2000
del gone
for i in range(2000): grown[i] = []; grown[i].append(kept[i])
`);
    const ids = ask<number[]>(python, "list(map(id, rows)) + list(map(id, grown))");
    const { nodes, memory } = look(heap);
    const items = ids.map((id) => nodes.at(memory.space.word(id + memory.layout.list.ob_item)));
    expect(new Set(items.map((node) => nodes.kinds[node]))).toEqual(new Set([KIND.DATA]));
    expect(items.map((node) => nodes.owners[node])).toEqual(ids.map((id) => nodes.at(id)));
  });
});

describe("a look", () => {
  it("reads a fixed number of words for each object", async () => {
    const { python, heap } = await attachedPython();
    const readsFor = (count: number): { reads: number; nodes: number } => {
      python.runPython(`import gc\nmade = [[i + 1000, {"key": i + 0.5}] for i in range(${count})]\ngc.collect()`);
      const memory = captureHeap(heap).memory;
      let reads = 0;
      const counted = bound(memory.space);
      const word = (address: number): number => {
        reads++;
        return counted.word(address);
      };
      const space: Space = { ...counted, word };
      const nodes = new MemoryObjects({ ...memory, space }).nodes.count;
      return { reads, nodes };
    };
    const [none, some, twice] = [readsFor(0), readsFor(20_000), readsFor(40_000)];
    const perNode = (some.reads - none.reads) / (some.nodes - none.nodes);
    expect(perNode).toBeLessThan(25);
    expect((twice.reads - none.reads) / (some.reads - none.reads)).toBeCloseTo(2, 1);
  });
});

describe("the line of an instruction", () => {
  it("is that of co_lines(), for every instruction of the standard library's code", async () => {
    const python = await newPython();
    python.runPython(readFileSync(new URL("codes.py", import.meta.url), "utf8"));
    const codes = ask<[table: string, firstLine: number, lines: (number | null)[]][]>(python, "codes()");
    expect(codes.length).toBeGreaterThan(2000);
    for (const [table, firstLine, lines] of codes) {
      const bytes = Buffer.from(table, "hex");
      const found = lines.map((line, index) => (line === null ? null : lineOf(bytes, firstLine, index)));
      expect(found).toEqual(lines);
    }
  });
});

/** The methods of a space, for one that differs in some. */
function bound(space: Space): Space {
  return {
    wordBytes: space.wordBytes,
    word: (address) => space.word(address),
    uint32: (address) => space.uint32(address),
    byte: (address) => space.byte(address),
    bytes: (start, end) => space.bytes(start, end),
    has: (address, length) => space.has(address, length),
  };
}
