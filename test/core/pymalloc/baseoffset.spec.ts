import { RELEASE_EAGER, RELEASE_NEVER } from "../../../assembly/layout/codes";
import { arenaAt, arenas } from "../../../assembly/pymalloc/arena";
import {
  baseOffset,
  goesByPlace,
  pushBaseOffset,
  repeatBaseOffsets,
  takeBaseOffset,
} from "../../../assembly/pymalloc/baseoffset";
import { free, malloc } from "../../../assembly/pymalloc/pymalloc";
import { os } from "../../../assembly/system/os";
import { BASE_OFFSETS_LIST, expectSound, startSmall } from "../start";

const POOL: usize = 1024;
const BLOCK: usize = 496;

/** Obtains `count` arenas and takes all of their pools. */
function obtain(count: u32): void {
  const until = arenas.ntimes_arena_allocated + count;
  while (arenas.ntimes_arena_allocated < until) malloc(BLOCK);
  while (arenas.usable_arenas) malloc(BLOCK);
}

/** Empties the arena at `index`, which is not the newest. */
function empty(index: u32): void {
  const arena = arenaAt(index);
  const first = (arena.address + POOL - 1) & ~(POOL - 1);
  const end = first + <usize>arena.ntotalpools * POOL;
  for (let pool = first; pool < end; pool += POOL) {
    free(pool + 32);
    free(pool + 32 + BLOCK);
  }
}

/** How far past a pool boundary the arena at `index` starts. */
function offsetOf(index: u32): usize {
  return arenaAt(index).address & (POOL - 1);
}

describe("base offsets", () => {
  it("are 0 without a list", () => {
    startSmall(RELEASE_EAGER);
    expect(baseOffset(0)).toBe(0);
    expect(baseOffset(1000000)).toBe(0);
    takeBaseOffset();
    expect(baseOffset(0)).toBe(0);
    repeatBaseOffsets(true, false);
    expect(baseOffset(3)).toBe(0);
    obtain(3);
    for (let i = 0; i < 3; i++) expect(offsetOf(i)).toBe(0);
  });

  it("of a queue are each for the next arena obtained; after the last, arenas are aligned", () => {
    startSmall(RELEASE_EAGER);
    pushBaseOffset(16);
    pushBaseOffset(0);
    pushBaseOffset(1008);
    obtain(5);
    expect(offsetOf(0)).toBe(16);
    expect(offsetOf(1)).toBe(0);
    expect(offsetOf(2)).toBe(1008);
    expect(offsetOf(3)).toBe(0);
    expect(offsetOf(4)).toBe(0);
    pushBaseOffset(64); // what comes later is for the next arena again
    obtain(2);
    expect(offsetOf(5)).toBe(64);
    expect(offsetOf(6)).toBe(0);
    expect(arenas.nmisaligned).toBe(3);
    expectSound();
  });

  it("are words in the region that init has for them, of which only those pushed count", () => {
    startSmall(RELEASE_EAGER);
    memory.fill(BASE_OFFSETS_LIST, 0x11, 64);
    expect(baseOffset(0)).toBe(0);
    pushBaseOffset(40);
    pushBaseOffset(2000);
    expect(load<u32>(BASE_OFFSETS_LIST)).toBe(40);
    expect(load<u32>(BASE_OFFSETS_LIST, 4)).toBe(2000);
    takeBaseOffset();
    takeBaseOffset();
    expect(baseOffset(0)).toBe(0);
    repeatBaseOffsets(true, false);
    expect(baseOffset(2)).toBe(40);
    expect(load<u64>(0)).toBe(0);
  });

  it("of a queue do not depend on which arena it is", () => {
    startSmall(RELEASE_EAGER);
    pushBaseOffset(8);
    pushBaseOffset(24);
    expect(baseOffset(0)).toBe(8);
    expect(baseOffset(77)).toBe(8);
    takeBaseOffset();
    expect(baseOffset(0)).toBe(24);
    takeBaseOffset();
    expect(baseOffset(0)).toBe(0);
    takeBaseOffset();
    pushBaseOffset(40);
    expect(baseOffset(0)).toBe(40);
  });

  it("of a queue stay for the next arena when one cannot be had", () => {
    startSmall(RELEASE_EAGER);
    pushBaseOffset(16);
    pushBaseOffset(48);
    os.refuseEvery = 1;
    expect(malloc(BLOCK)).toBe(0);
    os.refuseEvery = 0;
    obtain(2);
    expect(offsetOf(0)).toBe(16);
    expect(offsetOf(1)).toBe(48);
  });

  it("count only as far as they are past a multiple of the pool size", () => {
    startSmall(RELEASE_EAGER);
    pushBaseOffset(4096);
    pushBaseOffset(1024 + 8);
    pushBaseOffset(3 * 1024 - 8);
    obtain(3);
    expect(offsetOf(0)).toBe(0);
    expect(arenaAt(0).ntotalpools).toBe(4);
    expect(offsetOf(1)).toBe(8);
    expect(offsetOf(2)).toBe(1016);
    expect(arenas.nmisaligned).toBe(2);
  });

  it("of a pattern repeat over the arenas in the order in which they are obtained", () => {
    startSmall(RELEASE_EAGER);
    pushBaseOffset(0);
    pushBaseOffset(16);
    pushBaseOffset(32);
    repeatBaseOffsets(true, false);
    expect(goesByPlace()).toBe(false);
    obtain(7);
    for (let i: u32 = 0; i < 7; i++) expect(offsetOf(i)).toBe(16 * (i % 3));
    empty(1);
    expect(arenas.narenas_currently_allocated).toBe(6);
    obtain(1); // the eighth, in the descriptor of the second
    expect(arenaAt(1).ordinal).toBe(7);
    expect(arenaAt(1).place).toBe(7);
    expect(offsetOf(1)).toBe(16);
    obtain(1);
    expect(offsetOf(7)).toBe(32);
    expectSound();
  });

  it("of a pattern by place go by the lowest place that no live arena has", () => {
    startSmall(RELEASE_EAGER);
    pushBaseOffset(0);
    pushBaseOffset(16);
    pushBaseOffset(32);
    repeatBaseOffsets(true, true);
    expect(goesByPlace()).toBe(true);
    obtain(70);
    for (let i: u32 = 0; i < 70; i++) {
      assert(arenaAt(i).place == i && offsetOf(i) == 16 * (i % 3));
    }
    empty(65);
    empty(4);
    empty(32);
    obtain(1);
    expect(arenaAt(32).place).toBe(4); // the descriptor released last, the lowest place
    expect(arenaAt(32).ordinal).toBe(70);
    expect(offsetOf(32)).toBe(16);
    obtain(1);
    expect(arenaAt(4).place).toBe(32);
    expect(offsetOf(4)).toBe(32);
    obtain(2);
    expect(arenaAt(65).place).toBe(65);
    expect(arenaAt(70).place).toBe(70);
    expect(offsetOf(70)).toBe(16);
    expectSound();
    empty(32);
    expect(arenas.lastReleased).toBe(70); // its ordinal, not its place
    expect(arenaAt(70).ordinal).toBe(73);
  });

  it("of a pattern leave arenas that never go back as many places as arenas", () => {
    startSmall(RELEASE_NEVER);
    pushBaseOffset(8);
    pushBaseOffset(0);
    repeatBaseOffsets(true, true);
    for (let i = 0; i < 50; i++) malloc(BLOCK);
    for (let i: u32 = 0; i < arenas.narenas_currently_allocated; i++) {
      assert(arenaAt(i).place == i && offsetOf(i) == (i % 2 == 0 ? 8 : 0));
    }
    expect(arenas.narenas_currently_allocated).toBeGreaterThan(5);
    expectSound();
  });
});
