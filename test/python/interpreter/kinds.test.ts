/** Which blocks are objects, data of objects, on free lists: by the line that made them. */
import { beforeAll, describe, expect, it } from "vitest";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { PythonObjects, type TypedBlock } from "../../../src/python/interpreter/objects.js";
import { ask, newPython, type Python } from "./python.js";

describe("the kinds of blocks", () => {
  let python: Python;
  let heap: AttachedHeap;
  let scripts = 0;

  beforeAll(async () => {
    python = await newPython();
    python.runPython("import gc, collections, array, weakref, json");
    heap = await attach(python, { record: true });
  });

  /** Runs lines of Python; gives, by line from 1, what each live block is that it asked for: `object list`, `data list`. */
  function kindsByLine(code: string): Map<number, string[]> {
    const filename = `<script ${++scripts}>`;
    python.runPython(code, { filename });
    heap.flush();
    const kinds = new Map<number, string[]>();
    for (const { line, kind, type } of new PythonObjects(heap).blocks()) {
      if (line?.file !== filename) continue;
      kinds.set(line.line, [...(kinds.get(line.line) ?? []), `${kind} ${type}`].sort());
    }
    return kinds;
  }

  /** Kind and type of the blocks of objects that had these addresses. */
  function kindsAt(ids: readonly number[], header: number): Map<string, number> {
    heap.flush();
    const objects = new PythonObjects(heap);
    const counts = new Map<string, number>();
    for (const id of ids) {
      const block: TypedBlock | null = objects.block(id - header);
      const name = block ? `${block.kind} ${block.type}` : "nothing";
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  it("has items, tables and buffers as data of their owners", () => {
    const kinds = kindsByLine(
      [
        "a_list = [None] * 100",
        "a_dict = dict.fromkeys(range(20))",
        "a_set = set(range(10))",
        "a_bytearray = bytearray(200)",
        "a_deque = collections.deque(range(20))",
        "an_array = array.array('d', [1.5] * 9)",
        "a_str = 'é' * len(a_deque) + 'ü'",
        "nested = [[1000], [2000, 3000], []]",
      ].join("\n"),
    );
    expect(kinds.get(1)).toContain("data list"); // the list itself may come off a free list
    expect(kinds.get(2)).toContain("data dict");
    expect(kinds.get(3)).toEqual(["data set", "object set"]);
    expect(kinds.get(4)).toEqual(["data bytearray", "object bytearray"]);
    expect(kinds.get(5)).toEqual(["data collections.deque", "object collections.deque"]);
    expect(kinds.get(6)).toEqual(["data array.array", "object array.array"]);
    expect(kinds.get(7)).toEqual(["object str"]);
    expect(kinds.get(8)?.filter((kind) => kind === "data list")).toHaveLength(3);
  });

  it("takes no row of pointers for an object, though a type stands second in it", () => {
    const kinds = kindsByLine(
      [
        "rows = [None] * 3000", // room for what follows, and no more blocks of it
        "for i in range(0, 1000): rows[i] = [None, float, 1, 2]",
        "for i in range(1000, 2000): rows[i] = [None, int, None, list, None, dict, 7, 8, 9, 10, 11, 12, 13, 14]",
        "for i in range(2000, 3000): rows[i] = [rows, object]",
      ].join("\n"),
    );
    for (const line of [2, 3, 4]) {
      const names = kinds.get(line) ?? [];
      expect(names.filter((name) => name === "data list")).toHaveLength(1000);
      expect(new Set(names.filter((name) => !name.startsWith("data ")))).toEqual(new Set(["object list"]));
    }
  });

  it("takes nothing for an object that only has the remains of one", () => {
    const kinds = kindsByLine(
      [
        "kept = [i / 7 for i in range(3000)]",
        "gone = [i / 9 for i in range(9000)]",
        "grown = [None] * 2000",
        "del gone",
        "for i in range(2000): grown[i] = []; grown[i].append(kept[i])",
      ].join("\n"),
    );
    const names = kinds.get(5) ?? [];
    expect(names.filter((name) => name === "data list")).toHaveLength(2000);
    expect(new Set(names)).toEqual(new Set(["data list", "object list"]));
  });

  it.each([
    ["float", "[i / 3 for i in range(50)]", 0],
    ["list", "[[] for i in range(50)]", 8],
    ["dict", "[{} for i in range(50)]", 8],
    ["tuple", "[(i, x, x) for i in range(50)]", 8],
    ["int", "[10**6 + i for i in range(50)]", 0],
  ])("tells the free list of %s from live objects", (type, expression, header) => {
    const ids: number[] = JSON.parse(
      python.runPython(
        `import json, gc\ngc.collect()\nx = None\nfreed = ${expression}\nids = json.dumps(list(map(id, freed)))\ndel freed\nids`,
      ) as string,
    );
    // Some may serve again already.
    const kinds = kindsAt(ids, header);
    expect(kinds.get(`free-list ${type}`) ?? 0).toBeGreaterThan(10);
    expect(kinds.get(`object ${type}`) ?? 0).toBeLessThan(10);
  });

  it("has no freed object", () => {
    python.runPython(`
import gc
class Gone: pass
gone = [Gone() for _ in range(2000)]
ids = list(map(id, gone))
`);
    const ids = ask<number[]>(python, "ids");
    expect(kindsAt(ids, 16)).toEqual(new Map([["object Gone", 2000]]));
    python.runPython("one = gone[77]; del Gone; del gone[:]; gc.collect()");
    const after = kindsAt(ids, 16); // the class has lost its name, and is there for the one that is left
    expect(after.get("object Gone")).toBe(1);
    python.runPython("del one; gc.collect()");
    expect(kindsAt(ids, 16).get("object Gone")).toBeUndefined();
    const types = [...new PythonObjects(heap).blocks()].map(({ type }) => type);
    expect(types).not.toContain("Gone");
  });

  it("tells objects on free lists that are longer than the heap is old", async () => {
    python.runPython("older = [i / 3 for i in range(30)]; del older");
    heap.detach();
    heap = await attach(python, { record: true });
    python.runPython(`
made = [i / 11 for i in range(100)] # 30 of them at least were on the list
ids = list(map(id, made))
for i in range(100): made[i] = None # so that the newer ones link to those
`);
    const ids = ask<number[]>(python, "ids");
    const objects = new PythonObjects(heap);
    const blocks = ids.map((id) => objects.block(id)).filter((block) => block !== null);
    expect(blocks.length).toBeGreaterThan(50);
    for (const { kind, type } of blocks) expect([kind, type]).not.toEqual(["object", "float"]);
    expect(blocks.filter(({ kind }) => kind === "free-list").length).toBeGreaterThan(50);
  });
});
