/** Words that are no addresses. */
import type { Space } from "../space/space.js";

/** A word as a signed number. */
export function signedWord(space: Space, address: number, wordBytes: number): number {
  if (wordBytes === 4) return space.uint32(address) | 0;
  const high = space.uint32(address + 4) | 0;
  return high * 2 ** 32 + space.uint32(address);
}
