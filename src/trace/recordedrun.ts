/** A recorded run of Python with what is known of its blocks: what the lab and a report file open. */
import type { Trace } from "./trace.js";

/** Where in the source a request was made. */
export interface SourceLine {
  readonly file: string;
  /** From 1; 0 if the code has no line. */
  readonly line: number;
  /** Qualified name of the function; `<module>` outside of functions. */
  readonly name: string;
}

/** What is known of a run's blocks. Columns have an entry an event of the trace: 0 where not known, or no allocation. */
export interface RunLabels {
  /** By number, from 1 on; entry 0 is ignored. */
  readonly lines: readonly (SourceLine | null)[];
  readonly types: readonly string[];
  /** Number of the source line that asked: at malloc, calloc and realloc. */
  readonly lineOfEvent: Uint32Array | null;
  /** Number of the type of the block that was asked for: at malloc and calloc (a realloc keeps it, or, where not 0, sets it). */
  readonly typeOfEvent: Uint32Array | null;
  /** Of each type: how its objects lie in their blocks; `null` for what is no object. */
  readonly layouts?: readonly (ObjectLayout | null)[];
  /** By position: what was seen in the interpreter's memory at marks, and at the end. */
  readonly seen?: readonly SeenObjects[];
  /** By position: who held the memory, at those marks at which that was found. */
  readonly owners?: readonly SeenOwners[];
}

/** A run of Python, as it was recorded. */
export interface RecordedRun extends RunLabels {
  /** As the page is to call it. */
  readonly name: string;
  readonly trace: Trace;
  /** What a reader must know, a sentence each. */
  readonly notes?: readonly string[];
}

/** What lies before `ob_refcnt` in the blocks of a type's objects, two words each: managed dict and weakrefs, then `PyGC_Head`. */
export interface ObjectLayout {
  readonly isManaged: boolean;
  readonly isGc: boolean;
}

/** Values of `SeenObjects.collected`. `tracked`: the generation could not be read. */
export const COLLECTED = ["not collected", "untracked", "tracked", "young", "old", "permanent"] as const;

/** What the live objects were at one moment: an entry an object, in no order. */
export interface SeenObjects {
  readonly position: number;
  readonly id: Uint32Array;
  /** `ob_refcnt`. */
  readonly refcount: Uint32Array;
  /** Index in `COLLECTED`: what the collector has of it. */
  readonly collected: Uint8Array;
}

/** Who held the memory at one moment. Arenas are told by their ordinals. */
export interface SeenOwners {
  readonly position: number;
  /** Name of the profile that the arenas are of. */
  readonly profile: string;
  /** The answer in one or two sentences. */
  readonly verdict: string;
  /** The highest pin cost first. */
  readonly owners: readonly SeenOwner[];
  readonly plan: readonly SeenDrop[];
  /** `null` where there are too many blocks. */
  readonly ways: BlockWays | null;
}

export interface SeenOwner {
  readonly path: string;
  /** `null` for what is no variable. */
  readonly type: string | null;
  readonly objects: number;
  readonly retainedBytes: number;
  readonly pinCostBytes: number;
  /** Arenas that need it. */
  readonly arenas: Uint32Array;
  /** How many are released without it. */
  readonly arenasAlone: number;
  readonly emptiedBy: string | null;
}

export interface SeenDrop {
  /** Paths of all that is dropped; none if `gc.collect()` does it. */
  readonly drop: readonly string[];
  /** Those that are released. */
  readonly arenas: Uint32Array;
  readonly bytes: number;
}

/** How blocks are reached, and what refers to them: a row a block. */
export interface BlockWays {
  readonly id: Uint32Array;
  /** One more than the row whose path comes before the step; 0 if the step is the whole path. */
  readonly before: Uint32Array;
  /** Index in `steps`. */
  readonly step: Uint32Array;
  readonly steps: readonly string[];
  /** Referrers of row r: `referrers` from `firsts[r]` up to `firsts[r + 1]`, at most eight. There is one entry more than rows. */
  readonly firsts: Uint32Array;
  /** Rows; from the number of rows on, what is in no row: `outside`, counted from there. */
  readonly referrers: Uint32Array;
  /** Paths. */
  readonly outside: readonly string[];
  /** By row, how many there are in all. */
  readonly referrerCounts: Uint32Array;
}
