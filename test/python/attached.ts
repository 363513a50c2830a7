/** Attached interpreters for the tests of these rooms, and what the interpreter says of its own objects. */
import { readdirSync, readFileSync } from "node:fs";
import { type AttachedHeap, attach } from "../../src/python/interpreter/attach.js";
import { captureHeap } from "../../src/python/interpreter/heapcapture.js";
import { MemoryObjects } from "../../src/python/objects/memoryobjects.js";
import { KIND } from "../../src/python/objects/nodes.js";
import { newPython, type Python } from "./interpreter/python.js";

const EXAMPLES = new URL("../../examples/", import.meta.url);

/** A script that nothing refers to from the outside: what it makes is alive as long as `python` is. */
export const ZOO = readFileSync(new URL("zoo.py", import.meta.url), "utf8");

/** All examples but the one with a million objects. */
export const exampleNames: readonly string[] = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith(".py") && name !== "million.py")
  .sort();

export async function attachedPython(): Promise<{ python: Python; heap: AttachedHeap }> {
  const python = await newPython();
  const heap = await attach(python);
  // The module that examples import: here its marks do nothing.
  python.runPython("import sys, types; sys.modules['pymalloc'] = types.SimpleNamespace(mark=lambda name: None)");
  return { python, heap };
}

/** Runs an example. Its namespace stays alive. */
export function runExample(python: Python, name: string): void {
  const globals = python.toPy({ __name__: name });
  python.runPython(readFileSync(new URL(name, EXAMPLES), "utf8"), { globals, filename: name });
  python.globals.set(`example_${name.slice(0, -3)}`, globals);
  globals.destroy();
}

/** All objects now; until Python runs again. */
export const look = (heap: AttachedHeap): MemoryObjects => new MemoryObjects(captureHeap(heap).memory);

/** The numbers that a Python expression has as an `array.array("I")`. */
function words(python: Python, expression: string): Uint32Array {
  const proxy = python.runPython(expression);
  const buffer = proxy.getBuffer("u32");
  const copy: Uint32Array = buffer.data.slice();
  buffer.release();
  proxy.destroy();
  return copy;
}

/**
 * `referents()`: pairs of ids, of an object and one that `gc.get_referents` says it refers to. Objects of the collector, and what they lead
 * to, all of which it keeps alive. The dict of interned strings is left out, as it does not own them; and frames, which change.
 */
const REFERENTS = `
import array, gc, sys, types
def referents():
    gc.collect(); gc.disable()
    pairs = array.array("I")
    reached = {id(o): o for o in gc.get_objects()}
    queue = list(reached.values())
    mine = {id(reached), id(queue), id(pairs)}
    while queue:
        o = queue.pop()
        if id(o) in mine or type(o) is types.FrameType or isinterned(o):
            continue
        for other in gc.get_referents(o):
            if id(other) in mine:
                continue
            pairs.append(id(o))
            pairs.append(id(other))
            if id(other) not in reached:
                reached[id(other)] = other
                queue.append(other)
    referents.kept = [*getattr(referents, "kept", ()), *reached.values()]
    return pairs
def isinterned(o):
    if type(o) is not dict or len(o) < 1000:
        return False
    key, value = next(iter(o.items()))
    return key is value and type(key) is str
`;

/** The pairs that hold before and after. */
export function referents(python: Python): [parent: number, child: number][] {
  python.runPython(REFERENTS);
  const first = words(python, "referents()");
  const second = words(python, "referents()");
  const key = (pairs: Uint32Array, i: number): number => pairs[i] * 2 ** 21 + (pairs[i + 1] & (2 ** 21 - 1));
  const seen = new Set<number>();
  for (let i = 0; i < first.length; i += 2) seen.add(key(first, i));
  const both: [number, number][] = [];
  for (let i = 0; i < second.length; i += 2) if (seen.has(key(second, i))) both.push([second[i], second[i + 1]]);
  return both;
}

/** The nodes that `node` refers to, and those that its data does: `through` says what else is part of it. */
export function reachedFrom(graph: MemoryObjects, node: number, through: (node: number) => boolean): Set<number> {
  const { references, nodes } = graph;
  const reached = new Set<number>();
  const queue = [node];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (let edge = references.offsets[at]; edge < references.offsets[at + 1]; edge++) {
      const target = references.targets[edge];
      if (reached.has(target)) continue;
      reached.add(target);
      if (nodes.kinds[target] !== KIND.OBJECT || through(target)) queue.push(target);
    }
  }
  return reached;
}
