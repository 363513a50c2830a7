/** The workloads of the benchmark: the same events for every allocator, every time. */
import type { Workload } from "../src/strategy/timing.js";
import { Distribution } from "../src/workload/distribution.js";
import { Program } from "../src/workload/program.js";
import { PYTHON_SIZES } from "../src/workload/pythonlike.js";
import { Random } from "../src/workload/random.js";

type Sizes = Pick<Distribution, "draw">;

const uniform = new Distribution([[1, 512, 1]]);
const pythonLike = new Distribution(PYTHON_SIZES);
const largeOnly = new Distribution([[513, 65536, 1]]);

/** A fifth of the requests are large, 513 bytes to 64 KiB. */
const withLarge: Sizes = { draw: (random) => (random.below(5) === 0 ? largeOnly : uniform).draw(random) };

const program = (seed: number): Program => new Program(new Random(seed));

/** A workload that is not made yet. */
export interface Recipe {
  readonly name: string;
  make(): Workload | Promise<Workload>;
}

function recipe(name: string, run: () => Program): Recipe {
  return {
    name,
    make: () => {
      const { words, idCount, peakLiveBytes } = run().trace();
      return { name, words, idCount, peakLiveBytes };
    },
  };
}

/** malloc and free of one block, again and again, while another of its size is live. */
function pairs(): Program {
  const e = program(1);
  const other = e.malloc(64);
  for (let i = 0; i < 1_000_000; i++) e.free(e.malloc(64));
  e.free(other);
  return e;
}

/** The same while no other block is live: in CPython a pool comes from its arena and goes back each time. */
function lonePairs(): Program {
  const e = program(1);
  for (let i = 0; i < 1_000_000; i++) e.free(e.malloc(64));
  return e;
}

/** A stack of blocks that grows to 20,000 and shrinks again. */
function lifo(): Program {
  const e = program(2);
  const stack: number[] = [];
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 20_000; i++) stack.push(e.malloc(pythonLike.draw(e.random)));
    while (stack.length > 0) e.free(stack.pop() as number);
  }
  return e;
}

/** A queue of 20,000 blocks. */
function fifo(): Program {
  const e = program(3);
  const queue: number[] = [];
  let head = 0;
  for (let i = 0; i < 800_000; i++) {
    queue.push(e.malloc(pythonLike.draw(e.random)));
    if (queue.length - head > 20_000) e.free(queue[head++]);
  }
  while (head < queue.length) e.free(queue[head++]);
  return e;
}

/** One random block of 10,000 live ones replaced at a time. */
function churn(seed: number, sizes: Sizes, live = 10_000, replacements = 800_000): Program {
  const e = program(seed);
  const ids = Array.from({ length: live }, () => e.malloc(sizes.draw(e.random)));
  e.replaceAtRandom(ids, sizes, replacements);
  e.freeAtRandom(ids);
  return e;
}

/** Fills 64 MiB, frees all in random order but for the last tenth, refills, frees all. */
function fillFreeRefill(): Program {
  const e = program(6);
  const ids: number[] = [];
  const fill = (): void => {
    for (let bytes = 0; bytes < 64 << 20; ) {
      const nbytes = pythonLike.draw(e.random);
      bytes += nbytes;
      ids.push(e.malloc(nbytes));
    }
  };
  fill();
  e.freeAtRandom(ids, ids.length / 10);
  fill();
  e.freeAtRandom(ids);
  return e;
}

/** `bytes` of Python-like sizes, allocated and kept. */
export function fill(bytes: number): ReturnType<Program["trace"]> {
  const e = program(10);
  while (e.liveBytes < bytes) e.malloc(pythonLike.draw(e.random));
  return e.trace();
}

const PYTHON_MEAN =
  PYTHON_SIZES.reduce((sum, [nbytes, , count]) => sum + nbytes * count, 0) /
  PYTHON_SIZES.reduce((sum, [, , count]) => sum + count, 0);

/** A random walk over blocks of Python-like sizes until so many MiB are live, then churn: for the separate, longer command. */
const liveSize = (mib: number): Recipe =>
  recipe(`${mib.toLocaleString("en")} MiB live`, () =>
    churn(8, pythonLike, Math.floor((mib * 2 ** 20) / PYTHON_MEAN), 2_000_000),
  );

export const LIVE_SIZES: readonly Recipe[] = [1, 16, 256, 1024, 3584].map(liveSize);

/** The workloads of the table that need no file. */
export const WORKLOADS: readonly Recipe[] = [
  recipe("pairs", pairs),
  recipe("pairs, nothing else live", lonePairs),
  recipe("lifo", lifo),
  recipe("fifo", fifo),
  recipe("churn, uniform", () => churn(4, uniform)),
  recipe("churn, Python-like", () => churn(5, pythonLike)),
  recipe("fill, free at random, refill", fillFreeRefill),
  recipe("large mix", () => churn(7, withLarge)),
  recipe("large only", () => churn(9, largeOnly, 2_000, 400_000)),
];
