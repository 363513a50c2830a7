/**
 * The numbers of a heap, as `sys._debugmallocstats()` counts them: what a report says, and what it leaves to its
 * reader.
 *
 *     arenas live × arena size = allocated + available + unused pools + headers + quantization + arena alignment
 *
 * Source: obmalloc.c, `pymalloc_print_stats`; pycore_obmalloc.h for the arena map.
 */
import { blockSize, blocksPerPool, classCount, quantization } from "../geometry/geometry.js";
import type { Profile } from "../geometry/profiles.js";

/** A size class of which at least one pool has a block in use. */
export interface SizeClassStats {
  /** Index of the class, from 0. */
  readonly szidx: number;
  /** Bytes of one block. */
  readonly blockSize: number;
  /** Pools of the class with at least one block in use. */
  readonly pools: number;
  /** Blocks in use. */
  readonly blocks: number;
  /** Blocks of these pools that are not in use. */
  readonly available: number;
}

/** Counts of arenas since the process began. Builds before 2.5 never release one. */
export interface ArenaStats {
  readonly obtained: number;
  readonly released: number;
  /** The most that were live at one time. */
  readonly high: number;
  /** obtained − released. */
  readonly live: number;
  /** Live arenas whose base is no multiple of the pool size; each has one pool less. */
  readonly misaligned: number;
}

/** Where the bytes of the live arenas are. All in bytes. */
export interface Ledger {
  /** Blocks in use, at the size of their class. */
  readonly allocated: number;
  /** Blocks not in use, of pools that have others in use. */
  readonly available: number;
  /** Pools without a block in use, carved or not. */
  readonly unusedPools: number;
  /** Headers of the pools in use. */
  readonly headers: number;
  /** Ends of the pools in use where no block fits. */
  readonly quantization: number;
  /** Heads and tails of misaligned arenas: one pool each. */
  readonly arenaAlignment: number;
  /** The sum of the six; always `arenas.live` × `arenaSize`. */
  readonly total: number;
}

/** The radix tree of arena addresses (3.10 on), which lies outside the arenas. */
export interface ArenaMapStats {
  /** 3 on 64 bits; 1 on 32 bits, where the root is all there is and the other fields are 0. */
  readonly levels: 1 | 3;
  /** Nodes ever made; none is freed. */
  readonly midNodes: number;
  readonly botNodes: number;
  /** Bytes of the root, of all mid nodes, of all bottom nodes. */
  readonly rootBytes: number;
  readonly midBytes: number;
  readonly botBytes: number;
}

export interface PymallocStats {
  /** SMALL_REQUEST_THRESHOLD: bytes of the largest request that pools serve. */
  readonly threshold: number;
  /** NB_SMALL_SIZE_CLASSES. */
  readonly classCount: number;
  /** Bytes of an arena, and of a pool. */
  readonly arenaSize: number;
  readonly poolSize: number;
  /** Bytes of a pool header; `null` where a text was read that has no pool in use, and so does not tell. */
  readonly poolOverhead: number | null;
  /** Classes with a pool in use, in ascending order. */
  readonly classes: readonly SizeClassStats[];
  /** Calls that the debug hooks counted; `null` where they are off, or the build (3.8 on) does not count. */
  readonly mallocCalls: number | null;
  readonly arenas: ArenaStats;
  /** Whether the text has the lines about arenas obtained, released and live (2.5 on). */
  readonly reportsArenas: boolean;
  /** Pools without a block in use, carved or not, of all live arenas. */
  readonly unusedPools: number;
  readonly ledger: Ledger;
  /** `null` before 3.10. */
  readonly arenaMap: ArenaMapStats | null;
}

/** What a heap counts; everything else is derived. */
export interface PymallocCounts {
  /** By size class: pools with at least one block in use, and blocks in use. */
  readonly pools: ArrayLike<number>;
  readonly blocks: ArrayLike<number>;
  readonly arenasObtained: number;
  readonly arenasReleased: number;
  readonly arenasHigh: number;
  readonly arenasLive: number;
  /** Live arenas whose base is no multiple of the pool size. */
  readonly misalignedArenas: number;
  readonly unusedPools: number;
  /**
   * The highest virtual arena number ever marked in the arena map, −1 when none was. Arena `n` is at 2^36 + n × arena
   * size; one whose base is no multiple of the arena size also marks n + 1.
   */
  readonly arenaMapHigh: number;
}

/** The statistics of a heap of `profile` that has these counts. */
export function pymallocStats(profile: Profile, counts: PymallocCounts): PymallocStats {
  const g = profile.geometry;
  const classes = sizeClasses(profile, counts);
  const sum = (bytes: (c: SizeClassStats) => number): number => classes.reduce((total, c) => total + bytes(c), 0);
  return {
    threshold: g.threshold,
    classCount: classCount(g),
    arenaSize: g.arenaSize,
    poolSize: g.poolSize,
    poolOverhead: g.poolOverhead,
    classes,
    mallocCalls: null,
    arenas: {
      obtained: counts.arenasObtained,
      released: counts.arenasReleased,
      high: counts.arenasHigh,
      live: counts.arenasLive,
      misaligned: counts.misalignedArenas,
    },
    reportsArenas: profile.reportsArenas,
    unusedPools: counts.unusedPools,
    ledger: withTotal({
      allocated: sum((c) => c.blocks * c.blockSize),
      available: sum((c) => c.available * c.blockSize),
      unusedPools: counts.unusedPools * g.poolSize,
      headers: sum((c) => c.pools * g.poolOverhead),
      quantization: sum((c) => c.pools * quantization(g, c.szidx)),
      arenaAlignment: counts.misalignedArenas * g.poolSize,
    }),
    arenaMap: arenaMapStats(profile, counts.arenaMapHigh),
  };
}

function sizeClasses(profile: Profile, { pools, blocks }: PymallocCounts): SizeClassStats[] {
  const g = profile.geometry;
  return Array.from({ length: classCount(g) }, (_, szidx) => ({
    szidx,
    blockSize: blockSize(g, szidx),
    pools: pools[szidx],
    blocks: blocks[szidx],
    available: pools[szidx] * blocksPerPool(g, szidx) - blocks[szidx],
  })).filter((c) => c.pools > 0);
}

const withTotal = (l: Omit<Ledger, "total">): Ledger => ({
  ...l,
  total: l.allocated + l.available + l.unusedPools + l.headers + l.quantization + l.arenaAlignment,
});

const VIRTUAL_BASE = 2 ** 36;
/** Bytes of an entry of a bottom node: two 32-bit numbers. */
const BOT_ENTRY = 8;
const POINTER = 8;

/**
 * The arena map of a heap of `profile` in which the arenas numbered 0 to `high` were marked (see
 * `PymallocCounts.arenaMapHigh`); `null` where the build has no map.
 */
export function arenaMapStats(profile: Profile, high: number): ArenaMapStats | null {
  const addressBits = profile.arenaMapBits;
  if (addressBits === null) return null;
  const { arenaSize } = profile.geometry;
  const numberBits = addressBits - Math.log2(arenaSize);
  if (addressBits === 32) {
    return { levels: 1, midNodes: 0, botNodes: 0, rootBytes: 2 ** numberBits * BOT_ENTRY, midBytes: 0, botBytes: 0 };
  }
  const interiorBits = Math.floor((numberBits + 2) / 3);
  const botBits = numberBits - 2 * interiorBits;
  const first = VIRTUAL_BASE / arenaSize;
  const nodes = (bits: number): number =>
    high < 0 ? 0 : Math.floor((first + high) / 2 ** bits) - Math.floor(first / 2 ** bits) + 1;
  const midNodes = nodes(botBits + interiorBits);
  const botNodes = nodes(botBits);
  const interiorBytes = 2 ** interiorBits * POINTER;
  return {
    levels: 3,
    midNodes,
    botNodes,
    rootBytes: interiorBytes,
    midBytes: midNodes * interiorBytes,
    botBytes: botNodes * 2 ** botBits * BOT_ENTRY,
  };
}

/** Pools that would become unused if the blocks of class `c` were packed into as few pools as can hold them. */
export const poolsFreedByPacking = (c: SizeClassStats): number =>
  c.pools - Math.ceil(c.blocks / ((c.blocks + c.available) / c.pools));
