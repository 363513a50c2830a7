/**
 * Every block of every pool as a number, its slot, so that columns of numbers can say something of millions of blocks.
 *
 *     arena 0               arena 1
 *     pool 0 │ pool 1 │ …   pool 0 │ …      a pool of a class with n blocks has n slots; pools that never had a class none
 *     0 … n-1  n … m
 *
 * Reads the heap as it is; good until it changes.
 */

import { blocksPerPool } from "../geometry/geometry.js";
import * as layout from "../memory/layout.js";
import type { Memory } from "../memory/memory.js";
import type { ArenaRecord, PoolRecord, Snapshot } from "./snapshot.js";

export class BlockSlots {
  /** Slots there are. */
  readonly count: number;
  /** Live blocks. */
  readonly liveCount: number;
  /** Pools that have slots, in order of slots, and the first slot of each, with the count at the end. */
  readonly pools: readonly PoolRecord[];
  readonly #firstSlots: Uint32Array;
  /** Bytes of a block of each pool, and where it starts. */
  readonly #blockSizes: Uint32Array;
  readonly #poolAddresses: Float64Array;
  /** 1 for a block in use. */
  readonly #isLive: Uint8Array;
  /** One more than the index of the pool in `pools`, by pool-sized unit; 0 for none. */
  readonly #poolOfUnit: Uint32Array;
  readonly #poolSize: number;
  readonly #poolOverhead: number;
  readonly #firstUnit: number;

  constructor(snapshot: Snapshot, memory: Memory) {
    const { geometry } = snapshot.profile;
    this.#poolSize = geometry.poolSize;
    this.#poolOverhead = geometry.poolOverhead;
    this.#firstUnit = snapshot.firstPoolUnit;
    this.#poolOfUnit = new Uint32Array(snapshot.poolWords.length / (layout.POOL_HEADER_SIZE / 4));
    const pools: PoolRecord[] = [];
    const firstSlots = [0];
    let count = 0;
    let liveCount = 0;
    for (const arena of snapshot.arenas) {
      for (const pool of arena.pools) {
        if (pool.count === 0 || pool.szidx === null) continue;
        pools.push(pool);
        this.#poolOfUnit[pool.address / this.#poolSize - this.#firstUnit] = pools.length;
        count += blocksPerPool(geometry, pool.szidx);
        liveCount += pool.count;
        firstSlots.push(count);
      }
    }
    this.count = count;
    this.liveCount = liveCount;
    this.pools = pools;
    this.#firstSlots = Uint32Array.from(firstSlots);
    this.#blockSizes = Uint32Array.from(pools, (pool) => pool.blockSize);
    this.#poolAddresses = Float64Array.from(pools, (pool) => pool.address);
    this.#isLive = new Uint8Array(count);
    pools.forEach((pool, index) => {
      const first = this.#firstSlots[index];
      const size = this.#blockSizes[index];
      const carved = (pool.nextoffset - this.#poolOverhead) / size;
      this.#isLive.fill(1, first, first + carved);
      let left = pool.capacity;
      for (let block = pool.freeblock; block !== 0 && left > 0; block = memory.read(block), left--) {
        this.#isLive[first + (block - pool.address - this.#poolOverhead) / size] = 0;
      }
    });
  }

  isLive(slot: number): boolean {
    return this.#isLive[slot] === 1;
  }

  /** The slot of the block that starts at `address`; −1 where no block of a pool in use does. */
  slotAt(address: number): number {
    const unit = Math.floor(address / this.#poolSize) - this.#firstUnit;
    const index = (this.#poolOfUnit[unit] ?? 0) - 1; // no index of the array outside of it
    if (index < 0) return -1;
    const offset = address - this.#poolAddresses[index] - this.#poolOverhead;
    const size = this.#blockSizes[index];
    if (offset < 0 || offset % size !== 0) return -1;
    const slot = this.#firstSlots[index] + offset / size;
    return slot < this.#firstSlots[index + 1] ? slot : -1;
  }

  /** Whether `address` lies in a pool that is in use. */
  isInPool(address: number): boolean {
    return (this.#poolOfUnit[Math.floor(address / this.#poolSize) - this.#firstUnit] ?? 0) !== 0;
  }

  /** Bytes of the block with this slot. */
  sizeOf(slot: number): number {
    return this.#blockSizes[this.poolIndexOf(slot)];
  }

  /** Index in `pools` of the pool of a slot. */
  poolIndexOf(slot: number): number {
    let [low, high] = [0, this.pools.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#firstSlots[middle] <= slot) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Calls `visit` for each live block, in order of slots. */
  forEachLive(visit: (slot: number, address: number, size: number, poolIndex: number) => void): void {
    this.pools.forEach((pool, index) => {
      const size = this.#blockSizes[index];
      const first = this.#firstSlots[index];
      let address = pool.address + this.#poolOverhead;
      for (let slot = first; slot < this.#firstSlots[index + 1]; slot++, address += size) {
        if (this.#isLive[slot] === 1) visit(slot, address, size, index);
      }
    });
  }

  /** The arena of the pool with this index in `pools`. */
  arenaOf(poolIndex: number): ArenaRecord {
    return this.pools[poolIndex].arena;
  }
}
