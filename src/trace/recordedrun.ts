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
