/** Attaching and detaching: what is refused and leaves everything as it was, and whose blocks are whose afterwards. */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { profile } from "../../../src/geometry/profiles.js";
import { type AttachedHeap, attach } from "../../../src/python/interpreter/attach.js";
import { AttachError } from "../../../src/python/interpreter/attacherror.js";
import { Interpreter, type Pyodide } from "../../../src/python/interpreter/interpreter.js";
import { expectSamePlacements } from "./placements.js";
import { ask, expectLedger, newPython, type Python } from "./python.js";

const DOMAINS = [0, 1, 2];

/** Bytes of live blocks in the arenas of a heap. */
const allocated = (heap: AttachedHeap): number => heap.stats().pymalloc.ledger.allocated;

describe("attach", () => {
  let python: Python;
  let heap: AttachedHeap | null = null;
  const start = async (options = {}): Promise<AttachedHeap> => {
    heap = await attach(python, options);
    return heap;
  };
  const allocators = (): unknown[] => DOMAINS.map((domain) => new Interpreter(python).getAllocator(domain));

  beforeAll(async () => {
    python = await newPython();
    python.runPython("import json, gc, tracemalloc");
  });

  afterEach(() => {
    python.runPython("tracemalloc.stop()");
    heap?.detach();
    heap = null;
  });

  /** That attaching throws, and neither the allocators nor what Python computes have changed. */
  async function expectRefusal(
    options: object,
    error: RegExp | typeof RangeError,
    target: Pyodide = python,
  ): Promise<void> {
    const before = allocators();
    await expect(attach(target, options)).rejects.toThrow(error);
    expect(allocators()).toEqual(before);
    expect(ask(python, "[sum(range(10**5)), len([object() for _ in range(5000)])]")).toEqual([4999950000, 5000]);
  }

  it("refuses while tracemalloc traces, says what to do, and then does", async () => {
    python.runPython("tracemalloc.start()");
    await expectRefusal({}, /attach first, then call tracemalloc\.start\(\)/);
    await expect(attach(python)).rejects.toThrow(AttachError);
    python.runPython("tracemalloc.stop()");
    await start();
    python.runPython("tracemalloc.start()\ntraced = [bytes(n) for n in range(100)]");
    expect(ask(python, "tracemalloc.get_object_traceback(traced[9])[0].lineno")).toBe(2);
    expectLedger(heap!);
  });

  it("refuses a second heap on the same Python", async () => {
    await start();
    await expectRefusal({}, /a heap attached already; detach\(\) it first/);
  });

  it("refuses what is no Pyodide", async () => {
    for (const wrong of [null, {}, { runPython: () => 1 }, { _module: {} }, 3] as unknown as Pyodide[])
      await expectRefusal({}, /attach needs what loadPyodide\(\) gives/, wrong);
  });

  it("refuses profiles that are none, or that no running Python can have", async () => {
    await expectRefusal({ profile: "2.3-32" }, /takes raw blocks over/);
    await expectRefusal({ profile: "4.0" }, RangeError);
    await expectRefusal({ profile: "3.14t" }, /mimalloc/);
    const { geometry } = profile("wasm32");
    for (const wrong of [
      { poolSize: 5000 },
      { arenaSize: 4096 },
      { alignment: 4 },
      { threshold: 500 },
      { threshold: 8192 },
    ])
      await expectRefusal({ profile: { ...profile("wasm32"), geometry: { ...geometry, ...wrong } } }, RangeError);
  });

  it("refuses a Python whose small objects have an allocator of their own", async () => {
    const debug = await newPython({ PYTHONMALLOC: "debug" });
    await expect(attach(debug)).rejects.toThrow(/PYTHONMALLOC=malloc/);
    expect(debug.runPython("sum(range(1000))")).toBe(499500);
  });

  it("has no moments, says so, and knows no other blocks than its own", async () => {
    await start();
    expect(() => heap!.checkpoint()).toThrow(/replay its recording/);
    expect(() => heap!.restore()).toThrow(/replay its recording/);
    python.runPython("small, large = bytes(100), bytes(100000)");
    const [small, large] = ask<number[]>(python, "[id(small), id(large)]");
    expect([small, small + 8, large, 0, -1, 2.5].map((address) => heap!.isLiveBlock(address))).toEqual([
      true,
      ...Array(5).fill(false),
    ]);
    expect(heap!.recording).toBeNull();
  });
});

describe("detach", () => {
  let python: Python;

  beforeAll(async () => {
    python = await newPython();
    python.runPython("import json, gc, tracemalloc");
  });

  it("sends new requests elsewhere, resizes and frees the old blocks, and is harmless twice", async () => {
    const before = DOMAINS.map((domain) => new Interpreter(python).getAllocator(domain).malloc);
    const heap = await attach(python, { record: true });
    python.runPython(`
kept = {i: [str(i)] * (i % 50) for i in range(3000)}
texts, buffers = ["x" * i for i in range(600)], [bytearray(i) for i in range(500)]
`);
    heap.detach();
    heap.detach();
    expect(heap.isAttached).toBe(false);
    expect(DOMAINS.map((domain) => new Interpreter(python).getAllocator(domain).malloc)).toEqual(before);
    const events = heap.recording!.eventCount;
    const bytes = allocated(heap);
    python.runPython(
      "new = [bytes(i % 500) for i in range(9000)] + [{i: i} for i in range(900)] + [1.5 * i for i in range(900)]",
    );
    expect(allocated(heap)).toBeLessThanOrEqual(bytes); // free lists and caches may let go of some
    expectLedger(heap);
    python.runPython(`
for i in kept: kept[i] += [i] * 30
for b in buffers: b += b"y" * 700; del b[20:]
del texts[::2]
ok = all(kept[i] == [str(i)] * (i % 50) + [i] * 30 for i in kept) and all(len(b) == 20 for b in buffers)
`);
    expect(python.runPython("ok")).toBe(true);
    expectLedger(heap);
    python.runPython("del kept, texts, buffers, new; gc.collect()");
    expectLedger(heap);
    expect(allocated(heap)).toBeLessThan(bytes / 4);
    expect(heap.recording!.eventCount).toBe(events);
    expect(() => heap.mark("late")).not.toThrow();
  });

  it("refuses while tracemalloc traces, and then does", async () => {
    const heap = await attach(python);
    python.runPython("tracemalloc.start()");
    expect(() => heap.detach()).toThrow(/tracemalloc\.stop\(\)/);
    expect(heap.isAttached).toBe(true);
    python.runPython("tracemalloc.stop()");
    heap.detach();
    expect(heap.isAttached).toBe(false);
  });

  it("lets another heap come after, which leaves each block to whose it is", async () => {
    const first = await attach(python);
    python.runPython("one = [bytes(i % 300) for i in range(20000)]; lists = [[i] * 9 for i in range(2000)]");
    first.detach();
    const second = await attach(python, { record: true, profile: "3.9-32" });
    python.runPython("two = [bytes(i % 300) for i in range(10000)]; [l.extend(range(99)) for l in lists[::2]]");
    const [bytesOfFirst, bytesOfSecond] = [allocated(first), allocated(second)];
    python.runPython("del one, lists[::2]; gc.collect()");
    expect(allocated(first)).toBeLessThan(bytesOfFirst - 20000 * 100);
    expect(Math.abs(allocated(second) - bytesOfSecond)).toBeLessThan(50_000);
    second.detach();
    const third = await attach(python);
    python.runPython("three = [bytes(i % 300) for i in range(10000)]; del two; lists.clear(); gc.collect()");
    expect(allocated(second)).toBeLessThan(bytesOfSecond / 4);
    expect(allocated(first)).toBeLessThan(bytesOfFirst / 4);
    for (const heap of [first, second, third]) expectLedger(heap);
    python.runPython("del three");
    third.detach();
  });

  it("leaves tracemalloc alone when a listener goes while it traces", async () => {
    const heap = await attach(python, { record: true });
    expect(() => python.runPython("tracemalloc.start()")).not.toThrow();
    expect(() => heap.on("pool-full", () => {})).toThrow(/listen before tracemalloc\.start\(\)/);
    python.runPython("tracemalloc.stop()");
    let seen = 0;
    const stop = heap.on("pool-full", () => void seen++);
    python.runPython("tracemalloc.start()");
    stop();
    python.runPython("traced = [bytes(n) for n in range(400)]");
    expect(ask(python, "sum(tracemalloc.get_object_traceback(o) is not None for o in traced)")).toBeGreaterThan(390);
    const before = seen;
    const again = heap.on("pool-full", () => void seen++);
    python.runPython("traced += [bytes(n) for n in range(400)]");
    expect(seen).toBeGreaterThan(before);
    python.runPython("tracemalloc.stop(); del traced");
    again();
    expectSamePlacements(heap);
    heap.detach();
  });
});
