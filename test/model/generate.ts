/**
 * The 13 synthetic traces of the goldens, always the same bytes. Each is a function that drives a `Script`; its comment says
 * which habit of programs it has and which rule of the allocator that wears on.
 *
 * Another seed gives another trace of the same habit. `realloc_pairs` and `thrash` leave nothing to chance and are the same for every
 * seed.
 */
import { Script } from "./script.js";

/** How often programs ask for a size, roughly: [size, times]. The last six are over the threshold. */
const COMMON: readonly number[] = (
  [
    [32, 6],
    [40, 3],
    [48, 9],
    [56, 12],
    [64, 10],
    [72, 6],
    [80, 4],
    [96, 3],
    [104, 2],
    [112, 2],
    ...[136, 144, 160, 176, 192, 216, 232, 240, 272, 320, 360, 400, 448, 496, 512].map((size) => [size, 1]),
    ...[513, 600, 1024, 1180, 4096, 9000].map((size) => [size, 1]),
  ] as [number, number][]
).flatMap(([size, times]) => Array<number>(times).fill(size));

/** One size in four is any small one; the others are common ones. */
function commonSize(s: Script): number {
  if (s.below(4) === 0) return s.between(1, 512);
  return COMMON[s.below(COMMON.length)];
}

/** `count` blocks, each of a size that is asked for just before it. */
function mallocs(s: Script, count: number, size: () => number): number[] {
  const blocks: number[] = [];
  for (let i = 0; i < count; i++) blocks.push(s.malloc(size()));
  return blocks;
}

/** Each size from 0 to 520 and seven large ones: by malloc up and down, by calloc with the size as either factor. */
function sizes(s: Script): void {
  const wanted = [...Array(521).keys(), 1000, 4048, 4096, 16336, 16384, 100000, 2 ** 20];
  s.freeAll(wanted.map((n) => s.malloc(n)));
  const down = wanted.toReversed().map((n) => s.malloc(n));
  s.shuffle(down);
  s.freeAll(down);
  const zeroed = [...wanted.map((n) => s.calloc(1, n)), ...wanted.map((n) => s.calloc(n, 1))];
  s.shuffle(zeroed);
  s.freeAll(zeroed);
}

/** Requests of nothing, by every road, while one pinned block keeps the first arena. */
function zero(s: Script): void {
  const pin = s.malloc(24);
  for (const n of [1, 16, 100, 512, 513, 5000]) {
    const blocks = [s.malloc(0), s.calloc(0, 0), s.calloc(0, n), s.calloc(n, 0), s.malloc(n)];
    for (const id of blocks) {
      s.realloc(id, 0);
      s.realloc(id, n);
      s.realloc(id, 0);
    }
    s.freeAll(blocks);
  }
  for (let i = 0; i < 2000; i++) {
    const id = s.malloc(s.below(3));
    s.realloc(id, s.below(3) * s.below(300));
    s.realloc(id, 0);
    s.free(id);
  }
  s.free(pin);
}

/** From each size of 0 to 514 bytes to each other; one pin a class keeps the pools in their classes. */
function realloc_pairs(s: Script): void {
  const pins: number[] = [];
  for (let n = 8; n <= 512; n += 8) pins.push(s.malloc(n));
  for (let before = 0; before < 515; before++) {
    for (let after = 0; after < 515; after++) {
      const id = s.malloc(before);
      s.realloc(id, after);
      s.free(id);
    }
  }
  s.freeAll(pins);
}

/** 3,000 blocks on a walk: an eighth more, twice, a fifth less, a third, around the threshold, tiny, or replaced. */
function realloc_walk(s: Script): void {
  const nbytes: number[] = [];
  const blocks = mallocs(s, 3000, () => {
    nbytes.push(s.between(1, 600));
    return nbytes[nbytes.length - 1];
  });
  for (let step = 0; step < 400000; step++) {
    const i = s.below(blocks.length);
    const id = blocks[i];
    let size = nbytes[i];
    const kind = s.below(7);
    if (kind === 0) size += (size >> 3) + 6;
    else if (kind === 1) size = size * 2 + 1;
    else if (kind === 2) size -= Math.floor(size / 5);
    else if (kind === 3) size = Math.floor(size / 3);
    else if (kind === 4) size = 500 + s.below(26);
    else if (kind === 5) size = s.between(1, 64);
    else {
      s.free(id);
      size = s.between(1, 600);
      blocks[i] = s.malloc(size);
    }
    if (size > 20000) size = s.between(1, 512);
    if (kind !== 6) s.realloc(id, size);
    nbytes[i] = size;
  }
  s.freeAll(blocks);
}

/** Four in five requests by calloc, their products from 0 to over the threshold. */
function calloc(s: Script): void {
  const blocks: number[] = [];
  for (let step = 0; step < 200000; step++) {
    if (blocks.length > 0 && s.below(100) < 48) s.free(s.take(blocks));
    else if (s.below(5) === 0) blocks.push(s.malloc(commonSize(s)));
    else blocks.push(s.calloc(s.below(24), s.below(40)));
  }
  s.freeAll(blocks);
}

/** 20,000 live blocks of 1 to 512 bytes, all sizes equally likely; again and again a random one is replaced. */
function churn(s: Script): void {
  const blocks = mallocs(s, 20000, () => s.between(1, 512));
  for (let step = 0; step < 490000; step++) {
    s.free(s.take(blocks));
    blocks.push(s.malloc(s.between(1, 512)));
  }
  s.freeAll(blocks);
}

/** Last in, first out: a stack with climbs of up to 30,000 blocks and falls of up to 40,000. */
function lifo(s: Script): void {
  const stack: number[] = [];
  while (s.opCount < 400000) {
    stack.push(...mallocs(s, s.between(1, 30000), () => commonSize(s)));
    s.freeAll(stack.splice(-s.between(1, Math.min(stack.length, 40000))).toReversed());
  }
  s.freeAll(stack.toReversed());
}

/** First in, first out: a queue with the same climbs and falls. */
function fifo(s: Script): void {
  const queue: number[] = [];
  while (s.opCount < 400000) {
    queue.push(...mallocs(s, s.between(1, 30000), () => commonSize(s)));
    s.freeAll(queue.splice(0, s.between(1, Math.min(queue.length, 40000))));
  }
  s.freeAll(queue);
}

/**
 * Size by size, 1.25 MiB each: five arenas of 256 KiB, or one of 1 MiB and a quarter. Freed from the front, from the back, even
 * places before odd ones, at random, in turn; but every 997th block stays to the end and pins its arena.
 */
function ramp(s: Script): void {
  const pins: number[] = [];
  for (let step = 0; step < 64; step++) {
    const size = 8 * (step + 1);
    const all = mallocs(s, Math.floor((5 << 18) / size), () => size);
    pins.push(...all.filter((_, i) => i % 997 === 0));
    const blocks = all.filter((_, i) => i % 997 !== 0);
    if (step % 4 === 1) blocks.reverse();
    if (step % 4 === 2) s.freeAll(blocks.filter((_, i) => i % 2 === 0));
    if (step % 4 === 3) s.shuffle(blocks);
    s.freeAll(step % 4 === 2 ? blocks.filter((_, i) => i % 2 === 1) : blocks);
  }
  s.freeAll(pins);
}

/** Four times: fill up to 24 MiB, free 95 blocks of 100 at random, go on with other sizes in the holes. */
function fragment(s: Script): void {
  const blocks: number[] = [];
  for (const [low, high] of [
    [1, 512],
    [300, 512],
    [16, 64],
    [100, 400],
  ] as const) {
    let left = 24 << 20;
    while (left > 0) {
      const size = s.between(low, high);
      left -= size;
      blocks.push(s.malloc(size));
      if (blocks.length === 250000) break;
    }
    s.shuffle(blocks);
    s.freeAll(blocks.splice(0, Math.floor((blocks.length * 95) / 100)));
  }
  s.freeAll(blocks);
}

/**
 * Which arena serves next, and which goes back. Blocks live and die in runs as long as 217 = 7 · 31 blocks of 512 bytes: a
 * run of those covers a whole pool, of 4 KiB (7 blocks) or of 16 KiB (31). Other classes then take the pools that came free.
 */
function arenas(s: Script): void {
  const runs = Array.from({ length: 300 }, () => mallocs(s, 217, () => 512));
  for (let round = 0; round < 30; round++) {
    s.shuffle(runs);
    for (let n = s.between(1, Math.floor((runs.length * 3) / 4)); n > 0; n--) s.freeAll(runs.pop() as number[]);
    while (runs.length < 300) {
      const size = [512, 496, 256, 128][s.below(4)];
      const count = Math.floor(Math.floor((217 * 512) / size) / (1 + s.below(4)));
      runs.push(mallocs(s, count, () => size));
    }
  }
  s.shuffle(runs);
  for (const run of runs) s.freeAll(run);
}

/**
 * One block back and forth over the edge of a pool and of an arena, behind one full arena and behind three. An arena of 64
 * pools holds 448 blocks of 512 bytes in pools of 4 KiB, 1,984 in pools of 16 KiB.
 */
function thrash(s: Script): void {
  const backAndForth = (times: number, ...sizes: number[]): void => {
    for (let i = 0; i < times; i++) s.freeAll(sizes.map((size) => s.malloc(size)));
  };
  for (const blocksInArena of [448, 1984]) {
    for (const full of [1, 3]) {
      for (const short of [1, 0]) {
        const blocks = mallocs(s, blocksInArena * full - short, () => 512);
        backAndForth(1000, 512);
        backAndForth(1000, 256);
        backAndForth(500, 512, 16);
        s.freeAll(blocks);
      }
    }
  }
  backAndForth(2000, 40);
}

/**
 * Five million ops in phases of 2,000 to 60,000, each of a habit: steady, growing, shrinking, short-lived bursts, realloc, one
 * size. Up to 400,000 blocks live; half of those of the end are never freed.
 */
function mix(s: Script): void {
  const [GROWING, SHRINKING, BURSTS, REALLOC, ONE_SIZE] = [1, 2, 3, 4, 5];
  const blocks: number[] = [];
  while (s.opCount < 5000000) {
    const habit = s.below(6);
    const oneSize = commonSize(s);
    let grow = habit === GROWING ? 75 : habit === SHRINKING ? 25 : 50;
    const burst: number[] = [];
    for (let n = s.between(2000, 60000); n > 0; n--) {
      if (blocks.length + burst.length >= 400000) grow = 20;
      const dice = s.below(100);
      if (habit === BURSTS && burst.length > 0 && dice >= grow) {
        s.free(burst.pop() as number);
      } else if (habit === REALLOC && blocks.length > 0 && s.below(2) === 1) {
        const id = blocks[s.below(blocks.length)];
        s.realloc(id, commonSize(s) + s.below(3) * s.below(64));
      } else if (dice < grow || blocks.length === 0) {
        const size = habit === ONE_SIZE ? oneSize : commonSize(s);
        const id = s.below(20) === 0 ? s.calloc(1 + (size >> 3), 8) : s.malloc(size);
        (habit === BURSTS ? burst : blocks).push(id);
      } else {
        s.free(s.take(blocks));
      }
    }
    for (const id of burst) blocks.push(id);
  }
  s.shuffle(blocks);
  s.freeAll(blocks.splice(0, Math.floor(blocks.length / 2)));
}

const TRACES: Readonly<Record<string, (s: Script) => void>> = {
  sizes,
  zero,
  realloc_pairs,
  realloc_walk,
  calloc,
  churn,
  lifo,
  fifo,
  ramp,
  fragment,
  arenas,
  thrash,
  mix,
};

/** The names of the synthetic traces. The place in this list sets a trace's own seed, so a new name goes to the end. */
export const SYNTHETIC: readonly string[] = Object.keys(TRACES);

/**
 * The trace `name` as bytes of `.rep` text. `seed`, 1 to 2^32 − 1, is the trace's own unless given: the one of the goldens.
 * Throws a `RangeError` for a name or a seed that there is none of.
 */
export function syntheticBytes(name: string, seed?: number): Uint8Array {
  const run = Object.hasOwn(TRACES, name) ? TRACES[name] : undefined;
  if (run === undefined) throw new RangeError(`synthetic trace must be one of ${SYNTHETIC.join(", ")}, not ${name}`);
  const script = new Script(seed ?? ((SYNTHETIC.indexOf(name) + 1) * 2654435761) % 2 ** 32);
  run(script);
  return script.bytes();
}

/** The same as text; for `mix`, 51 million characters. */
export function synthetic(name: string, seed?: number): string {
  return new TextDecoder().decode(syntheticBytes(name, seed));
}
