/** What Python asked for, replayed on an emulated heap, gives the very placements that Python's blocks have. */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { customProfile, profile } from "../../../src/geometry/profiles.js";
import { type AttachedHeap, type AttachOptions, attach } from "../../../src/python/interpreter/attach.js";
import { decodeTrace, encodeTrace } from "../../../src/trace/formats/binary.js";
import { expectSamePlacements, expectSameRequests, layoutOf, replayed } from "./placements.js";
import { expectLedger, newPython, type Python, runSuite, suiteNames } from "./python.js";

const SEED = Number(process.env.PYMALLOC_SEED ?? 20260101);
const RUNS = Number(process.env.PYMALLOC_RUNS ?? 2);

/** A random program: containers of random kinds and sizes, grown, shrunk, swapped, dropped, cyclic and collected. */
const RANDOM_PROGRAM = `
import random, gc
def program(seed, steps=2500, r=random):
    r = r.Random(seed)
    size = lambda: r.choice([r.randrange(1, 70), r.randrange(1, 600), r.randrange(500, 530)])
    class Node:
        pass
    makers = [
        lambda: bytes(size()), lambda: "x" * size(), lambda: "é" * size(), lambda: bytearray(size()),
        lambda: [None] * size(), lambda: list(range(size())), lambda: dict.fromkeys(range(r.randrange(40))),
        lambda: {str(i): i for i in range(r.randrange(30))}, lambda: set(range(r.randrange(60))),
        lambda: tuple(range(r.randrange(40))), lambda: 3 ** size(), lambda: r.random(), lambda: Node(),
        lambda: (i for i in range(3)), lambda: (lambda x: lambda: x)(size()), lambda: [[] for _ in range(size() // 9)],
        lambda: type("T", (), {"a": 1}),
    ]
    bag = []
    for step in range(steps):
        what = r.random()
        if what < 0.5 or not bag:
            bag.append(r.choice(makers)())
        elif what < 0.7:
            del bag[r.randrange(len(bag))]
        elif what < 0.701:
            del bag[: r.randrange(len(bag) + 1) // 2]
        elif what < 0.95:
            one = r.choice(bag)
            if isinstance(one, list):
                one.extend(range(size())) if r.random() < 0.5 else one.__delitem__(slice(r.randrange(len(one) + 1), None))
            elif isinstance(one, bytearray):
                one.extend(bytes(size())) if r.random() < 0.5 else one.__delitem__(slice(r.randrange(len(one) + 1), None))
            elif isinstance(one, dict):
                one.update((r.random(), step) for _ in range(r.randrange(20))) if r.random() < 0.8 else one.clear()
            elif isinstance(one, set):
                one.update(range(step, step + r.randrange(40)))
            elif isinstance(one, Node):
                setattr(one, f"a{r.randrange(40)}", one)
        elif what < 0.96:
            gc.collect()
        else:
            other = Node()
            other.bag = [bag[-1], other]
    return len(bag), bag
`;

describe("a recording, replayed", () => {
  let python: Python & { readonly lines: string[] };
  let heap: AttachedHeap;

  beforeAll(async () => {
    python = await newPython();
  });

  afterEach(() => heap?.detach());

  const start = async (wanted: Exclude<AttachOptions["profile"], undefined>): Promise<void> => {
    heap = await attach(python, { record: true, profile: wanted });
  };

  it("puts every block of the suite's programs where Python has it", async () => {
    await start("wasm32");
    for (const name of suiteNames) {
      runSuite(python, name);
      expectSamePlacements(heap);
    }
    expectSameRequests(heap);
    // How many depends on where Pyodide's own blocks lie, and so on the checkout's path; that arenas go back at all is what matters.
    expect(heap.stats().pymalloc.arenas.released).toBeGreaterThan(0);
  });

  it("leaves blocks that are older out, also those that come to be resized", async () => {
    python.runPython("older = [bytearray(i % 90) for i in range(600)]; lists = [[0] * (i % 50) for i in range(600)]");
    await start("wasm32");
    python.runPython(`
for i, b in enumerate(older): b.extend(b"x" * (i % 300))
for i, l in enumerate(lists): l.extend(range(i % 60)); del l[i % 30:]
del older[::2], lists[::3]
for i, b in enumerate(older): del b[i % 20:]
`);
    expectSamePlacements(heap);
    expect(heap.recording!.unmatched).toBeGreaterThan(500);
    python.runPython("del older, lists");
    expectSamePlacements(heap);
    expectSameRequests(heap);
  });

  it("can be written and read as a trace", async () => {
    await start(customProfile({ ...profile("3.9-32").geometry, poolSize: 8192 }));
    runSuite(python, "classes.py");
    heap.mark("half way");
    runSuite(python, "texts.py");
    heap.flush();
    const trace = heap.recording!.trace();
    const { trace: read } = decodeTrace(encodeTrace(trace), "recorded");
    expect(Buffer.compare(encodeTrace(read), encodeTrace(trace))).toBe(0);
    expect(read.recordedBy).toBe("3.14-32");
    expect(read.marks).toEqual(["half way"]);
    expect(layoutOf(replayed(heap, read).heap)).toEqual(layoutOf(heap));
  });

  const megabyte = customProfile({ ...profile("wasm32").geometry, arenaSize: 1 << 20, poolSize: 16384 });
  const tiny = customProfile({ ...profile("wasm32").geometry, arenaSize: 8192, poolSize: 1024, threshold: 248 });
  const wide = customProfile({
    arenaSize: 1 << 19,
    poolSize: 65536,
    alignment: 64,
    threshold: 4096,
    poolOverhead: 64,
    release: "eager",
  });

  it.each([
    ["wasm32", "wasm32"],
    ["arenas of 1 MiB, pools of 16 KiB", megabyte],
    ["arenas of 8 KiB, pools of 1 KiB, small up to 248 bytes", tiny],
    ["blocks by 64 up to 4096 bytes", wide],
    ["3.9-32", "3.9-32"],
    ["2.7-32", "2.7-32"],
    ["2.5-32, small up to 256 bytes", "2.5-32"],
    ["2.4-32, which never gives back", "2.4-32"],
    ["3.12, of 64 bits", "3.12"],
  ])("puts every block of random programs where Python has it: %s", async (_, wanted) => {
    await start(wanted);
    python.runPython(RANDOM_PROGRAM);
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + run;
      python.runPython(`kept = program(${seed})`); // that of the run before is dropped afterwards
      expectSamePlacements(heap);
      expectLedger(heap);
    }
    python.runPython("del kept; gc.collect()");
    expectSamePlacements(heap);
    expectSameRequests(heap);
    const { arenas, arenaSize } = heap.stats().pymalloc;
    expect(arenas.obtained * arenaSize, `seeds from ${SEED}`).toBeGreaterThan(1 << 19);
  });
});
