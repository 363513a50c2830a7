import { MAPPED_THRESHOLD } from "../../../assembly/large/large";
import { rawCalloc, rawFree, rawMalloc, rawRealloc } from "../../../assembly/large/raw";
import { headerOf, isEnd, isRawBlock, large, rawUsableSize, sizeOf } from "../../../assembly/large/rawblock";
import { Region } from "../../../assembly/large/region";
import { RELEASE_KEEP_LAST } from "../../../assembly/layout/codes";
import {
  RAW_FIRST_FLAG,
  RAW_FREE_FLAG,
  RAW_MAPPED_FLAG,
  RAW_PREV_FREE_FLAG,
  RAW_STARTS,
} from "../../../assembly/layout/layout";
import { map, os, unmap } from "../../../assembly/system/os";
import { below, expectSound, HEAP_BASE, setGeometry, startChance, startWasm32 } from "../start";

const KIB: usize = 1024;
const REGION: usize = 256 * KIB;
const FIRST: usize = HEAP_BASE + 16;
const ADDRESS_MAX: usize = 0xfff00000;

/** Fills a block with bytes that follow from `seed`. */
function paint(block: usize, nbytes: usize, seed: u32): void {
  for (let i: usize = 0; i < nbytes; i++) store<u8>(block + i, <u8>(i * 7 + seed));
}

function isPainted(block: usize, nbytes: usize, seed: u32): bool {
  for (let i: usize = 0; i < nbytes; i++) {
    if (load<u8>(block + i) != <u8>(i * 7 + seed)) return false;
  }
  return true;
}

function isZero(block: usize, nbytes: usize): bool {
  for (let i: usize = 0; i < nbytes; i++) {
    if (load<u8>(block + i)) return false;
  }
  return true;
}

/** Bits set in RAW_STARTS for [from, to). */
function startsIn(from: usize, to: usize): u32 {
  let bits: u32 = 0;
  for (let word = RAW_STARTS + ((from >>> 9) << 2); word < RAW_STARTS + ((to >>> 9) << 2); word += 4) {
    bits += popcnt(load<u32>(word));
  }
  return bits;
}

/** The header of the block after `block`. */
function headerBehind(block: usize): usize {
  return headerOf(block + sizeOf(block));
}

describe("a raw block", () => {
  it("lies at a multiple of 16, has what was asked for and at most 16 bytes more", () => {
    startWasm32();
    for (let nbytes: usize = 0; nbytes <= 5000; nbytes++) {
      const block = rawMalloc(nbytes);
      assert((block & 15) == 0 && rawUsableSize(block) >= nbytes);
      assert(rawUsableSize(block) == ((max<usize>(nbytes, 12) + 19) & ~15) - 4);
      if (nbytes % 3) rawFree(block);
      if (nbytes % 50 == 0) expectSound();
    }
  });

  it("of 0 bytes is a block of its own", () => {
    startWasm32();
    const a = rawMalloc(0);
    const b = rawMalloc(0);
    const c = rawCalloc(0, 8);
    expect(a).toBe(FIRST);
    expect(b).toBe(FIRST + 16);
    expect(c).toBe(FIRST + 32);
    expect(isRawBlock(a) && isRawBlock(b) && isRawBlock(c)).toBe(true);
    rawFree(b);
    expect(isRawBlock(b)).toBe(false);
    expect(rawMalloc(0)).toBe(b);
    expectSound();
  });

  it("of the first region stands behind the block before it", () => {
    startWasm32();
    expect(rawMalloc(12)).toBe(FIRST);
    expect(rawMalloc(13)).toBe(FIRST + 16);
    expect(rawMalloc(28)).toBe(FIRST + 48);
    expect(rawMalloc(29)).toBe(FIRST + 80);
    expect(rawMalloc(1)).toBe(FIRST + 128);
    expect(large.blocks).toBe(5);
    expect(large.blockBytes).toBe(12 + 28 + 28 + 44 + 12);
    expect(large.regionCount).toBe(1);
    expect(large.regionBytes).toBe(REGION);
    expect(os.mapped).toBe(REGION);
    expectSound();
  });

  it("has its own bytes: nothing written into others changes it", () => {
    startWasm32();
    const blocks = new StaticArray<usize>(300);
    for (let i = 0; i < 300; i++) {
      blocks[i] = rawMalloc(i * 3);
      paint(blocks[i], rawUsableSize(blocks[i]), i);
    }
    for (let i = 0; i < 300; i += 2) rawFree(blocks[i]);
    for (let i = 0; i < 300; i += 2) {
      blocks[i] = rawMalloc(300 - i);
      paint(blocks[i], rawUsableSize(blocks[i]), i);
    }
    for (let i = 0; i < 300; i++) assert(isPainted(blocks[i], rawUsableSize(blocks[i]), i));
    expectSound();
  });

  it("of more than the profile allows is refused", () => {
    startWasm32();
    expect(rawMalloc(0x80000000)).toBe(0);
    expect(rawCalloc(2, 0x40000000)).toBe(0);
    const block = rawMalloc(100);
    expect(rawRealloc(block, 0x80000000)).toBe(0);
    expect(os.requests).toBe(1); // the region
    expectSound();
  });

  it("of more than can be mapped is refused", () => {
    startWasm32();
    setGeometry(18, 12, 3, 512, 32, RELEASE_KEEP_LAST, true, false, 0xffffffff);
    expect(rawMalloc(ADDRESS_MAX + 1)).toBe(0);
    expect(rawMalloc(ADDRESS_MAX)).toBe(0);
    expect(rawMalloc(0xffffffff)).toBe(0);
    expect(rawCalloc(1, 0xfffffff0)).toBe(0);
    expect(rawCalloc(0x10000, 0x10000)).toBe(0);
    expect(rawCalloc(0x10001, 0x10000)).toBe(0);
    expect(rawCalloc(0xffffffff, 0xffffffff)).toBe(0);
    const block = rawMalloc(100);
    expect(rawRealloc(block, 0xffffffff)).toBe(0);
    expect(rawRealloc(block, ADDRESS_MAX + 1)).toBe(0);
    expect(isRawBlock(block)).toBe(true);
    expect(os.requests).toBe(2); // the one that might have been mapped, and the region
    expectSound();
  });

  it("is all that is freed: no block, no free", () => {
    expect(() => {
      startWasm32();
      const block = rawMalloc(100);
      rawFree(block + 16);
    }).toThrow();
    expect(() => {
      startWasm32();
      const block = rawMalloc(100);
      rawMalloc(1);
      rawFree(block);
      rawFree(block);
    }).toThrow();
    expect(() => {
      startWasm32();
      rawRealloc(rawMalloc(100) + 4, 8);
    }).toThrow();
  });
});

describe("RAW_STARTS", () => {
  it("has one bit for each block in use, also when blocks move, shrink and go", () => {
    startWasm32();
    const a = rawMalloc(40);
    const b = rawMalloc(200);
    const c = rawMalloc(200 * KIB);
    const end = HEAP_BASE + 1024 * KIB;
    expect(startsIn(HEAP_BASE, end)).toBe(3);
    for (let ptr = HEAP_BASE; ptr < end; ptr++) assert(isRawBlock(ptr) == (ptr == a || ptr == b || ptr == c));
    expect(rawRealloc(b, 20)).toBe(b);
    expect(startsIn(HEAP_BASE, end)).toBe(3);
    rawMalloc(0);
    const moved = rawRealloc(a, 3000);
    expect(isRawBlock(a)).toBe(false);
    expect(isRawBlock(moved)).toBe(true);
    expect(startsIn(HEAP_BASE, end)).toBe(4);
    rawFree(c);
    rawFree(b);
    rawFree(moved);
    expect(startsIn(HEAP_BASE, end)).toBe(1);
    expectSound();
  });

  it("may be asked for any address", () => {
    startWasm32();
    const block = rawMalloc(100);
    for (let ptr: u64 = 0; ptr < (<u64>1) << 32; ptr += 0x10000 - 3) assert(!isRawBlock(<usize>ptr) || ptr == block);
    expect(isRawBlock(0)).toBe(false);
    expect(isRawBlock(0xffffffff)).toBe(false);
    expect(isRawBlock(0xfffffff0)).toBe(false);
    for (let i: usize = 1; i < 16; i++) expect(isRawBlock(block + i)).toBe(false);
  });
});

describe("a freed raw block", () => {
  it("is joined with its free neighbours: none, the one before, the one behind, both", () => {
    for (let neighbours = 0; neighbours < 4; neighbours++) {
      startWasm32();
      rawMalloc(0);
      const before = rawMalloc(100);
      const block = rawMalloc(200);
      const behind = rawMalloc(300);
      const last = rawMalloc(0);
      if (neighbours & 1) rawFree(before);
      if (neighbours & 2) rawFree(behind);
      expectSound();
      rawFree(block);
      const first = neighbours & 1 ? before : block;
      const end = neighbours & 2 ? last : behind;
      expect(headerOf(first)).toBe((end - first) | RAW_FREE_FLAG);
      expect(load<usize>(end - 8)).toBe(end - first);
      expect(headerOf(end) & RAW_PREV_FREE_FLAG).toBe(RAW_PREV_FREE_FLAG);
      expectSound();
      expect(rawMalloc(end - first - 4)).toBe(first);
      expect(headerOf(end) & RAW_PREV_FREE_FLAG).toBe(0);
      expectSound();
    }
  });

  it("that is first of its region still says so", () => {
    startWasm32();
    const first = rawMalloc(100);
    const second = rawMalloc(100);
    rawMalloc(0);
    rawFree(first);
    expect(headerOf(first)).toBe(112 | RAW_FIRST_FLAG | RAW_FREE_FLAG);
    rawFree(second);
    expect(headerOf(first)).toBe(224 | RAW_FIRST_FLAG | RAW_FREE_FLAG);
    expect(rawMalloc(20)).toBe(first);
    expect(headerOf(first)).toBe(32 | RAW_FIRST_FLAG);
    expect(headerOf(first + 32)).toBe(192 | RAW_FREE_FLAG);
    expectSound();
  });

  it("is served whole when what would be left is no block", () => {
    startWasm32();
    const block = rawMalloc(60);
    const behind = rawMalloc(0);
    rawFree(block);
    expect(rawMalloc(60)).toBe(block);
    expect(headerOf(behind)).toBe(16);
    expectSound();
    rawFree(block);
    expect(rawMalloc(44)).toBe(block);
    expect(headerOf(block + 48)).toBe(16 | RAW_FREE_FLAG);
    expect(headerOf(behind)).toBe(16 | RAW_PREV_FREE_FLAG);
    expectSound();
  });
});

describe("a raw realloc", () => {
  it("shortens in place, and what it leaves joins the free block behind", () => {
    startWasm32();
    const block = rawMalloc(1000);
    const behind = rawMalloc(500);
    const last = rawMalloc(0);
    paint(block, 1000, 3);
    expect(rawRealloc(block, 300)).toBe(block);
    expect(sizeOf(block)).toBe(304);
    expect(headerOf(block + 304)).toBe((1008 - 304) | RAW_FREE_FLAG);
    expect(headerOf(behind) & RAW_PREV_FREE_FLAG).toBe(RAW_PREV_FREE_FLAG);
    expect(isPainted(block, 300, 3)).toBe(true);
    expectSound();
    rawFree(behind);
    expect(rawRealloc(block, 0)).toBe(block);
    expect(sizeOf(block)).toBe(16);
    expect(sizeOf(block + 16)).toBe(last - block - 16);
    expect(isPainted(block, 12, 3)).toBe(true);
    expectSound();
  });

  it("lengthens in place into a free block behind, as far as that reaches", () => {
    startWasm32();
    const block = rawMalloc(100);
    const behind = rawMalloc(400);
    const last = rawMalloc(0);
    paint(block, 100, 5);
    rawFree(behind);
    expect(rawRealloc(block, 200)).toBe(block);
    expect(sizeOf(block)).toBe(208);
    expect(headerOf(block + 208)).toBe((last - block - 208) | RAW_FREE_FLAG);
    expectSound();
    expect(rawRealloc(block, last - block - 4)).toBe(block);
    expect(headerBehind(block)).toBe(16);
    expect(isPainted(block, 100, 5)).toBe(true);
    expect(large.bytesMoved).toBe(0);
    expectSound();
    expect(rawRealloc(block, last - block - 3)).not.toBe(block);
    expectSound();
  });

  it("leaves a block as it is that is still the right one", () => {
    startWasm32();
    const block = rawMalloc(100);
    const behind = rawMalloc(0);
    expect(rawRealloc(block, 108)).toBe(block);
    expect(rawRealloc(block, 93)).toBe(block);
    expect(block + sizeOf(block)).toBe(behind);
    expect(large.blockBytes).toBe(108 + 12);
    expectSound();
  });

  it("moves what cannot grow, with its contents, and frees the old block", () => {
    startWasm32();
    const block = rawMalloc(100);
    rawMalloc(0);
    paint(block, 108, 9);
    const moved = rawRealloc(block, 5000);
    expect(moved).not.toBe(block);
    expect(isPainted(moved, 108, 9)).toBe(true); // all that the old block had
    expect(large.bytesMoved).toBe(108);
    expect(large.blocks).toBe(2);
    expect(isRawBlock(block)).toBe(false);
    expect(rawMalloc(100)).toBe(block);
    expectSound();
  });

  it("keeps the contents across the threshold of mapped blocks, both ways", () => {
    startWasm32();
    const block = rawMalloc(60 * KIB);
    paint(block, 60 * KIB, 1);
    const grown = rawRealloc(block, 200 * KIB);
    expect(headerOf(grown) & (RAW_FIRST_FLAG | RAW_MAPPED_FLAG)).toBe(RAW_FIRST_FLAG | RAW_MAPPED_FLAG);
    expect(isPainted(grown, 60 * KIB, 1)).toBe(true);
    expectSound();
    const shrunk = rawRealloc(grown, 50 * KIB);
    expect(headerOf(shrunk) & RAW_MAPPED_FLAG).toBe(0);
    expect(isPainted(shrunk, 50 * KIB, 1)).toBe(true);
    expect(isRawBlock(grown)).toBe(false);
    expect(large.blocks).toBe(1);
    expect(large.regionCount).toBe(1);
    expect(large.bytesMoved).toBe(60 * KIB + 12 + 50 * KIB); // usable bytes, then those asked for
    expectSound();
  });

  it("that fails leaves the block as it was", () => {
    startWasm32(0, true, 512 * KIB);
    const block = rawMalloc(100 * KIB);
    paint(block, 100 * KIB, 2);
    expect(rawRealloc(block, 600 * KIB)).toBe(0);
    expect(isRawBlock(block)).toBe(true);
    expect(isPainted(block, 100 * KIB, 2)).toBe(true);
    expect(large.blocks).toBe(1);
    expect(large.bytesMoved).toBe(0);
    expectSound();
    const mapped = rawMalloc(200 * KIB);
    os.refuseEvery = 1;
    expect(rawRealloc(mapped, 230 * KIB)).toBe(0);
    expect(isRawBlock(mapped)).toBe(true);
    expect(rawMalloc(200 * KIB)).toBe(0);
    expect(rawMalloc(120 * KIB)).not.toBe(0); // there is room in the region
    expect(rawMalloc(120 * KIB)).toBe(0);
    os.refuseEvery = 0;
    expectSound();
  });
});

describe("a mapped raw block", () => {
  it("has a region to itself from 128 KiB on, which goes back when it is freed", () => {
    startWasm32();
    const below128 = rawMalloc(MAPPED_THRESHOLD - 1);
    expect(headerOf(below128) & RAW_MAPPED_FLAG).toBe(0);
    const block = rawMalloc(MAPPED_THRESHOLD);
    expect(MAPPED_THRESHOLD).toBe(128 * KIB);
    expect(block).toBe(HEAP_BASE + REGION + 16);
    expect(headerOf(block)).toBe((132 * KIB - 16) | RAW_FIRST_FLAG | RAW_MAPPED_FLAG);
    expect(rawUsableSize(block)).toBe(132 * KIB - 20);
    expect(large.regionCount).toBe(2);
    expect(large.regionBytes).toBe(REGION + 132 * KIB);
    expect(large.regions).toBe(block - 16);
    expectSound();
    rawFree(block);
    expect(os.mapped).toBe(REGION);
    expect(large.regionCount).toBe(1);
    expect(large.regions).toBe(HEAP_BASE);
    expectSound();
  });

  it("has just room for what was asked, at every distance from a page's end", () => {
    startWasm32();
    for (let nbytes: usize = 200 * KIB - 40; nbytes <= 200 * KIB; nbytes++) {
      const block = rawMalloc(nbytes);
      const usable = rawUsableSize(block);
      assert(usable >= nbytes && usable < nbytes + 4096 && (block + usable) % 4096 == 4096 - 4);
      paint(block + usable - 64, 64, 1);
      expectSound();
      rawFree(block);
    }
    expect(os.mapped).toBe(0);
  });

  it("is lengthened and shortened by pages where it is", () => {
    startWasm32();
    const block = rawMalloc(200 * KIB);
    paint(block, 200 * KIB, 4);
    expect(rawRealloc(block, 1000 * KIB)).toBe(block);
    expect(os.mapped).toBe(1004 * KIB);
    expect(large.regionBytes).toBe(1004 * KIB);
    expect(large.blockBytes).toBe(1004 * KIB - 20);
    expect(rawUsableSize(block)).toBe(1004 * KIB - 20);
    expectSound();
    expect(rawRealloc(block, 300 * KIB)).toBe(block);
    expect(os.mapped).toBe(304 * KIB);
    expect(large.regionBytes).toBe(304 * KIB);
    expect(os.top).toBe(HEAP_BASE + 304 * KIB);
    expectSound();
    const requests = os.requests;
    expect(rawRealloc(block, 304 * KIB - 20)).toBe(block); // the same pages
    expect(os.requests).toBe(requests);
    expect(rawRealloc(block, 304 * KIB - 19)).toBe(block);
    expect(os.mapped).toBe(308 * KIB);
    expect(rawRealloc(block, MAPPED_THRESHOLD)).toBe(block);
    expect(isPainted(block, MAPPED_THRESHOLD, 4)).toBe(true);
    expect(large.bytesMapped).toBe(1008 * KIB); // what was ever mapped, 4 KiB of it for the second time
    expect(large.bytesMoved).toBe(0);
    expectSound();
  });

  it("moves when another span is behind it, or when it becomes small", () => {
    startWasm32();
    const block = rawMalloc(200 * KIB);
    const other = rawMalloc(200 * KIB);
    paint(block, 200 * KIB, 6);
    const moved = rawRealloc(block, 400 * KIB);
    expect(moved).not.toBe(block);
    expect(isPainted(moved, 200 * KIB, 6)).toBe(true);
    expect(large.regionCount).toBe(2);
    expectSound();
    const small = rawRealloc(moved, MAPPED_THRESHOLD - 1);
    expect(small).not.toBe(moved);
    expect(isPainted(small, MAPPED_THRESHOLD - 1, 6)).toBe(true);
    expectSound();
    rawFree(other);
    rawFree(small);
    expect(large.blocks).toBe(0);
    expect(large.blockBytes).toBe(0);
    expectSound();
  });

  it("is taken off the list of regions wherever it stands there", () => {
    for (let gone = 0; gone < 3; gone++) {
      startWasm32();
      const a = rawMalloc(150 * KIB);
      const b = rawMalloc(150 * KIB);
      const c = rawMalloc(150 * KIB);
      expect(large.regions).toBe(c - 16);
      expect(changetype<Region>(c - 16).next).toBe(b - 16);
      rawFree(gone == 0 ? a : gone == 1 ? b : c);
      expect(large.regionCount).toBe(2);
      expectSound();
      expect(large.regions).toBe((gone == 2 ? b : c) - 16);
      rawFree(gone == 0 ? b : a);
      rawFree(gone == 2 ? b : c);
      expect(large.regions).toBe(0);
      expect(os.mapped).toBe(0);
      expectSound();
    }
  });
});

describe("a raw calloc", () => {
  it("zeroes what was asked for", () => {
    startWasm32();
    for (let nbytes: usize = 0; nbytes < 600; nbytes += 7) {
      const dirty = rawMalloc(nbytes);
      paint(dirty, rawUsableSize(dirty), 11);
      rawFree(dirty);
      const block = rawCalloc(1, nbytes);
      assert(block == dirty && isZero(block, nbytes));
      paint(block, rawUsableSize(block), 13);
    }
    expectSound();
  });

  it("of a mapped block is zero in memory that was used before, in new memory, and across both", () => {
    startWasm32();
    rawMalloc(1);
    const dirty = rawMalloc(300 * KIB);
    paint(dirty, 300 * KIB, 1);
    rawFree(dirty);
    const again = rawCalloc(300, KIB);
    expect(again).toBe(dirty);
    expect(isZero(again, 300 * KIB)).toBe(true);
    paint(again, 300 * KIB, 2);
    rawFree(again);
    const across = rawCalloc(KIB, 500);
    expect(across).toBe(dirty);
    expect(isZero(across, 500 * KIB)).toBe(true);
    const fresh = rawCalloc(KIB, 500);
    expect(fresh).toBeGreaterThan(across);
    expect(isZero(fresh, 500 * KIB)).toBe(true);
    expectSound();
    os.refuseEvery = 1;
    expect(rawCalloc(KIB, 500)).toBe(0);
  });
});

describe("a region", () => {
  it("is lengthened when it is full, so that one large block can be had of two lengths", () => {
    startWasm32();
    const blocks = new StaticArray<usize>(5);
    for (let i = 0; i < 5; i++) blocks[i] = rawMalloc(100 * KIB);
    expect(large.regionCount).toBe(1);
    expect(large.regionBytes).toBe(2 * REGION);
    expect(blocks[2]).toBe(FIRST + 2 * (100 * KIB + 16));
    expect(isEnd(headerOf(HEAP_BASE + 2 * REGION))).toBe(true);
    expect(headerOf(HEAP_BASE + 2 * REGION) & ~15).toBe(HEAP_BASE);
    expectSound();
    rawMalloc(100 * KIB);
    expect(large.regionBytes).toBe(3 * REGION);
    expect(large.bytesMapped).toBe(3 * REGION);
    expectSound();
  });

  it("is lengthened also when its last block is in use", () => {
    startWasm32();
    rawMalloc(120 * KIB - 4);
    rawMalloc(REGION - 16 - 120 * KIB - 16128 - 4);
    rawMalloc(16128 - 4); // 1,008 units of 16 bytes: the least size of its list
    expect(large.regionBytes).toBe(REGION);
    expect(headerOf(HEAP_BASE + REGION) & RAW_PREV_FREE_FLAG).toBe(0);
    expectSound();
    const next = rawMalloc(50);
    expect(next).toBe(HEAP_BASE + REGION);
    expect(large.regionBytes).toBe(2 * REGION);
    expectSound();
  });

  it("is another where the first cannot be lengthened, and each is known by its end", () => {
    startWasm32();
    rawMalloc(120 * KIB);
    const mapped = rawMalloc(200 * KIB);
    rawMalloc(120 * KIB);
    const second = rawMalloc(120 * KIB);
    expect(large.regionCount).toBe(3);
    expect(second).toBe(mapped + 204 * KIB);
    expect(large.regions).toBe(second - 16);
    expect(headerOf(second - 16 + REGION)).toBe((second - 16) | RAW_MAPPED_FLAG | RAW_PREV_FREE_FLAG);
    expectSound();
    rawMalloc(120 * KIB);
    rawMalloc(120 * KIB); // the second is lengthened now
    expect(large.regionCount).toBe(3);
    expect(large.regionBytes).toBe(REGION + 204 * KIB + 2 * REGION);
    expectSound();
  });

  it("that is wholly free is kept, but only one", () => {
    startWasm32();
    const a = rawMalloc(120 * KIB);
    const mapped = rawMalloc(200 * KIB);
    const b = rawMalloc(120 * KIB);
    const c = rawMalloc(120 * KIB);
    expect(large.spare).toBe(0);
    rawFree(c);
    expect(large.spare).toBe(c - 16);
    expect(large.regionCount).toBe(3);
    expectSound();
    rawFree(a);
    rawFree(b);
    expect(large.spare).toBe(c - 16);
    expect(large.regionCount).toBe(2);
    expect(large.regions).toBe(c - 16);
    expect(os.mapped).toBe(REGION + 204 * KIB);
    expectSound();
    expect(rawMalloc(50)).toBe(c);
    expect(large.spare).toBe(0);
    expectSound();
    rawFree(c);
    rawFree(mapped);
    expect(large.spare).toBe(c - 16);
    expect(os.mapped).toBe(REGION);
    expectSound();
  });

  it("that is kept is known as such also after it was used and freed again", () => {
    startWasm32();
    const a = rawMalloc(120 * KIB);
    rawFree(a);
    expect(large.spare).toBe(HEAP_BASE);
    for (let i = 0; i < 3; i++) {
      const block = rawMalloc(100);
      expect(large.spare).toBe(0);
      rawFree(block);
      expect(large.spare).toBe(HEAP_BASE);
      expect(large.regionCount).toBe(1);
      expectSound();
    }
  });

  it("that is lengthened no longer after it went back is not lengthened", () => {
    startWasm32();
    const a = rawMalloc(120 * KIB);
    const mapped = rawMalloc(200 * KIB);
    const b = rawMalloc(120 * KIB);
    const c = rawMalloc(120 * KIB);
    rawFree(a);
    rawFree(b);
    expect(large.spare).toBe(HEAP_BASE);
    rawFree(c); // the region that grew last goes back
    expect(large.regionCount).toBe(2);
    expectSound();
    const inItsPlace = rawMalloc(REGION - 20); // as long, and nothing is behind it
    expect(inItsPlace).toBe(c);
    expect(os.top).toBe(c - 16 + REGION);
    for (let i = 0; i < 6; i++) {
      rawMalloc(120 * KIB);
      expectSound();
    }
    rawFree(mapped);
    expectSound();
  });

  it("gives back the pages of a free end of more than 512 KiB, down to 256 KiB", () => {
    startWasm32();
    const blocks = new StaticArray<usize>(9);
    for (let i = 0; i < 9; i++) blocks[i] = rawMalloc(100 * KIB);
    expect(large.regionBytes).toBe(4 * REGION);
    for (let i = 8; i > 5; i--) rawFree(blocks[i]);
    expect(large.regionBytes).toBe(4 * REGION); // 424 KiB are free at the end
    rawFree(blocks[5]);
    const end = (blocks[5] + REGION + 4095) & ~4095;
    expect(large.regionBytes).toBe(end - HEAP_BASE);
    expect(os.top).toBe(end);
    expect(os.mapped).toBe(end - HEAP_BASE);
    expect(sizeOf(blocks[5])).toBe(end - blocks[5]);
    expect(headerOf(end)).toBe(HEAP_BASE | RAW_MAPPED_FLAG | RAW_PREV_FREE_FLAG);
    expectSound();
    for (let i = 4; i >= 0; i--) rawFree(blocks[i]);
    expect(large.spare).toBe(HEAP_BASE);
    expect(large.regionBytes).toBe(((blocks[2] + REGION + 4095) & ~4095) - HEAP_BASE); // cut again, but not to less
    expect(os.mapped).toBe(large.regionBytes);
    expectSound();
    rawMalloc(120 * KIB);
    rawMalloc(120 * KIB);
    rawMalloc(120 * KIB);
    expectSound();
  });

  it("keeps a free end of 512 KiB, and of 16 bytes more gives back half", () => {
    for (let more: usize = 0; more <= 16; more += 16) {
      startWasm32();
      // 768 KiB and their 16 bytes of overhead: what is before the last 512 KiB is in use.
      rawMalloc(120 * KIB - 4);
      rawMalloc(120 * KIB - 4);
      rawMalloc(16 * KIB - 16 - more - 4);
      const first = FIRST + REGION - 16 - more;
      for (let i = 0; i < 8; i++) rawMalloc(64 * KIB - 4);
      if (more) rawMalloc(0);
      expect(large.regionBytes).toBe(3 * REGION);
      for (let i = 0; i < 8; i++) rawFree(first + 64 * KIB * i);
      expect(large.regionBytes).toBe(3 * REGION);
      if (more) rawFree(first + 8 * 64 * KIB);
      expect(large.regionBytes).toBe(more ? 2 * REGION : 3 * REGION);
      expectSound();
    }
  });

  it("cannot be had where memory is refused, and the next request goes on", () => {
    startWasm32();
    os.refuseEvery = 1;
    expect(rawMalloc(10)).toBe(0);
    expect(rawCalloc(5, 2)).toBe(0);
    expect(large.regionCount).toBe(0);
    expectSound();
    os.refuseEvery = 0;
    expect(rawMalloc(10)).toBe(FIRST);
    expectSound();
  });
});

describe("the raw domain", () => {
  it("keeps every byte, and is sound, after every one of many random requests", () => {
    const blocks = new StaticArray<usize>(150);
    const sizes = new StaticArray<usize>(150);
    for (let seed: u32 = 1; seed <= 4; seed++) {
      startWasm32(0, true, seed == 3 ? 1024 * KIB : 0);
      startChance(seed);
      os.refuseEvery = seed == 4 ? 3 : 0;
      memory.fill(changetype<usize>(blocks), 0, 150 * 4);
      let failures: u32 = 0;
      for (let i = 0; i < 2500; i++) {
        const k = below(i % 800 < 400 ? 150 : 20);
        const nbytes: usize = below(12) ? below(2000) : below(300 * 1024);
        const block = blocks[k];
        if (!block) {
          const got = below(2) ? rawMalloc(nbytes) : rawCalloc(1, nbytes);
          if (!got) failures++;
          blocks[k] = got;
          sizes[k] = nbytes;
          if (got) paint(got, min<usize>(nbytes, 2000), k);
        } else if (below(2)) {
          assert(isPainted(block, min<usize>(sizes[k], 2000), k));
          rawFree(block);
          blocks[k] = 0;
        } else {
          const moved = rawRealloc(block, nbytes);
          const kept = min<usize>(min<usize>(sizes[k], nbytes), 2000);
          if (!moved) {
            failures++;
            assert(isPainted(block, min<usize>(sizes[k], 2000), k));
          } else {
            assert(isPainted(moved, kept, k));
            paint(moved, min<usize>(nbytes, 2000), k);
            blocks[k] = moved;
            sizes[k] = nbytes;
          }
        }
        expectSound();
      }
      for (let k = 0; k < 150; k++) if (blocks[k]) rawFree(blocks[k]);
      expect(large.blocks).toBe(0);
      expect(large.regionCount).toBeLessThan(2);
      expect(failures > 0).toBe(seed > 2);
      expectSound();
    }
  });

  it("leaves alone what is not its own", () => {
    startWasm32();
    const a = rawMalloc(100 * KIB);
    const foreign = map(8192, 4096);
    const b = rawMalloc(100 * KIB);
    const c = rawMalloc(100 * KIB);
    expect(large.regionCount).toBe(2);
    rawFree(a);
    rawFree(b);
    rawFree(c);
    expect(os.mapped).toBe(REGION + 8192);
    unmap(foreign, 8192);
    expectSound();
  });
});
