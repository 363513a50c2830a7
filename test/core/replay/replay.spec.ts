import { isRawBlock, large } from "../../../assembly/large/rawblock";
import {
  RELEASE_EAGER,
  RELEASE_KEEP_LAST,
  STOP_ARENA_OBTAINED,
  STOP_ARENA_RELEASED,
  STOP_BLOCK_FREED,
  STOP_PINNED_ABOVE,
  STOP_POOL_EMPTY,
  STOP_POOL_FULL,
  WATCH_ANSWERS,
  WATCH_HASH,
} from "../../../assembly/layout/codes";
import {
  ANSWER_SIZE,
  EVENT_SIZE,
  ID_SIZE,
  REPLAY,
  REPLAY_ANSWERED,
  REPLAY_FAILURES,
  REPLAY_FIRST_ARENA,
  REPLAY_HASH,
  REPLAY_OPS,
  REPLAY_RAW_MASK,
  REPLAY_RUNS,
  REPLAY_SMALL,
  REPLAY_STOP_EMPTY_SZIDX,
  REPLAY_STOP_FULL_SZIDX,
  REPLAY_STOP_ID,
  REPLAY_STOP_PINNED,
  REPLAY_STOPPED,
  REPLAY_WATCH,
} from "../../../assembly/layout/layout";
import { arenaAt, arenas, firstPoolAddress } from "../../../assembly/pymalloc/arena";
import { pushBaseOffset, repeatBaseOffsets } from "../../../assembly/pymalloc/baseoffset";
import { geometry } from "../../../assembly/pymalloc/geometry";
import { poolOf } from "../../../assembly/pymalloc/pool";
import { isOurs } from "../../../assembly/pymalloc/pymalloc";
import { indexToSize } from "../../../assembly/pymalloc/sizeclass";
import { replay } from "../../../assembly/replay/replay";
import {
  ANSWERS,
  below,
  expectSound,
  HEAP_BASE,
  IDS,
  start,
  startChance,
  startSmall,
  startWasm32,
  WINDOW,
} from "../start";

const MALLOC: u32 = 0;
const CALLOC: u32 = 1;
const REALLOC: u32 = 2;
const FREE: u32 = 3;
const MARK: u32 = 4;
const OBJ: u32 = 0;
const MEM: u32 = 1;
const RAW: u32 = 2;

const ANY_CLASS: u32 = 0xffffffff;
const RAW_BLOCK: u32 = 0xffffffff;
const OBTAINED: u32 = 0xfffffffe;
const RELEASED: u32 = 0xfffffffd;
const FREED: u32 = 0xfffffffc;

let events: u32 = 0;

/** Empties the window. */
function startEvents(): void {
  events = 0;
}

function event(op: u32, domain: u32, id: u32, nbytes: u32 = 0): void {
  const at = WINDOW + <usize>events * EVENT_SIZE;
  events++;
  store<u32>(at, op | (domain << 3) | (id << 5));
  store<u32>(at, nbytes, 4);
}

/** Runs the events of the window that were not run; returns how many it ran. */
function run(): u32 {
  const ran = replay(0, events);
  events = 0;
  return ran;
}

function field(offset: usize): u32 {
  return load<u32>(REPLAY + offset);
}

function setField(offset: usize, word: u32): void {
  store<u32>(REPLAY + offset, word);
}

/** The block of an id. */
function blockOf(id: u32): usize {
  return load<usize>(IDS + <usize>id * ID_SIZE);
}

/** Line `line` of the answers: both words. */
function answer(line: u32): u64 {
  const at = ANSWERS + <usize>line * ANSWER_SIZE;
  return ((<u64>load<u32>(at)) << 32) | load<u32>(at, 4);
}

function line(first: u32, second: u32): u64 {
  return ((<u64>first) << 32) | second;
}

/** FNV-1a of 32 bits over the bytes of the answer lines. */
function hashAnswers(hash: u32): u32 {
  const end = ANSWERS + <usize>field(REPLAY_ANSWERED) * ANSWER_SIZE;
  for (let at = ANSWERS; at < end; at++) hash = (hash ^ load<u8>(at)) * 16777619;
  return hash;
}

/** Watches for `stop`; of the others none is to show up. */
function watch(stop: u32): void {
  setField(REPLAY_WATCH, stop);
  setField(REPLAY_STOP_FULL_SZIDX, ANY_CLASS);
  setField(REPLAY_STOP_EMPTY_SZIDX, ANY_CLASS);
}

describe("an event", () => {
  it("does what its function does, in the domain that it names", () => {
    for (let watched: u32 = 0; watched <= <u32>WATCH_HASH; watched++) {
      startWasm32();
      startEvents();
      setField(REPLAY_WATCH, watched);
      event(MALLOC, OBJ, 0, 8);
      event(MALLOC, MEM, 1, 8);
      event(MALLOC, RAW, 2, 8);
      event(CALLOC, OBJ, 3, 512);
      event(CALLOC, RAW, 4, 100);
      event(MALLOC, OBJ, 5, 513);
      event(REALLOC, OBJ, 6, 20); // of an id that has nothing: malloc
      event(REALLOC, RAW, 7, 20);
      expect(run()).toBe(8);
      expect(blockOf(0)).toBe(HEAP_BASE + 32);
      expect(blockOf(1)).toBe(HEAP_BASE + 40);
      expect(isRawBlock(blockOf(2))).toBe(true);
      expect(isOurs(blockOf(3))).toBe(true);
      expect(isRawBlock(blockOf(4))).toBe(true);
      expect(isRawBlock(blockOf(5))).toBe(true);
      expect(isOurs(blockOf(6))).toBe(true);
      expect(isRawBlock(blockOf(7))).toBe(true);
      expect(large.blocks).toBe(4);
      const third = blockOf(2);
      const sixth = blockOf(6);
      event(REALLOC, OBJ, 6, 300);
      event(REALLOC, RAW, 2, 5000);
      event(REALLOC, OBJ, 5, 5);
      expect(run()).toBe(3);
      expect(blockOf(6)).not.toBe(sixth);
      expect(blockOf(2)).not.toBe(third);
      expect(isRawBlock(blockOf(5))).toBe(true);
      expectSound();
      for (let id = 0; id < 8; id++) event(FREE, id == 2 || id == 4 || id == 7 ? RAW : OBJ, id);
      expect(run()).toBe(8);
      for (let id = 0; id < 8; id++) expect(blockOf(id)).toBe(0);
      expect(large.blocks).toBe(0);
      expect(arenas.nempty).toBe(1);
      expect(field(REPLAY_OPS)).toBe(12);
      expect(field(REPLAY_FAILURES)).toBe(0);
      expectSound();
    }
  });

  it("of calloc zeroes the block, in either domain", () => {
    startWasm32();
    startEvents();
    for (let domain = OBJ; domain <= RAW; domain += RAW) {
      event(MALLOC, domain, domain, 100);
      run();
      const dirty = blockOf(domain);
      memory.fill(dirty, 0xff, 100);
      event(FREE, domain, domain);
      event(CALLOC, domain, domain, 100);
      run();
      expect(blockOf(domain)).toBe(dirty);
      for (let i = 0; i < 100; i++) assert(load<u8>(dirty + i) == 0);
    }
  });

  it("that is a mark is skipped, and counts as run but as no op", () => {
    for (let watched: u32 = 0; watched <= <u32>WATCH_ANSWERS; watched += WATCH_ANSWERS) {
      startWasm32();
      startEvents();
      setField(REPLAY_WATCH, watched);
      event(MARK, 0, 0, 7);
      event(MALLOC, OBJ, 0, 8);
      event(MARK, 0, 0, 8);
      event(MARK, 0, 0, 9);
      event(FREE, OBJ, 0);
      event(MARK, 0, 0, 10);
      expect(run()).toBe(6);
      expect(field(REPLAY_OPS)).toBe(2);
      expect(field(REPLAY_ANSWERED)).toBe(watched ? 3 : 0);
      expect(blockOf(0)).toBe(0);
    }
  });

  it("that fails leaves the id with what it had, and is counted", () => {
    for (let watched: u32 = 0; watched <= <u32>WATCH_HASH; watched++) {
      startWasm32(RELEASE_KEEP_LAST, true, 512 << 10);
      startEvents();
      setField(REPLAY_WATCH, watched);
      event(MALLOC, OBJ, 0, 100);
      event(MALLOC, RAW, 1, 100);
      run();
      const small = blockOf(0);
      const raw = blockOf(1);
      event(MALLOC, OBJ, 2, 10 << 20);
      event(CALLOC, MEM, 3, 0xffffffff);
      event(MALLOC, RAW, 4, 10 << 20);
      event(REALLOC, OBJ, 0, 10 << 20);
      event(REALLOC, RAW, 1, 10 << 20);
      event(REALLOC, OBJ, 5, 10 << 20);
      expect(run()).toBe(6);
      expect(field(REPLAY_FAILURES)).toBe(6);
      expect(blockOf(0)).toBe(small);
      expect(blockOf(1)).toBe(raw);
      expect(blockOf(2) | blockOf(3) | blockOf(4) | blockOf(5)).toBe(0);
      event(FREE, OBJ, 2);
      event(FREE, RAW, 4);
      event(FREE, RAW, 1);
      event(FREE, OBJ, 0);
      run();
      expect(large.blocks).toBe(0);
      expectSound();
    }
  });

  it("of the MEM domain goes to the raw domain where the profile says so, and is an op all the same", () => {
    for (let watched: u32 = 0; watched <= <u32>WATCH_HASH; watched++) {
      startWasm32();
      startEvents();
      setField(REPLAY_WATCH, watched);
      setField(REPLAY_RAW_MASK, 24);
      event(MALLOC, MEM, 0, 8);
      event(MALLOC, OBJ, 1, 8);
      event(MALLOC, RAW, 2, 8);
      event(CALLOC, MEM, 3, 8);
      event(REALLOC, MEM, 0, 50);
      run();
      expect(isRawBlock(blockOf(0))).toBe(true);
      expect(isOurs(blockOf(1))).toBe(true);
      expect(isRawBlock(blockOf(2))).toBe(true);
      expect(isRawBlock(blockOf(3))).toBe(true);
      expect(field(REPLAY_OPS)).toBe(4);
      event(FREE, MEM, 0);
      event(FREE, MEM, 3);
      run();
      expect(large.blocks).toBe(1);
      expectSound();
    }
  });
});

describe("a run", () => {
  it("starts at any event of the window, and ends after as many as it was told", () => {
    startWasm32();
    startEvents();
    for (let id = 0; id < 10; id++) event(MALLOC, OBJ, id, 8 * (id + 1));
    expect(replay(0, 0)).toBe(0);
    expect(blockOf(0)).toBe(0);
    expect(replay(3, 2)).toBe(2);
    for (let id = 0; id < 10; id++) expect(blockOf(id) != 0).toBe(id == 3 || id == 4);
    expect(replay(5, 5)).toBe(5);
    expect(replay(0, 3)).toBe(3);
    for (let id = 0; id < 10; id++) expect(blockOf(id) != 0).toBe(true);
    expect(field(REPLAY_RUNS)).toBe(4);
    expect(field(REPLAY_OPS)).toBe(10);
  });

  it("knows at which op the first arena was obtained", () => {
    for (let watched: u32 = 0; watched <= <u32>WATCH_HASH; watched++) {
      startWasm32();
      startEvents();
      setField(REPLAY_WATCH, watched);
      expect(field(REPLAY_FIRST_ARENA)).toBe(0xffffffff);
      event(MALLOC, RAW, 0, 8);
      event(MALLOC, OBJ, 1, 1000);
      event(MARK, 0, 0);
      event(MALLOC, MEM, 2, 0);
      expect(run()).toBe(4);
      expect(field(REPLAY_FIRST_ARENA)).toBe(0xffffffff);
      event(FREE, RAW, 0);
      event(MALLOC, OBJ, 3, 1);
      event(MALLOC, OBJ, 4, 10);
      event(FREE, OBJ, 3);
      expect(run()).toBe(4);
      expect(field(REPLAY_FIRST_ARENA)).toBe(2);
      expect(field(REPLAY_OPS)).toBe(5);
    }
  });

  it("gives the same blocks watched and not, from any start", () => {
    const blocks = new StaticArray<usize>(64);
    for (let watched: u32 = 0; watched < 2; watched++) {
      startSmall(RELEASE_EAGER);
      startEvents();
      startChance(5);
      watch(watched ? WATCH_HASH | WATCH_ANSWERS : 0);
      let ops: u32 = 0;
      for (let i = 0; i < 3000; i++) {
        const id = below(60);
        const domain = id % 3;
        if (!blockOf(id)) event(below(2), domain, id, below(600));
        else if (below(2)) event(REALLOC, domain, id, below(600));
        else event(FREE, domain, id);
        ops += u32(domain != RAW);
        if (i % 7 == 0) event(MARK, 0, 0);
        run();
        expectSound();
      }
      expect(field(REPLAY_OPS)).toBe(ops);
      for (let id = 0; id < 60; id++) {
        if (watched) assert(blocks[id] == blockOf(id));
        else blocks[id] = blockOf(id);
      }
    }
  });
});

describe("the answers", () => {
  it("of a run are the places of its small blocks, raw blocks, frees, and the arenas before them", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(WATCH_ANSWERS);
    event(MALLOC, OBJ, 0, 496);
    event(MALLOC, MEM, 1, 490);
    event(MALLOC, RAW, 2, 100); // no answer
    event(MALLOC, OBJ, 3, 1000);
    event(MALLOC, OBJ, 4, 1);
    event(REALLOC, OBJ, 4, 200);
    event(FREE, OBJ, 3);
    event(FREE, RAW, 2);
    event(FREE, OBJ, 4);
    event(FREE, OBJ, 1);
    event(FREE, OBJ, 0);
    event(FREE, OBJ, 9); // of an id that has nothing
    expect(run()).toBe(12);
    const expected: StaticArray<u64> = [
      line(OBTAINED, 0),
      line(0, 32),
      line(0, 32 + 496),
      line(RAW_BLOCK, 0),
      line(0, (1 << 16) + 32),
      line(0, (2 << 16) + 32),
      line(FREED, 0),
      line(FREED, 0),
      line(FREED, 0),
      line(RELEASED, 0),
      line(FREED, 0),
      line(FREED, 0),
    ];
    expect(field(REPLAY_ANSWERED)).toBe(expected.length);
    for (let i = 0; i < expected.length; i++) expect(answer(i)).toBe(expected[i]);
    expect(field(REPLAY_SMALL)).toBe(4);
    event(MALLOC, OBJ, 0, 8);
    run();
    expect(field(REPLAY_ANSWERED)).toBe(2); // of the last run only
    expect(answer(0)).toBe(line(OBTAINED, 1));
    expect(answer(1)).toBe(line(1, 32));
    expect(field(REPLAY_SMALL)).toBe(5);
  });

  it("count pools and offsets from the first pool of a misaligned arena", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(WATCH_ANSWERS);
    pushBaseOffset(16);
    repeatBaseOffsets(true, false);
    for (let id = 0; id < 8; id++) event(MALLOC, OBJ, id, 496);
    run();
    expect(answer(1)).toBe(line(0, 32));
    expect(answer(6)).toBe(line(0, (2 << 16) + 32 + 496));
    expect(answer(7)).toBe(line(OBTAINED, 1));
    expect(answer(9)).toBe(line(1, 32 + 496));
  });

  it("of one event may be three: an arena obtained, one released, a place", () => {
    // Arenas of one pool: the moved block needs another, and the one that it leaves is wholly free.
    start(11, 10, 4, 496, 32, RELEASE_EAGER);
    startEvents();
    watch(WATCH_ANSWERS | WATCH_HASH);
    pushBaseOffset(8);
    repeatBaseOffsets(true, false);
    event(MALLOC, OBJ, 0, 16);
    event(MALLOC, OBJ, 1, 32);
    run();
    event(REALLOC, OBJ, 0, 100);
    run();
    expect(field(REPLAY_ANSWERED)).toBe(3);
    expect(answer(0)).toBe(line(OBTAINED, 2));
    expect(answer(1)).toBe(line(RELEASED, 0));
    expect(answer(2)).toBe(line(2, 32));
    watch(STOP_ARENA_OBTAINED | STOP_ARENA_RELEASED | STOP_POOL_EMPTY);
    event(REALLOC, OBJ, 0, 200);
    run();
    expect(field(REPLAY_STOPPED)).toBe(STOP_ARENA_OBTAINED | STOP_ARENA_RELEASED | STOP_POOL_EMPTY);
    expectSound();
  });

  it("are what the hash is of, over all runs: FNV-1a of their words, low byte first", () => {
    startWasm32();
    startEvents();
    watch(WATCH_HASH);
    expect(field(REPLAY_HASH)).toBe(2166136261);
    event(MALLOC, OBJ, 0, 8);
    run();
    expect(field(REPLAY_ANSWERED)).toBe(0);
    expect(field(REPLAY_HASH)).toBe(3188401792); // of fffffffe 0, 0 20
    event(MALLOC, OBJ, 1, 0);
    run();
    expect(field(REPLAY_HASH)).toBe(3035710172); // and ffffffff 0
    watch(WATCH_ANSWERS);
    event(MALLOC, OBJ, 2, 0);
    run();
    expect(field(REPLAY_HASH)).toBe(3035710172);
  });

  it("agree with the heap, and their hash with them, on a random trace", () => {
    startSmall(RELEASE_KEEP_LAST);
    startEvents();
    startChance(11);
    watch(WATCH_HASH | WATCH_ANSWERS);
    pushBaseOffset(0);
    pushBaseOffset(8);
    repeatBaseOffsets(true, false);
    let hash = field(REPLAY_HASH);
    let small: u32 = 0;
    let lines: u32 = 0;
    for (let i = 0; i < 4000; i++) {
      const id = below(i % 1000 < 500 ? 100 : 8);
      const freeing = blockOf(id) != 0 && below(3) != 0;
      const held = arenas.narenas_currently_allocated;
      const times = arenas.ntimes_arena_allocated;
      if (freeing) event(FREE, OBJ, id);
      else if (blockOf(id)) event(REALLOC, OBJ, id, below(520));
      else event(MALLOC, MEM, id, below(520));
      run();
      hash = hashAnswers(hash);
      assert(field(REPLAY_HASH) == hash);
      const answered = field(REPLAY_ANSWERED);
      const obtained = arenas.ntimes_arena_allocated - times;
      const released = held + obtained - arenas.narenas_currently_allocated;
      assert(answered == 1 + obtained + released);
      if (obtained) assert(answer(0) == line(OBTAINED, times));
      if (released) assert(answer(obtained) == line(RELEASED, arenas.lastReleased));
      lines = max<u32>(lines, answered);
      const block = blockOf(id);
      if (freeing) {
        assert(answer(answered - 1) == line(FREED, 0));
      } else if (isOurs(block)) {
        const arena = arenaAt(poolOf(block).arenaindex);
        const offset = block - firstPoolAddress(arena);
        assert(answer(answered - 1) == line(arena.ordinal, <u32>(((offset / 1024) << 16) + (offset % 1024))));
        small++;
      } else {
        assert(answer(answered - 1) == line(RAW_BLOCK, 0));
      }
    }
    expect(field(REPLAY_SMALL)).toBe(small);
    expect(lines).toBeGreaterThan(1);
    expectSound();
  });
});

describe("a run stops", () => {
  it("after the event that obtains an arena", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(STOP_ARENA_OBTAINED);
    event(MALLOC, RAW, 0, 8);
    for (let id = 1; id < 12; id++) event(MALLOC, OBJ, id, 496);
    const all = events;
    expect(replay(0, all)).toBe(2);
    expect(field(REPLAY_STOPPED)).toBe(STOP_ARENA_OBTAINED);
    expect(blockOf(1)).not.toBe(0);
    expect(blockOf(2)).toBe(0);
    expect(field(REPLAY_OPS)).toBe(1);
    expect(field(REPLAY_FIRST_ARENA)).toBe(0);
    expect(replay(2, all - 2)).toBe(8);
    expect(arenas.narenas_currently_allocated).toBe(2);
    expect(field(REPLAY_OPS)).toBe(9);
    expect(replay(10, all - 10)).toBe(2);
    expect(field(REPLAY_STOPPED)).toBe(0);
    expect(field(REPLAY_OPS)).toBe(11);
  });

  it("after the event that releases one", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(STOP_ARENA_RELEASED);
    for (let id = 0; id < 9; id++) event(MALLOC, OBJ, id, 496);
    event(FREE, OBJ, 0);
    event(FREE, OBJ, 8);
    event(FREE, OBJ, 1);
    expect(run()).toBe(11);
    expect(field(REPLAY_STOPPED)).toBe(STOP_ARENA_RELEASED);
    expect(arenas.lastReleased).toBe(1);
    expect(blockOf(8)).toBe(0);
    expect(blockOf(1)).not.toBe(0);
  });

  it("after the event that fills a pool, of any class or of the one named", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(STOP_POOL_FULL);
    event(MALLOC, OBJ, 0, 496);
    event(MALLOC, OBJ, 1, 480);
    event(MALLOC, OBJ, 2, 480);
    event(MALLOC, OBJ, 3, 496);
    const all = events;
    expect(replay(0, all)).toBe(3);
    expect(field(REPLAY_STOPPED)).toBe(STOP_POOL_FULL);
    expect(replay(3, all - 3)).toBe(1);
    expect(field(REPLAY_STOPPED)).toBe(STOP_POOL_FULL);
    startEvents();
    event(REALLOC, OBJ, 3, 490); // stays: its pool is full and was
    event(FREE, OBJ, 0);
    event(FREE, OBJ, 1);
    expect(run()).toBe(3);
    expect(field(REPLAY_STOPPED)).toBe(0);
    setField(REPLAY_STOP_FULL_SZIDX, 30);
    event(MALLOC, OBJ, 5, 480); // class 29
    event(MALLOC, OBJ, 6, 496); // class 30
    event(MALLOC, OBJ, 7, 16);
    expect(run()).toBe(2);
    expect(field(REPLAY_STOPPED)).toBe(STOP_POOL_FULL);
    expect(blockOf(7)).toBe(0);
  });

  it("after the event that empties a pool, of any class or of the one named, by a free or a move", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(STOP_POOL_EMPTY);
    event(MALLOC, OBJ, 0, 16);
    event(MALLOC, OBJ, 1, 16);
    event(MALLOC, OBJ, 2, 400);
    event(FREE, OBJ, 0);
    event(FREE, OBJ, 1);
    event(MALLOC, OBJ, 3, 48);
    const all = events;
    expect(replay(0, all)).toBe(5);
    expect(field(REPLAY_STOPPED)).toBe(STOP_POOL_EMPTY);
    expect(replay(5, 1)).toBe(1);
    startEvents();
    setField(REPLAY_STOP_EMPTY_SZIDX, 24);
    event(REALLOC, OBJ, 3, 60);
    event(REALLOC, OBJ, 2, 100);
    event(MALLOC, OBJ, 4, 8);
    expect(run()).toBe(2);
    expect(field(REPLAY_STOPPED)).toBe(STOP_POOL_EMPTY);
    event(FREE, OBJ, 3); // class 3, which is not watched
    expect(run()).toBe(1);
    setField(REPLAY_STOP_EMPTY_SZIDX, 6);
    event(FREE, OBJ, 2); // its arena goes back with it
    event(MALLOC, OBJ, 4, 8);
    expect(run()).toBe(1);
    expect(arenas.narenas_currently_allocated).toBe(0);
    expect(field(REPLAY_STOPPED)).toBe(STOP_POOL_EMPTY);
  });

  it("after the event in which pinned bytes pass a number, and only then", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(STOP_PINNED_ABOVE);
    setField(REPLAY_STOP_PINNED, 4096 - 496);
    event(MALLOC, OBJ, 0, 496);
    for (let id = 1; id < 8; id++) event(MALLOC, OBJ, id, 496); // ever less is pinned
    event(FREE, OBJ, 2);
    expect(run()).toBe(9);
    expect(field(REPLAY_STOPPED)).toBe(0);
    for (let id = 3; id < 8; id++) event(FREE, OBJ, id);
    event(FREE, OBJ, 1);
    event(MALLOC, OBJ, 9, 16); // 4,096 − 512
    event(REALLOC, OBJ, 0, 16); // 4,096 − 32: passed
    event(FREE, OBJ, 9); // 4,096 − 16: still above
    event(FREE, OBJ, 0); // 0
    event(MALLOC, OBJ, 10, 16);
    event(MALLOC, OBJ, 11, 16);
    const all = events;
    expect(replay(0, all)).toBe(8);
    expect(field(REPLAY_STOPPED)).toBe(STOP_PINNED_ABOVE);
    expect(replay(8, all - 8)).toBe(3);
    expect(field(REPLAY_STOPPED)).toBe(STOP_PINNED_ABOVE);
    expect(blockOf(11)).toBe(0);
  });

  it("does not count wholly free arenas as pinned", () => {
    startSmall(RELEASE_KEEP_LAST);
    startEvents();
    watch(STOP_PINNED_ABOVE);
    setField(REPLAY_STOP_PINNED, 4095);
    event(MALLOC, OBJ, 0, 16);
    event(FREE, OBJ, 0);
    event(MALLOC, OBJ, 1, 16);
    expect(run()).toBe(3);
    expect(arenas.narenas_currently_allocated).toBe(1);
  });

  it("after the free of one id", () => {
    startWasm32();
    startEvents();
    watch(STOP_BLOCK_FREED);
    setField(REPLAY_STOP_ID, 2);
    for (let id = 0; id < 4; id++) event(MALLOC, OBJ, id, 8);
    event(FREE, OBJ, 0);
    event(REALLOC, OBJ, 2, 400);
    event(FREE, OBJ, 2);
    event(FREE, OBJ, 3);
    expect(run()).toBe(7);
    expect(field(REPLAY_STOPPED)).toBe(STOP_BLOCK_FREED);
    expect(blockOf(3)).not.toBe(0);
    expect(field(REPLAY_OPS)).toBe(7);
  });

  it("with the bits of all watched conditions that came to hold, and of no other", () => {
    startSmall(RELEASE_EAGER);
    startEvents();
    watch(STOP_ARENA_RELEASED | STOP_BLOCK_FREED | WATCH_HASH | WATCH_ANSWERS);
    setField(REPLAY_STOP_ID, 0);
    event(MALLOC, OBJ, 0, 16);
    event(FREE, OBJ, 0); // empties a pool, too
    event(MALLOC, OBJ, 1, 16);
    expect(run()).toBe(2);
    expect(field(REPLAY_STOPPED)).toBe(STOP_ARENA_RELEASED | STOP_BLOCK_FREED);
    expect(field(REPLAY_ANSWERED)).toBe(4);
    setField(REPLAY_WATCH, 0);
    event(MALLOC, OBJ, 0, 16);
    event(FREE, OBJ, 0);
    expect(run()).toBe(2);
    expect(field(REPLAY_STOPPED)).toBe(0);
  });

  it("with the bytes of blocks that a scan finds, however the run before was watched", () => {
    startSmall(RELEASE_KEEP_LAST);
    startEvents();
    startChance(3);
    for (let i = 0; i < 600; i++) {
      const id = below(60);
      if (blockOf(id)) event(below(2) ? FREE : REALLOC, OBJ, id, below(500));
      else event(MALLOC, OBJ, id, below(500));
      const before = blockBytes();
      const pinned = <usize>(arenas.narenas_currently_allocated - arenas.nempty) * geometry.arenaSize - before;
      watch(i % 3 ? STOP_PINNED_ABOVE : 0);
      const limit = below(40000);
      setField(REPLAY_STOP_PINNED, limit);
      run();
      const after = <usize>(arenas.narenas_currently_allocated - arenas.nempty) * geometry.arenaSize - blockBytes();
      assert((field(REPLAY_STOPPED) != 0) == (i % 3 != 0 && pinned <= limit && after > limit));
    }
    expectSound();
  });
});

/** Bytes of the small blocks that ids have. */
function blockBytes(): usize {
  let bytes: usize = 0;
  for (let id = 0; id < 60; id++) {
    const block = blockOf(id);
    if (block && isOurs(block)) bytes += indexToSize(poolOf(block).szidx);
  }
  return bytes;
}
