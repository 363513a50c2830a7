/**
 * The numbers of a profile. They are data: one build runs every CPython's geometry.
 * Source of the names: obmalloc.c.
 */
import { RELEASE_KEEP_LAST } from "../layout/codes";
import {
  DUMMY_SIZE_IDX,
  GEOMETRY,
  GEOMETRY_ALIGNMENT_SHIFT,
  GEOMETRY_ARENA_BITS,
  GEOMETRY_FINGERS,
  GEOMETRY_MAX_REQUEST,
  GEOMETRY_POOL_BITS,
  GEOMETRY_POOL_OVERHEAD,
  GEOMETRY_POOL_SIZE,
  GEOMETRY_RELEASE,
  GEOMETRY_SIZE,
  GEOMETRY_TAKES_OVER_RAW,
  GEOMETRY_THRESHOLD,
  MAX_POOLS_IN_ARENA,
  NB_SMALL_SIZE_CLASSES_MAX,
} from "../layout/layout";
import { stateAt } from "../layout/place";

@unmanaged
export class Geometry {
  // Written by the host.

  /** Logarithms of ARENA_SIZE and of POOL_SIZE. */
  arenaBits: u32;
  poolBits: u32;
  /** ALIGNMENT_SHIFT. */
  alignmentShift: u32;
  /** SMALL_REQUEST_THRESHOLD. */
  threshold: usize;
  /** POOL_OVERHEAD. */
  poolOverhead: usize;
  /** One of RELEASE_…. */
  release: u32;
  /** 1: nfp2lasta keeps the usable arenas in order (3.8 on); 0: a linear slide. */
  fingers: u32;
  /** 1: realloc moves a raw block of at most `threshold` bytes into a pool (2.3); else 0. */
  takesOverRaw: u32;
  /** Requests of more bytes are refused: PY_SSIZE_T_MAX, INT_MAX, or what 32 bits hold. */
  maxRequest: usize;

  // These follow, by takeGeometry.

  /** ARENA_SIZE. */
  arenaSize: usize;
  /** POOL_SIZE. */
  poolSize: usize;
  /** MAX_POOLS_IN_ARENA. */
  poolsInArena: u32;
  /** NB_SMALL_SIZE_CLASSES. */
  classCount: u32;
}

export const geometry: Geometry = changetype<Geometry>(stateAt(GEOMETRY));

/**
 * Takes the numbers over that the host has written into GEOMETRY. Returns false, and derives nothing, for a geometry that is not
 * valid; the rules are those of `src/geometry/geometry.ts`.
 */
export function takeGeometry(): bool {
  const arenaBits = geometry.arenaBits;
  const poolBits = geometry.poolBits;
  const alignmentShift = geometry.alignmentShift;
  const threshold = geometry.threshold;
  const poolOverhead = geometry.poolOverhead;
  if (arenaBits > 26 || poolBits < 10 || poolBits > 16 || arenaBits <= poolBits || arenaBits - poolBits > 16)
    return false;
  if (alignmentShift < 3 || alignmentShift > 6 || geometry.release > <u32>RELEASE_KEEP_LAST) return false;
  const alignmentMask: usize = (1 << alignmentShift) - 1;
  const poolSize: usize = 1 << poolBits;
  if (!threshold || ((threshold | poolOverhead) & alignmentMask) != 0) return false;
  if (threshold > poolSize || poolOverhead > poolSize || poolOverhead + 2 * threshold > poolSize) return false;
  geometry.arenaSize = 1 << arenaBits;
  geometry.poolSize = poolSize;
  geometry.poolsInArena = 1 << (arenaBits - poolBits);
  geometry.classCount = <u32>(threshold >>> alignmentShift);
  return true;
}

const maxPoolsInArena: u32 = 1 << 16;
if (maxPoolsInArena != MAX_POOLS_IN_ARENA) ERROR("MAX_POOLS_IN_ARENA is not what takeGeometry allows");
const maxClasses: u32 = 32768 / 8;
if (maxClasses != NB_SMALL_SIZE_CLASSES_MAX) ERROR("NB_SMALL_SIZE_CLASSES_MAX is not what takeGeometry allows");
if (NB_SMALL_SIZE_CLASSES_MAX > DUMMY_SIZE_IDX) ERROR("DUMMY_SIZE_IDX is a size class");
if (offsetof<Geometry>() > GEOMETRY_SIZE) ERROR("struct Geometry outgrows its slot: raise GEOMETRY_SIZE");
if (offsetof<Geometry>("arenaBits") != GEOMETRY_ARENA_BITS) ERROR("GEOMETRY_ARENA_BITS");
if (offsetof<Geometry>("poolBits") != GEOMETRY_POOL_BITS) ERROR("GEOMETRY_POOL_BITS");
if (offsetof<Geometry>("alignmentShift") != GEOMETRY_ALIGNMENT_SHIFT) ERROR("GEOMETRY_ALIGNMENT_SHIFT");
if (offsetof<Geometry>("threshold") != GEOMETRY_THRESHOLD) ERROR("GEOMETRY_THRESHOLD");
if (offsetof<Geometry>("poolOverhead") != GEOMETRY_POOL_OVERHEAD) ERROR("GEOMETRY_POOL_OVERHEAD");
if (offsetof<Geometry>("release") != GEOMETRY_RELEASE) ERROR("GEOMETRY_RELEASE");
if (offsetof<Geometry>("fingers") != GEOMETRY_FINGERS) ERROR("GEOMETRY_FINGERS");
if (offsetof<Geometry>("takesOverRaw") != GEOMETRY_TAKES_OVER_RAW) ERROR("GEOMETRY_TAKES_OVER_RAW");
if (offsetof<Geometry>("maxRequest") != GEOMETRY_MAX_REQUEST) ERROR("GEOMETRY_MAX_REQUEST");
if (offsetof<Geometry>("poolSize") != GEOMETRY_POOL_SIZE) ERROR("GEOMETRY_POOL_SIZE");
