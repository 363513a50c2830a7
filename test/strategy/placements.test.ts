/** Where each strategy puts blocks, in cases small enough to be worked out by hand. */
import { describe, expect, it } from "vitest";
import { strategy } from "../../src/strategy/strategies.js";
import type { StrategyHeap, SystemOptions } from "../../src/strategy/strategyheap.js";

const heapOf = (name: string, system: SystemOptions = {}): StrategyHeap => strategy(name).start(system) as StrategyHeap;

/** Mallocs of those sizes; addresses from the heap's base. */
const mallocs = (heap: StrategyHeap, ...sizes: number[]): number[] =>
  sizes.map((nbytes) => heap.malloc(nbytes) - heap.baseAddress);

const free = (heap: StrategyHeap, ...places: number[]): void => {
  for (const place of places) heap.free(heap.baseAddress + place);
};

const times = (count: number, nbytes: number): number[] => Array<number>(count).fill(nbytes);

describe("bump", () => {
  it("lays each block behind the last, four bytes of header between them, and never comes back", () => {
    const heap = heapOf("bump");
    expect(mallocs(heap, 0, 12, 13, 100)).toEqual([16, 32, 48, 80]);
    free(heap, 16, 32, 48, 80);
    expect(mallocs(heap, 12)).toEqual([192]);
    expect(heap.ledger()).toMatchObject({
      liveBlocks: 1,
      liveBytes: 12,
      freeBytes: 12 + 12 + 28 + 108,
      mappedBytes: 262144,
    });
  });

  it("refuses what its chunk has no room for, though the sum of addresses passes 4 GiB", () => {
    const heap = heapOf("bump");
    const huge = 1200 << 20;
    const places = times(5, huge).map(() => heap.malloc(huge));
    expect(places.slice(0, 3).every((place) => place > 0)).toBe(true);
    expect(places.slice(3)).toEqual([0, 0]);
    expect(heap.malloc(100)).toBeGreaterThan(places[2]);
    expect(heap.ledger()).toMatchObject({ liveBlocks: 4, liveBytes: 3 * (huge + 12) + 108 });
  });
});

describe("first-fit and best-fit", () => {
  // Blocks are the request and 4 bytes, in multiples of 16 from 32 on: holes of 112, 64 and 208 bytes between walls.
  const holes = (name: string): { heap: StrategyHeap; holes: number[] } => {
    const heap = heapOf(name);
    const [a, , b, , c] = mallocs(heap, 108, 12, 60, 12, 204, 12);
    expect([a, b, c]).toEqual([16, 160, 256]);
    free(heap, b, a, c);
    return { heap, holes: [a, b, c] };
  };

  it.each([
    ["first-fit", [16, 80], "the lowest that is large enough, and what is left of it"],
    ["first-fit:lifo", [256, 320], "the one freed last, and what is left of that, for it was freed later still"],
    ["best-fit", [160, 16], "the smallest that is large enough"],
    ["best-fit:lifo", [160, 16], "the smallest, whenever it was freed"],
  ] as const)("%s: %j for 60 and 44 bytes: %s", (name, expected, _why) => {
    const { heap } = holes(name);
    expect(mallocs(heap, 60, 44)).toEqual(expected);
  });

  it.each([
    ["best-fit", [16, 160]],
    ["best-fit:lifo", [160, 16]],
    ["first-fit", [16, 160]],
    ["first-fit:lifo", [160, 16]],
  ])("%s takes equal holes in the order %j, the lower freed first", (name, expected) => {
    const heap = heapOf(name);
    const [low, , high] = mallocs(heap, 108, 12, 108, 12);
    expect([low, high]).toEqual([16, 160]);
    free(heap, low, high);
    expect(mallocs(heap, 108, 108)).toEqual(expected);
  });

  it.each(["first-fit", "first-fit:lifo", "best-fit", "best-fit:lifo", "tlsf"])(
    "%s joins what is freed with both neighbours at once",
    (name) => {
      const heap = heapOf(name);
      const [a, b, c, wall] = mallocs(heap, 108, 108, 108, 12);
      free(heap, a, c, b);
      expect(heap.walk().spans.filter(({ kind, bytes }) => kind === "free" && bytes === 336)).toHaveLength(1);
      expect(mallocs(heap, 332)).toEqual([a]);
      free(heap, a, wall);
      expect(heap.ledger()).toMatchObject({ liveBlocks: 0, freeRegions: 1, freeBytes: 262144 - 16, overheadBytes: 16 });
    },
  );
});

describe("buddy", () => {
  it("splits down to the size, hands out lower halves, joins buddies, gives an empty chunk back", () => {
    const heap = heapOf("buddy");
    const K = 1024;
    expect(mallocs(heap, 16)).toEqual([64 * K]); // the table has the first 64 KiB
    expect(mallocs(heap, 1, 100, 64, 33)).toEqual([64 * K + 16, 64 * K + 128, 64 * K + 64, 64 * K + 256]);
    expect(mallocs(heap, 512 * K, 128 * K, 250 * K)).toEqual([512 * K, 128 * K, 256 * K]);
    expect(heap.ledger()).toMatchObject({ mappedBytes: 1 << 20, overheadBytes: 64 * K });
    free(heap, 64 * K + 64, 64 * K, 64 * K + 16); // 16 and 16, with the 32 that was left: 64, with the 64 freed: 128
    expect(mallocs(heap, 128)).toEqual([64 * K]);
    free(heap, 64 * K, 64 * K + 128, 64 * K + 256, 512 * K, 128 * K);
    expect(heap.ledger()).toMatchObject({ liveBlocks: 1, freeRegions: 3 }); // 64, 128 and 512 KiB
    free(heap, 256 * K);
    expect(heap.mappedBytes).toBe(0);
  });

  it("with a least block of 32 bytes has half the table", () => {
    const heap = heapOf("buddy:32");
    expect(mallocs(heap, 1, 1)).toEqual([32768, 32768 + 32]);
    expect(heap.ledger()).toMatchObject({ liveBytes: 64, overheadBytes: 32768 });
  });

  it("shortens a block where it is, half by half, and frees the halves", () => {
    const heap = heapOf("buddy");
    const [a] = mallocs(heap, 4096);
    expect(heap.realloc(heap.baseAddress + a, 1000)).toBe(heap.baseAddress + a);
    expect(heap.usableSize(heap.baseAddress + a)).toBe(1024);
    expect(mallocs(heap, 1024, 2048)).toEqual([a + 1024, a + 2048]);
  });
});

describe("power-of-two", () => {
  it("has pages of 64 KiB of one size, uses what was freed last, and keeps everything", () => {
    const heap = heapOf("power-of-two");
    expect(mallocs(heap, 17, 32, 100, 20)).toEqual([0, 32, 65536, 64]);
    expect(heap.usableSize(heap.baseAddress + 65536)).toBe(128);
    free(heap, 0, 32);
    expect(mallocs(heap, 30, 30, 30)).toEqual([32, 0, 96]);
    const [run] = mallocs(heap, 70_000);
    expect([run, heap.usableSize(heap.baseAddress + run)]).toEqual([131072, 131072]);
    free(heap, run, 32, 0, 64, 96, 65536);
    expect(heap.ledger()).toMatchObject({
      mappedBytes: 4 * 65536,
      liveBlocks: 0,
      freeBytes: 4 * 65536,
      overheadBytes: 0,
    });
  });
});

describe("slab", () => {
  it("fills a page behind its header, opens the next, and gives one back as soon as it is empty", () => {
    const heap = heapOf("slab");
    const blocks = mallocs(heap, ...times(256, 64)); // (16,384 − 32) / 64 = 255
    expect([blocks[0], blocks[1], blocks[254], blocks[255]]).toEqual([32, 96, 32 + 254 * 64, 16384 + 32]);
    expect(mallocs(heap, 65)).toEqual([32768 + 32]);
    free(heap, ...blocks.slice(1, 255));
    expect(heap.ledger()).toMatchObject({ mappedBytes: 3 * 16384, liveBlocks: 3, unusedBytes: 0 });
    free(heap, blocks[0]);
    expect(heap.mappedBytes).toBe(2 * 16384);
  });
});

describe("size-class-pages", () => {
  it("has four classes to a doubling", () => {
    const heap = heapOf("size-class-pages");
    const usable = (nbytes: number): number => heap.usableSize(heap.malloc(nbytes));
    expect([0, 1, 17, 128, 129, 161, 224, 225, 257, 1000, 1025].map(usable)).toEqual([
      16, 16, 32, 128, 160, 192, 224, 256, 320, 1024, 1280,
    ]);
    expect([8192, 8193, 40961, 65536].map(usable)).toEqual([8192, 10240, 49152, 65536]);
    for (let nbytes = 129; nbytes <= 65536; nbytes += 61) {
      const waste = usable(nbytes) - nbytes;
      expect(waste).toBeGreaterThanOrEqual(0);
      expect(waste / nbytes).toBeLessThan(0.25);
    }
  });

  it("starts behind the segment's header and uses freed blocks once its first list has run out", () => {
    const heap = heapOf("size-class-pages");
    const [a, b, c, d] = mallocs(heap, 16, 16, 16, 16);
    expect([a, b, c, d]).toEqual([4096, 4112, 4128, 4144]);
    free(heap, a, b);
    expect(mallocs(heap, 16)).toEqual([b]); // the list is now a
    free(heap, c);
    expect(mallocs(heap, 16, 16, 16)).toEqual([a, c, 4160]);
    expect(heap.ledger()).toMatchObject({ mappedBytes: 4 << 20, overheadBytes: 4096 });
  });

  it("keeps a block that shrinks by at most half", () => {
    const heap = heapOf("size-class-pages");
    const ptr = heap.malloc(1000);
    expect(heap.realloc(ptr, 512)).toBe(ptr);
    expect(heap.realloc(ptr, 511)).not.toBe(ptr);
  });
});

describe("policies of pymalloc", () => {
  // 3.9: pools of 4 KiB with 7 blocks of 512, arenas of 64 pools.
  const poolOf = (place: number): number => Math.floor(place / 4096);

  it.each([
    ["recent", 2],
    ["fullest", 1],
    ["lowest", 0],
  ])("pool=%s: of three used pools the one with index %i serves", (policy, expected) => {
    const heap = heapOf(`pymalloc:3.9+pool=${policy}`);
    const blocks = mallocs(heap, ...times(21, 512));
    free(heap, blocks[0], blocks[1], blocks[7], blocks[14], blocks[15], blocks[16]);
    expect(poolOf(mallocs(heap, 512)[0])).toBe(expected);
  });

  it("pool=fullest goes by what is in the pools when the request comes", () => {
    const heap = heapOf("pymalloc:3.9+pool=fullest");
    const blocks = mallocs(heap, ...times(21, 512));
    free(heap, blocks[0], blocks[7], blocks[1], blocks[14]); // one of pool 0 more, after it was first
    expect(mallocs(heap, ...times(4, 512)).map(poolOf)).toEqual([2, 1, 0, 0]);
  });

  /** Three full arenas, of which 2, 1 and 3 pools are emptied; the arenas that then give the next `count` pools. */
  function arenasTaken(policy: string, count: number): number[] {
    const heap = heapOf(`pymalloc:3.9+arena=${policy}`);
    const blocks = mallocs(heap, ...times(3 * 64 * 7, 512));
    const empty = (pool: number): void => free(heap, ...blocks.slice(7 * pool, 7 * pool + 7));
    for (const pool of [3, 7, 64 + 5, 128, 129, 140]) empty(pool);
    const sizes = Array.from({ length: count }, (_, i) => 16 * (i + 1)); // each a class of its own, so a pool of its own
    return mallocs(heap, ...sizes).map((place) => Math.floor(place / 262144));
  }

  it("arena=fullest, emptiest and lowest give pools in their order", () => {
    expect(arenasTaken("fullest", 6)).toEqual([1, 0, 0, 2, 2, 2]);
    expect(arenasTaken("emptiest", 6)).toEqual([2, 0, 2, 1, 0, 2]);
    expect(arenasTaken("lowest", 6)).toEqual([0, 0, 1, 2, 2, 2]);
  });

  it("arena=random gives each pool once, in an order that its seed tells", () => {
    const taken = arenasTaken("random", 6);
    expect([...taken].sort()).toEqual([0, 0, 1, 2, 2, 2]);
    expect(arenasTaken("random", 6)).toEqual(taken);
    expect(taken).not.toEqual([0, 0, 1, 2, 2, 2]);
    expect(taken).not.toEqual([1, 0, 0, 2, 2, 2]);
  });

  it.each([
    ["profile", 1],
    ["keep-last", 1],
    ["eager", 0],
    ["never", 3],
  ])("release=%s: of three arenas %i stay when all is freed", (release, expected) => {
    const heap = heapOf(`pymalloc:3.9+release=${release}`);
    free(heap, ...mallocs(heap, ...times(3 * 64 * 7, 512)));
    expect(heap.mappedBytes).toBe(expected * 262144);
  });

  it("can be changed in a running heap", () => {
    const heap = heapOf("pymalloc:3.9");
    const blocks = mallocs(heap, ...times(21, 512));
    free(heap, blocks[0], blocks[1], blocks[7], blocks[14], blocks[15], blocks[16]);
    heap.setPolicies(strategy("pymalloc:3.9+pool=lowest").policies!);
    expect(mallocs(heap, 512, 512, 512).map(poolOf)).toEqual([0, 0, 1]);
    heap.setPolicies(strategy("pymalloc:3.9").policies!);
    free(heap, blocks[8], blocks[9]);
    expect(poolOf(mallocs(heap, 512)[0])).toBe(1);
    expect(() => heapOf("slab").setPolicies([0, 0, 0, 1])).toThrow(RangeError);
  });
});
