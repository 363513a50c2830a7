/** The words of a pool's header in the pool table, by name. */
import * as layout from "../../../memory/layout.js";

/** Words of a header. */
export const POOL_WORDS = layout.POOL_HEADER_SIZE / 4;

/** Indices of its fields among them. */
export const POOL_WORD = {
  count: layout.POOL_COUNT / 4,
  freeblock: layout.POOL_FREEBLOCK / 4,
  arenaindex: layout.POOL_ARENAINDEX / 4,
  szidx: layout.POOL_SZIDX / 4,
  nextoffset: layout.POOL_NEXTOFFSET / 4,
  maxnextoffset: layout.POOL_MAXNEXTOFFSET / 4,
} as const;
