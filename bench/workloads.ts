/** The workloads of the benchmark: the same events for every allocator, every time. */
import type { Workload } from "../src/bench/measure.js";
import { OP_FREE, OP_MALLOC } from "../src/trace/trace.js";

/** Events as they are made: an id freed last is used first. */
class Events {
  words = new Uint32Array(1 << 16);
  length = 0;
  idCount = 0;
  peakLiveBytes = 0;
  #liveBytes = 0;
  #state: number;
  readonly #sizes: number[] = [];
  readonly #unused: number[] = [];

  constructor(seed: number) {
    this.#state = seed;
  }

  /** xorshift32, brought below n. */
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.floor(((x >>> 0) / 2 ** 32) * n);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  #push(word: number, nbytes: number): void {
    if (this.length === this.words.length) {
      const words = new Uint32Array(2 * this.length);
      words.set(this.words);
      this.words = words;
    }
    this.words[this.length++] = word;
    this.words[this.length++] = nbytes;
  }

  malloc(nbytes: number): number {
    const id = this.#unused.pop() ?? this.idCount++;
    this.#push((id << 5) | OP_MALLOC, nbytes);
    this.#sizes[id] = nbytes;
    this.#liveBytes += nbytes;
    this.peakLiveBytes = Math.max(this.peakLiveBytes, this.#liveBytes);
    return id;
  }

  free(id: number): void {
    this.#push((id << 5) | OP_FREE, 0);
    this.#liveBytes -= this.#sizes[id];
    this.#unused.push(id);
  }

  /** Removes and returns a random item; the last one fills the gap. */
  take(ids: number[]): number {
    const i = this.below(ids.length);
    const id = ids[i];
    ids[i] = ids[ids.length - 1];
    ids.pop();
    return id;
  }

  workload(name: string): Workload {
    const { length, idCount, peakLiveBytes } = this;
    return { name, words: this.words.slice(0, length), idCount, peakLiveBytes };
  }
}

type Sizes = (e: Events) => number;

const uniform: Sizes = (e) => e.between(1, 512);

/** By how often Python programs ask for them, roughly; from the recorded programs in test/conformance. */
const PYTHON_SIZES = [
  ...Array(6).fill(32),
  ...Array(3).fill(40),
  ...Array(9).fill(48),
  ...Array(12).fill(56),
  ...Array(10).fill(64),
  ...Array(6).fill(72),
  ...Array(4).fill(80),
  ...Array(3).fill(96),
  ...[104, 104, 112, 112, 136, 144, 160, 176, 192, 216, 232, 240, 272, 320, 360, 400, 448, 496, 512],
] as number[];

const pythonLike: Sizes = (e) => PYTHON_SIZES[e.below(PYTHON_SIZES.length)];

/** A fifth of the requests are large, 513 bytes to 64 KiB. */
const withLarge: Sizes = (e) => (e.below(5) === 0 ? e.between(513, 65536) : uniform(e));
const largeOnly: Sizes = (e) => e.between(513, 65536);

/** malloc and free of one block, again and again, while another of its size is live. */
function pairs(): Workload {
  const e = new Events(1);
  const other = e.malloc(64);
  for (let i = 0; i < 1_000_000; i++) e.free(e.malloc(64));
  e.free(other);
  return e.workload("pairs");
}

/** The same while no other block is live: in CPython a pool comes from its arena and goes back each time. */
function lonePairs(): Workload {
  const e = new Events(1);
  for (let i = 0; i < 1_000_000; i++) e.free(e.malloc(64));
  return e.workload("pairs, nothing else live");
}

/** A stack of blocks that grows to 20,000 and shrinks again. */
function lifo(): Workload {
  const e = new Events(2);
  const stack: number[] = [];
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 20_000; i++) stack.push(e.malloc(pythonLike(e)));
    while (stack.length > 0) e.free(stack.pop() as number);
  }
  return e.workload("lifo");
}

/** A queue of 20,000 blocks. */
function fifo(): Workload {
  const e = new Events(3);
  const queue: number[] = [];
  let head = 0;
  for (let i = 0; i < 800_000; i++) {
    queue.push(e.malloc(pythonLike(e)));
    if (queue.length - head > 20_000) e.free(queue[head++]);
  }
  while (head < queue.length) e.free(queue[head++]);
  return e.workload("fifo");
}

/** One random block of 10,000 live ones replaced at a time. */
function churn(name: string, seed: number, sizes: Sizes, live = 10_000, replacements = 800_000): Workload {
  const e = new Events(seed);
  const ids = Array.from({ length: live }, () => e.malloc(sizes(e)));
  for (let i = 0; i < replacements; i++) {
    e.free(e.take(ids));
    ids.push(e.malloc(sizes(e)));
  }
  while (ids.length > 0) e.free(e.take(ids));
  return e.workload(name);
}

/** Fills 64 MiB, frees all in random order but for the last tenth, refills, frees all. */
function fillFreeRefill(): Workload {
  const e = new Events(6);
  const ids: number[] = [];
  const fill = (): void => {
    for (let bytes = 0; bytes < 64 << 20; ) {
      const nbytes = pythonLike(e);
      bytes += nbytes;
      ids.push(e.malloc(nbytes));
    }
  };
  fill();
  const kept = ids.length / 10;
  while (ids.length > kept) e.free(e.take(ids));
  fill();
  while (ids.length > 0) e.free(e.take(ids));
  return e.workload("fill, free at random, refill");
}

/** `bytes` of Python-like sizes, allocated and kept. */
export function fill(bytes: number): Workload {
  const e = new Events(10);
  while (e.peakLiveBytes < bytes) e.malloc(pythonLike(e));
  return e.workload("fill");
}

/** A random walk over blocks of Python-like sizes until `bytes` are live, then churn: for the separate, longer command. */
export function liveSize(bytes: number): Workload {
  const blocks = Math.floor(bytes / (PYTHON_SIZES.reduce((a, b) => a + b, 0) / PYTHON_SIZES.length));
  return churn(`${(bytes / 2 ** 20).toLocaleString("en")} MiB live`, 8, pythonLike, blocks, 2_000_000);
}

/** The workloads of the table that need no file. */
export const WORKLOADS: readonly (() => Workload)[] = [
  pairs,
  lonePairs,
  lifo,
  fifo,
  () => churn("churn, uniform", 4, uniform),
  () => churn("churn, Python-like", 5, pythonLike),
  fillFreeRefill,
  () => churn("large mix", 7, withLarge),
  () => churn("large only", 9, largeOnly, 2_000, 400_000),
];
