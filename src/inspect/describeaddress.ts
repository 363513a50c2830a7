/** What is at an address: the words for a pointer that is no live block. */
import * as layout from "../memory/layout.js";
import type { Memory } from "../memory/memory.js";
import { rawBlocks } from "./rawblocks.js";
import type { ArenaRecord, PoolRecord, Snapshot } from "./snapshot.js";

const hex = (address: number): string => `0x${address.toString(16)}`;

function inPool(pool: PoolRecord, address: number): string {
  const poolName = `pool ${pool.index} of arena ${pool.arena.ordinal}`;
  const offset = address - pool.address;
  const { poolOverhead } = pool.arena.geometry;
  if (pool.state === "untouched") return `byte ${offset} of ${poolName}, never carved`;
  if (pool.szidx === null || offset < poolOverhead) return `byte ${offset} of the header of ${poolName}`;
  const index = Math.floor((offset - poolOverhead) / pool.blockSize);
  if (index >= pool.capacity) return `byte ${offset} of ${poolName}, class ${pool.blockSize}, behind its last block`;
  const block = pool.blocks()[index];
  const blockName = `block ${index} of ${poolName}, class ${pool.blockSize}`;
  if (address !== block.address) return `byte ${address - block.address} of ${blockName}`;
  if (block.state === "untouched") return `${blockName}, never handed out`;
  if (block.state === "allocated") return `${blockName}, allocated`;
  return `${blockName}, already free`;
}

function inArena(arena: ArenaRecord, address: number): string {
  const { poolSize } = arena.geometry;
  const index = Math.floor((address - arena.firstPoolAddress) / poolSize);
  if (index >= 0 && index < arena.ntotalpools) return inPool(arena.pool(index), address);
  return `byte ${address - arena.address} of arena ${arena.ordinal}, outside its pools`;
}

function inRaw(memory: Memory, address: number): string | null {
  for (const block of rawBlocks(memory)) {
    if (address < block.address - layout.RAW_HEADER || address >= block.address + block.size) continue;
    if (block.state === "free") return `free space of the raw domain (${block.size} bytes at ${hex(block.address)})`;
    if (address === block.address) return `raw block of ${block.size} bytes, allocated`;
    if (address < block.address) return `the header of the raw block at ${hex(block.address)}`;
    return `byte ${address - block.address} of the raw block at ${hex(block.address)}`;
  }
  return null;
}

/** One line on what `address` is, as in "block 17 of pool 3 of arena 0, class 48, already free". */
export function describeAddress(snapshot: Snapshot, memory: Memory, address: number): string {
  const arena = snapshot.arenaAt(address);
  if (arena) return inArena(arena, address);
  return inRaw(memory, address) ?? `${hex(address)} is not in the heap`;
}
