/**
 * Pages that look like a pool of pymalloc: they have a header whose fields agree.
 *
 *     pool_header   0 ref.count (32 bits), 0 │ 8 freeblock │ 16 nextpool │ 24 prevpool │ 32 arenaindex │ 36 szidx │ 40 nextoffset │ 44 maxnextoffset
 *
 *     szidx ≤ 31 · maxnextoffset = pool size − block size · nextoffset = 48 + k blocks, 2 ≤ k ≤ capacity · ref.count ≤ capacity
 *     freeblock is 0 exactly when ref.count = capacity, otherwise a block below nextoffset
 *
 * Source: Objects/obmalloc.c, `struct pool_header`; the same on 64 bits from 3.7 on. Copies of pools, and
 * pools of arenas that are gone, look the same: arenas.ts tells them apart.
 */
import type { Geometry } from "../../geometry/geometry.js";
import { blockSize, blocksPerPool, classCount } from "../../geometry/geometry.js";
import { endOf, type Region, wordsOf } from "./region.js";

export interface FoundPool {
  readonly address: number;
  readonly liveCount: number;
  readonly freeblock: number;
  readonly arenaIndex: number;
  readonly szidx: number;
  readonly nextoffset: number;
}

/** Arenas come from `mmap`: anonymous memory that can be written. */
const mayHaveArenas = ({ isWritable, isStatic, path }: Region): boolean => isWritable && !isStatic && path === "";

/** By address within each region. */
export function findPools(regions: readonly Region[], geometry: Geometry): FoundPool[] {
  const { poolSize } = geometry;
  const found: FoundPool[] = [];
  for (const region of regions.filter(mayHaveArenas)) {
    const words = wordsOf(region);
    const first = Math.ceil(region.start / poolSize) * poolSize;
    for (let address = first; address + poolSize <= endOf(region); address += poolSize) {
      const pool = poolAt(words, (address - region.start) / 4, address, geometry);
      if (pool !== null) found.push(pool);
    }
  }
  return found;
}

/** `at`: position in `words` of the pool at `address`. */
function poolAt(words: Uint32Array, at: number, address: number, geometry: Geometry): FoundPool | null {
  const { poolSize, poolOverhead } = geometry;
  const szidx = words[at + 9];
  if (szidx >= classCount(geometry)) return null;
  const size = blockSize(geometry, szidx);
  const capacity = blocksPerPool(geometry, szidx);
  const [liveCount, zero, nextoffset, maxnextoffset] = [words[at], words[at + 1], words[at + 10], words[at + 11]];
  if (maxnextoffset !== poolSize - size || liveCount > capacity || zero !== 0) return null;
  const carved = (nextoffset - poolOverhead) / size;
  if (carved < 2 || carved > capacity || !Number.isInteger(carved)) return null;
  const freeblock = words[at + 2] + words[at + 3] * 2 ** 32;
  const offset = freeblock - address;
  const isBlock = offset >= poolOverhead && offset < nextoffset && (offset - poolOverhead) % size === 0;
  if (freeblock === 0 ? liveCount !== capacity : !isBlock) return null;
  return { address, liveCount, freeblock, arenaIndex: words[at + 8], szidx, nextoffset };
}
