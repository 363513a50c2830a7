/** Running frames, and what only they hold: looked at in the middle of a call. */
import { beforeAll, describe, expect, it } from "vitest";
import type { AttachedHeap } from "../../../src/python/interpreter/attach.js";
import type { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { Names } from "../../../src/python/objects/names.js";
import { KIND } from "../../../src/python/objects/nodes.js";
import { attachedPython, look } from "../attached.js";
import { ask, type Python } from "../interpreter/python.js";

const PROGRAM = `
import sys

class Loader:
    def load(self, count):
        rows = [[i + 90_000] for i in range(count)]
        kept = {"first": rows[0]}
        def pick(index):
            return rows[index]
        return step(pick, kept)

def step(pick, kept):
    for item in going(kept):
        return item

def going(kept):
    held = ["only in a generator"]
    note(sys._getframe())
    look()
    yield held

def note(frame):
    global witnessed, ids
    witnessed, ids = [], {}
    while frame:
        code = frame.f_code
        witnessed.append([code.co_qualname, frame.f_lineno, sorted(set(frame.f_locals)) if code.co_name != "<module>" else []])
        if code.co_name == "load":
            ids["rows"] = id(frame.f_locals["rows"])
            ids["row"] = id(frame.f_locals["rows"][5])
            ids["kept"] = id(frame.f_locals["kept"])
        if code.co_name == "going":
            ids["held"] = id(frame.f_locals["held"])
            ids["line"] = frame.f_lineno
        frame = frame.f_back

Loader().load(300)
`;

describe("running frames", () => {
  let python: Python;
  let heap: AttachedHeap;
  let graph: MemoryObjects;
  let witnessed: [name: string, line: number, locals: string[]][];
  let ids: Record<string, number>;
  /** Paths of the locals, and of what they lead to, made while the frames ran. */
  let paths: Record<string, string>;
  let unexplained: number;

  beforeAll(async () => {
    ({ python, heap } = await attachedPython());
    const seen = (): void => {
      witnessed = JSON.parse(python.runPython("import json; json.dumps(witnessed)"));
      ids = ask(python, "ids");
      graph = look(heap);
      const names = new Names(graph);
      const { nodes, frames } = graph;
      const frameOf = (name: string): number => nodes.at(frames.find((frame) => frame.function === name)!.address);
      const rows = nodes.at(ids.rows);
      const cell = nodes.at(
        frames.find((frame) => frame.function === "Loader.load")!.locals.find((local) => local.name === "rows")!
          .address,
      );
      paths = {
        kept: names.path([frameOf("Loader.load"), nodes.at(ids.kept)]),
        rows: names.path([frameOf("Loader.load"), cell, rows]),
        row: names.path([frameOf("Loader.load"), cell, rows, nodes.at(ids.row)]),
        cell: names.path([frameOf("Loader.load"), cell]),
        held: names.path([frameOf("going"), nodes.at(ids.held)]),
        frame: names.root(frameOf("step")),
      };
      unexplained = missingReferences(graph, [ids.rows, ids.kept, ids.held, ids.row]);
    };
    python.globals.set("look", seen);
    python.runPython(PROGRAM, { filename: "/home/app.py" });
  });

  it("are those of sys._getframe, with the same lines and locals", () => {
    const inFile = graph.frames.filter(({ file }) => file === "/home/app.py");
    const told = witnessed.filter(([name]) => inFile.some((frame) => frame.function === name));
    // The line has moved on by one from where the frame was noted to where it was looked at.
    const now = told.map(([name, line, locals]) => [name, name === "going" ? line + 1 : line, locals]);
    expect(inFile.map((frame) => [frame.function, frame.line, frame.locals.map(({ name }) => name).sort()])).toEqual(
      now,
    );
    expect(inFile.map(({ isInObject }) => isInObject)).toEqual([true, false, false, false]);
  });

  it("name what they hold", () => {
    expect(paths).toEqual({
      kept: "kept in Loader.load() at app.py:10",
      rows: "rows in Loader.load() at app.py:10",
      row: "rows in Loader.load() at app.py:10[5]",
      cell: "<cell rows> in Loader.load() at app.py:10",
      held: `held in going() at app.py:${ids.line + 1}`,
      frame: "step() at app.py:13",
    });
  });

  it("explain every reference to what they hold", () => {
    expect(unexplained).toBe(0);
  });

  it("have nodes beside the objects, or are in their generators", () => {
    const { nodes, frames } = graph;
    for (const { address, isInObject } of frames)
      expect(nodes.kinds[nodes.at(address)]).toBe(isInObject ? KIND.OBJECT : KIND.STATE);
    const inFile = frames.filter(({ file }) => file === "/home/app.py").map(({ function: name }) => name);
    expect(inFile).toEqual(["going", "step", "Loader.load", "<module>"]);
  });
});

/** References to the objects with these ids that no node explains. */
function missingReferences({ nodes, references }: MemoryObjects, ids: readonly number[]): number {
  const left = new Map(ids.map((id) => [nodes.at(id), nodes.refcounts[nodes.at(id)]]));
  references.targets.forEach((target, edge) => {
    if (references.levels[edge] === 0 && left.has(target)) left.set(target, left.get(target)! - 1);
  });
  return [...left.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}
