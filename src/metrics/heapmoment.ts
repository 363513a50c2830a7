/** A heap at a moment, as the metrics see it. */

/** Blocks of one size, or of a range of sizes: what their holders may use, and what they asked for. */
export interface SizeUse {
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly blocks: number;
  readonly usableBytes: number;
  readonly askedBytes: number;
}

/** A page of blocks of one size (a pool of pymalloc), with at least one live block. */
export interface PageUse {
  readonly bytes: number;
  /** From one block to the next. */
  readonly blockBytes: number;
  /** Blocks that it has room for. */
  readonly capacity: number;
  readonly live: number;
  /** A bit a block, 1 where it is live, 32 to a word. */
  readonly bitmap: Uint32Array;
}

/** A piece of memory that goes back to the system as a whole (an arena of pymalloc), with at least one live block. */
export interface UnitUse {
  readonly bytes: number;
  readonly liveBlocks: number;
  readonly liveBytes: number;
}

/** Where every mapped byte is: live + free + overhead + unused. And what the free ones look like. */
export interface HeapLayout {
  /** Of live blocks, as their holders may use them. */
  readonly liveBytes: number;
  readonly freeBytes: number;
  readonly overheadBytes: number;
  readonly unusedBytes: number;
  /** Stretches of memory that could be handed out: free ones and unused ones. */
  readonly freeRegions: number;
  readonly largestFreeBytes: number;
  /** Σ bytes² over them. */
  readonly freeSquares: number;
  /** Outside mapped memory, and so not held: what the allocator would keep in tables of its own. */
  readonly tableBytes: number;
  /** In order of size. */
  readonly sizes: readonly SizeUse[];
  /** Those with a live block; `null` for a strategy without pages of one size. */
  readonly pages: readonly PageUse[] | null;
  /** Those with a live block; `null` for a strategy that gives memory back page by page, or never. */
  readonly units: readonly UnitUse[] | null;
}

export interface HeapMoment {
  /** The mark's name, or what is special about the moment. */
  readonly name: string;
  /** Events run. */
  readonly position: number;
  /** Asked for and live. */
  readonly liveBytes: number;
  readonly heldBytes: number;
  readonly residentBytes: number | null;
  /** `null` for foreign wasm, which cannot be walked. */
  readonly layout: HeapLayout | null;
}
