/** The model's own count of what `sys._debugmallocstats()` reports, to set against the numbers of the core's heap. */
import type { Geometry } from "../../src/geometry/geometry.js";
import type { ArenaMapStats, PymallocStats } from "../../src/inspect/stats.js";
import type { ArenaMapBits } from "./builds.js";
import type { Model } from "./model.js";

export interface StatsOptions {
  /** Address bits of the arena map; there is none unless given. */
  readonly arenaMapBits?: ArenaMapBits;
  /** Whether the report has lines about arenas: 2.5 on, and the default. */
  readonly reportsArenas?: boolean;
}

/** Arenas have virtual addresses for the map: this base, and their ordinal × arena size. */
const VIRTUAL_BASE = 2 ** 36;

/** Bits of an arena's number that choose in a bottom node, in a mid node; bytes of the root, a mid and a bottom node. */
const ARENA_MAPS = {
  48: { botBits: 8, midBits: 10, root: 8192, mid: 8192, bot: 2048 },
  64: { botBits: 14, midBits: 15, root: 262144, mid: 262144, bot: 131072 },
};

/** The statistics of `model`, a model of that geometry. Nodes of the map are counted over all arenas that ever were. */
export function modelStats(model: Model, geometry: Geometry, options: StatsOptions = {}): PymallocStats {
  const { arenaMapBits = null, reportsArenas = true } = options;
  return {
    threshold: geometry.threshold,
    classCount: geometry.threshold / geometry.alignment,
    arenaSize: geometry.arenaSize,
    poolSize: geometry.poolSize,
    poolOverhead: geometry.poolOverhead,
    classes: model.classes().filter(({ pools }) => pools > 0),
    mallocCalls: null,
    arenas: {
      obtained: model.arenasObtained,
      released: model.arenasReleased,
      high: model.arenasHigh,
      live: model.arenasLive,
      misaligned: model.misalignedArenas,
    },
    reportsArenas,
    unusedPools: model.unusedPools,
    ledger: model.ledger(),
    arenaMap: arenaMap(arenaMapBits, geometry.arenaSize, model.highestMarked),
  };
}

function arenaMap(bits: ArenaMapBits, arenaSize: number, highest: number): ArenaMapStats | null {
  if (bits === null) return null;
  if (bits === 32) {
    return { levels: 1, midNodes: 0, botNodes: 0, rootBytes: 131072, midBytes: 0, botBytes: 0 };
  }
  const { botBits, midBits, root, mid, bot } = ARENA_MAPS[bits];
  const numbers = Array.from({ length: highest + 1 }, (_, ordinal) => VIRTUAL_BASE / arenaSize + ordinal);
  const midNodes = new Set(numbers.map((number) => Math.floor(number / 2 ** (botBits + midBits)))).size;
  const botNodes = new Set(numbers.map((number) => Math.floor(number / 2 ** botBits))).size;
  return { levels: 3, midNodes, botNodes, rootBytes: root, midBytes: midNodes * mid, botBytes: botNodes * bot };
}
