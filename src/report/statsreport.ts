/** The numbers of `pymalloc stats`: what one report of `sys._debugmallocstats()`, or a heap image, says. */
import { profile, profileNames } from "../geometry/profiles.js";
import {
  type ArenaMapStats,
  arenaMapStats,
  type Ledger,
  type PymallocStats,
  poolsFreedByPacking,
} from "../inspect/stats.js";

/** One report of `--json`, which prints an array of them. */
export interface StatsJson {
  /** Names of the profiles of this geometry; none for a patched or custom build. */
  readonly profiles: readonly string[];
  readonly thresholdBytes: number;
  readonly classCount: number;
  readonly arenaSizeBytes: number;
  readonly poolSizeBytes: number;
  /** `null` when no pool is in use. */
  readonly poolHeaderBytes: number | null;
  /** Calls counted by the debug hooks; `null` where the text has no such line. */
  readonly mallocCalls: number | null;
  /** Counts of arenas; before 2.5, of which the text does not tell, nothing was released. */
  readonly arenas: PymallocStats["arenas"];
  readonly unusedPools: number;
  /** Classes with pools in use, ascending. */
  readonly classes: readonly {
    readonly szidx: number;
    readonly blockBytes: number;
    readonly pools: number;
    readonly allocatedBlocks: number;
    readonly availableBlocks: number;
    readonly allocatedBytes: number;
    readonly availableBytes: number;
    /** Pools that would be unused if the class's blocks were packed tightly. */
    readonly poolsFreedByPacking: number;
  }[];
  /** Where the bytes of the arenas are; `total` is the sum of the others. */
  readonly ledgerBytes: Ledger;
  /** `null` before 3.10; on 32 bits only the root is not 0. These bytes are outside the arenas. */
  readonly arenaMap: Omit<ArenaMapStats, "levels"> | null;
}

export function statsJson(s: PymallocStats): StatsJson {
  return {
    profiles: profilesLike(s),
    thresholdBytes: s.threshold,
    classCount: s.classCount,
    arenaSizeBytes: s.arenaSize,
    poolSizeBytes: s.poolSize,
    poolHeaderBytes: s.poolOverhead,
    mallocCalls: s.mallocCalls,
    arenas: s.arenas,
    unusedPools: s.unusedPools,
    classes: s.classes.map((c) => ({
      szidx: c.szidx,
      blockBytes: c.blockSize,
      pools: c.pools,
      allocatedBlocks: c.blocks,
      availableBlocks: c.available,
      allocatedBytes: c.blocks * c.blockSize,
      availableBytes: c.available * c.blockSize,
      poolsFreedByPacking: poolsFreedByPacking(c),
    })),
    ledgerBytes: s.ledger,
    arenaMap: s.arenaMap === null ? null : arenaMapJson(s.arenaMap),
  };
}

function arenaMapJson({ midNodes, botNodes, rootBytes, midBytes, botBytes }: ArenaMapStats): StatsJson["arenaMap"] {
  return { midNodes, botNodes, rootBytes, midBytes, botBytes };
}

/** Profiles whose text could have been `s`. */
export function profilesLike(s: PymallocStats): string[] {
  return profileNames().filter((name) => {
    const build = profile(name);
    const { threshold, alignment, arenaSize, poolSize, poolOverhead } = build.geometry;
    return (
      threshold === s.threshold &&
      threshold / alignment === s.classCount &&
      arenaSize === s.arenaSize &&
      poolSize === s.poolSize &&
      (s.poolOverhead === null || poolOverhead === s.poolOverhead) &&
      build.reportsArenas === s.reportsArenas &&
      arenaMapStats(build, -1)?.rootBytes === s.arenaMap?.rootBytes
    );
  });
}
