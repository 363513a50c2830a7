/** The heap as a TypeScript developer uses it: the four functions, what they refuse, and what can be asked. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customProfile, profile } from "../../src/geometry/profiles.js";
import { Heap, type HeapOptions } from "../../src/heap/heap.js";
import { HeapExhaustedError, InvalidPointerError } from "../../src/text/errors.js";
import { brokenRule, debugModule } from "../debugcore.js";

const memoryOf = (heap: Heap): Uint8Array => heap.image().save();

/** That `call` throws, and the heap is as it was, to the last bit. */
function expectRefusal(heap: Heap, call: () => unknown, error: Error): void {
  const stats = heap.stats(); // writes its census into memory
  const memory = memoryOf(heap);
  expect(call).toThrow(error);
  expect(Buffer.compare(memoryOf(heap), memory)).toBe(0);
  expect(heap.stats()).toEqual(stats);
}

describe("a heap", () => {
  it("is a wasm32 one unless told otherwise, checked, and empty", async () => {
    for (const heap of [Heap.createSync(), await Heap.create()]) {
      expect(heap.profile).toEqual(profile("wasm32"));
      expect(heap.isChecked).toBe(true);
      const { profile: name, allocatedBlocks, pymalloc, raw, os, calls } = heap.stats();
      expect({
        name,
        allocatedBlocks,
        live: pymalloc.arenas.live,
        raw: raw.regionBytes,
        mapped: os.mappedBytes,
      }).toEqual({
        name: "wasm32",
        allocatedBlocks: 0,
        live: 0,
        raw: 0,
        mapped: 0,
      });
      expect(calls).toEqual({ malloc: 0, calloc: 0, realloc: 0, free: 0, failures: 0 });
    }
  });

  it("takes a profile by name or as it is", () => {
    const custom = customProfile({ ...profile("3.8").geometry, poolSize: 8192 });
    expect(Heap.createSync({ profile: "2.7.6" }).profile).toEqual(profile("2.7.6"));
    expect(Heap.createSync({ profile: custom }).profile).toBe(custom);
  });

  it("is apart from every other heap", () => {
    const [one, other] = [Heap.createSync(), Heap.createSync()];
    const address = one.malloc(100);
    expect(other.isLiveBlock(address)).toBe(false);
    expect(other.stats().allocatedBlocks).toBe(0);
  });

  it("has arenas where a real build has them when told `profile`", () => {
    const offsets = ["2.4", "2.5-32", "3.8", "3.12"].map((name) => {
      const heap = Heap.createSync({ profile: name, baseOffsets: "profile" });
      heap.malloc(10);
      return heap.snapshot().arenas[0].address % heap.profile.geometry.poolSize;
    });
    expect(offsets).toEqual([16, 8, 0, 0]);
  });

  const options: readonly [HeapOptions, string][] = [
    [
      { profile: "3.16" },
      'no profile "3.16": there are 2.3 to 2.7 and 3.0 to 3.15, also as X.Y.Z and with -32 (3.9.18-32), wasm32 and 3.15-hugepages',
    ],
    [{ profile: "3.13t" }, "3.13t: free-threaded builds use mimalloc, there is no pymalloc to emulate"],
    [{ profile: 3.12 as unknown as string }, 'profile: expected a name, as "3.12", or a Profile, not 3.12'],
    [{ profile: {} as unknown as string }, 'profile: expected a name, as "3.12", or a Profile, not {}'],
    [{ limitBytes: -1 }, "heap options take whole numbers from 0 to 2^32 − 1, not -1"],
    [{ limitBytes: 2 ** 32 }, "heap options take whole numbers from 0 to 2^32 − 1, not 4294967296"],
    [{ refuseEvery: 0.5 }, "heap options take whole numbers from 0 to 2^32 − 1, not 0.5"],
    [{ baseOffsets: [0, Number.NaN] }, "heap options take whole numbers from 0 to 2^32 − 1, not NaN"],
  ];

  it.each(options)("is not made with %j", async (bad, message) => {
    expect(() => Heap.createSync(bad)).toThrow(new RangeError(message));
    await expect(Heap.create(bad)).rejects.toThrow(new RangeError(message));
  });

  it.each([
    [
      "a pool that is no power of two",
      { poolSize: 3000 },
      "geometry: pool must be a power of two from 1 KiB to 64 KiB, not 3000",
    ],
    [
      "a threshold between classes",
      { threshold: 100 },
      "geometry: threshold must be a positive multiple of the alignment 16, not 100",
    ],
    ["an arena of one pool", { arenaSize: 16384 }, "geometry: arena must have 2 to 65,536 pools, not 1"],
  ])("is not made of a profile with %s; the error names the rule", (_, wrong, message) => {
    const build = profile("3.12");
    const broken = { ...build, geometry: { ...build.geometry, ...wrong } };
    expect(() => Heap.createSync({ profile: broken })).toThrow(new RangeError(message));
  });
});

describe("blocks", () => {
  it("are of the class's size when small, and of the raw domain when large or of nothing", () => {
    const heap = Heap.createSync({ profile: "3.12" });
    for (let nbytes = 1; nbytes <= 512; nbytes++) {
      const address = heap.malloc(nbytes);
      expect(heap.usableSize(address)).toBe(Math.ceil(nbytes / 16) * 16);
    }
    expect(heap.stats().raw.blocks).toBe(0);
    for (const nbytes of [0, 513, 100_000, 1_000_000]) {
      const address = heap.malloc(nbytes);
      expect(heap.usableSize(address)).toBeGreaterThanOrEqual(nbytes);
      expect(address % 16).toBe(0);
    }
    expect(heap.stats().raw.blocks).toBe(4);
  });

  it("stay where they are by realloc down to more than three quarters, and move with their contents otherwise", () => {
    const heap = Heap.createSync({ profile: "3.12" });
    const block = heap.malloc(512);
    heap.bytes(block, 512).set(Array.from({ length: 512 }, (_, i) => i & 255));
    expect([heap.realloc(block, 385), heap.realloc(block, 512)]).toEqual([block, block]);
    const moved = heap.realloc(block, 384);
    expect(moved).not.toBe(block);
    expect(heap.isLiveBlock(block)).toBe(false);
    const raw = heap.realloc(moved, 5000);
    const again = heap.realloc(raw, 300_000);
    expect(Array.from(heap.bytes(again, 384))).toEqual(Array.from({ length: 384 }, (_, i) => i & 255));
    expect(heap.stats().allocatedBlocks).toBe(1);
  });

  it("that realloc moves to the raw domain, for want of an arena, leave the block behind them alone", () => {
    const geometry = {
      arenaSize: 2048,
      poolSize: 1024,
      alignment: 8,
      threshold: 496,
      poolOverhead: 32,
      release: "keep-last",
    } as const;
    const heap = Heap.createSync({ profile: customProfile(geometry), refuseEvery: 2 });
    const block = heap.malloc(496);
    heap.bytes(block, 496).fill(0xff);
    heap.malloc(1); // has the arena's other pool
    const moved = heap.realloc(block, 41);
    expect([heap.usableSize(moved), heap.describe(moved)]).toEqual([44, "raw block of 44 bytes, allocated"]);
    expect(heap.bytes(moved, 41).every((byte) => byte === 0xff)).toBe(true);
    const others = Array.from({ length: 100 }, () => heap.rawMalloc(41));
    expect(others).toEqual(Array.from({ length: 100 }, (_, i) => moved + 48 * (i + 1)));
    for (const address of others) heap.rawFree(address);
    heap.free(moved);
    expect(heap.stats().raw.blocks).toBe(0);
  });

  it("of realloc from 0 are new ones, and free of 0 does nothing", () => {
    const heap = Heap.createSync();
    const [small, raw] = [heap.realloc(0, 10), heap.rawRealloc(0, 10)];
    expect([heap.isLiveBlock(small), heap.isLiveBlock(raw)]).toEqual([true, true]);
    heap.free(0);
    heap.rawFree(0);
    heap.free(-0);
    const { pymalloc, raw: rawStats } = heap.stats();
    expect([pymalloc.classes[0].blocks, rawStats.blocks]).toEqual([1, 1]);
  });

  it("of calloc are zero although the memory was used before", () => {
    const heap = Heap.createSync({ profile: "3.12" });
    for (const nbytes of [48, 512, 3000, 400_000]) {
      const dirty = heap.malloc(nbytes);
      heap.bytes(dirty, nbytes).fill(0xff);
      heap.free(dirty);
      const clean = heap.calloc(nbytes / 4, 4);
      expect(heap.bytes(clean, nbytes).every((byte) => byte === 0)).toBe(true);
    }
  });

  it("of the raw domain are so whatever their size, and go back to it", () => {
    const heap = Heap.createSync();
    const blocks = [heap.rawMalloc(8), heap.rawCalloc(4, 2), heap.rawMalloc(0)];
    expect(heap.stats()).toMatchObject({
      allocatedBlocks: 3,
      raw: { blocks: 3 },
      pymalloc: { arenas: { obtained: 0 } },
    });
    const grown = heap.rawRealloc(blocks[0], 1000);
    heap.rawFree(grown);
    heap.free(blocks[1]);
    heap.rawFree(heap.realloc(blocks[2], 600));
    expect(heap.stats().allocatedBlocks).toBe(0);
  });

  it("that live are listed once each: those of pools by arena and address, then the raw ones", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const sizes = Array.from({ length: 1200 }, (_, i) => (i * 37) % 700);
    const held = new Map(sizes.map((nbytes) => [heap.malloc(nbytes), nbytes]));
    for (const address of [...held.keys()].filter((_, i) => i % 3 === 0)) {
      heap.free(address);
      held.delete(address);
    }
    const live = [...heap.liveBlocks()];
    expect(live.map(({ address }) => address).sort()).toEqual([...held.keys()].sort());
    for (const { address, size, domain } of live) {
      const nbytes = held.get(address) as number;
      expect(domain).toBe(nbytes === 0 || nbytes > 512 ? "raw" : "pymalloc");
      expect(size).toBe(heap.usableSize(address));
    }
    const firstRaw = live.findIndex(({ domain }) => domain === "raw");
    expect(live.slice(firstRaw).every(({ domain }) => domain === "raw")).toBe(true);
    const arenas = heap.snapshot().arenas.map(({ address }) => address);
    expect(arenas.length).toBeGreaterThan(1);
    const ordinal = (address: number): number =>
      arenas.findIndex((start) => address >= start && address < start + (256 << 10));
    const order = live.slice(0, firstRaw).map(({ address }) => ordinal(address) * 2 ** 32 + address);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

describe("calls are counted", () => {
  it("each by its kind, with those of the raw domain and those that failed; refused ones are not calls", () => {
    const heap = Heap.createSync({ profile: "3.12", limitBytes: 4 << 20 });
    const a = heap.malloc(10);
    const b = heap.calloc(3, 4);
    const c = heap.rawMalloc(10);
    const d = heap.rawCalloc(3, 4);
    heap.realloc(a, 5000);
    heap.rawRealloc(c, 50);
    heap.free(b);
    heap.rawFree(d);
    heap.free(0);
    for (const call of [
      () => heap.malloc(-1),
      () => heap.calloc(1, Number.NaN),
      () => heap.realloc(0, 0.5),
      () => heap.free(b),
      () => heap.realloc(b, 10),
      () => heap.rawFree(b),
      () => heap.rawRealloc(b, 10),
    ]) {
      expect(call).toThrow();
    }
    expect(heap.stats().calls).toEqual({ malloc: 2, calloc: 2, realloc: 2, free: 3, failures: 0 });
    expect([heap.malloc(5 << 20), heap.calloc(5, 1 << 20), heap.realloc(0, 5 << 20), heap.rawMalloc(5 << 20)]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(heap.stats().calls).toEqual({ malloc: 4, calloc: 3, realloc: 3, free: 3, failures: 4 });
  });
});

// ---- addresses that are no live block -------------------------------------------------------------------

/** A heap of 3.12 with class 48 in pool 3 of arena 0, raw blocks, and addresses of all kinds in it. */
function furnished(options: HeapOptions = {}) {
  const heap = Heap.createSync({ profile: "3.12", ...options });
  for (const nbytes of [16, 32, 64]) heap.malloc(nbytes);
  const blocks = Array.from({ length: 20 }, () => heap.malloc(48));
  const pool = blocks[0] - 48;
  heap.free(blocks[17]);
  const lonely = heap.malloc(128);
  heap.free(lonely);
  const [raw, freedRaw] = [heap.malloc(1000), heap.malloc(2000)];
  heap.free(freedRaw);
  const mapped = heap.malloc(1 << 20);
  const freedMapped = heap.malloc(1 << 20);
  heap.free(freedMapped);
  return { heap, blocks, pool, lonely, raw, freedRaw, mapped, freedMapped };
}

const hex = (address: number): string => `0x${address.toString(16)}`;
const POOL_SIZE = 16384;

type Furnished = ReturnType<typeof furnished>;
const BAD_POINTERS: readonly [what: string, address: (f: Furnished) => number, message: (f: Furnished) => string][] = [
  ["wild", () => 64, () => "0x40 is not in the heap"],
  ["wild, of the emulator's own tables", () => 4096, () => "0x1000 is not in the heap"],
  ["wild, above 2 GiB", () => 0xfffffff0, () => "0xfffffff0 is not in the heap"],
  ["interior", ({ blocks }) => blocks[5] + 16, () => "byte 16 of block 5 of pool 3 of arena 0, class 48"],
  ["interior by one byte", ({ blocks }) => blocks[5] + 1, () => "byte 1 of block 5 of pool 3 of arena 0, class 48"],
  ["freed twice", ({ blocks }) => blocks[17], () => "block 17 of pool 3 of arena 0, class 48, already free"],
  [
    "freed twice, alone in its pool",
    ({ lonely }) => lonely,
    () => "block 0 of pool 4 of arena 0, class 128, already free",
  ],
  ["header", ({ pool }) => pool, () => "byte 0 of the header of pool 3 of arena 0"],
  ["end of a header", ({ pool }) => pool + 47, () => "byte 47 of the header of pool 3 of arena 0"],
  [
    "never handed out",
    ({ blocks }) => blocks[19] + 96,
    () => "block 21 of pool 3 of arena 0, class 48, never handed out",
  ],
  [
    "last of a pool",
    ({ pool }) => pool + 48 + 339 * 48,
    () => "block 339 of pool 3 of arena 0, class 48, never handed out",
  ],
  [
    "behind the last block",
    ({ pool }) => pool + 48 + 340 * 48,
    () => "byte 16368 of pool 3 of arena 0, class 48, behind its last block",
  ],
  ["never carved", ({ pool }) => pool + 2 * POOL_SIZE + 48, () => "byte 48 of pool 5 of arena 0, never carved"],
  ["interior of a raw block", ({ raw }) => raw + 16, ({ raw }) => `byte 16 of the raw block at ${hex(raw)}`],
  [
    "raw, freed twice",
    ({ freedRaw }) => freedRaw,
    ({ raw, freedRaw }) => `free space of the raw domain (${262144 - 20 - (freedRaw - raw)} bytes at ${hex(freedRaw)})`,
  ],
  [
    "interior of a mapped block",
    ({ mapped }) => mapped + (1 << 19),
    ({ mapped }) => `byte 524288 of the raw block at ${hex(mapped)}`,
  ],
  [
    "mapped, freed twice",
    ({ freedMapped }) => freedMapped,
    ({ freedMapped }) => `${hex(freedMapped)} is not in the heap`,
  ],
  ["negative", () => -1, () => "-1 is no address"],
  [
    "negative, of a block modulo 2^32",
    ({ blocks }) => blocks[0] - 2 ** 32,
    ({ blocks }) => `${blocks[0] - 2 ** 32} is no address`,
  ],
  [
    "too large, of a block modulo 2^32",
    ({ blocks }) => blocks[0] + 2 ** 32,
    ({ blocks }) => `${blocks[0] + 2 ** 32} is no address`,
  ],
  ["fractional", ({ blocks }) => blocks[0] + 0.5, ({ blocks }) => `${blocks[0]}.5 is no address`],
  ["no number", () => Number.NaN, () => "NaN is no address"],
  ["endless", () => Number.POSITIVE_INFINITY, () => "Infinity is no address"],
];

describe("free and realloc refuse an address, say what is there, and leave the heap as it was:", () => {
  it.each(BAD_POINTERS)("%s", (_, addressOf, messageOf) => {
    const furniture = furnished();
    const { heap } = furniture;
    const [address, message] = [addressOf(furniture), messageOf(furniture)];
    const error = new InvalidPointerError(address, message);
    expectRefusal(heap, () => heap.free(address), error);
    expectRefusal(heap, () => heap.realloc(address, 100), error);
    expectRefusal(heap, () => heap.realloc(address, 0), error);
    expectRefusal(heap, () => heap.rawFree(address), error);
    expectRefusal(heap, () => heap.rawRealloc(address, 100), error);
    expectRefusal(heap, () => heap.usableSize(address), error);
    expect(heap.isLiveBlock(address)).toBe(false);
    expect(heap.describe(address)).toBe(message);
    expect(() => heap.free(address)).toThrow(
      expect.objectContaining({ name: "InvalidPointerError", message, address }),
    );
  });

  it("outside the pools of an arena that is not aligned", () => {
    const heap = Heap.createSync({ profile: "3.8", baseOffsets: [1024] });
    const first = heap.malloc(100) - 48;
    const [head, tail] = [first - 3072, first + 63 * 4096];
    for (const [address, offset] of [
      [head, 0],
      [head + 100, 100],
      [tail, (256 << 10) - 1024],
      [tail + 1023, (256 << 10) - 1],
    ]) {
      expectRefusal(
        heap,
        () => heap.free(address),
        new InvalidPointerError(address, `byte ${offset} of arena 0, outside its pools`),
      );
    }
    expect(heap.describe(head - 1)).toBe(`${hex(head - 1)} is not in the heap`);
    expect(heap.describe(tail + 1024)).toBe(`${hex(tail + 1024)} is not in the heap`);
  });

  it("in an arena that went back", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const block = heap.malloc(100);
    heap.free(block);
    expectRefusal(heap, () => heap.free(block), new InvalidPointerError(block, `${hex(block)} is not in the heap`));
  });

  it("of a live block of pools, where a raw block is asked for", () => {
    const { heap, blocks, raw } = furnished();
    const error = new InvalidPointerError(blocks[3], "block 3 of pool 3 of arena 0, class 48, allocated");
    expectRefusal(heap, () => heap.rawFree(blocks[3]), error);
    expectRefusal(heap, () => heap.rawRealloc(blocks[3], 100), error);
    expect(heap.describe(raw)).toBe(`raw block of ${heap.usableSize(raw)} bytes, allocated`);
  });

  it("0, which is no block, where its size is asked for", () => {
    const { heap } = furnished();
    expectRefusal(heap, () => heap.usableSize(0), new InvalidPointerError(0, "0x0 is not in the heap"));
  });
});

describe("a live block is told from every other address", () => {
  it("byte by byte through arenas, raw regions and around", () => {
    const geometry = { ...profile("3.8").geometry, arenaSize: 8192, poolSize: 1024, threshold: 128 };
    const heap = Heap.createSync({ profile: customProfile(geometry), baseOffsets: [0, 512] });
    const held = new Set<number>();
    for (let i = 0; i < 700; i++) held.add(heap.malloc((i * 29) % 150));
    for (const address of [...held].filter((_, i) => i % 7 < 3)) {
      heap.free(address);
      held.delete(address);
    }
    const [first, last] = [Math.min(...held) - 5000, Math.max(...held) + 5000];
    const found: number[] = [];
    for (let address = first; address < last; address++) if (heap.isLiveBlock(address)) found.push(address);
    expect(found).toEqual([...held].sort((a, b) => a - b));
  });

  it("also where its contents look like a link to a free block", () => {
    const heap = Heap.createSync({ profile: "3.12" });
    const blocks = Array.from({ length: 10 }, () => heap.malloc(32));
    for (const i of [2, 5, 7]) heap.free(blocks[i]);
    const links = [0, ...blocks];
    for (const link of links) {
      new DataView(heap.bytes(blocks[0], 4).buffer).setUint32(blocks[0], link, true);
      expect(blocks.map((address) => heap.isLiveBlock(address))).toEqual(blocks.map((_, i) => ![2, 5, 7].includes(i)));
    }
    heap.free(blocks[0]);
    expect(heap.describe(blocks[0])).toBe("block 0 of pool 0 of arena 0, class 32, already free");
  });

  it("in an unchecked heap too, where free and realloc do not ask", () => {
    const heap = Heap.createSync({ profile: "3.12", checked: false });
    expect(heap.isChecked).toBe(false);
    const [a, b] = [heap.malloc(10), heap.malloc(1000)];
    const c = heap.realloc(a, 200);
    heap.free(b);
    expect([a, b, c].map((address) => heap.isLiveBlock(address))).toEqual([false, false, true]);
    expect(() => heap.malloc(-1)).toThrow(RangeError);
  });
});

// ---- sizes --------------------------------------------------------------------------------------------------

describe("a size that is none gives a RangeError, and the heap stays as it was:", () => {
  it.each([
    -1,
    -0.5,
    0.5,
    10.000001,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** 32 + 1,
    2 ** 53,
  ])("%d", (nbytes) => {
    const { heap, blocks, raw } = furnished();
    const error = new RangeError(`size must be a whole number of bytes from 0 to 4 GiB, not ${nbytes}`);
    for (const call of [
      () => heap.malloc(nbytes),
      () => heap.calloc(nbytes, 1),
      () => heap.calloc(1, nbytes),
      () => heap.calloc(0, nbytes),
      () => heap.realloc(0, nbytes),
      () => heap.realloc(blocks[0], nbytes),
      () => heap.realloc(raw, nbytes),
      () => heap.rawMalloc(nbytes),
      () => heap.rawCalloc(nbytes, 1),
      () => heap.rawCalloc(1, nbytes),
      () => heap.rawRealloc(raw, nbytes),
    ]) {
      expectRefusal(heap, call, error);
    }
    expect(heap.isLiveBlock(blocks[0]) && heap.isLiveBlock(raw)).toBe(true);
  });
});

describe("a size that no heap can serve gives 0", () => {
  it.each(["2.3", "3.12", "wasm32"])("4 GiB, and a calloc whose product overflows 32 or 53 bits: %s", (name) => {
    const heap = Heap.createSync({ profile: name });
    const [small, raw] = [heap.malloc(100), heap.rawMalloc(100)];
    const calls = [
      () => heap.malloc(2 ** 32),
      () => heap.malloc(2 ** 32 - 1),
      () => heap.calloc(2 ** 16, 2 ** 16),
      () => heap.calloc(2 ** 16 + 1, 2 ** 16 + 1),
      () => heap.calloc(2 ** 32, 2 ** 32),
      () => heap.calloc(2 ** 32 - 1, 2 ** 32 - 1),
      () => heap.realloc(small, 2 ** 32),
      () => heap.realloc(raw, 2 ** 32 - 1),
      () => heap.rawMalloc(2 ** 32),
      () => heap.rawCalloc(2 ** 31, 2),
      () => heap.rawRealloc(raw, 2 ** 32),
    ];
    expect(calls.map((call) => call())).toEqual(calls.map(() => 0));
    expect(heap.stats()).toMatchObject({ allocatedBlocks: 2, calls: { failures: calls.length } });
    expect(heap.isLiveBlock(small) && heap.isLiveBlock(raw)).toBe(true);
  });

  it("but calloc of nothing gives a block, whatever the other factor", () => {
    const heap = Heap.createSync();
    for (const [count, size] of [
      [0, 2 ** 32],
      [2 ** 32, 0],
      [0, 0],
    ]) {
      expect(heap.isLiveBlock(heap.calloc(count, size))).toBe(true);
      expect(heap.isLiveBlock(heap.rawCalloc(count, size))).toBe(true);
    }
  });

  const LIMITED = ["2.4", "2.5-32", "3.12-32", "wasm32"];

  it.each(LIMITED)("more than 2^31 − 1 bytes where the build refuses them: %s", (name) => {
    const heap = Heap.createSync({ profile: name });
    const block = heap.malloc(1000);
    const calls = [() => heap.malloc(2 ** 31), () => heap.calloc(2 ** 16, 2 ** 15), () => heap.realloc(block, 2 ** 31)];
    expect(calls.map((call) => call())).toEqual([0, 0, 0]);
    expect(heap.stats().os.mappedPeakBytes).toBeLessThan(2 ** 20);
  });

  it.each(["2.5-32", "3.12-32", "wasm32"])("in the raw domain too: %s", (name) => {
    const heap = Heap.createSync({ profile: name });
    const block = heap.rawMalloc(1000);
    const calls = [
      () => heap.rawMalloc(2 ** 31),
      () => heap.rawCalloc(2 ** 16, 2 ** 15),
      () => heap.rawRealloc(block, 2 ** 31),
    ];
    expect(calls.map((call) => call())).toEqual([0, 0, 0]);
  });

  it.each(["2.3", "3.12"])("but 2^31 bytes are served where they are not refused: %s", (name) => {
    const heap = Heap.createSync({ profile: name });
    expect(heap.usableSize(heap.malloc(2 ** 31))).toBeGreaterThanOrEqual(2 ** 31);
  });
});

describe("memory exhausted", () => {
  it("gives 0, and the heap goes on after frees", () => {
    const heap = Heap.createSync({ profile: "3.12", limitBytes: 4 << 20 });
    const big = heap.malloc(2 << 20);
    expect(heap.malloc(3 << 20)).toBe(0);
    expect(heap.realloc(big, 5 << 20)).toBe(0);
    expect(heap.isLiveBlock(big)).toBe(true);
    heap.free(big);
    expect(heap.isLiveBlock(heap.malloc(3 << 20))).toBe(true);
    expect(heap.stats().calls.failures).toBe(2);
  });

  it("throws a HeapExhaustedError where asked to, counted as a failure", () => {
    const heap = Heap.createSync({ limitBytes: 1 << 20, throwOnExhaustion: true });
    expect(() => heap.malloc(2 << 20)).toThrow(new HeapExhaustedError("the heap has no memory for this request"));
    expect(() => heap.rawCalloc(2, 1 << 20)).toThrow(HeapExhaustedError);
    expect(() => heap.malloc(2 ** 31)).toThrow(HeapExhaustedError);
    expect(heap.stats().calls).toMatchObject({ malloc: 2, calloc: 1, failures: 3 });
    expect(heap.isLiveBlock(heap.malloc(100))).toBe(true);
  });

  it("happens at once where there is less than a page", () => {
    const heap = Heap.createSync({ limitBytes: 4095 });
    expect([heap.malloc(1), heap.rawMalloc(1)]).toEqual([0, 0]);
  });
});

// ---- above 2 GiB -----------------------------------------------------------------------------------------

describe.each(["2.4", "3.8", "3.12", "wasm32"])("addresses above 2 GiB are unsigned, on %s", (name) => {
  const GIB = 2 ** 30;

  it("blocks, records, events and messages", () => {
    const heap = Heap.createSync({ profile: name, module: debugModule });
    const low = [heap.rawMalloc(GIB), heap.rawMalloc(GIB)];
    const events: { type: string; address?: number }[] = [];
    for (const type of ["pool-initialised", "pool-full", "pool-empty"] as const) heap.on(type, (e) => events.push(e));
    const { threshold, poolSize, arenaSize } = heap.profile.geometry;
    const small = Array.from({ length: 100 }, () => heap.malloc(threshold));
    const [raw, zeroed] = [heap.malloc(5000), heap.calloc(1000, 300)];
    for (const address of [...small, raw, zeroed]) {
      expect(address).toBeGreaterThan(2 ** 31);
      expect(heap.isLiveBlock(address)).toBe(true);
      expect(heap.isLiveBlock(address - 2 ** 32)).toBe(false);
    }
    for (const [i, address] of small.entries()) heap.bytes(address, threshold).fill(i);
    expect(heap.bytes(zeroed, 300_000).every((byte) => byte === 0)).toBe(true);
    const moved = heap.realloc(small[7], 2 * threshold);
    expect(moved).toBeGreaterThan(2 ** 31);
    expect(heap.bytes(moved, threshold).every((byte) => byte === 7)).toBe(true);
    expect(heap.usableSize(small[8])).toBe(threshold);

    const arenas = heap.snapshot().arenas;
    const [{ address: base }] = arenas;
    expect(base).toBeGreaterThan(2 ** 31);
    expect(small.every((address) => address >= base && address < base + arenaSize)).toBe(true);
    expect(arenas[0].pools[0].blocks()[0]).toMatchObject({ address: small[0], state: "allocated" });
    expect(events.length).toBeGreaterThan(2);
    expect(events.every(({ address }) => (address as number) >= base && (address as number) % poolSize === 0)).toBe(
      true,
    );

    expect(() => heap.free(small[7])).toThrow(new InvalidPointerError(small[7], heap.describe(small[7])));
    expect(heap.describe(small[7])).toMatch(
      new RegExp(`^block \\d+ of pool [01] of arena 0, class ${threshold}, already free$`),
    );
    expect(heap.describe(raw + 16)).toBe(`byte 16 of the raw block at ${hex(raw)}`);
    const live = [...heap.liveBlocks()].map(({ address }) => address);
    expect(live.sort((a, b) => a - b)).toEqual(
      [...low, ...small.filter((_, i) => i !== 7), raw, zeroed, moved].sort((a, b) => a - b),
    );
    expect(brokenRule(heap.core)).toBe("sound");
    for (const address of live) heap.free(address);
    expect(brokenRule(heap.core)).toBe("sound");
    expect(heap.stats().allocatedBlocks).toBe(0);
  });
});

describe("4 GiB", () => {
  it("are filled but for their last 64 KiB, and no block reaches into those", () => {
    const heap = Heap.createSync({ profile: "3.12", module: debugModule });
    const blocks: number[] = [];
    for (let nbytes = 2 ** 30; nbytes >= 2 ** 17; nbytes /= 2) {
      for (let address = heap.rawMalloc(nbytes); address !== 0; address = heap.rawMalloc(nbytes)) blocks.push(address);
    }
    for (let address = heap.malloc(512); address !== 0; address = heap.malloc(512)) blocks.push(address);
    const ends = blocks.map((address) => address + heap.usableSize(address));
    expect(Math.max(...ends)).toBeLessThanOrEqual(2 ** 32 - 65536);
    expect(Math.max(...ends)).toBeGreaterThan(2 ** 32 - 2 * 65536);
    expect(brokenRule(heap.core)).toBe("sound");
    const { os, raw, pymalloc } = heap.stats();
    expect(os.mappedBytes).toBe(raw.regionBytes + pymalloc.ledger.total);
    expect(os.mappedBytes).toBeGreaterThan(4e9);
    for (const address of blocks) heap.free(address);
    expect(heap.stats().allocatedBlocks).toBe(0);
    expect(brokenRule(heap.core)).toBe("sound");
  });
});

describe("what the statistics of a heap say of the system", () => {
  it("the peak and the sum of what was mapped, by calls", () => {
    const heap = Heap.createSync({ profile: "3.8" });
    const sizes = fc.sample(fc.integer({ min: 131072, max: 2_000_000 }), { numRuns: 30, seed: 5 });
    let [peak, ever, now] = [0, 0, 0];
    const held: number[] = [];
    for (const [i, nbytes] of sizes.entries()) {
      const before = heap.stats().os.mappedBytes;
      held.push(heap.malloc(nbytes));
      now = heap.stats().os.mappedBytes;
      ever += now - before;
      peak = Math.max(peak, now);
      if (i % 3 === 2) heap.free(held.shift() as number);
    }
    for (const address of held) heap.free(address);
    expect(heap.stats().os).toEqual({
      mappedBytes: 0,
      mappedPeakBytes: peak,
      mappedEverBytes: ever,
      maps: 30,
      unmaps: 30,
      refused: 0,
    });
  });
});
