/**
 * An address space to read from. Addresses are byte addresses below 2^53; a word is a pointer's size. Reads never fail: memory that is not
 * there reads as 0.
 */
export interface Space {
  /** Bytes of a word, little-endian. */
  readonly wordBytes: 4 | 8;
  /** The word at `address`, a multiple of 4. A word of 64 bits is exact up to 2^53, which no address exceeds. */
  word(address: number): number;
  /** The 32 bits at `address`, a multiple of 4, unsigned. */
  uint32(address: number): number;
  byte(address: number): number;
  /** The bytes from `start` up to `end`, as far as memory is there without a gap: a view or a copy, good until the space changes. */
  bytes(start: number, end: number): Uint8Array;
  /** Whether all of the `length` bytes from `address` on are there. */
  has(address: number, length: number): boolean;
}

/** The bytes of the C string at `address`, at most `limit`, decoded as UTF-8. */
export function cString(space: Space, address: number, limit = 500): string {
  const bytes = space.bytes(address, address + limit);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end));
}

/** The word at `address` as a signed number. */
export function signedWord(space: Space, address: number): number {
  if (space.wordBytes === 4) return space.uint32(address) | 0;
  const high = space.uint32(address + 4) | 0;
  return high * 2 ** 32 + space.uint32(address);
}
