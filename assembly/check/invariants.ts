/** The invariants by number, and what a walk over the heap has counted. check.ts and checkmemory.ts test them. */
import { BROKEN, BROKEN_ADDRESS, BROKEN_SIZE } from "../layout/layout";

export const SOUND: u32 = 0;
/** usedpools: every used pool of a class and no other, linked both ways. */
export const RING: u32 = 1;
/** count + free blocks == carved blocks; full ⇔ no free block. */
export const FREE_LIST: u32 = 2;
/** szidx, nextoffset and maxnextoffset fit together. */
export const CARVING: u32 = 3;
/** nfreepools == empty pools + pools never carved; each empty pool on one stack. */
export const NFREEPOOLS: u32 = 4;
/** usable_arenas: every arena with a free pool and no other, ascending, linked both ways. */
export const USABLE_ORDER: u32 = 5;
/** nfp2lasta: the last arena with n free pools, or none. */
export const FINGERS: u32 = 6;
/** A descriptor is on unused_arena_objects ⇔ its address is 0. */
export const DESCRIPTORS: u32 = 7;
/** A wholly free arena goes back, as the release rule says. */
export const WHOLLY_FREE: u32 = 8;
/** The ledger's bytes == arenas × ARENA_SIZE. */
export const SUM: u32 = 9;
/** A header is not zero ⇔ it is of a carved pool of a live arena. */
export const FOREIGN: u32 = 10;
/** narenas, highwater, ntimes and the other counters of arenas agree with the walk. */
export const COUNTERS: u32 = 11;
/** The blocks of a region fill it. */
export const RAW_BLOCKS: u32 = 12;
/** No two free blocks are neighbours; each is tagged and in the index. */
export const RAW_FREE: u32 = 13;
/** RAW_STARTS has a bit for each raw block in use and no other. */
export const RAW_BITS: u32 = 14;
/** The counters of the raw domain agree with the walk. */
export const RAW_COUNTERS: u32 = 15;
/** Free spans of the system: tagged at both ends, in the index, no two neighbours, none at the top. */
export const SPANS: u32 = 16;
/** Mapped bytes == bytes of arenas and regions == all that is neither free nor above the top. */
export const SPANS_SUM: u32 = 17;

@unmanaged
class Tally {
  /** Where the rule is broken: a header, descriptor, block or span. */
  address: usize;
  /** Used and empty pools; live, wholly free and misaligned arenas; bytes of the ledger. */
  used: u32;
  empty: u32;
  live: u32;
  wholly: u32;
  misaligned: u32;
  nfreepools: u32;
  bytes: u64;
  /** Raw blocks in use, their payloads' bytes, free blocks; regions, their bytes. */
  rawBlocks: u32;
  rawBytes: usize;
  rawFree: u32;
  regions: u32;
  regionBytes: usize;
  /** Free spans of the system, their bytes. */
  freeSpans: u32;
  freeBytes: usize;
}

export const tally: Tally = changetype<Tally>(BROKEN);

export function startTally(): void {
  memory.fill(BROKEN, 0, offsetof<Tally>());
}

/** Notes where a rule is broken and returns the rule. */
export function breaks(rule: u32, address: usize): u32 {
  tally.address = address;
  return rule;
}

if (offsetof<Tally>() > BROKEN_SIZE) ERROR("struct Tally outgrows its slot: raise BROKEN_SIZE");
if (offsetof<Tally>("address") != BROKEN_ADDRESS) ERROR("BROKEN_ADDRESS");
