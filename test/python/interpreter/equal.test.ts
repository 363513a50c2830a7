/** Python computes the same on our arenas as without them; blocks that are older than the attaching stay right. */
import { beforeAll, describe, expect, it } from "vitest";
import { EVENT_NAMES } from "../../../src/heap/events.js";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { ask, expectLedger, newPython, type Python, runSuite, suiteNames } from "./python.js";

/** Made before there is a heap, by name: grown, shrunk and dropped afterwards. */
const OLDER = `
import collections
numbers, floats = list(range(1000)), [i / 3 for i in range(100)]
table, small = {i: str(i) for i in range(500)}, {"a": 1}
text, data, grown = "x" * 300, bytearray(b"y" * 200), bytearray()
letters, queue = set("abcdefgh"), collections.deque(range(300))
class Older:
    def __init__(self): self.x = [1.5]
older = [Older() for _ in range(300)]
def steps():
    for i in range(100): yield [i] * i
walk = steps()
first = [next(walk) for _ in range(20)]
big, odd = 3 ** 900, (None, int, (1.5, "é" * 40))
`;

/** Prints the same wherever the blocks lie. */
const GROW_AND_SHRINK = `
numbers.extend(range(5000)); del numbers[::2]; numbers.append(-1); numbers.sort()
for i in range(2000): table[i * 3] = [i]
for i in range(0, 500, 2): table.pop(i, None)
for i in range(200): text += "z"; data += b"ab"; grown.append(i)
del data[:300]; del grown[5:]
letters |= set(map(str, range(500))); letters -= set(map(str, range(490)))
queue.extend(range(2000)); [queue.popleft() for _ in range(1000)]
for i, o in enumerate(older): o.x *= 1 + i % 40; o.y = str(i)
Older.z = 5; del older[::3]; small.clear(); small.update(dict.fromkeys(range(9)))
floats[:] = sorted(floats, reverse=True)[:3]; first.extend(walk)
big = big * big >> 700; odd += (odd,) * 2
print(len(numbers), sum(numbers), len(table), len(text), len(data), list(grown), sorted(letters)[:4], len(queue))
print(sum(len(o.x) for o in older), older[7].y, older[7].z, small, floats, sum(map(len, first)), big % 997, odd)
`;

const DROP =
  "del numbers, floats, table, small, text, data, grown, letters, queue, older, Older, first, walk, big, odd";

describe("Python on an attached heap", () => {
  let stock: Map<string, string>;
  let olderStock: string;
  let python: Python & { readonly lines: string[] };
  const heaps: AttachedHeap[] = [];

  beforeAll(async () => {
    const plain = await newPython();
    plain.runPython(OLDER);
    stock = new Map(suiteNames.map((name) => [name, runSuite(plain, name)]));
    plain.lines.length = 0;
    plain.runPython(GROW_AND_SHRINK);
    olderStock = plain.lines.join("\n");
    python = await newPython();
  });

  it("is asked for much", () => {
    expect(suiteNames.length).toBeGreaterThanOrEqual(7);
    for (const [name, printed] of stock) expect(printed.split("\n").length, name).toBeGreaterThan(6);
  });

  it.each([
    ["plain", {}, false],
    ["watched by listeners", {}, true],
    ["recorded", { record: true }, false],
    ["recorded, in arenas of 1 MiB and eagerly released", { record: true, profile: "3.8" }, false],
  ])("computes the same, %s, and the ledger adds up after each script", async (_, options, isWatched) => {
    for (const heap of heaps) heap.detach();
    python.runPython(OLDER); // older than this heap, if not than those before it
    const heap = await attach(python, options);
    heaps.push(heap);
    const seen = new Set<string>();
    const stops = isWatched ? EVENT_NAMES.map((name) => heap.on(name, ({ type }) => void seen.add(type))) : [];
    for (const name of suiteNames) {
      expect(runSuite(python, name), name).toBe(stock.get(name));
      expectLedger(heap);
    }
    const { obtained, released } = heap.stats().pymalloc.arenas;
    expect(obtained).toBeGreaterThan(5);
    expect(released).toBeGreaterThan(0);
    expect([...seen].sort()).toEqual(isWatched ? [...EVENT_NAMES].sort() : []);
    for (const stop of stops) stop();

    python.lines.length = 0;
    python.runPython(GROW_AND_SHRINK);
    expect(python.lines.join("\n")).toBe(olderStock);
    python.runPython(`${DROP}\n__import__("gc").collect()`);
    expectLedger(heap);
    expect(ask(python, "[sum(range(1000)), str(2**200)]")).toEqual([499500, String(2n ** 200n)]);
  });
});
