/** Every object that a native Python knows inside is found with its type, its size and its references, and under the path that leads to it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FLAG, KIND } from "../../../src/python/objects/nodes.js";
import { folder, inspectedPythons } from "../../record/native-pythons.js";
import { Target } from "./target.js";

interface Truth {
  readonly objects: readonly (readonly [id: number, type: string])[];
  readonly sizes: readonly (readonly [id: number, bytes: number, references: number])[];
  readonly paths: readonly (readonly [id: number, path: string])[];
}

const HEAPS = [
  { name: "plain", env: {} },
  { name: "with debug hooks", env: { PYTHONMALLOC: "debug" } },
];

it("finds an interpreter to inspect", () => {
  expect(inspectedPythons.length).toBeGreaterThan(0);
});

describe.each(inspectedPythons)("$name", ({ name, path }) => {
  it.each(HEAPS)("$name: objects, sizes, references and paths", async ({ name: heap, env }) => {
    const file = join(folder, `zoo-${name}-${heap}.json`);
    const target = await Target.start(path, ["zoo.py", file], { env });
    const truth = JSON.parse(readFileSync(file, "utf8")) as Truth;
    const { memory, objects, graph } = await target.graph();
    const { nodes } = objects;
    expect(memory.torn).toBe(0);
    expect(memory.hasDebugHooks).toBe(heap !== "plain");

    const wrong: unknown[] = [];
    for (const [id, type] of truth.objects) {
      const node = nodes.at(id);
      const found =
        node < 0 || nodes.kinds[node] !== KIND.OBJECT ? null : (objects.type(node)?.name.split(".").at(-1) ?? null);
      if (found !== type) wrong.push([id.toString(16), type, found]);
    }
    expect({ count: wrong.length, first: wrong.slice(0, 8) }).toEqual({ count: 0, first: [] });
    expect(truth.objects.length).toBeGreaterThan(20_000);

    const fences = heap === "plain" ? 0 : memory.version.minor === 7 ? 32 : 24;
    // With hooks, 16 bytes before a block and 8 behind it; in 3.7 a serial number as well.
    const sizes: unknown[] = [];
    for (const [id, bytes, references] of truth.sizes) {
      const node = nodes.at(id);
      const isMortal = (nodes.flags[node] & FLAG.IMMORTAL) === 0;
      const room = Math.ceil((bytes + fences) / 16) * 16;
      if (nodes.blocks.at(id) >= 0 && nodes.sizes[node] !== room)
        sizes.push([id.toString(16), bytes, nodes.sizes[node]]);
      if (isMortal && nodes.refcounts[node] !== references)
        sizes.push([id.toString(16), references, nodes.refcounts[node]]);
    }
    expect({ count: sizes.length, first: sizes.slice(0, 8) }).toEqual({ count: 0, first: [] });
    expect(truth.paths.map(([id]) => [id, graph.path(id)])).toEqual(truth.paths);

    const live = nodes.blocks.count;
    const unknown = nodes.kinds.subarray(0, live).reduce((count, kind) => count + (kind === KIND.UNKNOWN ? 1 : 0), 0);
    expect(unknown / live).toBeLessThan(0.03);
    await target.stop();
  });
});
