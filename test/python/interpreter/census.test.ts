/** Types of what a program asked for are the same whether all objects are read or only those. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { attach } from "../../../src/python/interpreter/attach.js";
import { captureHeap } from "../../../src/python/interpreter/heapcapture.js";
import { PythonObjects } from "../../../src/python/interpreter/objects.js";
import { typeCensus } from "../../../src/python/interpreter/pins.js";
import { ZOO } from "../attached.js";
import { newPython } from "./python.js";

const EXAMPLES = ["interned", "growing_cache", "bounded_cache", "globals_deleted"];

it.each([
  ["the zoo", ZOO],
  ...EXAMPLES.map((name) => [name, readFileSync(new URL(`../../../examples/${name}.py`, import.meta.url), "utf8")]),
])("%s", async (_, code) => {
  const python = await newPython();
  python.runPython("import sys, types; sys.modules['pymalloc'] = types.SimpleNamespace(mark=lambda name: None)");
  const heap = await attach(python, { record: true });
  python.runPython(code);
  const capture = captureHeap(heap);
  const [all, asked] = [new PythonObjects(heap, capture), new PythonObjects(heap, capture, "asked")];
  expect(asked.all.nodes.count).toBeLessThan(all.all.nodes.count);
  expect(typeCensus(asked)).toEqual(typeCensus(all));
});
