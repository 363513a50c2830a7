/** Images: a heap at one moment, saved and read without it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap, type HeapOptions } from "../../src/heap/heap.js";
import { HeapImage } from "../../src/inspect/image.js";
import { rawBlocks } from "../../src/inspect/rawblocks.js";
import type { Snapshot } from "../../src/inspect/snapshot.js";

/** A heap with small blocks in several arenas, free ones among them, raw blocks and a mapped one. */
function furnished(options: HeapOptions = {}): Heap {
  const heap = Heap.createSync(options);
  const held = Array.from({ length: 2500 }, (_, i) => heap.malloc((i * 37) % 700));
  for (const [i, address] of held.entries()) if (i % 3 === 0) heap.free(address);
  heap.bytes(heap.malloc(300_000), 300_000).fill(0x5a);
  heap.free(heap.malloc(200_000));
  return heap;
}

/** All that a snapshot tells, blocks too, as text. */
function told(snapshot: Snapshot): string {
  return JSON.stringify({
    usable: snapshot.usableArenas.map(({ ordinal }) => ordinal),
    arenas: snapshot.arenas.map(
      ({ pools, index, address, poolAddress, nfreepools, ntotalpools, ordinal, isMisaligned }) => ({
        ...{ index, address, poolAddress, nfreepools, ntotalpools, ordinal, isMisaligned },
        pools: pools.map((pool) => ({
          ...{
            state: pool.state,
            address: pool.address,
            count: pool.count,
            freeblock: pool.freeblock,
            szidx: pool.szidx,
          },
          ...{ nextoffset: pool.nextoffset, maxnextoffset: pool.maxnextoffset },
          ...{ nextpool: pool.nextpool, prevpool: pool.prevpool, blocks: pool.blocks() },
        })),
      }),
    ),
  });
}

const CASES: readonly (readonly [string, HeapOptions])[] = [
  ["2.4", { profile: "2.4" }],
  ["3.8 with misaligned arenas", { profile: "3.8", baseOffsets: [0, 1024] }],
  ["3.12", { profile: "3.12" }],
  ["wasm32", {}],
];

describe.each(CASES)("an image of a heap of %s", (_, options) => {
  it("tells what the heap's own snapshot tells, blocks too", () => {
    const heap = furnished(options);
    const image = heap.image();
    expect(image.profile).toEqual(heap.profile);
    expect(told(image.snapshot())).toBe(told(heap.snapshot()));
    expect([...image.rawBlocks()]).toEqual([...rawBlocks(heap.core)]);
  });

  it("has the bytes of every live block", () => {
    const heap = furnished(options);
    const image = heap.image();
    for (const { address, size } of heap.liveBlocks()) {
      const words = image.words(address, address + (size & ~3));
      expect(Buffer.compare(new Uint8Array(words.buffer), heap.bytes(address, size & ~3))).toBe(0);
    }
  });

  it("has the numbers of the heap, but for what was called", () => {
    const heap = furnished(options);
    const none = { malloc: 0, calloc: 0, realloc: 0, free: 0, failures: 0 };
    for (const image of [heap.image(), HeapImage.open(heap.image().save())])
      expect(image.stats()).toEqual({ ...heap.stats(), calls: none, wasmBytes: 0 });
  });

  it("stays as it is when the heap goes on", () => {
    const heap = furnished(options);
    const image = heap.image();
    const [before, saved] = [told(image.snapshot()), image.save()];
    const snapshot = image.snapshot();
    for (const { address } of [...heap.liveBlocks()]) heap.free(address);
    for (let i = 0; i < 3000; i++) heap.bytes(heap.malloc(500), 500).fill(0xff);
    expect(told(image.snapshot())).toBe(before);
    expect(Buffer.compare(image.save(), saved)).toBe(0);
    expect(() => snapshot.arenas[0].pools[0].blocks()).not.toThrow();
  });

  it("is the same after it was saved and opened, and saves the same bytes again", () => {
    const image = furnished(options).image();
    const saved = image.save();
    const opened = HeapImage.open(saved);
    expect(opened.profile).toEqual(image.profile);
    expect(told(opened.snapshot())).toBe(told(image.snapshot()));
    expect([...opened.rawBlocks()]).toEqual([...image.rawBlocks()]);
    expect(Buffer.compare(opened.save(), saved)).toBe(0);
  });

  it("may be opened from anywhere in a buffer, which may be used for something else then", () => {
    const image = furnished(options).image();
    const saved = image.save();
    const around = new Uint8Array(saved.length + 10);
    around.set(saved, 3);
    const opened = HeapImage.open(around.subarray(3, 3 + saved.length));
    around.fill(0);
    expect(told(opened.snapshot())).toBe(told(image.snapshot()));
  });
});

describe("an image of an empty heap", () => {
  it("has nothing in it, saved or not", () => {
    const image = Heap.createSync().image();
    for (const each of [image, HeapImage.open(image.save())]) {
      expect([each.snapshot().arenas, [...each.rawBlocks()]]).toEqual([[], []]);
    }
  });

  it("reads as 0 where the heap never was", () => {
    const heap = Heap.createSync();
    const block = heap.malloc(100);
    expect(Array.from(heap.image().words(block + (64 << 20), block + (64 << 20) + 16))).toEqual([0, 0, 0, 0]);
  });
});

/** FNV-1a by words. */
function fnv(words: Uint32Array): number {
  let sum = 2166136261n;
  for (const word of words) sum = BigInt.asUintN(32, (sum ^ BigInt(word)) * 16777619n);
  return Number(sum);
}

describe("bytes that are no whole image give a RangeError:", () => {
  const saved = furnished({ profile: "3.8" }).image().save();
  const HEAD = 16;
  const jsonBytes = new DataView(saved.buffer).getUint32(8, true);

  const damaged = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = saved.slice();
    copy.set(bytes, at);
    return copy;
  };

  /** An image with another JSON. */
  const withHeader = (json: string): Uint8Array => {
    const bytes = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 4) * 4));
    const copy = new Uint8Array(HEAD + bytes.length + saved.length - HEAD - jsonBytes);
    copy.set(saved.subarray(0, HEAD));
    new DataView(copy.buffer).setUint32(8, bytes.length, true);
    copy.set(bytes, HEAD);
    copy.set(saved.subarray(HEAD + jsonBytes), HEAD + bytes.length);
    new DataView(copy.buffer).setUint32(12, fnv(new Uint32Array(copy.buffer, HEAD)), true);
    return copy;
  };
  const header = JSON.parse(new TextDecoder().decode(saved.subarray(HEAD, HEAD + jsonBytes)));
  const withProfile = (profile: unknown): Uint8Array => withHeader(JSON.stringify({ ...header, profile }));
  const withSegments = (segments: unknown): Uint8Array => withHeader(JSON.stringify({ ...header, segments }));
  const { geometry } = header.profile;

  it("and the whole one does not", () => {
    expect(() => HeapImage.open(saved)).not.toThrow();
    expect(() => HeapImage.open(withHeader(JSON.stringify(header)))).not.toThrow();
  });

  const cases: readonly [string, Uint8Array, string][] = [
    ["none", new Uint8Array(), "not a heap image"],
    ["text", new TextEncoder().encode("a 0 10\na 1 20\nf 0\n"), "not a heap image"],
    ["another magic", damaged(0, 0x70), "not a heap image"],
    ["another version", damaged(7, 2), "not a heap image"],
    ["cut off in its magic", saved.slice(0, 7), "not a heap image"],
    ["cut off in its head", saved.slice(0, 11), "not a heap image"],
    ["cut off in its header", saved.slice(0, HEAD + jsonBytes - 1), "heap image: cut off in its header"],
    ["cut off in its segments", saved.slice(0, -1), "heap image: cut off"],
    ["cut off by a word", saved.slice(0, -4), "heap image: cut off"],
    ["without segments' bytes", saved.slice(0, HEAD + jsonBytes), "heap image: cut off"],
    ["with a header of the wrong length", damaged(8, 0xff, 0xff, 0xff, 0xff), "heap image: cut off in its header"],
    ["with a header of odd length", damaged(8, (jsonBytes & 255) - 1), "heap image: cut off in its header"],
    ["with a header that is no JSON", damaged(HEAD, 0x5b), "heap image: its header is damaged"],
    ["with a header of null", withHeader("null"), "heap image: its header is damaged"],
    ["with a header of a number", withHeader("1"), "heap image: its header is damaged"],
    ["without a profile", withProfile(undefined), "heap image: its header is damaged"],
    [
      "without a geometry",
      withProfile({ ...header.profile, geometry: undefined }),
      "heap image: its header is damaged",
    ],
    ["without segments", withSegments(undefined), "heap image: its header is damaged"],
    ["with half a segment", withSegments([[4096]]), "heap image: its header is damaged"],
    ["with a segment of -4 bytes", withSegments([[4096, -4]]), "heap image: its header is damaged"],
    ["with a segment of 5 bytes", withSegments([[4096, 5]]), "heap image: its header is damaged"],
    ["with a segment at no address", withSegments([["4096", 4]]), "heap image: its header is damaged"],
    [
      "with another word in a segment",
      damaged(saved.length - 8, ~saved[saved.length - 8]),
      "heap image: damaged, its bytes do not give its sum",
    ],
    ["with a segment of 2^53 bytes", withSegments([[4096, 2 ** 53]]), "heap image: cut off"],
  ];

  it.each(cases)("%s", (_, bytes, message) => {
    expect(() => HeapImage.open(bytes)).toThrow(new RangeError(message));
  });

  it("cut off anywhere", () => {
    const lengths = [
      ...Array(HEAD + jsonBytes).keys(),
      ...Array.from({ length: 200 }, (_, i) => Math.floor((saved.length * i) / 200)),
    ];
    for (const length of lengths) expect(() => HeapImage.open(saved.subarray(0, length))).toThrow(RangeError);
  });

  it("with more bytes behind its end", () => {
    const longer = new Uint8Array(saved.length + 4);
    longer.set(saved);
    expect(() => HeapImage.open(longer)).toThrow(RangeError);
  });

  it.each([
    ["no pool size", { ...geometry, poolSize: 0 }],
    ["a pool size that is no power of two", { ...geometry, poolSize: 3000 }],
    ["an arena of a pool", { ...geometry, arenaSize: geometry.poolSize }],
    ["only a pool size", { poolSize: 4096 }],
  ])("with a profile of %s", (_, wrong) => {
    expect(() => HeapImage.open(withProfile({ ...header.profile, geometry: wrong }))).toThrow(RangeError);
  });

  it("with any other byte in the place of one", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    heap.malloc(100);
    const small = heap.image().save();
    fc.assert(
      fc.property(fc.nat({ max: small.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const copy = small.slice();
        copy[at] ^= change;
        expect(() => HeapImage.open(copy)).toThrow(RangeError);
      }),
      { numRuns: 200 },
    );
  });
});
