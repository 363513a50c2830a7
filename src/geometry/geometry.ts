/**
 * Geometry: the numbers that make one CPython build's small-object allocator.
 *
 * Source of the names: obmalloc.c (`ARENA_SIZE`, `POOL_SIZE`, `ALIGNMENT`, `SMALL_REQUEST_THRESHOLD`, `POOL_OVERHEAD`).
 */
import { orList } from "../text/orlist.js";
import { RELEASES, type ReleasePolicy } from "./release.js";

/** How the usable arenas are kept in order: by a linear `slide` (to 3.7) or by `fingers`, nfp2lasta (3.8 on). Same order. */
export type UsableOrder = "slide" | "fingers";

export interface Geometry {
  /** Bytes of an arena: a power of two, at most 64 MiB, 2 to 65,536 pools. */
  readonly arenaSize: number;
  /** Bytes of a pool: a power of two, 1 KiB to 64 KiB. */
  readonly poolSize: number;
  /** Bytes between size classes: a power of two, 8 to 64. */
  readonly alignment: number;
  /** The largest request in bytes that pools serve: a multiple of the alignment. */
  readonly threshold: number;
  /** Bytes at the start of each pool that hold its header: a multiple of the alignment. */
  readonly poolOverhead: number;
  readonly release: ReleasePolicy;
  readonly order: UsableOrder;
}

const KIB = 1024;
const MIB = 1024 * KIB;

const isPowerOfTwo = (n: number): boolean => Number.isInteger(n) && n > 0 && Number.isInteger(Math.log2(n));

/** Throws a `RangeError` that names the rule which `geometry` breaks; returns it when it breaks none. */
export function checkGeometry(geometry: Geometry): Geometry {
  const { arenaSize, poolSize, alignment, threshold, poolOverhead, release, order } = geometry;
  const rule = (holds: boolean, text: string): void => {
    if (!holds) throw new RangeError(`geometry: ${text}`);
  };
  rule(
    isPowerOfTwo(arenaSize) && arenaSize <= 64 * MIB,
    `arena must be a power of two, at most 64 MiB, not ${arenaSize}`,
  );
  rule(
    isPowerOfTwo(poolSize) && poolSize >= KIB && poolSize <= 64 * KIB,
    `pool must be a power of two from 1 KiB to 64 KiB, not ${poolSize}`,
  );
  rule(
    arenaSize / poolSize >= 2 && arenaSize / poolSize <= 65536,
    `arena must have 2 to 65,536 pools, not ${arenaSize < poolSize ? "less than one" : arenaSize / poolSize}`,
  );
  rule(
    isPowerOfTwo(alignment) && alignment >= 8 && alignment <= 64,
    `alignment must be a power of two from 8 to 64, not ${alignment}`,
  );
  rule(
    Number.isInteger(threshold) && threshold > 0 && threshold % alignment === 0,
    `threshold must be a positive multiple of the alignment ${alignment}, not ${threshold}`,
  );
  rule(
    Number.isInteger(poolOverhead) && poolOverhead >= 0 && poolOverhead % alignment === 0,
    `pool header must be a multiple of the alignment ${alignment}, not ${poolOverhead}`,
  );
  rule(
    poolOverhead + 2 * threshold <= poolSize,
    `pool of ${poolSize} must hold its header of ${poolOverhead} and two blocks of the threshold ${threshold}`,
  );
  rule(RELEASES.includes(release), `release must be ${orList(RELEASES)}, not ${release}`);
  rule(order === "slide" || order === "fingers", `order must be slide or fingers, not ${order}`);
  return geometry;
}

/** NB_SMALL_SIZE_CLASSES. */
export const classCount = (g: Geometry): number => g.threshold / g.alignment;

/** Bytes of a block of size class `szidx`. */
export const blockSize = (g: Geometry, szidx: number): number => (szidx + 1) * g.alignment;

/** The size class that serves a request of 1 to `threshold` bytes. */
export const sizeClassOf = (g: Geometry, nbytes: number): number => Math.ceil(nbytes / g.alignment) - 1;

/** NUMBLOCKS: blocks of size class `szidx` in a pool. */
export const blocksPerPool = (g: Geometry, szidx: number): number =>
  Math.floor((g.poolSize - g.poolOverhead) / blockSize(g, szidx));

/** Bytes at the end of a pool of size class `szidx` that no block can use. */
export const quantization = (g: Geometry, szidx: number): number => (g.poolSize - g.poolOverhead) % blockSize(g, szidx);

/** MAX_POOLS_IN_ARENA: pools of an arena whose base is a multiple of the pool size; one less otherwise. */
export const poolsPerArena = (g: Geometry): number => g.arenaSize / g.poolSize;
