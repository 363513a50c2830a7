/**
 * Blocks outside of pools under the debug hooks of `PYTHONMALLOC=debug`.
 *
 *     fence   −16 bytes asked for, big-endian │ −8 letter of the domain, 7 × FD │ block … │ 8 × FD
 *
 * Source: Objects/obmalloc.c, `_PyMem_DebugRawAlloc`. A large block of the domains "o" and "m" has another fence before its own, "r".
 */
import type { AddressRange, RawBlocks } from "./mallocblocks.js";
import type { Space } from "./space.js";

/** Bytes before a block. */
export const FENCE_BYTES = 16;
const FORBIDDEN = 0xfdfd_fdfd;

export class FencedBlocks implements RawBlocks {
  readonly start: number;
  readonly end: number;
  readonly #space: Space;

  /** `ranges`: memory that malloc may have its blocks in. */
  constructor(space: Space, ranges: readonly AddressRange[]) {
    this.#space = space;
    this.start = Math.min(...ranges.map(({ start }) => start));
    this.end = Math.max(...ranges.map(({ end }) => end));
  }

  sizeAt(address: number): number {
    if (address % 8 !== 0 || !isFence(this.#space, address)) return 0;
    const bytes = this.#space.bytes(address - FENCE_BYTES, address - 8);
    const size = bytes.length < 8 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
    return size < this.end - this.start ? Number(size) : 0;
  }
}

/** Whether the words before `block` are a fence. */
export const isFence = (space: Space, block: number): boolean =>
  space.uint32(block - 4) === FORBIDDEN && space.uint32(block - 8) >>> 8 === FORBIDDEN >>> 8;
