import { RELEASE_KEEP_LAST, RELEASE_NEVER } from "../../../assembly/layout/codes";
import { CENSUS, CENSUS_BLOCKS, CENSUS_POOLS, CENSUS_ROW_SIZE, CENSUS_SIZE } from "../../../assembly/layout/layout";
import { arenas } from "../../../assembly/pymalloc/arena";
import { pushBaseOffset, repeatBaseOffsets } from "../../../assembly/pymalloc/baseoffset";
import { takeCensus } from "../../../assembly/pymalloc/census";
import { geometry } from "../../../assembly/pymalloc/geometry";
import { poolAddress, poolOf } from "../../../assembly/pymalloc/pool";
import { free, isOurs, malloc } from "../../../assembly/pymalloc/pymalloc";
import { indexToSize } from "../../../assembly/pymalloc/sizeclass";
import { below, expectSound, start, startChance, startSmall, startWasm32 } from "../start";

function poolsOf(szidx: u32): u32 {
  return load<u32>(CENSUS + <usize>szidx * CENSUS_ROW_SIZE + CENSUS_POOLS);
}

function blocksOf(szidx: u32): u32 {
  return load<u32>(CENSUS + <usize>szidx * CENSUS_ROW_SIZE + CENSUS_BLOCKS);
}

/** The bytes of all arenas as _debugmallocstats adds them up, from a census just taken. */
function ledger(): usize {
  let sum = <usize>arenas.nfreepools * geometry.poolSize + <usize>arenas.nmisaligned * geometry.poolSize;
  for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
    const size = indexToSize(szidx);
    const room = geometry.poolSize - geometry.poolOverhead;
    const pools = <usize>poolsOf(szidx);
    const allocated = <usize>blocksOf(szidx) * size;
    const available = (pools * (room / size) - blocksOf(szidx)) * size;
    sum += allocated + available + pools * (room % size) + pools * geometry.poolOverhead;
  }
  return sum;
}

describe("a census", () => {
  it("of a heap without arenas finds nothing", () => {
    startWasm32();
    expect(takeCensus()).toBe(0);
    malloc(0);
    malloc(1000);
    expect(takeCensus()).toBe(0);
    expect(poolsOf(0) + blocksOf(0)).toBe(0);
  });

  it("counts by class the pools that have a block in use, and those blocks", () => {
    startWasm32();
    for (let i = 0; i < 508; i++) malloc(8); // a full pool
    malloc(5);
    for (let i = 0; i < 9; i++) malloc(512);
    const lone = malloc(100);
    expect(takeCensus()).toBe(509 * 8 + 9 * 512 + 104);
    expect(poolsOf(0)).toBe(2);
    expect(blocksOf(0)).toBe(509);
    expect(poolsOf(63)).toBe(2);
    expect(blocksOf(63)).toBe(9);
    expect(poolsOf(12)).toBe(1);
    expect(blocksOf(12)).toBe(1);
    free(lone); // an empty pool is in no class
    expect(takeCensus()).toBe(509 * 8 + 9 * 512);
    expect(poolsOf(12)).toBe(0);
    expect(blocksOf(12)).toBe(0);
  });

  it("has no rows of other heaps' classes", () => {
    startSmall();
    memory.fill(CENSUS, 0xff, CENSUS_SIZE);
    malloc(496);
    expect(takeCensus()).toBe(496);
    for (let szidx: u32 = 0; szidx < 30; szidx++) expect(poolsOf(szidx) | blocksOf(szidx)).toBe(0);
    expect(poolsOf(30)).toBe(1);
    expect(poolsOf(31)).toBe(0xffffffff);
  });

  it("counts what a tally of all live blocks counts, and the ledger adds up, on random heaps", () => {
    const live = new StaticArray<usize>(400);
    const blocks = new StaticArray<u32>(64);
    const pools = new StaticArray<u32>(64);
    for (let release = RELEASE_NEVER; release <= RELEASE_KEEP_LAST; release++) {
      for (let profile: u32 = 0; profile < 3; profile++) {
        if (profile == 0) start(12, 10, 4, 496, 32, release, true);
        if (profile == 1) start(14, 12, 3, 512, 32, release, false);
        if (profile == 2) start(13, 12, 4, 512, 48, release, true);
        pushBaseOffset(16);
        pushBaseOffset(0);
        repeatBaseOffsets(profile != 1, false);
        startChance(profile + 1);
        let count: u32 = 0;
        for (let i = 0; i < 1200; i++) {
          if (count < 400 && below(100) < (i % 400 < 200 ? 70 : 35)) {
            live[count++] = malloc(below(530));
          } else if (count) {
            const which = below(count);
            free(live[which]);
            live[which] = live[--count];
          }
          if (i % 20) continue;
          let bytes: usize = 0;
          const seen = new Set<usize>();
          memory.fill(changetype<usize>(blocks), 0, 64 * 4);
          memory.fill(changetype<usize>(pools), 0, 64 * 4);
          for (let k: u32 = 0; k < count; k++) {
            if (!isOurs(live[k])) continue;
            const pool = poolOf(live[k]);
            bytes += indexToSize(pool.szidx);
            blocks[pool.szidx]++;
            if (!seen.has(poolAddress(pool))) pools[pool.szidx]++;
            seen.add(poolAddress(pool));
          }
          assert(takeCensus() == bytes);
          for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
            assert(poolsOf(szidx) == pools[szidx] && blocksOf(szidx) == blocks[szidx]);
          }
          assert(ledger() == <usize>arenas.narenas_currently_allocated * geometry.arenaSize);
          expectSound();
        }
        expect(arenas.ntimes_arena_allocated).toBeGreaterThan(4);
      }
    }
  });
});
