/** The blocks of a pool, told apart by what its header and its free list say. */
import type { Geometry } from "../geometry/geometry.js";
import type { Memory } from "../memory/memory.js";

/** What the blocks of a pool follow from: its address, its class and its header. `PoolRecord` has it. */
interface PoolHeader {
  readonly address: number;
  readonly arena: { readonly geometry: Geometry };
  /** `null` if the pool has no class yet. */
  readonly szidx: number | null;
  readonly blockSize: number;
  readonly capacity: number;
  readonly freeblock: number;
  readonly nextoffset: number;
}

/** `untouched`: never handed out. */
export type BlockState = "untouched" | "free" | "allocated";

export interface BlockRecord {
  /** Counts from the pool's first block. */
  readonly index: number;
  /** Bytes from the start of the pool. */
  readonly offset: number;
  readonly address: number;
  /** Bytes; the size of the class. */
  readonly size: number;
  readonly state: BlockState;
  /** Of a free block: its place on the free list, 0 for the one handed out next. */
  readonly freeIndex: number | null;
}

/** Addresses on the free list of `pool`, the next to be handed out first. */
export function freeList(memory: Memory, pool: PoolHeader): number[] {
  const list: number[] = [];
  for (let block = pool.freeblock; block !== 0 && list.length <= pool.capacity; block = memory.read(block))
    list.push(block);
  return list;
}

export function readBlocks(memory: Memory, pool: PoolHeader): BlockRecord[] {
  if (pool.szidx === null) return [];
  const freeIndices = new Map(freeList(memory, pool).map((block, index) => [block, index]));
  const { poolOverhead } = pool.arena.geometry;
  return Array.from({ length: pool.capacity }, (_, index) => {
    const offset = poolOverhead + index * pool.blockSize;
    const address = pool.address + offset;
    const freeIndex = freeIndices.get(address) ?? null;
    const state = offset >= pool.nextoffset ? "untouched" : freeIndex === null ? "allocated" : "free";
    return { index, offset, address, size: pool.blockSize, state, freeIndex };
  });
}
