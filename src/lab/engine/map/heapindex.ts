/** An index of a heap at a position, valid until the heap changes: its arenas, and the pool at an address. */

import type { Profile } from "../../../geometry/profiles.js";
import type { ArenaRecord, PoolRecord, Snapshot } from "../../../inspect/snapshot.js";
import type { Memory } from "../../../memory/memory.js";
import { POOL_WORD, POOL_WORDS } from "../block/poolwords.js";
import type { HeapSource } from "../heapsource.js";

export class HeapIndex {
  readonly profile: Profile;
  readonly memory: Memory;
  readonly isCore: boolean;
  readonly snapshot: Snapshot;
  /** In the order in which they were obtained. */
  readonly arenas: readonly ArenaRecord[];
  /** Pools of all of them: the columns of the map, and the numbers that pools have here. */
  readonly poolCount: number;
  /** By arena: number of its first pool; the count at the end. */
  readonly firstPool: Uint32Array;
  #poolOfUnit: Int32Array | null = null;
  #arenaOfPool: Uint32Array | null = null;

  constructor(source: HeapSource, reuse?: Snapshot) {
    this.profile = source.profile;
    this.memory = source.memory;
    this.isCore = source.isCore;
    this.snapshot = source.snapshot(reuse);
    this.arenas = this.snapshot.arenas;
    this.firstPool = new Uint32Array(this.arenas.length + 1);
    let count = 0;
    this.arenas.forEach(({ ntotalpools }, index) => {
      this.firstPool[index] = count;
      count += ntotalpools;
    });
    this.firstPool[this.arenas.length] = count;
    this.poolCount = count;
  }

  /** Index of the header of pool 0 of an arena in `snapshot.poolWords`. */
  headerOf({ firstPoolAddress }: ArenaRecord): number {
    return (firstPoolAddress / this.profile.geometry.poolSize - this.snapshot.firstPoolUnit) * POOL_WORDS;
  }

  /** By pool-sized unit of memory, from `snapshot.firstPoolUnit` on: the number of the pool there, −1 for none. */
  get poolOfUnit(): Int32Array {
    if (this.#poolOfUnit) return this.#poolOfUnit;
    const pools = new Int32Array(this.snapshot.poolWords.length / POOL_WORDS).fill(-1);
    this.arenas.forEach((arena, index) => {
      const unit = this.headerOf(arena) / POOL_WORDS;
      const first = this.firstPool[index];
      for (let pool = 0; pool < arena.ntotalpools; pool++) pools[unit + pool] = first + pool;
    });
    this.#poolOfUnit = pools;
    return pools;
  }

  /** By number of a pool: the index of its arena in `arenas`. */
  get arenaOfPool(): Uint32Array {
    if (this.#arenaOfPool) return this.#arenaOfPool;
    const arenas = new Uint32Array(this.poolCount);
    for (let index = 0; index < this.arenas.length; index++) {
      arenas.fill(index, this.firstPool[index], this.firstPool[index + 1]);
    }
    this.#arenaOfPool = arenas;
    return arenas;
  }

  /** Number of the pool that `address` lies in; −1 for none. */
  poolAt(address: number): number {
    const unit = Math.floor(address / this.profile.geometry.poolSize) - this.snapshot.firstPoolUnit;
    return this.poolOfUnit[unit] ?? -1;
  }

  /** The pool with this number. */
  pool(number: number): PoolRecord {
    const arena = this.arenaOfPool[number];
    return this.arenas[arena].pool(number - this.firstPool[arena]);
  }

  /** The size class of the block at `address`; −1 where that is in no pool. */
  classAt(address: number): number {
    const number = address === 0 ? -1 : this.poolAt(address);
    if (number < 0) return -1;
    const unit = Math.floor(address / this.profile.geometry.poolSize) - this.snapshot.firstPoolUnit;
    return this.snapshot.poolWords[unit * POOL_WORDS + POOL_WORD.szidx];
  }
}
