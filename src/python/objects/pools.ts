/**
 * The live blocks of the pools, numbered in order of pool and address: block b of all is node b. From an address to its number in O(1), with
 * two bytes a block and no map.
 *
 *     address ─► unit of a pool's size ─► directory ─► leaf ─► pool ─► slot ─► ordinal among the pool's live blocks
 */

/** The pools in use: a column for each property, an entry for each pool. */
export interface PoolColumns {
  /** Bytes of a pool, and what its address is a multiple of. */
  readonly poolSize: number;
  /** Bytes before the first block of a pool. */
  readonly poolOverhead: number;
  readonly addresses: Float64Array;
  readonly blockSizes: Uint32Array;
  /** Blocks that fit into the pool, at most 65,534. */
  readonly capacities: Uint32Array;
  /** Position in `arenas` of each pool's arena. */
  readonly arenaOf: Int32Array;
  /** Addresses of the arenas, in order of obtaining where that is known; bytes of each. */
  readonly arenas: Float64Array;
  readonly arenaBytes: number;
  /** 1 for a live block: slots of one pool after the other, `capacities` of each. */
  readonly isLive: Uint8Array;
}

/** Units of a leaf. */
const LEAF = 4096;

export class LiveBlocks {
  /** Live blocks. */
  readonly count: number;
  /** Number of the first live block of each pool, with `count` at the end. */
  readonly firsts: Uint32Array;
  readonly pools: PoolColumns;
  /** By slot: 0 if the block is free, otherwise one more than its ordinal among the live blocks of its pool. */
  readonly #ordinals: Uint16Array;
  /** First slot of each pool. */
  readonly #firstSlots: Uint32Array;
  readonly #firstUnit: number;
  /** One more than a pool's index, by unit: leaves of `LEAF` units. Leaf 0 is empty. */
  readonly #directory: Uint32Array;
  readonly #leaves: Uint32Array;
  readonly #poolSize: number;
  readonly #poolOverhead: number;

  constructor(pools: PoolColumns) {
    this.pools = pools;
    this.#poolSize = pools.poolSize;
    this.#poolOverhead = pools.poolOverhead;
    const { addresses, capacities, isLive, poolSize } = pools;
    const n = addresses.length;
    this.firsts = new Uint32Array(n + 1);
    this.#firstSlots = new Uint32Array(n + 1);
    this.#ordinals = new Uint16Array(isLive.length);
    let [slot, count] = [0, 0];
    for (let pool = 0; pool < n; pool++) {
      const first = count;
      for (const end = slot + capacities[pool]; slot < end; slot++)
        if (isLive[slot] === 1) this.#ordinals[slot] = ++count - first;
      this.#firstSlots[pool + 1] = slot;
      this.firsts[pool + 1] = count;
    }
    this.count = count;

    const units = addresses.map((address) => address / poolSize);
    const [lowest, highest] = units.reduce(([low, high], unit) => [Math.min(low, unit), Math.max(high, unit)], [
      Infinity,
      -1,
    ] as [number, number]);
    this.#firstUnit = n === 0 ? 0 : lowest;
    this.#directory = new Uint32Array(n === 0 ? 0 : Math.floor((highest - lowest) / LEAF) + 1);
    let leaves = 1;
    for (const unit of units) this.#directory[Math.floor((unit - lowest) / LEAF)] ||= leaves++;
    this.#leaves = new Uint32Array(leaves * LEAF);
    units.forEach((unit, pool) => {
      const at = unit - lowest;
      this.#leaves[this.#directory[Math.floor(at / LEAF)] * LEAF + (at % LEAF)] = pool + 1;
    });
  }

  /** Whether `address` lies in a pool in use. */
  isInPool(address: number): boolean {
    return this.#poolAt(address) >= 0;
  }

  /** Number of the live block that has `address` in it; −1 if none has. */
  at(address: number): number {
    const pool = this.#poolAt(address);
    if (pool < 0) return -1;
    const offset = address - this.pools.addresses[pool] - this.#poolOverhead;
    if (offset < 0) return -1;
    const slot = this.#firstSlots[pool] + Math.floor(offset / this.pools.blockSizes[pool]);
    if (slot >= this.#firstSlots[pool + 1]) return -1;
    const ordinal = this.#ordinals[slot];
    return ordinal === 0 ? -1 : this.firsts[pool] + ordinal - 1;
  }

  /** Calls `visit` for each live block in order of numbers. `pool`: its position among the pools. */
  forEach(visit: (block: number, address: number, size: number, pool: number) => void): void {
    const { addresses, blockSizes } = this.pools;
    for (let pool = 0; pool < addresses.length; pool++) {
      const size = blockSizes[pool];
      let address = addresses[pool] + this.#poolOverhead;
      let block = this.firsts[pool];
      for (let slot = this.#firstSlots[pool]; slot < this.#firstSlots[pool + 1]; slot++, address += size)
        if (this.#ordinals[slot] !== 0) visit(block++, address, size, pool);
    }
  }

  /** Index of the pool that has `address` in it; −1 if none has. */
  #poolAt(address: number): number {
    const unit = Math.floor(address / this.#poolSize) - this.#firstUnit;
    if (unit < 0) return -1;
    const leaf = Math.floor(unit / LEAF);
    if (leaf >= this.#directory.length) return -1;
    return this.#leaves[this.#directory[leaf] * LEAF + (unit % LEAF)] - 1;
  }
}
