import { rawFree, rawMalloc, rawRealloc } from "../../../assembly/large/raw";
import { RELEASE_EAGER, RELEASE_KEEP_LAST, RELEASE_NEVER } from "../../../assembly/layout/codes";
import { isLiveBlock, usableSize } from "../../../assembly/pymalloc/block";
import { geometry } from "../../../assembly/pymalloc/geometry";
import { poolAddress, poolOf } from "../../../assembly/pymalloc/pool";
import { free, malloc } from "../../../assembly/pymalloc/pymalloc";
import { indexToSize } from "../../../assembly/pymalloc/sizeclass";
import { os } from "../../../assembly/system/os";
import { below, expectSound, HEAP_BASE, start, startChance, startSmall, startWasm32 } from "../start";

const live = new Set<usize>();

/** Whether exactly the blocks in `live` are live, of all addresses that are mapped and some around them. */
function agrees(): bool {
  for (let ptr = os.base - 5000; ptr < os.everTop + 5000; ptr++) {
    if (isLiveBlock(ptr) != ((ptr & 7) == 0 && live.has(ptr))) return false;
  }
  return true;
}

describe("a live block", () => {
  it("is every block that was handed out and not freed, and nothing else is, whatever its bytes", () => {
    for (let profile: u32 = 0; profile < 4; profile++) {
      if (profile == 0) startSmall(RELEASE_KEEP_LAST);
      if (profile == 1) start(16, 12, 3, 512, 32, RELEASE_EAGER);
      if (profile == 2) start(14, 12, 4, 512, 48, RELEASE_NEVER, false);
      if (profile == 3) start(12, 10, 3, 512, 0, RELEASE_KEEP_LAST);
      live.clear();
      startChance(profile + 1);
      for (let i = 0; i < 600; i++) {
        if (below(100) < (i % 200 < 120 ? 75 : 30) || live.size == 0) {
          const nbytes: usize = below(40) ? 4 + below(508) : below(3000);
          const block = malloc(nbytes);
          live.add(block);
          const start = poolAddress(poolOf(block));
          // What a program may well have there: nothing, text, or the address of a block, of this pool or another.
          const choice = below(5);
          if (nbytes >= 4) {
            if (choice == 0) store<u32>(block, 0);
            else if (choice == 1) store<u32>(block, below(0xffffffff));
            else if (choice == 2) store<u32>(block, block);
            else if (choice == 3) store<u32>(block, start + below(<u32>geometry.poolSize));
            else store<u32>(block, poolOf(block).freeblock);
          }
        } else {
          const blocks = live.values();
          const block = blocks[below(blocks.length)];
          free(block);
          live.delete(block);
        }
        if (i % 100 == 99) assert(agrees());
      }
      expectSound();
    }
  });

  it("may be asked for at any address", () => {
    startWasm32();
    const block = malloc(100);
    const raw = malloc(1000);
    for (let ptr: u64 = 0; ptr < (<u64>1) << 32; ptr += 4093) {
      const at = <usize>ptr;
      assert(!isLiveBlock(at) || at == block || at == raw);
    }
    expect(isLiveBlock(0)).toBe(false);
    expect(isLiveBlock(0xffffffff)).toBe(false);
    expect(isLiveBlock(0xfffffff0)).toBe(false);
    expect(isLiveBlock(geometry.poolOverhead)).toBe(false);
    expect(isLiveBlock(block)).toBe(true);
    expect(isLiveBlock(raw)).toBe(true);
  });

  it("is one of a pool also when its first word is 0 or the address of a block of the same pool", () => {
    startWasm32();
    const a = malloc(64);
    const b = malloc(64);
    const c = malloc(64);
    const pool = poolOf(a);
    const ahead = pool.freeblock;
    const words: StaticArray<usize> = [
      0,
      a,
      b,
      c,
      ahead,
      ahead + 64,
      a + 8,
      poolAddress(pool),
      HEAP_BASE + 4096 + 32,
      1,
    ];
    for (let i = 0; i < words.length; i++) {
      store<usize>(b, words[i]);
      expect(isLiveBlock(b)).toBe(true);
    }
    free(a);
    store<usize>(b, a);
    store<usize>(c, ahead);
    expect(isLiveBlock(a)).toBe(false);
    expect(isLiveBlock(b)).toBe(true);
    expect(isLiveBlock(c)).toBe(true);
    expect(isLiveBlock(ahead)).toBe(false);
    free(c);
    expect(isLiveBlock(c)).toBe(false);
    expect(isLiveBlock(b)).toBe(true);
  });

  it("is none that is free, wherever it is on the free list", () => {
    startWasm32();
    const blocks = new StaticArray<usize>(10);
    for (let i = 0; i < 10; i++) blocks[i] = malloc(32);
    for (let i = 1; i < 10; i += 2) free(blocks[i]);
    for (let i = 0; i < 10; i++) expect(isLiveBlock(blocks[i])).toBe(i % 2 == 0);
  });

  it("is none that was never handed out: neither the one carved ahead nor a virgin one", () => {
    startWasm32();
    const a = malloc(64);
    expect(isLiveBlock(a)).toBe(true);
    for (let ptr = a + 8; ptr < a + 4064; ptr += 8) {
      store<u32>(a + 192, 0x12345678); // a virgin block may have anything in it
      assert(!isLiveBlock(ptr));
    }
  });

  it("is none inside a block, in the header's bytes or in the quantization", () => {
    startWasm32();
    let last = malloc(504);
    const pool = poolOf(last);
    const first = last;
    while (pool.freeblock) last = malloc(504);
    expect(last).toBe(first + 7 * 504);
    const start = poolAddress(pool);
    for (let ptr = start; ptr < start + 4096; ptr++) {
      assert(isLiveBlock(ptr) == (ptr >= first && (ptr - first) % 504 == 0 && ptr <= last));
    }
    expect(start + 4096 - (last + 504)).toBe(32); // these are lost
  });

  it("is none of an empty pool, of a pool of another arena, or of an arena that went back", () => {
    startSmall(RELEASE_EAGER);
    const a = malloc(496);
    const b = malloc(496);
    const other = malloc(16);
    free(b);
    free(a);
    expect(poolOf(a).freeblock).toBe(a);
    expect(isLiveBlock(a)).toBe(false);
    expect(isLiveBlock(b)).toBe(false);
    expect(isLiveBlock(other)).toBe(true);
    free(other);
    expect(isLiveBlock(other)).toBe(false);
  });

  it("of the raw domain is where it starts, in a region or in one of its own", () => {
    startWasm32();
    const a = rawMalloc(100);
    const b = rawMalloc(300 << 10);
    const c = rawMalloc(0);
    for (let i: usize = 1; i < 112; i++) assert(!isLiveBlock(a + i) || a + i == c);
    for (let i: usize = 1; i < 300 << 10; i += 4) assert(!isLiveBlock(b + i));
    expect(isLiveBlock(a) && isLiveBlock(b) && isLiveBlock(c)).toBe(true);
    expect(isLiveBlock(a - 16)).toBe(false);
    expect(isLiveBlock(b - 16)).toBe(false);
    const moved = rawRealloc(a, 5000);
    expect(isLiveBlock(a)).toBe(false);
    expect(isLiveBlock(moved)).toBe(true);
    rawFree(b);
    expect(isLiveBlock(b)).toBe(false);
  });
});

describe("the usable size of a live block", () => {
  it("is that of its class, or what the raw domain has for it", () => {
    startWasm32();
    for (let nbytes: usize = 1; nbytes <= 512; nbytes++) {
      const block = malloc(nbytes);
      assert(usableSize(block) == indexToSize(poolOf(block).szidx));
      assert(usableSize(block) >= nbytes && usableSize(block) < nbytes + 8);
    }
    expect(usableSize(malloc(0))).toBe(12);
    expect(usableSize(malloc(513))).toBe(524);
    expect(usableSize(malloc(200 << 10))).toBe((204 << 10) - 20);
  });
});
