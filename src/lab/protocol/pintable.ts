/** What holds arenas. */
import type { SeenOwners } from "../../trace/recordedrun.js";

/** Live blocks in arenas that have something in common: a type, a line or a size class. */
export interface HoldingRow {
  /** Number of the type or line; szidx. */
  readonly key: number;
  /** As in "dict", "app.py:12 load", "48 bytes". */
  readonly name: string;
  readonly blocks: number;
  /** At the size of their classes. */
  readonly bytes: number;
}

export interface HolderRow extends HoldingRow {
  /** Ordinals of the arenas that they are in. */
  readonly arenas: Uint32Array;
  /** Bytes of arenas that are released if just these blocks are freed. */
  readonly releasedAloneBytes: number;
}

/** The same by what is known; `byType` and `byLine` are empty where nothing is. */
export interface By<Row> {
  readonly byType: readonly Row[];
  readonly byLine: readonly Row[];
  readonly byClass: readonly Row[];
}

export interface PinnedArenaRow {
  readonly ordinal: number;
  readonly address: number;
  readonly blocks: number;
  readonly bytes: number;
  /** Arena size − bytes. */
  readonly pinnedBytes: number;
  /** What holds it: at most eight of each, the most bytes first. */
  readonly holdings: By<HoldingRow>;
}

export interface PinTable {
  readonly position: number;
  /** Owners at the nearest look of a Python run; `null` if the run has no look. Arenas are ordinals of the recorded heap. */
  readonly owners: Omit<SeenOwners, "ways"> | null;
  /** Arenas with a live block, those that the fewest hold first. */
  readonly arenas: readonly PinnedArenaRow[];
  /** Those that release most first, then the most bytes. */
  readonly holders: By<HolderRow>;
  readonly liveBytes: number;
  readonly pinnedBytes: number;
}
