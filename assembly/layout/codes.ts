/**
 * Numbers with a meaning, which the core and its host must read alike: what stands in an event, an answer line, a bit mask, a policy.
 * Plain constants, as in layout.ts, but without types: asc takes 32 bits for each, tsc and bundlers its very number.
 */

// ---- an event's first word: op, then domain, then id -------------------------------------------------

export const OP_MALLOC = 0;
export const OP_CALLOC = 1;
export const OP_REALLOC = 2;
export const OP_FREE = 3;
export const OP_MARK = 4;
export const OP_MASK = 7;

export const DOMAIN_OBJ = 0;
export const DOMAIN_MEM = 1;
export const DOMAIN_RAW = 2;
export const DOMAIN_SHIFT = 3;
export const DOMAIN_MASK = 3; // of the shifted word

export const ID_SHIFT = 5;

// ---- an answer line: two words ---------------------------------------------------------------------------

/** First words; any other is the ordinal of the arena in which a block was placed. The second word of these is 0 … */
export const ANSWER_RAW_BLOCK = 0xffffffff;
export const ANSWER_FREED = 0xfffffffc;
/** … and of these the ordinal of the arena. */
export const ANSWER_ARENA_OBTAINED = 0xfffffffe;
export const ANSWER_ARENA_RELEASED = 0xfffffffd;
/** The second word of a placement: the pool's index in its arena from this bit on, the offset in the pool below. */
export const ANSWER_POOL_SHIFT = 16;

// ---- what a replay watches ---------------------------------------------------------------------------------

/** Bits of REPLAY_WATCH: what the loop does after each event beside running it. */
export const WATCH_HASH = 1;
export const WATCH_ANSWERS = 2;
/** Bits of REPLAY_WATCH and REPLAY_STOPPED: stop after the event in which … */
export const STOP_ARENA_OBTAINED = 4;
export const STOP_ARENA_RELEASED = 8;
export const STOP_POOL_FULL = 16;
export const STOP_POOL_EMPTY = 32;
export const STOP_PINNED_ABOVE = 64;
export const STOP_BLOCK_FREED = 128;

// ---- when a wholly free arena goes back ------------------------------------------------------------------

export const RELEASE_NEVER = 0;
export const RELEASE_EAGER = 1;
export const RELEASE_KEEP_LAST = 2;
