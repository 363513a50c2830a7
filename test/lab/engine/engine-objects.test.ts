/** What the engine says of blocks that are Python objects. */
import { describe, expect, it } from "vitest";
import { type BlockPlace, COLLECTED, Engine, type ObjectLayout, type RecordedRun, TraceBuilder } from "./library.js";

const [LIST, DICT, DATA] = [1, 2, 3];
const layouts: (ObjectLayout | null)[] = [
  null,
  { isManaged: false, isGc: true },
  { isManaged: true, isGc: true },
  null,
];

const look = (position: number, entries: readonly (readonly [id: number, refcount: number, collected: string])[]) => ({
  position,
  id: Uint32Array.from(entries, ([id]) => id),
  refcount: Uint32Array.from(entries, ([, refcount]) => refcount),
  collected: Uint8Array.from(entries, ([, , collected]) => (COLLECTED as readonly string[]).indexOf(collected)),
});

/** Blocks 0 to 2; block 0 is freed at event 4, and its id is another block's from event 6 on. */
function smallRun(): RecordedRun {
  const builder = new TraceBuilder();
  builder.malloc(0, 0, 30);
  builder.malloc(0, 1, 100);
  builder.malloc(0, 2, 40);
  builder.mark("all");
  builder.free(0, 0);
  builder.mark("freed");
  builder.malloc(0, 0, 10);
  builder.mark("again");
  return {
    name: "script.py",
    trace: builder.finish(),
    lines: [null],
    types: ["", "list", "Thing", "data of list"],
    lineOfEvent: null,
    typeOfEvent: Uint32Array.of(LIST, DICT, DATA, 0, 0, 0, LIST, 0),
    layouts,
    // Not by position: the engine sorts them.
    seen: [
      look(6, [[1, 2, "old"]]),
      look(4, [
        [0, 7, "young"],
        [1, 1, "untracked"],
      ]),
      look(8, [[0, 3, "not collected"]]),
    ],
    owners,
  };
}

/** Block 1 is reached from a list, which is in no row; block 2 from block 1, at the second look also from itself, nine times. */
const owners = [
  { position: 8, rows: [1, 2], before: [0, 1], referrers: [[2], [0, 1, 1, 1, 1, 1, 1, 1]], counts: [1, 10] },
  { position: 4, rows: [1], before: [0], referrers: [[1]], counts: [1] },
].map(({ position, rows, before, referrers, counts }) => ({
  position,
  profile: "3.12",
  verdict: `At event ${position}, all is well.`,
  owners: [
    {
      path: "__main__.kept",
      type: "list",
      objects: 2,
      retainedBytes: 140,
      pinCostBytes: 262144,
      arenas: Uint32Array.of(0),
      arenasAlone: 1,
      emptiedBy: null,
    },
  ],
  plan: [{ drop: ["__main__.kept"], arenas: Uint32Array.of(0), bytes: 262144 }],
  ways: {
    id: Uint32Array.from(rows),
    before: Uint32Array.from(before),
    step: Uint32Array.from(rows.keys()),
    steps: ["__main__.kept[0]", ".name"],
    firsts: Uint32Array.from([0, ...referrers.map((_, row) => referrers.slice(0, row + 1).flat().length)]),
    referrers: Uint32Array.from(referrers.flat()),
    outside: ["__main__.kept"],
    referrerCounts: Uint32Array.from(counts),
  },
}));

async function blockOf(id: number, position: number): Promise<BlockPlace> {
  const engine = new Engine();
  await engine.openRecording(smallRun(), ["3.12"]);
  await engine.seek(position);
  return (await engine.block(0, await engine.locate(0, id))) as BlockPlace;
}

const partsOf = ({ parts }: BlockPlace) => parts.map(({ what, offset, bytes }) => [what, offset, bytes]);

describe("a block that is an object", () => {
  it("is what it was at the last look before the cursor, or the first one after it", async () => {
    expect((await blockOf(1, 2)).object).toEqual({ position: 4, refcount: 1, collected: "untracked" });
    expect((await blockOf(1, 5)).object).toEqual({ position: 4, refcount: 1, collected: "untracked" });
    expect((await blockOf(1, 6)).object).toEqual({ position: 6, refcount: 2, collected: "old" });
    expect((await blockOf(1, 8)).object).toEqual({ position: 6, refcount: 2, collected: "old" });
  });

  it("is never told from a look at another block of its id", async () => {
    expect((await blockOf(0, 4)).object).toEqual({ position: 4, refcount: 7, collected: "young" });
    expect((await blockOf(0, 7)).object).toEqual({ position: 8, refcount: 3, collected: "not collected" });
  });

  it("has the parts that CPython lays out, of 4-byte words whatever the profile's pointers", async () => {
    expect(partsOf(await blockOf(0, 4))).toEqual([
      ["gc-head", 0, 8],
      ["ob_refcnt", 8, 4],
      ["ob_type", 12, 4],
      ["object", 16, 14],
      ["rounding", 30, 2],
    ]);
    expect(partsOf(await blockOf(1, 4)).slice(0, 5)).toEqual([
      ["managed", 0, 8],
      ["gc-head", 8, 8],
      ["ob_refcnt", 16, 4],
      ["ob_type", 20, 4],
      ["object", 24, 76],
    ]);
  });

  it("is one part where its type has no layout, or has no room for it", async () => {
    const data = await blockOf(2, 4);
    expect(data.object).toBeNull();
    expect(partsOf(data)[0]).toEqual(["asked", 0, 40]);
    expect(partsOf(await blockOf(0, 7))[0]).toEqual(["asked", 0, 10]);
  });

  it("has the path and the referrers of the nearest look of its life", async () => {
    expect((await blockOf(1, 6)).way).toEqual({
      position: 4,
      path: "__main__.kept[0]",
      referrers: ["__main__.kept"],
      referrerCount: 1,
    });
    expect((await blockOf(2, 6)).way).toBeNull(); // the look at 4 has no row of it
    expect((await blockOf(2, 8)).way).toEqual({
      position: 8,
      path: "__main__.kept[0].name",
      referrers: ["__main__.kept[0]", ...Array.from({ length: 7 }, () => "__main__.kept[0].name")],
      referrerCount: 10,
    });
    expect((await blockOf(0, 4)).way).toBeNull();
  });
});

describe("who holds the memory", () => {
  it("is told of the last look before the cursor, or the first one after it", async () => {
    const engine = new Engine();
    await engine.openRecording(smallRun(), ["3.12"]);
    const seenAt = async (position: number) => {
      await engine.seek(position);
      return (await engine.pins(0)).owners;
    };
    const { ways, ...first } = owners[1];
    for (const { arenas } of (await seenAt(2))?.owners ?? []) structuredClone(arenas, { transfer: [arenas.buffer] });
    expect(await seenAt(2)).toEqual(first); // what was given away is there again
    expect(await seenAt(7)).toEqual(first);
    expect((await seenAt(8))?.verdict).toBe("At event 8, all is well.");
  });

  it("is not told of a trace that has no looks", async () => {
    const engine = new Engine();
    await engine.openRecording({ ...smallRun(), owners: [] }, ["3.12"]);
    expect((await engine.pins(0)).owners).toBeNull();
  });
});
