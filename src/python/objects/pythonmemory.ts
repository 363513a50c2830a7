/** A Python as this room reads it: an address space, the layout of its objects, and where its allocators put them. */
import type { Layout } from "../layouts/pythonlayout.js";
import type { AddressRange, ListedBlocks, RawBlocks } from "../space/mallocblocks.js";
import type { Space } from "../space/space.js";
import type { PoolColumns } from "./pools.js";

export interface PythonMemory {
  readonly space: Space;
  readonly layout: Layout;
  readonly pools: PoolColumns;
  /** The allocator of what is not in pools. */
  readonly raw: RawBlocks;
  /** Where the program's static data lies: types and singletons that nobody allocated. */
  readonly statics: readonly AddressRange[];
  /** Address of `PyType_Type`. */
  readonly typeType: number;
  /** What is asked about; `null` if everything is. What is not is older: it was there before. */
  readonly asked: AskedBlocks | null;
  /** `raw`, where something is asked about. */
  readonly listed: ListedBlocks | null;
  /** Names of static types, by address, where the constants of the program are missing; `null` where they are there. */
  readonly typeNames: ReadonlyMap<number, string> | null;
  /** Addresses of the interpreters' states, the main one first. */
  readonly interpreters: readonly number[];
}

/** Blocks by their addresses, those in pools included. */
export interface AskedBlocks {
  has(block: number): boolean;
  /** Bytes that the block was asked for. */
  bytesOf(block: number): number;
  forEach(visit: (block: number) => void): void;
}
