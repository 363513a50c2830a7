/** Blocks that are older than what is asked about, and have the address of something in it. */
import type { PythonMemory } from "./pythonmemory.js";

/**
 * Addresses of the blocks outside of pools that are not asked about and have a word that is one of `wanted`. A walk over all words in use;
 * they have 32 bits, for only an attached interpreter has older blocks.
 */
export function olderHolders({ space, raw, asked, pools }: PythonMemory, wanted: ReadonlySet<number>): number[] {
  const holders: number[] = [];
  if (wanted.size === 0 || asked === null) return holders;
  const { buffer, byteOffset, length } = space.bytes(0, raw.end);
  const words = new Uint32Array(buffer, byteOffset, length >>> 2);
  let [lowest, highest] = [raw.end, 0];
  for (const address of wanted) {
    if (address < lowest) lowest = address;
    if (address > highest) highest = address;
  }
  raw.forEach((block, bytes) => {
    if (bytes >= pools.arenaBytes) return; // an arena, or tables: a container as long as that is passed over
    for (let at = block >>> 2, end = (block + bytes) >>> 2; at < end; at++) {
      const word = words[at];
      if (word < lowest || word > highest || !wanted.has(word)) continue;
      if (!asked.has(block)) holders.push(block);
      return;
    }
  });
  return holders;
}
