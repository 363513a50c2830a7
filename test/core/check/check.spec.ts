import { check } from "../../../assembly/check/check";
import {
  CARVING,
  COUNTERS,
  DESCRIPTORS,
  FINGERS,
  FOREIGN,
  FREE_LIST,
  NFREEPOOLS,
  RAW_BITS,
  RAW_BLOCKS,
  RAW_COUNTERS,
  RAW_FREE,
  RING,
  SPANS,
  SPANS_SUM,
  SUM,
  tally,
  USABLE_ORDER,
  WHOLLY_FREE,
} from "../../../assembly/check/invariants";
import { headerOf, large, sizeOf } from "../../../assembly/large/rawblock";
import { Region } from "../../../assembly/large/region";
import { RELEASE_EAGER, RELEASE_KEEP_LAST, RELEASE_NEVER } from "../../../assembly/layout/codes";
import {
  ARENA_ADDRESS,
  ARENA_FREEPOOLS,
  ARENA_NEXTARENA,
  ARENA_NFREEPOOLS,
  ARENA_NTOTALPOOLS,
  ARENA_POOL_ADDRESS,
  ARENA_PREVARENA,
  ARENAS,
  ARENAS_FREEPOOLS,
  ARENAS_MAXARENAS,
  ARENAS_NARENAS_CURRENTLY_ALLOCATED,
  ARENAS_NARENAS_HIGHWATER,
  ARENAS_NEMPTY,
  ARENAS_NFREEPOOLS_TOTAL,
  ARENAS_NMISALIGNED,
  ARENAS_NTIMES_ARENA_ALLOCATED,
  ARENAS_UNUSED_ARENA_OBJECTS,
  ARENAS_USABLE_ARENAS,
  GEOMETRY,
  LARGE,
  LARGE_BLOCK_BYTES,
  LARGE_BLOCKS,
  LARGE_INDEX,
  LARGE_REGION_BYTES,
  LARGE_REGION_COUNT,
  LARGE_REGIONS,
  NFP2LASTA,
  OS,
  OS_EVER_TOP,
  OS_INDEX,
  OS_LIMIT,
  OS_MAPPED,
  OS_PAGES,
  POOL_ARENAINDEX,
  POOL_COUNT,
  POOL_FREEBLOCK,
  POOL_MAXNEXTOFFSET,
  POOL_NEXTOFFSET,
  POOL_NEXTPOOL,
  POOL_PREVPOOL,
  POOL_SZIDX,
  RAW_FIRST_FLAG,
  RAW_FREE_FLAG,
  RAW_MAPPED_FLAG,
  RAW_PREV_FREE_FLAG,
  RAW_STARTS,
  REGION_BYTES,
  REGION_NEXT,
} from "../../../assembly/layout/layout";
import { arenaAt, arenas, firstPoolAddress } from "../../../assembly/pymalloc/arena";
import { pushBaseOffset } from "../../../assembly/pymalloc/baseoffset";
import { Geometry, geometry } from "../../../assembly/pymalloc/geometry";
import { poolOf, usedpools } from "../../../assembly/pymalloc/pool";
import { free, malloc } from "../../../assembly/pymalloc/pymalloc";
import { lastWith } from "../../../assembly/pymalloc/usablearenas";
import { map, os, unmap } from "../../../assembly/system/os";
import { expectSound, HEAP_BASE, startSmall } from "../start";

const BLOCK: usize = 496;
const KIB: usize = 1024;

/** The rule that is broken while the word at `at` is `word`. The word is put back, and the heap is sound again. */
function ruleWith(at: usize, word: usize): u32 {
  const had = load<usize>(at);
  assert(had != word, "nothing changes");
  store<usize>(at, word);
  const rule = check();
  store<usize>(at, had);
  expectSound();
  return rule;
}

/** The same, with `change` added to the word. */
function ruleAfter(at: usize, change: usize): u32 {
  return ruleWith(at, load<usize>(at) + change);
}

/** Some rule is broken after the change. */
function expectFound(at: usize, change: usize): void {
  assert(ruleAfter(at, change) != 0, "no rule finds the change of the word at " + at.toString());
}

// ---- the heap whose words are changed ---------------------------------------------------------------------
//
//   arena 0   a full pool, two used ones of the same class, a used one of another
//   arena 1   a full pool, two empty ones (the second was emptied last), another full one
//   arena 2   wholly free: one empty pool, three never carved
//
//   usable_arenas   arena 1 with two free pools, arena 2 with four

const FULL: usize = HEAP_BASE;
const USED: usize = HEAP_BASE + 1 * KIB; // second in the ring of class 30
const TINY: usize = HEAP_BASE + 2 * KIB;
const FRONT: usize = HEAP_BASE + 3 * KIB; // first in it
const EMPTY: usize = HEAP_BASE + 5 * KIB;
const EMPTIED_LAST: usize = HEAP_BASE + 6 * KIB;
const VIRGIN: usize = HEAP_BASE + 9 * KIB;

function block(pool: usize, index: usize): usize {
  return pool + 32 + index * BLOCK;
}

function empty(pool: usize): void {
  free(block(pool, 1));
  free(block(pool, 0));
}

function startArenas(fingers: bool = true): void {
  startSmall(RELEASE_KEEP_LAST, fingers);
  for (let i = 0; i < 16; i++) {
    malloc(i == 4 ? 16 : BLOCK); // the fifth block has the third pool
    if (i == 4) malloc(16);
  }
  free(block(HEAP_BASE + 8 * KIB, 0));
  empty(EMPTY);
  empty(EMPTIED_LAST);
  free(block(USED, 0));
  free(block(FRONT, 0));
  expectSound();
  expect(arenas.nfreepools).toBe(6);
  expect(arenas.nempty).toBe(1);
  expect(poolOf(FRONT).nextpool == poolOf(USED)).toBe(true);
}

/** A word of the header of the pool at `pool`. */
function inPool(pool: usize, offset: usize): usize {
  return changetype<usize>(poolOf(pool)) + offset;
}

function inArena(index: u32, offset: usize): usize {
  return changetype<usize>(arenaAt(index)) + offset;
}

function finger(nfreepools: u32): usize {
  return NFP2LASTA + ((<usize>nfreepools) << 2);
}

describe("check", () => {
  it("finds a heap sound that has nothing, or only what the raw domain has", () => {
    for (let release = RELEASE_NEVER; release <= RELEASE_KEEP_LAST; release++) {
      startSmall(release);
      expectSound();
      const raw = malloc(0);
      expectSound();
      free(raw);
      expectSound();
    }
  });

  it("says where the rule is broken", () => {
    startArenas();
    expect(tally.address).toBe(0);
    store<u32>(inPool(USED, POOL_COUNT), 2);
    expect(check()).toBe(FREE_LIST);
    expect(tally.address).toBe(changetype<usize>(poolOf(USED)));
    store<u32>(inPool(USED, POOL_COUNT), 1);
    expectSound();
  });

  it("1: finds a ring whose links, pools or class are not right", () => {
    startArenas();
    const head = changetype<usize>(usedpools(30));
    expect(ruleWith(head + POOL_FREEBLOCK, block(USED, 0))).toBe(RING);
    expect(ruleWith(head + POOL_NEXTPOOL, head)).toBe(RING);
    expect(ruleWith(head + POOL_NEXTPOOL, inPool(USED, 0))).toBe(RING); // the front is passed over
    expect(ruleWith(head + POOL_PREVPOOL, head)).toBe(RING);
    expect(ruleWith(head + POOL_PREVPOOL, inPool(FRONT, 0))).toBe(RING);
    expect(ruleWith(inPool(FRONT, POOL_NEXTPOOL), head)).toBe(RING);
    expect(ruleWith(inPool(FRONT, POOL_NEXTPOOL), inPool(FRONT, 0))).toBe(RING); // a cycle
    expect(ruleWith(inPool(FRONT, POOL_NEXTPOOL), inPool(TINY, 0))).toBe(RING); // another class
    expect(ruleWith(inPool(FRONT, POOL_NEXTPOOL), inPool(FULL, 0))).toBe(RING);
    expect(ruleWith(inPool(FRONT, POOL_PREVPOOL), inPool(USED, 0))).toBe(RING);
    expect(ruleWith(inPool(USED, POOL_PREVPOOL), head)).toBe(RING);
    expect(ruleWith(inPool(USED, POOL_NEXTPOOL), inPool(FRONT, 0))).toBe(RING); // the cycle misses the head
    const lone = changetype<usize>(usedpools(0));
    expect(ruleWith(inPool(TINY, POOL_NEXTPOOL), head)).toBe(RING);
    expect(ruleWith(lone + POOL_NEXTPOOL, lone)).toBe(RING);
    const other = changetype<usize>(usedpools(5));
    expect(ruleWith(other + POOL_NEXTPOOL, inPool(TINY, 0))).toBe(RING);
    expect(ruleWith(other + POOL_PREVPOOL, inPool(TINY, 0))).toBe(RING);
    expect(ruleWith(other + POOL_FREEBLOCK, 8)).toBe(RING);
  });

  it("1: finds a full or an empty pool on a ring, and a used one on none", () => {
    startArenas();
    const head = usedpools(30);
    for (let i = 0; i < 2; i++) {
      const wrong = poolOf(i ? FULL : EMPTY);
      const next = wrong.nextpool;
      wrong.nextpool = head;
      const prev = wrong.prevpool;
      wrong.prevpool = poolOf(USED);
      poolOf(USED).nextpool = wrong;
      head.prevpool = wrong;
      // An empty pool that is off its stack is found there first, but a full one only on the ring.
      expect(check()).toBe(i ? RING : NFREEPOOLS);
      wrong.nextpool = next;
      wrong.prevpool = prev;
      poolOf(USED).nextpool = head;
      head.prevpool = poolOf(USED);
      expectSound();
    }
    poolOf(FRONT).nextpool = head;
    head.prevpool = poolOf(FRONT);
    expect(check()).toBe(RING); // consistent, but one pool is missing
    expect(tally.address).toBe(0);
    poolOf(FRONT).nextpool = poolOf(USED);
    head.prevpool = poolOf(USED);
    expectSound();
  });

  it("2: finds a count that does not agree with the free list", () => {
    startArenas();
    expect(ruleAfter(inPool(USED, POOL_COUNT), 1)).toBe(FREE_LIST);
    expect(ruleAfter(inPool(USED, POOL_COUNT), -1)).toBe(FREE_LIST);
    expect(ruleAfter(inPool(FULL, POOL_COUNT), -1)).toBe(FREE_LIST);
    expect(ruleAfter(inPool(EMPTY, POOL_COUNT), 1)).toBe(FREE_LIST);
    expect(ruleWith(inPool(USED, POOL_COUNT), 0x80000001)).toBe(FREE_LIST);
    expect(ruleWith(inPool(USED, POOL_FREEBLOCK), 0)).toBe(FREE_LIST);
    expect(ruleWith(inPool(FULL, POOL_FREEBLOCK), block(FULL, 0))).toBe(FREE_LIST);
    poolOf(TINY).count = 3; // as if the block carved ahead had been handed out, and no other carved
    poolOf(TINY).freeblock = 0;
    expect(check()).toBe(FREE_LIST);
  });

  it("2: finds a free list that leaves the pool's carved blocks, or does not end", () => {
    startArenas();
    expect(ruleWith(inPool(USED, POOL_FREEBLOCK), block(FRONT, 0))).toBe(FREE_LIST);
    expect(ruleAfter(inPool(USED, POOL_FREEBLOCK), 16)).toBe(FREE_LIST);
    expect(ruleWith(inPool(USED, POOL_FREEBLOCK), USED)).toBe(FREE_LIST);
    expect(ruleWith(inPool(USED, POOL_FREEBLOCK), USED + 16)).toBe(FREE_LIST);
    const ahead = poolOf(TINY).freeblock;
    expect(ruleWith(ahead, ahead)).toBe(FREE_LIST); // a cycle
    expect(ruleWith(ahead, TINY + 32)).toBe(FREE_LIST); // a live block
    expect(ruleWith(ahead, ahead + 16)).toBe(FREE_LIST); // a virgin one
    expect(ruleWith(ahead, TINY + 16)).toBe(FREE_LIST); // the header's bytes
    expect(ruleWith(ahead, block(FRONT, 0))).toBe(FREE_LIST);
    expect(ruleWith(block(EMPTY, 0), 0)).toBe(FREE_LIST); // cut short
    expect(ruleWith(block(EMPTY, 1), block(EMPTY, 0))).toBe(FREE_LIST);
  });

  it("3: finds a class, a place of carving or an end of it that do not fit together", () => {
    startArenas();
    expect(ruleWith(inPool(USED, POOL_SZIDX), 31)).toBe(CARVING);
    expect(ruleWith(inPool(USED, POOL_SZIDX), 0xffff)).toBe(CARVING);
    expect(ruleWith(inPool(USED, POOL_SZIDX), 29)).toBe(CARVING);
    expect(ruleWith(inPool(EMPTY, POOL_SZIDX), 1)).toBe(CARVING);
    expect(ruleAfter(inPool(TINY, POOL_NEXTOFFSET), 8)).toBe(CARVING);
    expect(ruleAfter(inPool(TINY, POOL_NEXTOFFSET), -16)).toBe(FREE_LIST); // the block carved ahead is beyond it
    expect(ruleWith(inPool(TINY, POOL_NEXTOFFSET), 32 + 16)).toBe(CARVING);
    expect(ruleWith(inPool(TINY, POOL_NEXTOFFSET), 1024 + 16)).toBe(CARVING);
    expect(ruleAfter(inPool(TINY, POOL_NEXTOFFSET), 16)).toBe(FREE_LIST);
    expect(ruleAfter(inPool(USED, POOL_NEXTOFFSET), BLOCK)).toBe(CARVING);
    expect(ruleAfter(inPool(TINY, POOL_MAXNEXTOFFSET), 16)).toBe(CARVING);
    expect(ruleAfter(inPool(TINY, POOL_MAXNEXTOFFSET), -16)).toBe(CARVING);
  });

  it("4: finds free pools that are not counted, or not on their stack", () => {
    startArenas();
    expect(ruleAfter(inArena(1, ARENA_NFREEPOOLS), 1)).toBe(NFREEPOOLS);
    expect(ruleAfter(inArena(1, ARENA_NFREEPOOLS), -1)).toBe(NFREEPOOLS);
    expect(ruleAfter(inArena(0, ARENA_NFREEPOOLS), 1)).toBe(NFREEPOOLS);
    expect(ruleWith(inArena(2, ARENA_NFREEPOOLS), 5)).toBe(NFREEPOOLS);
    expect(ruleAfter(inArena(1, ARENA_NTOTALPOOLS), 1)).toBe(NFREEPOOLS);
    expect(ruleAfter(inArena(1, ARENA_NTOTALPOOLS), -1)).toBe(NFREEPOOLS);
    expect(ruleAfter(inArena(1, ARENA_POOL_ADDRESS), 1 * KIB)).toBe(NFREEPOOLS);
    expect(ruleAfter(inArena(2, ARENA_POOL_ADDRESS), -KIB)).toBe(NFREEPOOLS);
    expect(ruleWith(inArena(1, ARENA_FREEPOOLS), 0)).toBe(NFREEPOOLS);
    expect(ruleWith(inArena(1, ARENA_FREEPOOLS), inPool(EMPTY, 0))).toBe(NFREEPOOLS); // the other is missing
    expect(ruleWith(inArena(1, ARENA_FREEPOOLS), inPool(TINY, 0))).toBe(NFREEPOOLS);
    expect(ruleWith(inPool(EMPTIED_LAST, POOL_NEXTPOOL), inPool(EMPTIED_LAST, 0))).toBe(NFREEPOOLS); // a cycle
    expect(ruleWith(inPool(EMPTIED_LAST, POOL_NEXTPOOL), inPool(HEAP_BASE + 8 * KIB, 0))).toBe(NFREEPOOLS);
    expect(ruleWith(inPool(EMPTY, POOL_NEXTPOOL), inPool(VIRGIN, 0))).toBe(NFREEPOOLS);
  });

  it("4: finds a global stack that has not every empty pool", () => {
    startSmall(RELEASE_NEVER);
    for (let i = 0; i < 12; i++) malloc(BLOCK);
    empty(HEAP_BASE + 1 * KIB);
    empty(HEAP_BASE + 4 * KIB);
    expectSound();
    const stack = ARENAS + ARENAS_FREEPOOLS;
    expect(ruleWith(stack, 0)).toBe(NFREEPOOLS);
    expect(ruleWith(stack, inPool(HEAP_BASE + 1 * KIB, 0))).toBe(NFREEPOOLS);
    expect(ruleWith(inPool(HEAP_BASE + 4 * KIB, POOL_NEXTPOOL), 0)).toBe(NFREEPOOLS);
    expect(ruleWith(stack, inPool(HEAP_BASE, 0))).toBe(NFREEPOOLS);
    expect(tally.address).toBe(0);
  });

  it("5: finds usable arenas that are missing, out of order or linked one way only", () => {
    for (let order = 0; order < 2; order++) {
      startArenas(order == 1);
      const usable = ARENAS + ARENAS_USABLE_ARENAS;
      expect(ruleWith(usable, 0)).toBe(USABLE_ORDER);
      expect(ruleWith(usable, inArena(2, 0))).toBe(USABLE_ORDER);
      expect(ruleWith(usable, inArena(0, 0))).toBe(USABLE_ORDER); // it has no free pool
      expect(ruleWith(usable, inArena(3, 0))).toBe(USABLE_ORDER); // it is no arena
      expect(ruleWith(inArena(1, ARENA_NEXTARENA), 0)).toBe(USABLE_ORDER);
      expect(ruleWith(inArena(1, ARENA_NEXTARENA), inArena(1, 0))).toBe(USABLE_ORDER);
      expect(ruleWith(inArena(2, ARENA_NEXTARENA), inArena(1, 0))).toBe(USABLE_ORDER);
      expect(ruleWith(inArena(1, ARENA_PREVARENA), inArena(2, 0))).toBe(USABLE_ORDER);
      expect(ruleWith(inArena(2, ARENA_PREVARENA), 0)).toBe(USABLE_ORDER);
    }
    const first = arenaAt(1);
    const second = arenaAt(2);
    arenas.usable_arenas = changetype<usize>(second);
    second.prevarena = 0;
    second.nextarena = changetype<usize>(first);
    first.prevarena = changetype<usize>(second);
    first.nextarena = 0;
    expect(check()).toBe(USABLE_ORDER); // well linked, and descending
    expect(tally.address).toBe(changetype<usize>(first));
  });

  it("6: finds a finger that is not on the last arena with its number, or on any for a number that none has", () => {
    startArenas();
    expect(lastWith(2)).toBe(inArena(1, 0));
    expect(ruleWith(finger(2), 0)).toBe(FINGERS);
    expect(ruleWith(finger(2), inArena(2, 0))).toBe(FINGERS);
    expect(ruleWith(finger(4), 0)).toBe(FINGERS);
    expect(ruleWith(finger(4), inArena(1, 0))).toBe(FINGERS);
    expect(ruleWith(finger(0), inArena(0, 0))).toBe(FINGERS);
    expect(ruleWith(finger(1), inArena(1, 0))).toBe(FINGERS);
    expect(ruleWith(finger(3), inArena(2, 0))).toBe(FINGERS);
    free(block(FULL, 0));
    free(block(FULL, 1));
    free(block(FRONT, 1));
    expectSound();
    expect(arenaAt(0).nfreepools).toBe(2);
    expect(lastWith(2)).toBe(inArena(1, 0)); // and arena 0 before it
    expect(ruleWith(finger(2), inArena(0, 0))).toBe(FINGERS);
    store<u32>(finger(3), <u32>inArena(5, 0)); // no arena at all, whose number of free pools may be anything
    arenaAt(5).nfreepools = 3;
    expect(check()).toBe(FINGERS);
    startArenas(false);
    store<u32>(finger(3), <u32>inArena(2, 0)); // nobody looks there without fingers
    expectSound();
  });

  it("7: finds a descriptor that is lost, or unused and in use", () => {
    startArenas();
    const unused = ARENAS + ARENAS_UNUSED_ARENA_OBJECTS;
    expect(arenas.unused_arena_objects).toBe(inArena(3, 0));
    expect(ruleWith(unused, inArena(4, 0))).toBe(DESCRIPTORS);
    expect(ruleWith(unused, 0)).toBe(DESCRIPTORS);
    expect(ruleWith(unused, inArena(0, 0))).toBe(DESCRIPTORS);
    expect(ruleWith(inArena(15, ARENA_NEXTARENA), inArena(3, 0))).toBe(DESCRIPTORS); // a cycle
    expect(ruleWith(inArena(7, ARENA_NEXTARENA), 0)).toBe(DESCRIPTORS);
    expect(ruleWith(ARENAS + ARENAS_MAXARENAS, 17)).toBe(DESCRIPTORS);
    expect(ruleWith(ARENAS + ARENAS_MAXARENAS, 15)).toBe(DESCRIPTORS);
  });

  it("8: finds a wholly free arena that should have gone back", () => {
    startArenas();
    expect(ruleWith(GEOMETRY + offsetof<Geometry>("release"), RELEASE_EAGER)).toBe(WHOLLY_FREE);
    // Two of them under the keep-last rule: the second is opened while the first is hidden, and then put behind it.
    startSmall(RELEASE_KEEP_LAST);
    free(malloc(16));
    const first = arenaAt(0);
    arenas.usable_arenas = 0;
    free(malloc(16));
    const second = arenaAt(1);
    arenas.usable_arenas = changetype<usize>(first);
    first.nextarena = changetype<usize>(second);
    second.prevarena = changetype<usize>(first);
    expect(arenas.nempty).toBe(2);
    expect(check()).toBe(WHOLLY_FREE);
    geometry.release = RELEASE_NEVER;
    arenas.freepools = first.freepools; // of both
    poolOf(HEAP_BASE).nextpool = poolOf(HEAP_BASE + 4 * KIB);
    expectSound();
  });

  it("9: finds arenas whose bytes do not add up", () => {
    startArenas();
    expect(ruleWith(GEOMETRY + offsetof<Geometry>("arenaSize"), 8 * KIB)).toBe(SUM);
    expect(ruleWith(GEOMETRY + offsetof<Geometry>("arenaSize"), 4 * KIB + 16)).toBe(SUM);
  });

  it("10: finds a header that is not zero where no pool is, and one of another arena", () => {
    startArenas();
    malloc(1000);
    expectSound();
    for (let offset: usize = 0; offset < 32; offset += 4) {
      expect(ruleWith(inPool(VIRGIN, offset), 1)).toBe(FOREIGN);
      expect(ruleWith(inPool(large.regions, offset), 1)).toBe(FOREIGN);
    }
    expect(ruleWith(inPool(large.regions, POOL_ARENAINDEX), 15)).toBe(FOREIGN); // a descriptor without an arena
    expect(ruleWith(inPool(large.regions, POOL_ARENAINDEX), 16)).toBe(FOREIGN); // no descriptor
    expect(ruleWith(inPool(large.regions, POOL_ARENAINDEX), 0xffffffff)).toBe(FOREIGN);
    expect(ruleWith(inPool(USED, POOL_ARENAINDEX), 1)).toBe(FOREIGN);
    expect(ruleWith(inPool(HEAP_BASE + 8 * KIB, POOL_ARENAINDEX), 0)).toBe(FOREIGN);
    expect(ruleWith(inPool(HEAP_BASE + 8 * KIB, POOL_ARENAINDEX), 77)).toBe(FOREIGN);
    expect(ruleWith(inArena(1, ARENA_ADDRESS), 0)).toBe(FOREIGN); // its pools are nobody's
  });

  it("11: finds counters of arenas that do not agree with the walk", () => {
    startArenas();
    expect(ruleAfter(ARENAS + ARENAS_NARENAS_CURRENTLY_ALLOCATED, 1)).toBe(COUNTERS);
    expect(ruleAfter(ARENAS + ARENAS_NARENAS_CURRENTLY_ALLOCATED, -1)).toBe(COUNTERS);
    expect(ruleAfter(ARENAS + ARENAS_NMISALIGNED, 1)).toBe(COUNTERS);
    expect(ruleAfter(ARENAS + ARENAS_NFREEPOOLS_TOTAL, 1)).toBe(COUNTERS);
    expect(ruleAfter(ARENAS + ARENAS_NFREEPOOLS_TOTAL, -1)).toBe(COUNTERS);
    expect(ruleAfter(ARENAS + ARENAS_NEMPTY, 1)).toBe(COUNTERS);
    expect(ruleAfter(ARENAS + ARENAS_NEMPTY, -1)).toBe(COUNTERS);
    expect(ruleWith(ARENAS + ARENAS_NARENAS_HIGHWATER, 2)).toBe(COUNTERS);
    expect(ruleWith(ARENAS + ARENAS_NARENAS_HIGHWATER, 4)).toBe(COUNTERS); // more than were ever obtained
    expect(ruleWith(ARENAS + ARENAS_NTIMES_ARENA_ALLOCATED, 2)).toBe(COUNTERS);
  });

  it("knows a misaligned arena's pools, and its place", () => {
    startSmall(RELEASE_KEEP_LAST);
    pushBaseOffset(16);
    for (let i = 0; i < 8; i++) malloc(BLOCK);
    expectSound();
    expect(firstPoolAddress(arenaAt(0))).toBe(HEAP_BASE + KIB);
    expect(ruleAfter(ARENAS + ARENAS_NMISALIGNED, -1)).toBe(COUNTERS);
    expect(ruleWith(inArena(0, ARENA_NTOTALPOOLS), 4)).toBe(NFREEPOOLS);
    expect(ruleWith(inPool(HEAP_BASE, POOL_COUNT), 1)).toBe(FOREIGN); // before its first pool
    expect(ruleWith(inPool(HEAP_BASE + 4 * KIB, POOL_COUNT), 1)).toBe(FOREIGN); // behind its last
    expect(ruleWith(inPool(HEAP_BASE + 7 * KIB, POOL_SZIDX), 1)).toBe(FOREIGN); // in what rounding to pages added
    expect(ruleAfter(OS + OS_MAPPED, -4096)).toBe(SPANS_SUM);
  });

  it("finds every change of a word of a header or a descriptor that has a meaning", () => {
    for (let order = 0; order < 2; order++) {
      startArenas(order == 1);
      for (let pool = HEAP_BASE; pool < HEAP_BASE + 12 * KIB; pool += KIB) {
        const header = poolOf(pool);
        const isUsed = header.count != 0 && header.freeblock != 0;
        for (let offset: usize = 0; offset < 32; offset += 4) {
          if (pool < VIRGIN && !isUsed && offset == POOL_PREVPOOL) continue; // left over from its life on a ring
          if (pool < VIRGIN && header.count != 0 && !isUsed && offset == POOL_NEXTPOOL) continue;
          const isLink = offset == POOL_NEXTPOOL || offset == POOL_PREVPOOL;
          expectFound(inPool(pool, offset), isLink ? 32 : 1);
          if (!isLink) expectFound(inPool(pool, offset), 64);
          if (!isLink || load<usize>(inPool(pool, offset))) expectFound(inPool(pool, offset), isLink ? -32 : -1);
        }
      }
      for (let index = 0; index < 16; index++) {
        const arena = arenaAt(index);
        for (let offset: usize = 0; offset <= ARENA_PREVARENA; offset += 4) {
          if (!arena.address && offset != ARENA_ADDRESS && offset != ARENA_NEXTARENA) continue;
          if (!arena.nfreepools && offset >= ARENA_NEXTARENA) continue;
          if (offset == ARENA_FREEPOOLS && arena.freepools == 0) continue; // what it would lead to is anything
          const isLink = offset == ARENA_NEXTARENA || offset == ARENA_PREVARENA;
          const unit: usize = isLink ? 36 : offset == ARENA_FREEPOOLS ? 32 : offset <= ARENA_POOL_ADDRESS ? KIB : 1;
          expectFound(inArena(index, offset), unit);
          if (!isLink || load<usize>(inArena(index, offset))) expectFound(inArena(index, offset), -unit);
        }
      }
    }
  });
});

// ---- the raw domain and the system ------------------------------------------------------------------------
//
//   a region   first │ free │ third │ fourth │ free │ last │ free to the end
//   then       five blocks with a region each, of which the first and the third were freed

let first: usize = 0;
let firstFree: usize = 0;
let third: usize = 0;
let fourth: usize = 0;
let secondFree: usize = 0;
let last: usize = 0;
const MAPPED_BYTES: usize = 204 * KIB;
const GONE: usize = HEAP_BASE + 256 * KIB;
const MAPPED: usize = GONE + MAPPED_BYTES;
const GONE_TOO: usize = GONE + 2 * MAPPED_BYTES;
const END: usize = GONE + 5 * MAPPED_BYTES;

function startRaw(): void {
  startSmall(RELEASE_EAGER);
  first = malloc(700);
  firstFree = malloc(600);
  third = malloc(700);
  fourth = malloc(600);
  secondFree = malloc(600);
  last = malloc(700);
  for (let i = 0; i < 5; i++) malloc(200 * KIB);
  free(firstFree);
  free(secondFree);
  free(GONE + 16);
  free(GONE_TOO + 16);
  expectSound();
  assert(os.top == END && os.mapped == 256 * KIB + 3 * MAPPED_BYTES);
}

function headerAt(block: usize): usize {
  return block - 4;
}

function tagAt(address: usize): usize {
  return OS_PAGES + ((address >>> 12) << 2);
}

describe("check of the raw domain", () => {
  it("12: finds blocks that do not fill their region", () => {
    startRaw();
    const end = HEAP_BASE + 256 * KIB;
    expect(ruleAfter(headerAt(first), 16)).toBe(RAW_BLOCKS);
    expect(ruleAfter(headerAt(third), -16)).toBe(RAW_BLOCKS);
    expect(ruleWith(headerAt(fourth), 0)).toBe(RAW_BLOCKS);
    expect(ruleAfter(headerAt(last), 300 * KIB)).toBe(RAW_BLOCKS); // beyond the end
    expect(ruleWith(headerAt(first), headerOf(first) & ~RAW_FIRST_FLAG)).toBe(RAW_BLOCKS);
    expect(ruleWith(headerAt(third), headerOf(third) | RAW_FIRST_FLAG)).toBe(RAW_BLOCKS);
    expect(ruleWith(headerAt(fourth), HEAP_BASE | RAW_MAPPED_FLAG)).toBe(RAW_BLOCKS); // an end before the end
    expect(ruleWith(headerAt(end), GONE | RAW_MAPPED_FLAG | RAW_PREV_FREE_FLAG)).toBe(RAW_BLOCKS);
    expect(ruleWith(headerAt(end), HEAP_BASE | RAW_PREV_FREE_FLAG)).toBe(RAW_BLOCKS);
    expect(ruleAfter(HEAP_BASE + REGION_BYTES, 16)).toBe(RAW_BLOCKS);
    expect(ruleAfter(HEAP_BASE + REGION_BYTES, 4096)).toBe(RAW_BLOCKS);
    expect(ruleAfter(HEAP_BASE + REGION_BYTES, -4096)).toBe(RAW_BLOCKS);
    expect(ruleAfter(headerAt(MAPPED + 16), 16)).toBe(RAW_BLOCKS);
    expect(ruleAfter(MAPPED + REGION_BYTES, 4096)).toBe(RAW_BLOCKS);
  });

  it("12: finds a list of regions that is not linked both ways", () => {
    startRaw();
    const regions = LARGE + LARGE_REGIONS;
    const newest = large.regions;
    const second = changetype<Region>(newest).next;
    expect(newest).toBe(END - MAPPED_BYTES);
    expect(second).toBe(newest - MAPPED_BYTES);
    expect(ruleWith(regions, second)).toBe(RAW_BLOCKS);
    expect(ruleWith(second + 4, 0)).toBe(RAW_BLOCKS);
    expect(ruleWith(newest + 4, second)).toBe(RAW_BLOCKS);
    expect(ruleWith(newest + REGION_NEXT, newest)).toBe(RAW_BLOCKS); // a cycle
    expect(ruleWith(newest + REGION_NEXT, HEAP_BASE)).toBe(RAW_BLOCKS); // two are passed over
  });

  it("13: finds free blocks that are not tagged, or not in the index", () => {
    startRaw();
    const rest = last + sizeOf(last);
    expect(headerOf(rest) & RAW_FREE_FLAG).toBe(RAW_FREE_FLAG);
    expect(ruleWith(headerAt(third), headerOf(third) & ~RAW_PREV_FREE_FLAG)).toBe(RAW_FREE);
    expect(ruleWith(headerAt(fourth), headerOf(fourth) | RAW_PREV_FREE_FLAG)).toBe(RAW_FREE);
    expect(ruleWith(headerAt(third), headerOf(third) | RAW_FREE_FLAG)).toBe(RAW_FREE);
    expect(ruleWith(headerAt(first), headerOf(first) | RAW_FREE_FLAG)).toBe(RAW_FREE);
    expect(ruleAfter(third - 8, 16)).toBe(RAW_FREE); // the size at the end
    expect(ruleWith(headerAt(HEAP_BASE + 256 * KIB), HEAP_BASE | RAW_MAPPED_FLAG)).toBe(RAW_FREE);
    // Both small ones are in the list of 38 units: level 1, part 6.
    const list = LARGE_INDEX + 132 + 4 * (32 + 6);
    expect(sizeOf(firstFree)).toBe(38 * 16);
    expect(load<usize>(list)).toBe(secondFree);
    expect(ruleWith(list, 0)).toBe(RAW_FREE);
    expect(ruleWith(list, firstFree)).toBe(RAW_FREE);
    expect(ruleWith(secondFree, 0)).toBe(RAW_FREE); // the links
    expect(ruleWith(secondFree + 4, firstFree)).toBe(RAW_FREE);
    expect(ruleWith(firstFree + 4, 0)).toBe(RAW_FREE);
    expect(ruleWith(LARGE_INDEX, 0)).toBe(RAW_FREE); // the bits
    expect(ruleWith(LARGE_INDEX + 8, 0)).toBe(RAW_FREE);
    expect(ruleAfter(LARGE_INDEX + 8, 1 << 20)).toBe(RAW_FREE);
    expect(ruleWith(LARGE_INDEX + 132 + 4 * 77, firstFree)).toBe(RAW_FREE); // in a second list
    expect(ruleWith(MAPPED + REGION_NEXT, 0)).toBe(RAW_FREE); // the region is lost, and its free blocks with it
  });

  it("13: finds two free blocks that are neighbours", () => {
    startRaw();
    store<usize>(headerAt(third), headerOf(third) & ~RAW_PREV_FREE_FLAG);
    free(third); // it is not joined with the one before
    expect(check()).toBe(RAW_FREE);
    expect(tally.address).toBe(firstFree);
  });

  it("14: finds a bit where no block starts, and a block without one", () => {
    startRaw();
    for (let at = first; at < first + 5 * KIB; at += 16) {
      const word = RAW_STARTS + ((at >>> 9) << 2);
      expect(ruleWith(word, load<u32>(word) ^ (1 << (<u32>(at >>> 4) & 31)))).toBe(RAW_BITS);
    }
    const word = RAW_STARTS + (((MAPPED + 16) >>> 9) << 2);
    expect(ruleWith(word, 0)).toBe(RAW_BITS);
    expect(ruleWith(headerAt(firstFree), headerOf(firstFree) & ~RAW_FREE_FLAG)).toBe(RAW_BITS);
  });

  it("15: finds counters that do not agree with the walk", () => {
    startRaw();
    expect(ruleAfter(LARGE + LARGE_BLOCKS, 1)).toBe(RAW_COUNTERS);
    expect(ruleAfter(LARGE + LARGE_BLOCKS, -1)).toBe(RAW_COUNTERS);
    expect(ruleAfter(LARGE + LARGE_BLOCK_BYTES, 16)).toBe(RAW_COUNTERS);
    expect(ruleAfter(LARGE + LARGE_REGION_COUNT, -1)).toBe(RAW_COUNTERS);
    expect(ruleAfter(LARGE + LARGE_REGION_BYTES, 4096)).toBe(RAW_COUNTERS);
  });
});

describe("check of the system", () => {
  it("16: finds free spans that are not tagged, not in the index, or at the top", () => {
    startRaw();
    const lastPage = MAPPED - 4096;
    expect(load<u32>(tagAt(GONE))).toBe(51);
    expect(ruleAfter(tagAt(GONE), 1)).toBe(SPANS);
    expect(ruleAfter(tagAt(GONE), -1)).toBe(SPANS);
    expect(ruleWith(tagAt(GONE), 0)).toBe(SPANS); // its last page is taken for a span
    expect(ruleAfter(tagAt(lastPage), 1)).toBe(SPANS);
    expect(ruleWith(tagAt(lastPage), 0)).toBe(SPANS);
    expect(ruleWith(tagAt(MAPPED), 1)).toBe(SPANS);
    expect(ruleWith(tagAt(HEAP_BASE), 2)).toBe(SPANS);
    expect(ruleWith(OS + 4, GONE_TOO + MAPPED_BYTES)).toBe(SPANS); // top: the last free span ends there
    expect(ruleWith(OS + OS_EVER_TOP, END - 4096)).toBe(SPANS);
    expect(ruleWith(OS + OS_LIMIT, END - 4096)).toBe(SPANS);
    const list = OS_INDEX + 132 + 4 * (32 + 51 - 32);
    expect(load<usize>(list)).toBe(GONE_TOO);
    expect(ruleWith(list, 0)).toBe(SPANS);
    expect(ruleWith(list, GONE)).toBe(SPANS);
    expect(ruleWith(GONE_TOO, 0)).toBe(SPANS);
    expect(ruleWith(GONE + 4, 0)).toBe(SPANS);
    expect(ruleWith(OS_INDEX, 0)).toBe(SPANS);
    expect(ruleAfter(OS_INDEX + 8, 2)).toBe(SPANS);
    expect(ruleWith(OS_INDEX + 132 + 4 * 5, GONE)).toBe(SPANS);
  });

  it("16: finds two free spans that are neighbours", () => {
    startRaw();
    store<u32>(tagAt(MAPPED - 4096), 0);
    free(MAPPED + 16); // the span before it is not seen
    store<u32>(tagAt(MAPPED - 4096), 51);
    expect(check()).toBe(SPANS);
    expect(tally.address).toBe(MAPPED);
  });

  it("17: finds bytes that are mapped and nobody's, or somebody's and not mapped", () => {
    startRaw();
    expect(ruleAfter(OS + OS_MAPPED, 4096)).toBe(SPANS_SUM);
    expect(ruleAfter(OS + OS_MAPPED, -4096)).toBe(SPANS_SUM);
    store<usize>(OS + OS_MAPPED, os.mapped - 4096);
    check();
    expect(tally.address).toBe(0); // all that is neither free nor above the top
    store<usize>(OS + OS_MAPPED, os.mapped + 4096);
    expect(ruleWith(OS + 4, END - 4096)).toBe(SPANS_SUM);
    const foreign = map(8192, 4096);
    expect(check()).toBe(SPANS_SUM);
    expect(tally.address).toBe(1); // the arenas' and the regions'
    unmap(foreign, 8192);
    expectSound();
    expect(large.regionCount).toBe(4);
  });
});
