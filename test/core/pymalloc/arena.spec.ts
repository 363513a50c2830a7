import { RELEASE_EAGER, RELEASE_KEEP_LAST, RELEASE_NEVER } from "../../../assembly/layout/codes";
import { POOL_HEADER_SIZE } from "../../../assembly/layout/layout";
import { Arena, arenaAt, arenas, firstPoolAddress } from "../../../assembly/pymalloc/arena";
import { pushBaseOffset, repeatBaseOffsets } from "../../../assembly/pymalloc/baseoffset";
import { returnPool, takePool } from "../../../assembly/pymalloc/freepools";
import { geometry } from "../../../assembly/pymalloc/geometry";
import { Pool, poolAddress, poolOf } from "../../../assembly/pymalloc/pool";
import { free, isOurs, malloc } from "../../../assembly/pymalloc/pymalloc";
import { lastWith } from "../../../assembly/pymalloc/usablearenas";
import { os } from "../../../assembly/system/os";
import { below, expectSound, HEAP_BASE, start, startChance, startSmall, startWasm32 } from "../start";

// Most tests have arenas of four pools of two blocks each: `take` fills pools, `give` empties one.

const BLOCK: usize = 496;
const pools = new StaticArray<usize>(2048);
let taken: i32 = 0;

/** Starts arenas of four pools. */
function startArenas(release: u32, fingers: bool = true, limitBytes: usize = 0): void {
  startSmall(release, fingers, limitBytes);
  taken = 0;
}

/** Fills `count` pools, numbered from 0 on as they are taken. */
function take(count: i32): void {
  for (let i = 0; i < count; i++) {
    const first = malloc(BLOCK);
    pools[taken++] = first;
    malloc(BLOCK);
  }
}

/** Empties the pool with this number; taken again, it starts with its first block. */
function give(pool: i32): void {
  const first = pools[pool];
  free(first + BLOCK);
  free(first);
}

function arenaOf(pool: i32): Arena {
  return arenaAt(poolOf(pools[pool]).arenaindex);
}

/** usable_arenas as a text: each arena's index and number of free pools. */
function usable(): string {
  let text = "";
  for (let at = arenas.usable_arenas; at; at = changetype<Arena>(at).nextarena) {
    const arena = changetype<Arena>(at);
    text +=
      ((at - changetype<usize>(arenaAt(0))) / offsetof<Arena>()).toString() + ":" + arena.nfreepools.toString() + " ";
  }
  return text.trimEnd();
}

/** Runs random requests; leaves a word for the whole state of the list after each. */
function runList(words: StaticArray<u32>, bits: u32, release: u32, fingers: bool, seed: u32): void {
  start(10 + bits, 10, 4, BLOCK, 32, release, fingers);
  pushBaseOffset(0);
  pushBaseOffset(512);
  if (seed & 1) repeatBaseOffsets(true, false);
  startChance(seed);
  let live: u32 = 0;
  let growing = true;
  for (let i = 0; i < words.length; i++) {
    if (live == 0 || live > 120 || below(64) == 0) growing = live < 60;
    if (growing == (below(4) != 0) && live < 1000) {
      pools[live++] = malloc(16 + 16 * below(31));
    } else if (live) {
      const which = below(live);
      free(pools[which]);
      pools[which] = pools[--live];
    }
    let word = arenas.ntimes_arena_allocated * 31 + arenas.narenas_currently_allocated;
    for (let at = arenas.usable_arenas; at; at = changetype<Arena>(at).nextarena) {
      const arena = changetype<Arena>(at);
      word = word * 0x01000193 + arena.ordinal * 64 + arena.nfreepools;
    }
    words[i] = word;
    if (i % 16 == 0) expectSound();
  }
}

describe("an arena", () => {
  it("is obtained when no other has a pool, and not before", () => {
    startWasm32();
    expect(arenas.narenas_currently_allocated).toBe(0);
    const first = malloc(512);
    expect(arenas.narenas_currently_allocated).toBe(1);
    for (let i = 1; i < 64 * 7; i++) malloc(512);
    expect(arenas.narenas_currently_allocated).toBe(1);
    expect(usable()).toBe("");
    expectSound();
    malloc(8);
    expect(arenas.narenas_currently_allocated).toBe(2);
    expect(usable()).toBe("1:63");
    expect(first).toBe(HEAP_BASE + 32);
    expect(arenaAt(0).address).toBe(HEAP_BASE);
    expect(arenaAt(1).address).toBe(HEAP_BASE + (256 << 10));
    expect(os.mapped).toBe(512 << 10);
    expectSound();
  });

  it("starts with every pool free, and hands them out in ascending order", () => {
    startArenas(RELEASE_EAGER);
    take(1);
    const arena = arenaAt(0);
    expect(arena.ntotalpools).toBe(4);
    expect(arena.nfreepools).toBe(3);
    expect(arena.pool_address).toBe(HEAP_BASE + 1024);
    expect(arena.ordinal).toBe(0);
    take(3);
    for (let i = 0; i < 4; i++) expect(pools[i]).toBe(HEAP_BASE + 1024 * <usize>i + 32);
    expect(arena.pool_address).toBe(HEAP_BASE + 4096);
    expect(arena.nfreepools).toBe(0);
    expectSound();
  });

  it("that is not aligned to a pool has one pool less, from the first pool boundary on", () => {
    startArenas(RELEASE_EAGER);
    pushBaseOffset(16);
    pushBaseOffset(1008);
    take(6);
    const a = arenaAt(0);
    const b = arenaAt(1);
    expect(a.address).toBe(HEAP_BASE + 16);
    expect(a.ntotalpools).toBe(3);
    expect(firstPoolAddress(a)).toBe(HEAP_BASE + 1024);
    expect(pools[0]).toBe(HEAP_BASE + 1024 + 32);
    expect(pools[2]).toBe(HEAP_BASE + 3072 + 32);
    expect(os.mapped).toBe(2 * 8192); // 4 KiB and the pool-sized unit that it reaches into, in whole pages
    expect(b.address).toBe(HEAP_BASE + 8192 + 1008);
    expect(pools[3]).toBe(HEAP_BASE + 8192 + 1024 + 32);
    expect(arenas.nmisaligned).toBe(2);
    expectSound();
    for (let i = 0; i < 6; i++) give(i);
    expect(arenas.nmisaligned).toBe(0);
    expect(os.mapped).toBe(0);
    expect(os.top).toBe(HEAP_BASE);
    expectSound();
  });

  it("gives the pool that was emptied last before one that was emptied earlier, and before carving", () => {
    startArenas(RELEASE_KEEP_LAST);
    take(3);
    give(0);
    give(1);
    expectSound();
    const arena = arenaAt(0);
    expect(arena.pool_address).toBe(HEAP_BASE + 3072);
    take(3);
    expect(pools[3]).toBe(pools[1]);
    expect(pools[4]).toBe(pools[0]);
    expect(pools[5]).toBe(HEAP_BASE + 3072 + 32);
    expectSound();
  });

  it("keeps the headers of empty pools as they are, and zeroes those of all its pools when it goes back", () => {
    for (let offset: usize = 0; offset <= 16; offset += 16) {
      startArenas(RELEASE_EAGER);
      pushBaseOffset(offset);
      take(3);
      give(1);
      const pool = poolOf(pools[1]);
      expect(pool.szidx).toBe(30);
      expect(pool.freeblock).toBe(pools[1]);
      expect(isOurs(pools[1])).toBe(false);
      give(0);
      give(2);
      for (let i = 0; i < 5; i++) {
        const at = changetype<usize>(poolOf(HEAP_BASE + 1024 * i));
        let bits: u32 = 0;
        for (let word: usize = 0; word < POOL_HEADER_SIZE; word += 4) bits |= load<u32>(at + word);
        expect(bits).toBe(0);
      }
      expect(arenas.narenas_currently_allocated).toBe(0);
      expectSound();
    }
  });

  it("of one pool is usable, then full, then goes back or stays as the release rule says", () => {
    for (let order = 0; order < 2; order++) {
      start(11, 10, 4, BLOCK, 32, RELEASE_EAGER, order == 1);
      taken = 0;
      pushBaseOffset(8);
      repeatBaseOffsets(true, false);
      take(3);
      expect(arenaAt(0).ntotalpools).toBe(1);
      expect(arenas.narenas_currently_allocated).toBe(3);
      expect(usable()).toBe("");
      expectSound();
      give(1);
      expect(arenas.narenas_currently_allocated).toBe(2);
      expect(usable()).toBe("");
      expectSound();

      start(11, 10, 4, BLOCK, 32, RELEASE_KEEP_LAST, order == 1);
      taken = 0;
      pushBaseOffset(8);
      repeatBaseOffsets(true, false);
      take(3);
      give(1);
      expect(usable()).toBe("1:1"); // it is the only usable one
      expect(arenas.nempty).toBe(1);
      expectSound();
      give(2);
      expect(usable()).toBe("1:1"); // it would have come first
      expect(arenas.narenas_currently_allocated).toBe(2);
      expectSound();
      take(1);
      expect(pools[3]).toBe(pools[1]);
      expect(arenas.nempty).toBe(0);
      expectSound();
    }
  });
});

describe("arena descriptors", () => {
  it("are used from the lowest index up; there are 16, then twice as many", () => {
    startArenas(RELEASE_EAGER);
    expect(arenas.maxarenas).toBe(0);
    for (let i = 0; i < 80; i++) {
      take(4);
      assert(arenaOf(4 * i) == arenaAt(i) && arenaAt(i).ordinal == i);
      assert(arenas.maxarenas == (i < 16 ? 16 : i < 32 ? 32 : i < 64 ? 64 : 128));
      expectSound();
    }
  });

  it("that were released are used again, the last one first", () => {
    startArenas(RELEASE_EAGER);
    take(16 * 4);
    const released: StaticArray<i32> = [3, 15, 0, 7];
    for (let i = 0; i < 4; i++) {
      for (let pool = 0; pool < 4; pool++) give(released[i] * 4 + pool);
      expect(arenaAt(released[i]).address).toBe(0);
      expect(arenas.lastReleased).toBe(released[i]);
      expectSound();
    }
    expect(arenas.narenas_currently_allocated).toBe(12);
    for (let i = 3; i >= 0; i--) {
      take(4);
      expect(arenaOf(taken - 1) == arenaAt(released[i])).toBe(true);
      expect(arenaAt(released[i]).ordinal).toBe(19 - i);
    }
    expect(arenas.maxarenas).toBe(16);
    expectSound();
  });

  it("stay unused when the system has no memory for an arena", () => {
    startArenas(RELEASE_KEEP_LAST, true, 2 * 4096);
    pushBaseOffset(0);
    pushBaseOffset(0);
    pushBaseOffset(16);
    take(8);
    expect(takePool()).toBe(0);
    expect(malloc(16)).toBe(0);
    expect(arenas.narenas_currently_allocated).toBe(2);
    expect(arenas.ntimes_arena_allocated).toBe(2);
    expect(arenas.unused_arena_objects).toBe(changetype<usize>(arenaAt(2)));
    expect(arenas.nmisaligned).toBe(0);
    expectSound();
    give(5);
    take(1);
    expect(pools[8]).toBe(pools[5]);
    expectSound();
  });

  it("stay unused when the first arena is refused", () => {
    for (let release: u32 = RELEASE_NEVER; release <= <u32>RELEASE_KEEP_LAST; release++) {
      startArenas(release);
      os.refuseEvery = 1;
      expect(takePool()).toBe(0);
      expect(arenas.narenas_currently_allocated + arenas.nempty + arenas.nfreepools).toBe(0);
      expectSound();
      os.refuseEvery = 0;
      take(1);
      expect(arenaAt(0).ordinal).toBe(0);
      expectSound();
    }
  });
});

describe("usable_arenas", () => {
  it("is ascending; an arena that rises to n lands before those that have n, one that falls stays the head", () => {
    for (let order = 0; order < 2; order++) {
      startArenas(RELEASE_EAGER, order == 1);
      take(16);
      expect(usable()).toBe("");
      give(0);
      expect(usable()).toBe("0:1");
      give(4);
      expect(usable()).toBe("1:1 0:1"); // it had none: the head
      give(8);
      give(12);
      expect(usable()).toBe("3:1 2:1 1:1 0:1");
      give(5);
      expect(usable()).toBe("3:1 2:1 0:1 1:2");
      expectSound();
      give(13);
      expect(usable()).toBe("2:1 0:1 3:2 1:2");
      give(1);
      expect(usable()).toBe("2:1 0:2 3:2 1:2"); // the last of the ones: it stays where it is
      expectSound();
      give(14);
      expect(usable()).toBe("2:1 0:2 1:2 3:3");
      give(6);
      expect(usable()).toBe("2:1 0:2 1:3 3:3");
      give(9);
      expect(usable()).toBe("2:2 0:2 1:3 3:3");
      expectSound();
      give(7); // wholly free: arena 1 goes back
      expect(usable()).toBe("2:2 0:2 3:3");
      expectSound();
      take(1);
      expect(usable()).toBe("2:1 0:2 3:3");
      take(1);
      expect(usable()).toBe("0:2 3:3");
      take(1);
      expect(usable()).toBe("0:1 3:3");
      expectSound();
      take(4);
      expect(usable()).toBe("");
      expect(arenas.nfreepools).toBe(0);
      expectSound();
    }
  });

  it("has the last arena of each number of free pools in nfp2lasta", () => {
    startArenas(RELEASE_KEEP_LAST);
    take(1);
    expect(lastWith(3)).toBe(changetype<usize>(arenaAt(0)));
    expect(lastWith(4)).toBe(0);
    take(11);
    for (let n = 0; n <= 4; n++) expect(lastWith(n)).toBe(0);
    give(0);
    give(4);
    give(8);
    expect(usable()).toBe("2:1 1:1 0:1");
    expect(lastWith(1)).toBe(changetype<usize>(arenaAt(0)));
    give(1);
    expect(usable()).toBe("2:1 1:1 0:2");
    expect(lastWith(1)).toBe(changetype<usize>(arenaAt(1)));
    expect(lastWith(2)).toBe(changetype<usize>(arenaAt(0)));
    give(9);
    expect(usable()).toBe("1:1 2:2 0:2");
    expect(lastWith(1)).toBe(changetype<usize>(arenaAt(1)));
    expect(lastWith(2)).toBe(changetype<usize>(arenaAt(0)));
    take(1);
    expect(lastWith(1)).toBe(0);
    expect(lastWith(0)).toBe(0);
    take(1);
    expect(usable()).toBe("2:1 0:2");
    expect(lastWith(1)).toBe(changetype<usize>(arenaAt(2)));
    expect(lastWith(2)).toBe(changetype<usize>(arenaAt(0)));
    expectSound();
  });

  it("costs the slide a step for each arena passed, and the fingers one for each arena moved", () => {
    for (let order = 0; order < 2; order++) {
      startArenas(RELEASE_EAGER, order == 1);
      take(20);
      for (let arena = 0; arena < 5; arena++) give(4 * arena);
      expect(arenas.listSteps).toBe(0);
      give(17); // from the front over four others
      expect(usable()).toBe("3:1 2:1 1:1 0:1 4:2");
      expect(arenas.listSteps).toBe(order == 1 ? 1 : 4);
      give(1); // the last of the ones stays in place
      expect(usable()).toBe("3:1 2:1 1:1 0:2 4:2");
      expect(arenas.listSteps).toBe(order == 1 ? 1 : 4);
      give(9);
      expect(usable()).toBe("3:1 1:1 2:2 0:2 4:2");
      expect(arenas.listSteps).toBe(order == 1 ? 2 : 5);
    }
  });

  it("is the same by slide and by fingers, for arenas of one pool to eight", () => {
    const bySlide = new StaticArray<u32>(3000);
    const byFingers = new StaticArray<u32>(3000);
    for (let bits: u32 = 1; bits <= 3; bits++) {
      for (let release = RELEASE_EAGER; release <= RELEASE_KEEP_LAST; release++) {
        for (let seed: u32 = 1; seed <= 2; seed++) {
          runList(bySlide, bits, release, false, seed);
          const created = arenas.ntimes_arena_allocated;
          runList(byFingers, bits, release, true, seed);
          expect(memory.compare(changetype<usize>(bySlide), changetype<usize>(byFingers), 3000 * 4)).toBe(0);
          expect(created).toBeGreaterThan(20);
        }
      }
    }
  });
});

describe("a wholly free arena", () => {
  it("goes back at once under the eager rule, at the edge of an arena each time anew", () => {
    for (let order = 0; order < 2; order++) {
      startArenas(RELEASE_EAGER, order == 1);
      take(4);
      for (let i = 0; i < 3; i++) {
        const block = malloc(16);
        expect(arenas.narenas_currently_allocated).toBe(2);
        free(block);
        expect(arenas.narenas_currently_allocated).toBe(1);
        expect(usable()).toBe("");
        expectSound();
      }
      expect(arenas.ntimes_arena_allocated).toBe(4);
      expect(arenas.narenas_highwater).toBe(2);
      expect(arenas.lastReleased).toBe(3);
      for (let i = 0; i < 4; i++) give(i);
      expect(arenas.narenas_currently_allocated).toBe(0);
      expect(os.mapped).toBe(0);
      expect(os.unmaps).toBe(4);
      expectSound();
    }
  });

  it("stays under the keep-last rule when it is the last usable one", () => {
    for (let order = 0; order < 2; order++) {
      startArenas(RELEASE_KEEP_LAST, order == 1);
      take(4);
      for (let i = 0; i < 3; i++) {
        const block = malloc(16);
        free(block);
        expect(arenas.narenas_currently_allocated).toBe(2);
        expect(arenas.nempty).toBe(1);
        expect(usable()).toBe("1:4");
        expectSound();
      }
      expect(arenas.ntimes_arena_allocated).toBe(2);
    }
  });

  it("goes back under the keep-last rule when another is behind it", () => {
    for (let order = 0; order < 2; order++) {
      startArenas(RELEASE_KEEP_LAST, order == 1);
      take(12);
      for (let i = 4; i < 8; i++) give(i);
      expect(usable()).toBe("1:4");
      give(0);
      give(1);
      give(2);
      expect(usable()).toBe("0:3 1:4");
      give(3); // it is before the other when it comes to be wholly free
      expect(usable()).toBe("1:4");
      expect(arenas.lastReleased).toBe(0);
      expectSound();
      for (let i = 8; i < 12; i++) give(i);
      expect(usable()).toBe("1:4");
      expect(arenas.narenas_currently_allocated).toBe(1);
      expect(arenas.narenas_highwater).toBe(3);
      expect(arenas.nempty).toBe(1);
      expectSound();
    }
  });

  it("gives its span of memory to the next one", () => {
    startArenas(RELEASE_EAGER);
    take(12);
    for (let i = 4; i < 8; i++) give(i);
    expect(os.mapped).toBe(2 * 4096);
    take(1);
    expect(pools[12]).toBe(pools[4]);
    expect(arenaOf(12).address).toBe(HEAP_BASE + 4096);
    expect(os.top).toBe(HEAP_BASE + 3 * 4096);
    expectSound();
  });

  it("is counted as such until a pool is taken of it", () => {
    startArenas(RELEASE_KEEP_LAST);
    expect(arenas.nempty).toBe(0);
    take(2);
    expect(arenas.nempty).toBe(0);
    give(1);
    expect(arenas.nempty).toBe(0);
    give(0);
    expect(arenas.nempty).toBe(1);
    expect(arenas.nfreepools).toBe(4);
    take(1);
    expect(arenas.nempty).toBe(0);
    expect(arenas.nfreepools).toBe(3);
  });
});

describe("arenas that never go back", () => {
  it("share one stack of empty pools: the pool emptied last is taken first, whatever its arena", () => {
    startArenas(RELEASE_NEVER);
    take(9);
    give(2);
    give(7);
    give(0);
    expect(arenas.freepools).toBe(changetype<usize>(poolOf(pools[0])));
    expect(arenas.nfreepools).toBe(3 + 3);
    expect(arenas.usable_arenas).toBe(0);
    expectSound();
    take(5);
    expect(pools[9]).toBe(pools[0]);
    expect(pools[10]).toBe(pools[7]);
    expect(pools[11]).toBe(pools[2]);
    expect(pools[12]).toBe(pools[8] + 1024); // the stack is empty: carved from the current arena
    expect(arenas.freepools).toBe(0);
    expectSound();
  });

  it("are carved to the end before the next is obtained, also when misaligned", () => {
    startArenas(RELEASE_NEVER);
    pushBaseOffset(0);
    pushBaseOffset(1000);
    pushBaseOffset(8);
    pushBaseOffset(0);
    repeatBaseOffsets(true, false);
    for (let i = 0; i < 14; i++) {
      take(1);
      expect(arenas.narenas_currently_allocated).toBe(i < 4 ? 1 : i < 7 ? 2 : i < 10 ? 3 : 4);
      expectSound();
    }
    expect(arenas.current).toBe(changetype<usize>(arenaAt(3)));
    take(1);
    expect(arenas.narenas_currently_allocated).toBe(5);
  });

  it("stay when they are wholly free, and are counted so", () => {
    startArenas(RELEASE_NEVER);
    take(12);
    for (let i = 0; i < 12; i++) {
      give(i);
      expect(arenas.nempty).toBe((i + 1) / 4);
      expectSound();
    }
    expect(arenas.narenas_currently_allocated).toBe(3);
    expect(arenas.nfreepools).toBe(12);
    take(5);
    expect(arenas.nempty).toBe(1);
    expect(arenas.narenas_currently_allocated).toBe(3);
    expect(pools[12]).toBe(pools[11]);
    expectSound();
  });

  it("keep the next pool to carve when memory runs out, and go on with pools that come back", () => {
    startArenas(RELEASE_NEVER, false, 2 * 4096);
    take(8);
    expect(takePool()).toBe(0);
    expect(arenas.current).toBe(changetype<usize>(arenaAt(1)));
    give(3);
    take(1);
    expect(pools[8]).toBe(pools[3]);
    expect(takePool()).toBe(0);
    expectSound();
  });
});

describe("the counters of arenas", () => {
  it("tell how many there are, were at most, and were obtained", () => {
    startArenas(RELEASE_EAGER);
    take(12);
    for (let i = 0; i < 8; i++) give(i);
    expect(arenas.narenas_currently_allocated).toBe(1);
    expect(arenas.narenas_highwater).toBe(3);
    expect(arenas.ntimes_arena_allocated).toBe(3);
    take(4);
    expect(arenas.narenas_currently_allocated).toBe(2);
    expect(arenas.narenas_highwater).toBe(3);
    expect(arenas.ntimes_arena_allocated).toBe(4);
    take(8);
    expect(arenas.narenas_highwater).toBe(4);
    expect(arenas.poolsTaken).toBe(24);
    expect(arenas.poolsCarved).toBe(24);
    give(20);
    take(1);
    expect(arenas.poolsTaken).toBe(25);
    expect(arenas.poolsCarved).toBe(24); // it was used before
    expectSound();
  });

  it("tell the virtual arena numbers that the arena map was told of, two for a misaligned arena", () => {
    startArenas(RELEASE_EAGER);
    pushBaseOffset(0);
    pushBaseOffset(16);
    pushBaseOffset(0);
    expect(arenas.mapHigh).toBe(0);
    take(4);
    expect(arenas.mapHigh).toBe(1);
    take(3);
    expect(arenas.mapHigh).toBe(3);
    take(4);
    expect(arenas.mapHigh).toBe(3);
    take(1);
    expect(arenas.mapHigh).toBe(4);
    for (let i = 0; i < 12; i++) give(i);
    expect(arenas.mapHigh).toBe(4);
  });

  it("add up after every event of random traces, whatever the geometry and the rule", () => {
    let arenasOf: u32 = 0;
    for (let bits: u32 = 1; bits <= 3; bits++) {
      for (let release = RELEASE_NEVER; release <= RELEASE_KEEP_LAST; release++) {
        for (let order = 0; order < 2; order++) {
          start(12 + bits, 12, 3, 512, 32, release, order == 1);
          pushBaseOffset(64);
          pushBaseOffset(0);
          pushBaseOffset(4088);
          repeatBaseOffsets(true, bits == 2);
          startChance(bits * 8 + release * 2 + order + 1);
          let live: u32 = 0;
          for (let i = 0; i < 1500; i++) {
            if (live < 1000 && below(100) < (i % 500 < 250 ? 70 : 35)) {
              pools[live++] = malloc(300 + below(212));
            } else if (live) {
              const which = below(live);
              free(pools[which]);
              pools[which] = pools[--live];
            }
            expectSound();
            if (release == RELEASE_KEEP_LAST) assert(arenas.nempty <= 1);
          }
          while (live) {
            free(pools[--live]);
            expectSound();
          }
          expect(arenas.nempty).toBe(arenas.narenas_currently_allocated);
          if (release == RELEASE_EAGER) expect(arenas.nempty).toBe(0);
          arenasOf += arenas.ntimes_arena_allocated;
        }
      }
    }
    expect(arenasOf).toBeGreaterThan(300);
  });
});

describe("pools", () => {
  it("come from takePool with the arena's index, and go back with returnPool", () => {
    startArenas(RELEASE_KEEP_LAST);
    take(5);
    const pool = changetype<Pool>(takePool());
    expect(poolAddress(pool)).toBe(arenaAt(1).address + 1024);
    expect(pool.arenaindex).toBe(1);
    expect(arenaAt(1).nfreepools).toBe(2);
    returnPool(pool);
    expect(arenaAt(1).nfreepools).toBe(3);
    expect(arenaAt(1).freepools).toBe(changetype<usize>(pool));
    expect(takePool()).toBe(changetype<usize>(pool));
    expect(arenaAt(1).freepools).toBe(0);
    expect(arenas.poolsTaken).toBe(7);
    expect(geometry.poolsInArena).toBe(4);
  });
});
