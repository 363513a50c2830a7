/**
 * Numbers with a meaning, which the core and its host must read alike: what stands in an event, an answer line, a bit mask, a policy.
 * Plain constants only, as in layout.ts.
 */

// ---- an event's first word: op, then domain, then id -------------------------------------------------

export const OP_MALLOC: u32 = 0;
export const OP_CALLOC: u32 = 1;
export const OP_REALLOC: u32 = 2;
export const OP_FREE: u32 = 3;
export const OP_MARK: u32 = 4;
export const OP_MASK: u32 = 7;

export const DOMAIN_OBJ: u32 = 0;
export const DOMAIN_MEM: u32 = 1;
export const DOMAIN_RAW: u32 = 2;
export const DOMAIN_SHIFT: u32 = 3;
export const DOMAIN_MASK: u32 = 3; // of the shifted word

export const ID_SHIFT: u32 = 5;

// ---- an answer line: two words ---------------------------------------------------------------------------

/** First words; any other is the ordinal of the arena in which a block was placed. The second word of these is 0 … */
export const ANSWER_RAW_BLOCK: u32 = 0xffffffff;
export const ANSWER_FREED: u32 = 0xfffffffc;
/** … and of these the ordinal of the arena. */
export const ANSWER_ARENA_OBTAINED: u32 = 0xfffffffe;
export const ANSWER_ARENA_RELEASED: u32 = 0xfffffffd;
/** The second word of a placement: the pool's index in its arena from this bit on, the offset in the pool below. */
export const ANSWER_POOL_SHIFT: u32 = 16;

// ---- what a replay watches ---------------------------------------------------------------------------------

/** Bits of REPLAY_WATCH: what the loop does after each event beside running it. */
export const WATCH_HASH: u32 = 1;
export const WATCH_ANSWERS: u32 = 2;
/** Bits of REPLAY_WATCH and REPLAY_STOPPED: stop after the event in which … */
export const STOP_ARENA_OBTAINED: u32 = 4;
export const STOP_ARENA_RELEASED: u32 = 8;
export const STOP_POOL_FULL: u32 = 16;
export const STOP_POOL_EMPTY: u32 = 32;
export const STOP_PINNED_ABOVE: u32 = 64;
export const STOP_BLOCK_FREED: u32 = 128;

// ---- when a wholly free arena goes back ------------------------------------------------------------------

export const RELEASE_NEVER: u32 = 0;
export const RELEASE_EAGER: u32 = 1;
export const RELEASE_KEEP_LAST: u32 = 2;
