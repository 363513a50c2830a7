/** The rows of ways against the paths that the graph gives one by one, and against all references. */
import { describe, expect, it } from "vitest";
import { ObjectGraph } from "../../../src/python/graph/objectgraph.js";
import { attach } from "../../../src/python/interpreter/attach.js";
import { captureHeap } from "../../../src/python/interpreter/heapcapture.js";
import { MemoryObjects } from "../../../src/python/objects/memoryobjects.js";
import { ZOO } from "../attached.js";
import { newPython } from "../interpreter/python.js";

describe("ways to blocks", () => {
  it("lead where paths do, and have as many referrers as there are references", async () => {
    const python = await newPython();
    const heap = await attach(python, { record: true });
    python.runPython(`${ZOO}\nlong = [[i] for i in range(20_000)]`);
    const capture = captureHeap(heap);
    const graph = new ObjectGraph(new MemoryObjects(capture.memory));
    const { requests } = capture;
    const ways = graph.blockWays((block) => requests?.idAt(block) ?? -1);
    if (ways === null || requests === null) throw new Error("nothing is recorded");
    const { id, before, step, steps, firsts, referrers, outside, referrerCounts } = ways;
    const paths: string[] = [];
    const pathOf = (row: number): string => {
      paths[row] ??= (before[row] === 0 ? "" : pathOf(before[row] - 1)) + steps[step[row]];
      return paths[row];
    };
    const rowOf = new Map([...id].map((block, row) => [block, row]));
    const objects = new MemoryObjects(capture.memory);
    let compared = 0;
    const wrong: unknown[] = [];
    for (let node = 0; node < objects.nodes.count; node += 7) {
      const row = rowOf.get(requests.idAt(objects.blockAddress(node)));
      if (row === undefined) continue;
      const path = graph.path(objects.nodes.addresses[node]);
      if (pathOf(row) !== path) wrong.push([pathOf(row), path]);
      compared++;
    }
    expect(compared).toBeGreaterThan(8000);
    expect(id.length).toBeGreaterThan(40_000);
    expect(new Set(id).size).toBe(id.length);
    for (let row = 0; row < id.length; row++) {
      if (firsts[row + 1] - firsts[row] !== Math.min(referrerCounts[row], 8)) wrong.push(row);
      for (const from of referrers.subarray(firsts[row], firsts[row + 1]))
        if (from >= id.length + outside.length) wrong.push(from);
    }
    expect(wrong).toEqual([]);
    const list = steps.indexOf("[19999]");
    expect(pathOf(step.indexOf(list))).toBe("__main__.long[19999]");
  });
});
