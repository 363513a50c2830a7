/**
 * The greedy bound: pymalloc's arenas, pools and classes with the lifetime of every block known beforehand.
 *
 *     a block that dies at d goes to  the pool of its class with room that dies next after d,     nothing is held for longer
 *                               else  the one that dies last before                                held for longer by the least
 *                               else  a new pool, for which an arena is chosen in the same way
 *
 * A pool dies with the last of its blocks, an arena with the last of its pools; what is never freed dies long after the end. This is
 * done twice, with pools that may live for any time, and only with those that live at most twice as long as the block, or half; what holds
 * less in all is the bound. It is a policy with foresight, not a limit: another one may do better, and blocks that could move would. Blocks over the threshold count as their bytes, rounded up to pages in all.
 * A realloc to another class ends a block and begins another.
 */

import type { Geometry } from "../../geometry/geometry.js";
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../../trace/event.js";
import type { Trace } from "../../trace/trace.js";
import { OpenByDeath } from "./openbydeath.js";

type Events = Pick<Trace, "words" | "idCount">;
type Shape = Pick<Geometry, "arenaSize" | "poolSize" | "alignment" | "threshold" | "poolOverhead">;

const LARGE = -1;
const NONE = -1;

/** How many times as long as a block, or as short, its pool may live: any number, or twice, by which survivors end up among themselves. */
const FACTORS = [Number.POSITIVE_INFINITY, 2];

/** Index of the size class of what an event asks for; LARGE where that goes past the pools. */
function classOf(word: number, nbytes: number, { alignment, threshold }: Shape): number {
  const isSmall = nbytes > 0 && nbytes <= threshold && domainOf(word) !== DOMAIN_RAW;
  return isSmall ? Math.ceil(nbytes / alignment) - 1 : LARGE;
}

/** For each event that begins a block's stay in a class, when the stay ends: the number of an event, or twice their count for never. */
function deaths({ words, idCount }: Events, shape: Shape): Int32Array {
  const count = words.length / 2;
  const diesAt = new Int32Array(count).fill(2 * count);
  const begun = new Int32Array(idCount).fill(NONE);
  const classes = new Int32Array(idCount);
  for (let at = 0; at < count; at++) {
    const word = words[2 * at];
    const op = opOf(word);
    if (op === OP_MARK) continue;
    const id = idOf(word);
    const szidx = op === OP_FREE ? LARGE : classOf(word, words[2 * at + 1], shape);
    if (op === OP_REALLOC && szidx === classes[id]) continue;
    if (begun[id] !== NONE) diesAt[begun[id]] = at;
    begun[id] = op === OP_FREE ? NONE : at;
    classes[id] = szidx;
  }
  return diesAt;
}

/** The pools and arenas of one run: numbers are given out anew when one is gone. */
class Packing {
  arenasHeld = 0;
  readonly #openPools: OpenByDeath[];
  readonly #openArenas: OpenByDeath;
  readonly #poolDeath: number[] = [];
  readonly #poolClass: number[] = [];
  readonly #poolLive: number[] = [];
  readonly #arenaOf: number[] = [];
  readonly #arenaDeath: number[] = [];
  readonly #arenaPools: number[] = [];
  readonly #unusedPools: number[] = [];
  readonly #unusedArenas: number[] = [];

  constructor(
    private readonly shape: Shape,
    private readonly factor: number,
  ) {
    const classCount = shape.threshold / shape.alignment;
    this.#openPools = Array.from({ length: classCount }, () => new OpenByDeath(this.#poolDeath));
    this.#openArenas = new OpenByDeath(this.#arenaDeath);
  }

  #capacity(szidx: number): number {
    const { poolSize, poolOverhead, alignment } = this.shape;
    return Math.floor((poolSize - poolOverhead) / ((szidx + 1) * alignment));
  }

  /** Places a block; returns its pool. */
  place(szidx: number, death: number, now: number): number {
    const open = this.#openPools[szidx];
    const found = open.choose(death, now, this.factor);
    const pool = found === NONE ? this.#newPool(szidx, death, now) : found;
    if (death > this.#poolDeath[pool]) this.#prolong(pool, death);
    if (++this.#poolLive[pool] === this.#capacity(szidx)) open.delete(pool);
    return pool;
  }

  remove(pool: number): void {
    const szidx = this.#poolClass[pool];
    if (this.#poolLive[pool]-- === this.#capacity(szidx)) this.#openPools[szidx].add(pool);
    if (this.#poolLive[pool] > 0) return;
    this.#openPools[szidx].delete(pool);
    this.#unusedPools.push(pool);
    const arena = this.#arenaOf[pool];
    const poolsOfArena = this.shape.arenaSize / this.shape.poolSize;
    if (this.#arenaPools[arena]-- === poolsOfArena) this.#openArenas.add(arena);
    if (this.#arenaPools[arena] > 0) return;
    this.#openArenas.delete(arena);
    this.#unusedArenas.push(arena);
    this.arenasHeld--;
  }

  #newPool(szidx: number, death: number, now: number): number {
    const found = this.#openArenas.choose(death, now, this.factor);
    const arena = found === NONE ? this.#newArena(death) : found;
    if (death > this.#arenaDeath[arena]) this.#prolongArena(arena, death);
    const pool = this.#unusedPools.pop() ?? this.#poolDeath.length;
    this.#poolDeath[pool] = death;
    this.#poolClass[pool] = szidx;
    this.#poolLive[pool] = 0;
    this.#arenaOf[pool] = arena;
    this.#openPools[szidx].add(pool);
    if (++this.#arenaPools[arena] === this.shape.arenaSize / this.shape.poolSize) this.#openArenas.delete(arena);
    return pool;
  }

  #newArena(death: number): number {
    const arena = this.#unusedArenas.pop() ?? this.#arenaDeath.length;
    this.#arenaDeath[arena] = death;
    this.#arenaPools[arena] = 0;
    this.#openArenas.add(arena);
    this.arenasHeld++;
    return arena;
  }

  /** The pool, which is open, lives for longer; perhaps its arena does too. */
  #prolong(pool: number, death: number): void {
    this.#openPools[this.#poolClass[pool]].redate(pool, death);
    const arena = this.#arenaOf[pool];
    if (death > this.#arenaDeath[arena]) this.#prolongArena(arena, death);
  }

  #prolongArena(arena: number, death: number): void {
    if (this.#arenaPools[arena] < this.shape.arenaSize / this.shape.poolSize) this.#openArenas.redate(arena, death);
    else this.#arenaDeath[arena] = death;
  }
}

/** What one policy holds when so many events have run, for each of `positions`. */
function heldBy(
  { words, idCount }: Events,
  shape: Shape,
  pageBytes: number,
  positions: ArrayLike<number>,
  diesAt: Int32Array,
  factor: number,
): Float64Array {
  const bounds = new Float64Array(positions.length);
  const packing = new Packing(shape, factor);
  const poolOf = new Int32Array(idCount).fill(NONE);
  const classes = new Int32Array(idCount).fill(LARGE);
  const largeBytes = new Uint32Array(idCount);
  let large = 0;
  let at = 0;
  for (let next = 0; next < positions.length; next++) {
    for (; at < positions[next]; at++) {
      const word = words[2 * at];
      const op = opOf(word);
      if (op === OP_MARK) continue;
      const id = idOf(word);
      const szidx = op === OP_FREE ? LARGE : classOf(word, words[2 * at + 1], shape);
      large -= largeBytes[id];
      largeBytes[id] = op === OP_FREE || szidx !== LARGE ? 0 : words[2 * at + 1];
      large += largeBytes[id];
      if (op === OP_REALLOC && szidx === classes[id]) continue;
      if (poolOf[id] !== NONE) packing.remove(poolOf[id]);
      poolOf[id] = szidx === LARGE ? NONE : packing.place(szidx, diesAt[at], at);
      classes[id] = szidx;
    }
    bounds[next] = packing.arenasHeld * shape.arenaSize + Math.ceil(large / pageBytes) * pageBytes;
  }
  return bounds;
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** The bound in bytes when so many events have run, for each of `positions`, which ascend: that of the factor that holds less in all. */
export function greedyBound(
  trace: Events,
  shape: Shape,
  pageBytes: number,
  positions: ArrayLike<number>,
): Float64Array {
  const diesAt = deaths(trace, shape);
  const tried = FACTORS.map((factor) => heldBy(trace, shape, pageBytes, positions, diesAt, factor));
  return tried.reduce((best, held) => (sum(held) < sum(best) ? held : best));
}
