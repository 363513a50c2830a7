/** Blocks of the C library's allocator. */

export interface RawBlocks {
  /** Usable bytes of the block in use that starts at `address`; 0 if none does. */
  sizeAt(address: number): number;
  /** Of the memory that the allocator has got from the system. */
  readonly start: number;
  readonly end: number;
}

/** An allocator whose blocks can be walked. */
export interface ListedBlocks extends RawBlocks {
  /** Start of the block in use that has `address` in it; 0 if none has. */
  blockAt(address: number): number;
  /**
   * Calls `visit` for stretches that have all blocks in use, by address: each is one block of 64 KiB or more, or many that are smaller, with
   * free memory between them. Both ends are multiples of 4.
   */
  forEachStretch(visit: (start: number, end: number) => void): void;
}

export interface AddressRange {
  readonly start: number;
  readonly end: number;
}
