import { RELEASE_EAGER, RELEASE_KEEP_LAST } from "../../../assembly/layout/codes";
import { DUMMY_SIZE_IDX, POOL_HEADER_SIZE, POOLS } from "../../../assembly/layout/layout";
import { arenas } from "../../../assembly/pymalloc/arena";
import { takePool } from "../../../assembly/pymalloc/freepools";
import { geometry } from "../../../assembly/pymalloc/geometry";
import {
  carveBlock,
  hasVirginBlock,
  linkFirst,
  Pool,
  poolAddress,
  poolOf,
  startPool,
  unlink,
  unlinkFirstIf,
  usedpools,
} from "../../../assembly/pymalloc/pool";
import { free, malloc } from "../../../assembly/pymalloc/pymalloc";
import { indexToSize, sizeToIndex } from "../../../assembly/pymalloc/sizeclass";
import { expectSound, HEAP_BASE, start, startSmall, startWasm32 } from "../start";

/** Pools in the ring of a class. */
function ringLength(szidx: u32): u32 {
  const head = usedpools(szidx);
  let length: u32 = 0;
  for (let pool = head.nextpool; pool != head; pool = pool.nextpool) length++;
  return length;
}

function firstOf(szidx: u32): usize {
  return changetype<usize>(usedpools(szidx).nextpool);
}

function headOf(szidx: u32): usize {
  return changetype<usize>(usedpools(szidx));
}

function headerAt(block: usize): usize {
  return changetype<usize>(poolOf(block));
}

function blocksInPool(szidx: u32): u32 {
  return <u32>((geometry.poolSize - geometry.poolOverhead) / indexToSize(szidx));
}

/** Takes a pool from an arena, as malloc would for a class whose ring is empty. */
function newPool(): Pool {
  return changetype<Pool>(takePool());
}

/** Fills pools of a class of `size` bytes; returns the first block of the first pool. */
function fillPools(size: usize, pools: u32): usize {
  const blocks = pools * blocksInPool(sizeToIndex(size));
  const first = malloc(size);
  for (let i: u32 = 1; i < blocks; i++) malloc(size);
  return first;
}

describe("pool headers", () => {
  it("stand in one table, one for each pool-sized unit of 4 GiB", () => {
    for (let poolBits: u32 = 10; poolBits <= 16; poolBits++) {
      start(18, poolBits, 3, 256, 32);
      const size = geometry.poolSize;
      for (let address: u64 = 0; address < (<u64>1) << 32; address += 0x10000 * 7 + size) {
        const unit = <usize>address & ~(size - 1);
        const pool = poolOf(unit);
        assert(changetype<usize>(pool) == POOLS + (unit / size) * POOL_HEADER_SIZE);
        assert(poolAddress(pool) == unit && poolOf(unit + size - 1) == pool && poolOf(unit - 1) != pool);
      }
      expect(poolAddress(poolOf(0xffffffff))).toBe(0xffffffff - size + 1);
    }
  });

  it("are those of the heads of empty rings too, whose first block is none", () => {
    start(18, 16, 3, 32760, 0);
    for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
      const head = usedpools(szidx);
      assert(head.freeblock == 0 && head.nextpool == head && head.prevpool == head);
    }
    expect(headOf(1) - headOf(0)).toBe(POOL_HEADER_SIZE);
  });

  it("of a pool just carved say so", () => {
    startWasm32();
    const pool = newPool();
    expect(pool.szidx).toBe(DUMMY_SIZE_IDX);
    expect(pool.count).toBe(0);
    expect(pool.freeblock).toBe(0);
    expect(pool.arenaindex).toBe(0);
  });
});

describe("the ring of a class", () => {
  it("has the pool that was linked last in front", () => {
    startWasm32();
    const a = newPool();
    const b = newPool();
    a.szidx = 3;
    b.szidx = 3;
    linkFirst(a);
    expect(firstOf(3)).toBe(changetype<usize>(a));
    linkFirst(b);
    const head = usedpools(3);
    expect(head.nextpool == b && b.nextpool == a && a.nextpool == head).toBe(true);
    expect(head.prevpool == a && a.prevpool == b && b.prevpool == head).toBe(true);
    expect(ringLength(2) + ringLength(4)).toBe(0);
  });

  it("loses a pool from the front, the middle and the end", () => {
    startWasm32();
    for (let gone = 0; gone < 3; gone++) {
      const pools: StaticArray<usize> = [0, 0, 0];
      for (let i = 2; i >= 0; i--) {
        const pool = newPool();
        pool.szidx = 5;
        linkFirst(pool);
        pools[i] = changetype<usize>(pool);
      }
      unlink(changetype<Pool>(pools[gone]));
      const head = usedpools(5);
      const first = changetype<Pool>(pools[gone == 0 ? 1 : 0]);
      const second = changetype<Pool>(pools[gone == 2 ? 1 : 2]);
      expect(head.nextpool == first && first.nextpool == second && second.nextpool == head).toBe(true);
      expect(head.prevpool == second && second.prevpool == first && first.prevpool == head).toBe(true);
      unlink(first);
      unlink(second);
      expect(ringLength(5)).toBe(0);
    }
  });

  it("loses its first pool only when that is said to be full", () => {
    startWasm32();
    const a = newPool();
    const b = newPool();
    a.szidx = 3;
    b.szidx = 3;
    linkFirst(b);
    linkFirst(a);
    const head = usedpools(3);
    unlinkFirstIf(false, head, a);
    expect(head.nextpool == a && a.nextpool == b && b.nextpool == head).toBe(true);
    expect(head.prevpool == b && b.prevpool == a && a.prevpool == head).toBe(true);
    unlinkFirstIf(true, head, a);
    expect(head.nextpool == b && b.nextpool == head && head.prevpool == b && b.prevpool == head).toBe(true);
    unlinkFirstIf(true, head, b);
    expect(head.nextpool == head && head.prevpool == head).toBe(true);
  });

  it("does not let go of a pool that is not on it", () => {
    expect(() => {
      startWasm32();
      const pool = newPool();
      pool.szidx = 5;
      linkFirst(pool);
      unlink(pool);
      unlink(pool);
    }).toThrow();
  });

  it("keeps a pool in its place that loses a block and is neither full nor empty", () => {
    startWasm32();
    const a = fillPools(512, 1);
    const b = fillPools(512, 1);
    free(a);
    free(b);
    expect(firstOf(63)).toBe(headerAt(b));
    free(a + 512);
    expect(firstOf(63)).toBe(headerAt(b));
    expect(ringLength(63)).toBe(2);
    expectSound();
  });
});

describe("a pool", () => {
  it("hands out its blocks in ascending order, always one of them carved ahead", () => {
    startWasm32();
    const first = malloc(48);
    const pool = poolOf(first);
    expect(first - poolAddress(pool)).toBe(32);
    expect(pool.maxnextoffset).toBe(4096 - 48);
    for (let i: usize = 1; i < 84; i++) {
      expect(pool.count).toBe(<u32>i);
      expect(pool.nextoffset).toBe(32 + (i + 1) * 48);
      expect(pool.freeblock).toBe(first + i * 48);
      expect(load<usize>(pool.freeblock)).toBe(0);
      expect(malloc(48)).toBe(first + i * 48);
    }
    expectSound();
  });

  it("has (size − header) ÷ block blocks of every class, and leaves its ring with the last", () => {
    for (let profile = 0; profile < 4; profile++) {
      if (profile == 0) startWasm32();
      if (profile == 1) start(20, 14, 4, 512, 48);
      if (profile == 2) startSmall();
      if (profile == 3) start(22, 16, 6, 32704, 64);
      for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
        const size = indexToSize(szidx);
        const blocks = blocksInPool(szidx);
        const first = malloc(size);
        const pool = poolOf(first);
        assert(first == poolAddress(pool) + geometry.poolOverhead);
        for (let i: u32 = 1; i < blocks; i++) {
          assert(ringLength(szidx) == 1 && pool.freeblock != 0);
          assert(malloc(size) == first + <usize>i * size);
        }
        assert(ringLength(szidx) == 0 && pool.freeblock == 0 && pool.count == blocks);
        assert(pool.nextoffset > pool.maxnextoffset);
        const other = malloc(size);
        assert(poolOf(other) != pool && pool.count == blocks);
      }
      expectSound();
    }
  });

  it("hands out freed blocks, the last one freed first, before it carves another", () => {
    startWasm32();
    const a = malloc(100);
    const b = malloc(100);
    const c = malloc(100);
    const d = c + 104;
    free(a);
    free(c);
    free(b);
    expect(poolOf(a).nextoffset).toBe(32 + 4 * 104);
    expectSound();
    expect(malloc(100)).toBe(b);
    expect(malloc(100)).toBe(c);
    expect(malloc(100)).toBe(a);
    expect(poolOf(a).nextoffset).toBe(32 + 4 * 104);
    expect(malloc(100)).toBe(d);
    expect(poolOf(a).nextoffset).toBe(32 + 5 * 104);
    expectSound();
  });

  it("that was full and loses a block goes to the front of its class; the next request reuses the block", () => {
    startWasm32();
    const full = fillPools(512, 2);
    const used = malloc(512);
    expect(ringLength(63)).toBe(1);
    expect(firstOf(63)).toBe(headerAt(used));
    free(full + 512);
    expect(ringLength(63)).toBe(2);
    expect(firstOf(63)).toBe(headerAt(full));
    expect(poolOf(full).count).toBe(6);
    expect(poolOf(full).freeblock).toBe(full + 512);
    expect(load<usize>(full + 512)).toBe(0);
    expectSound();
    expect(malloc(512)).toBe(full + 512);
    expect(ringLength(63)).toBe(1);
    expect(firstOf(63)).toBe(headerAt(used));
  });

  it("that loses its last block leaves its ring, and is the next pool taken", () => {
    startWasm32();
    const a = malloc(8);
    malloc(16);
    free(a);
    expect(ringLength(0)).toBe(0);
    expect(poolOf(a).count).toBe(0);
    expect(poolOf(malloc(24)) == poolOf(a)).toBe(true);
    expectSound();
  });

  it("taken again by its class is as it was left: the block freed last comes first, carving goes on", () => {
    startWasm32();
    malloc(8); // keeps the arena
    const a = malloc(64);
    const b = malloc(64);
    const c = malloc(64);
    const pool = poolOf(a);
    const initialised = arenas.poolsInitialised;
    free(c);
    free(a);
    free(b);
    expect(pool.count).toBe(0);
    expect(pool.szidx).toBe(7);
    expect(malloc(64)).toBe(b);
    expect(pool.count).toBe(1);
    expect(pool.nextoffset).toBe(32 + 4 * 64);
    expect(firstOf(7)).toBe(changetype<usize>(pool));
    expectSound();
    expect(malloc(64)).toBe(a);
    expect(malloc(64)).toBe(c);
    expect(malloc(64)).toBe(c + 64);
    expect(malloc(64)).toBe(c + 128);
    expect(arenas.poolsInitialised).toBe(initialised);
    expect(arenas.poolsTaken).toBe(3);
  });

  it("taken again by another class starts over at its first block", () => {
    startWasm32();
    malloc(8);
    const a = malloc(64);
    const b = malloc(64);
    const initialised = arenas.poolsInitialised;
    free(a);
    free(b);
    const c = malloc(40);
    const pool = poolOf(c);
    expect(c).toBe(a);
    expect(pool.szidx).toBe(4);
    expect(pool.count).toBe(1);
    expect(pool.freeblock).toBe(c + 40);
    expect(load<usize>(c + 40)).toBe(0);
    expect(pool.nextoffset).toBe(32 + 80);
    expect(pool.maxnextoffset).toBe(4096 - 40);
    expect(arenas.poolsInitialised).toBe(initialised + 1);
    expectSound();
  });

  it("of two blocks works as any other", () => {
    startSmall(RELEASE_EAGER);
    const a = malloc(496);
    const pool = poolOf(a);
    const b = malloc(496);
    expect(b).toBe(a + 496);
    expect(ringLength(30)).toBe(0);
    expectSound();
    malloc(16); // keeps the arena
    free(a);
    expect(pool.freeblock).toBe(a);
    free(b);
    expect(pool.count).toBe(0);
    expectSound();
    expect(malloc(496)).toBe(b);
    expectSound();
    free(b);
    expect(malloc(490)).toBe(b);
    expect(malloc(490)).toBe(a);
    expectSound();
    free(b);
    free(a);
    const c = malloc(490);
    expect(c).toBe(a);
    free(c);
    expectSound();
  });

  it("without a header starts with its first block", () => {
    start(16, 12, 3, 2048, 0, RELEASE_KEEP_LAST);
    const a = malloc(2048);
    expect(a & 4095).toBe(0);
    expect(malloc(2048)).toBe(a + 2048);
    expect(poolOf(a).freeblock).toBe(0);
    expectSound();
    free(a);
    free(a + 2048);
    expect(malloc(8)).toBe(a);
    expectSound();
  });

  it("carves one block at a time, up to the last that fits, and writes only its first word", () => {
    startWasm32();
    const pool = newPool();
    const first = startPool(pool, 63);
    expect(first).toBe(HEAP_BASE + 32);
    memory.fill(first + 1024, 0xaa, 4096 - 32 - 1024);
    for (let i: usize = 2; i < 7; i++) {
      const block = first + i * 512;
      expect(hasVirginBlock(pool)).toBe(true);
      pool.count++;
      pool.freeblock = 0;
      carveBlock(pool);
      expect(pool.freeblock).toBe(block);
      expect(load<u32>(block)).toBe(0);
      expect(load<u32>(block, 4)).toBe(0xaaaaaaaa);
      expect(pool.nextoffset).toBe(32 + (i + 1) * 512);
      expectSound();
    }
    expect(hasVirginBlock(pool)).toBe(false);
  });

  it("carves none while it has a free block, and none beyond its end", () => {
    expect(() => {
      startWasm32();
      const block = malloc(512);
      carveBlock(poolOf(block));
    }).toThrow();
    expect(() => {
      startWasm32();
      const pool = poolOf(fillPools(512, 1));
      carveBlock(pool);
    }).toThrow();
  });

  it("does not lose a block that it has not handed out", () => {
    expect(() => {
      startWasm32();
      const a = malloc(8);
      malloc(16);
      free(a);
      free(a);
    }).toThrow();
  });
});
