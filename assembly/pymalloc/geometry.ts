/**
 * The numbers of a profile. They are data: one build runs every CPython's geometry.
 * Source of the names: obmalloc.c.
 */
import { RELEASE_KEEP_LAST } from "../layout/codes";
import {
  DUMMY_SIZE_IDX,
  GEOMETRY,
  GEOMETRY_POOL_SIZE,
  GEOMETRY_SIZE,
  MAX_POOLS_IN_ARENA,
  NB_SMALL_SIZE_CLASSES_MAX,
} from "../layout/layout";
import { stateAt } from "../layout/place";

@unmanaged
export class Geometry {
  /** ARENA_SIZE. */
  arenaSize: usize;
  /** POOL_SIZE, and its logarithm. */
  poolSize: usize;
  poolBits: u32;
  /** ALIGNMENT_SHIFT. */
  alignmentShift: u32;
  /** SMALL_REQUEST_THRESHOLD. */
  threshold: usize;
  /** POOL_OVERHEAD. */
  poolOverhead: usize;
  /** MAX_POOLS_IN_ARENA. */
  poolsInArena: u32;
  /** NB_SMALL_SIZE_CLASSES. */
  classCount: u32;
  /** One of RELEASE_…. */
  release: u32;
  /** Whether nfp2lasta keeps the usable arenas in order (3.8 on), or a linear slide. */
  fingers: bool;
  /** Whether realloc moves a raw block of at most `threshold` bytes into a pool (2.3). */
  takesOverRaw: bool;
  /** Requests of more bytes are refused: PY_SSIZE_T_MAX, INT_MAX, or what 32 bits hold. */
  maxRequest: usize;
}

export const geometry: Geometry = changetype<Geometry>(stateAt(GEOMETRY));

/**
 * Takes the numbers over. Sizes in bytes, as logarithms where named so.
 * Returns false, and takes nothing over, for a geometry that is not valid; the rules are those of `src/geometry/geometry.ts`.
 */
export function setGeometry(
  arenaBits: u32,
  poolBits: u32,
  alignmentShift: u32,
  threshold: usize,
  poolOverhead: usize,
  release: u32,
  fingers: bool,
  takesOverRaw: bool,
  maxRequest: usize,
): bool {
  if (arenaBits > 26 || poolBits < 10 || poolBits > 16 || arenaBits <= poolBits || arenaBits - poolBits > 16)
    return false;
  if (alignmentShift < 3 || alignmentShift > 6 || release > <u32>RELEASE_KEEP_LAST) return false;
  const alignmentMask: usize = (1 << alignmentShift) - 1;
  const poolSize: usize = 1 << poolBits;
  if (!threshold || ((threshold | poolOverhead) & alignmentMask) != 0) return false;
  if (threshold > poolSize || poolOverhead > poolSize || poolOverhead + 2 * threshold > poolSize) return false;
  geometry.arenaSize = 1 << arenaBits;
  geometry.poolSize = poolSize;
  geometry.poolBits = poolBits;
  geometry.alignmentShift = alignmentShift;
  geometry.threshold = threshold;
  geometry.poolOverhead = poolOverhead;
  geometry.poolsInArena = 1 << (arenaBits - poolBits);
  geometry.classCount = <u32>(threshold >>> alignmentShift);
  geometry.release = release;
  geometry.fingers = fingers;
  geometry.takesOverRaw = takesOverRaw;
  geometry.maxRequest = maxRequest;
  return true;
}

const maxPoolsInArena: u32 = 1 << 16;
if (maxPoolsInArena != MAX_POOLS_IN_ARENA) ERROR("MAX_POOLS_IN_ARENA is not what setGeometry allows");
const maxClasses: u32 = 32768 / 8;
if (maxClasses != NB_SMALL_SIZE_CLASSES_MAX) ERROR("NB_SMALL_SIZE_CLASSES_MAX is not what setGeometry allows");
if (NB_SMALL_SIZE_CLASSES_MAX > DUMMY_SIZE_IDX) ERROR("DUMMY_SIZE_IDX is a size class");
if (offsetof<Geometry>() > GEOMETRY_SIZE) ERROR("struct Geometry outgrows its slot: raise GEOMETRY_SIZE");
if (offsetof<Geometry>("poolSize") != GEOMETRY_POOL_SIZE) ERROR("GEOMETRY_POOL_SIZE");
