import { isRawBlock, large, rawUsableSize } from "../../../assembly/large/rawblock";
import { RELEASE_EAGER, RELEASE_KEEP_LAST, RELEASE_NEVER } from "../../../assembly/layout/codes";
import { arenas } from "../../../assembly/pymalloc/arena";
import { geometry } from "../../../assembly/pymalloc/geometry";
import { poolAddress, poolOf } from "../../../assembly/pymalloc/pool";
import { calloc, free, isOurs, malloc, realloc } from "../../../assembly/pymalloc/pymalloc";
import { indexToSize } from "../../../assembly/pymalloc/sizeclass";
import { os } from "../../../assembly/system/os";
import { below, expectSound, HEAP_BASE, setGeometry, start, startChance, startSmall, startWasm32 } from "../start";

const ABOVE_2_GIB: usize = 0x90000000;

function paint(block: usize, nbytes: usize, seed: u32): void {
  for (let i: usize = 0; i < nbytes; i++) store<u8>(block + i, <u8>(i * 5 + seed));
}

function isPainted(block: usize, nbytes: usize, seed: u32): bool {
  for (let i: usize = 0; i < nbytes; i++) {
    if (load<u8>(block + i) != <u8>(i * 5 + seed)) return false;
  }
  return true;
}

/** The profiles that differ most. */
function startProfile(profile: u32): void {
  if (profile == 0) startWasm32();
  if (profile == 1) start(20, 14, 4, 512, 48);
  if (profile == 2) start(18, 12, 3, 256, 32, RELEASE_NEVER, false);
  if (profile == 3) startSmall(RELEASE_EAGER, false);
  if (profile == 4) start(17, 16, 6, 32704, 64, RELEASE_EAGER);
}
const PROFILES: u32 = 5;

const blocks = new StaticArray<usize>(200);
const sizes = new StaticArray<usize>(200);

/** Runs random requests on the heap that was started; every block keeps its bytes, and the heap is sound. */
function churn(events: i32, largest: u32): void {
  memory.fill(changetype<usize>(blocks), 0, 200 * 4);
  memory.fill(changetype<usize>(sizes), 0, 200 * 4);
  for (let i = 0; i < events; i++) {
    const k = below(i % 1000 < 500 ? 200 : 20);
    const block = blocks[k];
    const nbytes: usize = below(20) ? below(largest) : below(3000);
    const choice = below(4);
    if (!block || choice == 3) {
      // realloc of 0 is malloc
      const got = block || choice == 3 ? realloc(block, nbytes) : choice == 2 ? malloc(nbytes) : calloc(1, nbytes);
      if (got) {
        assert(isPainted(got, min<usize>(sizes[k], nbytes), k));
        paint(got, nbytes, k);
        blocks[k] = got;
        sizes[k] = nbytes;
      }
    } else {
      assert(isPainted(block, sizes[k], k));
      free(block);
      blocks[k] = 0;
      sizes[k] = 0;
    }
    expectSound();
  }
  for (let k = 0; k < 200; k++) {
    assert(isPainted(blocks[k], sizes[k], k));
    free(blocks[k]);
  }
  expectSound();
  expect(large.blocks).toBe(0);
  expect(arenas.nempty).toBe(arenas.narenas_currently_allocated);
}

describe("malloc", () => {
  it("serves 1 byte to the threshold from pools, everything else from the raw domain", () => {
    for (let profile: u32 = 0; profile < PROFILES; profile++) {
      startProfile(profile);
      const alignment: usize = 1 << geometry.alignmentShift;
      for (let nbytes: usize = 0; nbytes <= geometry.threshold + 300; nbytes++) {
        const block = malloc(nbytes);
        const small = nbytes >= 1 && nbytes <= geometry.threshold;
        assert(block != 0 && isOurs(block) == small && isRawBlock(block) != small);
        assert(!small || block % alignment == 0);
        if (nbytes % 7) free(block);
      }
      expectSound();
    }
  });

  it("places blocks as in CPython: pools in order of first use, blocks in order within them", () => {
    startWasm32();
    expect(malloc(1)).toBe(HEAP_BASE + 32);
    expect(malloc(8)).toBe(HEAP_BASE + 40);
    expect(malloc(9)).toBe(HEAP_BASE + 4096 + 32);
    expect(malloc(512)).toBe(HEAP_BASE + 2 * 4096 + 32);
    expect(malloc(5)).toBe(HEAP_BASE + 48);
    expect(malloc(505)).toBe(HEAP_BASE + 2 * 4096 + 32 + 512);
    expect(malloc(504)).toBe(HEAP_BASE + 3 * 4096 + 32);
    expectSound();
  });

  it("refuses more than the profile's largest request", () => {
    startWasm32();
    setGeometry(18, 12, 3, 512, 32, RELEASE_KEEP_LAST, true, false, 2000);
    expect(malloc(2000)).not.toBe(0);
    expect(malloc(2001)).toBe(0);
    expect(malloc(0xffffffff)).toBe(0);
    expect(calloc(1, 2000)).not.toBe(0);
    expect(calloc(1, 2001)).toBe(0);
    expect(calloc(3, 667)).toBe(0);
    const block = malloc(100);
    const raw = malloc(1000);
    expect(realloc(block, 2001)).toBe(0);
    expect(realloc(raw, 2001)).toBe(0);
    expect(realloc(0, 2001)).toBe(0);
    expect(realloc(raw, 2000)).not.toBe(0);
    expect(isOurs(block)).toBe(true);
    expectSound();
    setGeometry(18, 12, 3, 512, 32, RELEASE_KEEP_LAST, true, false, 300); // less than the threshold: no rule against it
    expect(malloc(301)).not.toBe(0);
    expect(realloc(block, 301)).toBe(0);
    expectSound();
  });

  it("goes to the raw domain when there is no memory for an arena, and gives 0 when there is none at all", () => {
    start(20, 14, 4, 512, 48, RELEASE_KEEP_LAST, true, 512 << 10);
    const block = malloc(100);
    expect(isOurs(block)).toBe(false);
    expect(isRawBlock(block)).toBe(true);
    expect(rawUsableSize(block)).toBe(108);
    expect(arenas.narenas_currently_allocated).toBe(0);
    expectSound();
    const zeroed = calloc(10, 10);
    expect(isRawBlock(zeroed)).toBe(true);
    expect(load<u64>(zeroed)).toBe(0);
    free(block);
    expectSound();

    startWasm32(RELEASE_KEEP_LAST, true, 256 << 10);
    const first = malloc(100);
    expect(isOurs(first)).toBe(true);
    for (let i = 0; i < 63; i++) while (poolOf(malloc(512)).freeblock) {}
    const used = os.mapped;
    expect(malloc(200)).toBe(0); // no pool, no arena, no region
    expect(calloc(1, 200)).toBe(0);
    expect(realloc(0, 200)).toBe(0);
    expect(malloc(0)).toBe(0);
    expect(realloc(first, 200)).toBe(0);
    expect(isOurs(first)).toBe(true);
    expect(malloc(100)).not.toBe(0); // its class has a pool
    expect(os.mapped).toBe(used);
    expectSound();
  });

  it("hands out every address once, until it is freed, whatever the profile", () => {
    for (let profile: u32 = 0; profile < PROFILES; profile++) {
      startProfile(profile);
      startChance(profile + 1);
      churn(1200, <u32>min<usize>(geometry.threshold + 100, 2000));
    }
  });

  it("stays sound when memory is refused now and then", () => {
    for (let every: u32 = 1; every <= 4; every++) {
      startSmall(RELEASE_KEEP_LAST, true, 600 << 10);
      os.refuseEvery = every;
      startChance(every);
      churn(800, 600);
    }
  });

  it("works above 2 GiB as below", () => {
    for (let profile: u32 = 0; profile < 3; profile++) {
      if (profile == 0) start(18, 12, 3, 512, 32, RELEASE_KEEP_LAST, true, 0, ABOVE_2_GIB);
      if (profile == 1) start(12, 10, 4, 496, 32, RELEASE_EAGER, false, 0, 0x7ffff000); // across the boundary
      if (profile == 2) start(18, 12, 3, 256, 32, RELEASE_NEVER, false, 0, 0xe0000000);
      const base = os.base;
      const first = malloc(100);
      expect(first).toBeGreaterThanOrEqual(base);
      expect(poolAddress(poolOf(first)) + geometry.poolOverhead).toBe(first);
      startChance(7);
      free(first);
      churn(1000, 700);
      expect(os.everTop).toBeGreaterThan(0x80000000);
    }
  });
});

describe("free", () => {
  it("of 0 is nothing", () => {
    startWasm32();
    free(0);
    expectSound();
    malloc(8);
    malloc(0);
    free(0);
    expect(large.blocks).toBe(1);
    expectSound();
  });

  it("gives a block of either domain back to it", () => {
    startWasm32();
    const small = malloc(512);
    const raw = malloc(513);
    const zero = malloc(0);
    expect(large.blocks).toBe(2);
    free(raw);
    free(zero);
    expect(large.blocks).toBe(0);
    free(small);
    expect(arenas.nempty).toBe(1);
    expectSound();
  });

  it("links the freed block before those freed earlier", () => {
    startWasm32();
    const a = malloc(64);
    const b = malloc(64);
    malloc(64);
    const pool = poolOf(a);
    const virgin = pool.freeblock;
    free(a);
    expect(pool.freeblock).toBe(a);
    expect(load<usize>(a)).toBe(virgin);
    free(b);
    expect(pool.freeblock).toBe(b);
    expect(load<usize>(b)).toBe(a);
    expect(pool.count).toBe(1);
    expectSound();
  });
});

describe("calloc", () => {
  it("zeroes the product and leaves the rest of the block as it is", () => {
    startWasm32();
    for (let nbytes: usize = 1; nbytes <= 512; nbytes++) {
      const dirty = malloc(nbytes);
      const size = indexToSize(poolOf(dirty).szidx);
      memory.fill(dirty, 0xee, size);
      free(dirty);
      const block = nbytes % 3 == 0 ? calloc(3, nbytes / 3) : calloc(nbytes, 1);
      assert(block == dirty);
      for (let i: usize = 0; i < nbytes; i++) assert(load<u8>(block + i) == 0);
      for (let i = nbytes; i < size; i++) assert(load<u8>(block + i) == 0xee || i < 4);
    }
    expectSound();
  });

  it("of 0 bytes is a raw block, of more than the threshold a zeroed one", () => {
    startWasm32();
    expect(isRawBlock(calloc(0, 100))).toBe(true);
    expect(isRawBlock(calloc(100, 0))).toBe(true);
    const dirty = malloc(1000);
    memory.fill(dirty, 0xff, 1000);
    free(dirty);
    const block = calloc(100, 10);
    expect(block).toBe(dirty);
    for (let i: usize = 0; i < 1000; i++) assert(load<u8>(block + i) == 0);
    expectSound();
  });

  it("is refused when the product does not fit, whatever is left of it in 32 bits", () => {
    startWasm32();
    expect(calloc(0x10000, 0x10000)).toBe(0);
    expect(calloc(0x80000001, 2)).toBe(0);
    expect(calloc(0xffffffff, 0xffffffff)).toBe(0);
    expect(calloc(0x40000001, 4)).toBe(0);
    expect(calloc(0x10000, 0x8000)).toBe(0);
    expect(large.blocks + arenas.narenas_currently_allocated).toBe(0);
    expectSound();
  });
});

describe("realloc", () => {
  it("of 0 is malloc", () => {
    startWasm32();
    expect(realloc(0, 8)).toBe(HEAP_BASE + 32);
    expect(isRawBlock(realloc(0, 0))).toBe(true);
    expect(isRawBlock(realloc(0, 600))).toBe(true);
    expectSound();
  });

  it("leaves a block where it is exactly when it fits and uses more than three quarters of its class", () => {
    for (let profile: u32 = 0; profile < 4; profile++) {
      startProfile(profile);
      for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
        const size = indexToSize(szidx);
        for (let nbytes: usize = 0; nbytes <= geometry.threshold + 2; nbytes++) {
          const block = malloc(size);
          const other = malloc(size);
          paint(block, size, szidx);
          const moved = realloc(block, nbytes);
          assert((moved == block) == (nbytes <= size && nbytes * 4 > size * 3));
          assert(isPainted(moved, min<usize>(nbytes, size), szidx));
          assert(isOurs(moved) == (nbytes != 0 && nbytes <= geometry.threshold));
          free(other);
          free(moved);
        }
      }
      expectSound();
    }
  });

  it("allocates before it frees: a block that moves within its class gets another place", () => {
    startWasm32();
    const block = malloc(64);
    const next = poolOf(block).freeblock;
    const moved = realloc(block, 48);
    expect(moved).toBe(HEAP_BASE + 4096 + 32);
    const a = malloc(8);
    expect(realloc(a, 6)).toBe(a + 8); // 6 of 8 bytes are not more than three quarters
    expect(poolOf(a).freeblock).toBe(a);
    expect(next).toBe(block + 64);
    expectSound();
  });

  it("copies what both blocks hold, and counts it", () => {
    startWasm32();
    const block = malloc(50); // a block of 56
    paint(block, 56, 1);
    const grown = realloc(block, 300);
    expect(isPainted(grown, 56, 1)).toBe(true);
    expect(large.bytesMoved).toBe(56);
    paint(grown, 300, 2);
    const shrunk = realloc(grown, 20);
    expect(isPainted(shrunk, 20, 2)).toBe(true);
    expect(large.bytesMoved).toBe(76);
    expect(realloc(shrunk, 19)).toBe(shrunk);
    expect(large.bytesMoved).toBe(76);
    expectSound();
  });

  it("copies no byte more than was asked for", () => {
    startWasm32();
    for (let nbytes: usize = 8; nbytes <= 384; nbytes++) {
      malloc(nbytes); // keeps the pool
      const dirty = malloc(nbytes);
      const size = indexToSize(poolOf(dirty).szidx);
      memory.fill(dirty, 0xee, size);
      const block = malloc(512);
      paint(block, 512, <u32>nbytes);
      free(dirty);
      assert(realloc(block, nbytes) == dirty);
      assert(isPainted(dirty, nbytes, <u32>nbytes));
      for (let i = nbytes; i < size; i++) assert(load<u8>(dirty + i) == 0xee);
    }
    expectSound();
  });

  it("into a raw block, for want of an arena, writes nothing behind it", () => {
    startWasm32(RELEASE_KEEP_LAST, true, 600 << 10); // room for a region, an arena, and no second one
    malloc(0);
    let block: usize = 0;
    let next = malloc(512);
    for (; isOurs(next); next = malloc(512)) block = next;
    free(next);
    for (let nbytes: usize = 0; nbytes <= 384; nbytes++) {
      paint(block, 512, <u32>nbytes);
      const moved = realloc(block, nbytes);
      assert(isRawBlock(moved) && isPainted(moved, nbytes, <u32>nbytes));
      expectSound();
      free(moved);
      block = malloc(512);
      assert(isOurs(block));
    }
    expect(large.blocks).toBe(1);
  });

  it("to 0 bytes gives a raw block, and frees the old one", () => {
    startWasm32();
    const block = malloc(100);
    const zero = realloc(block, 0);
    expect(isRawBlock(zero)).toBe(true);
    expect(poolOf(block).count).toBe(0);
    const again = realloc(zero, 8);
    expect(isRawBlock(again)).toBe(true);
    expectSound();
  });

  it("over the threshold ends in the raw domain, and never comes back", () => {
    startWasm32();
    const block = malloc(512);
    paint(block, 512, 8);
    const raw = realloc(block, 513);
    expect(isRawBlock(raw)).toBe(true);
    expect(isPainted(raw, 512, 8)).toBe(true);
    expect(poolOf(block).count).toBe(0);
    for (let nbytes: usize = 600; nbytes > 0; nbytes--) assert(realloc(raw, nbytes) == raw);
    expect(realloc(raw, 0)).toBe(raw);
    expect(isRawBlock(raw)).toBe(true);
    expectSound();
  });

  it("of 2.3 takes a raw block over when it comes to be small, even for 0 bytes", () => {
    start(18, 12, 3, 256, 32, RELEASE_NEVER, false);
    setGeometry(18, 12, 3, 256, 32, RELEASE_NEVER, false, true, 0xffffffff);
    const raw = malloc(1000);
    paint(raw, 1000, 4);
    const still = realloc(raw, 257);
    expect(isRawBlock(still)).toBe(true);
    const small = realloc(still, 256);
    expect(isOurs(small)).toBe(true);
    expect(isPainted(small, 256, 4)).toBe(true);
    expect(large.bytesMoved).toBe(256);
    expect(large.blocks).toBe(0);
    expectSound();
    const zero = malloc(0);
    paint(zero, 12, 9);
    const grown = realloc(zero, 200); // 12 of its bytes are there to copy
    expect(isOurs(grown)).toBe(true);
    expect(isPainted(grown, 12, 9)).toBe(true);
    const one = realloc(malloc(300), 0);
    expect(isOurs(one)).toBe(true);
    expect(poolOf(one).szidx).toBe(0);
    expect(isRawBlock(realloc(one, 0))).toBe(true); // a block of its own it treats as the others do
    expectSound();
  });

  it("of 2.3 that fails leaves the raw block as it was", () => {
    start(18, 12, 3, 256, 32, RELEASE_NEVER, false, 256 << 10);
    setGeometry(18, 12, 3, 256, 32, RELEASE_NEVER, false, true, 0xffffffff);
    const raw = malloc(120 << 10);
    malloc(120 << 10);
    while (malloc(1000)) {}
    while (malloc(0)) {}
    paint(raw, 1000, 3);
    expect(realloc(raw, 100)).toBe(0);
    expect(isRawBlock(raw)).toBe(true);
    expect(isPainted(raw, 1000, 3)).toBe(true);
    expectSound();
  });

  it("that fails leaves the block as it was", () => {
    startSmall(RELEASE_EAGER, true, 4096);
    const block = malloc(100);
    paint(block, 112, 6);
    expect(realloc(block, 1000)).toBe(0);
    expect(isPainted(block, 112, 6)).toBe(true);
    expect(poolOf(block).count).toBe(1);
    const shrunk = realloc(block, 20);
    expect(isPainted(shrunk, 20, 6)).toBe(true);
    expectSound();
  });
});

describe("isOurs", () => {
  it("says of a live block whether it lies in a pool", () => {
    startWasm32();
    for (let nbytes: usize = 0; nbytes < 600; nbytes++) {
      const block = malloc(nbytes);
      assert(isOurs(block) == (nbytes != 0 && nbytes <= 512));
      assert(isRawBlock(block) == !isOurs(block));
    }
    expectSound();
  });
});
