/** What is at an address: a block, or what else there is. */
import type { FreePreview } from "../../inspect/previewfree.js";
import type { COLLECTED } from "../../trace/recordedrun.js";
import type { BLOCK_STATES } from "./poolcolumns.js";

/** What a live block was asked for; `null` in a heap image. */
export interface BlockOrigin {
  readonly id: number;
  readonly domain: "obj" | "mem" | "raw";
  /** Bytes asked for, when it was allocated or last resized. */
  readonly asked: number;
  /** Index of the event that allocated it, and how many events ago that is: 0 for the one run last. */
  readonly bornAt: number;
  readonly age: number;
  /** Index of the event that last resized it; −1 for none. */
  readonly resizedAt: number;
  readonly type: number;
  readonly line: number;
  /** Index of the event that will free it; −1 where none does. */
  readonly freedAt: number;
}

/** What is at an address. `text` says it in one line, as in "block 17 of pool 3 of arena 0, class 48, already free". */
export type PlaceView = { readonly position: number; readonly address: number; readonly text: string } & (
  | BlockPlace
  | RawPlace
  | {
      readonly kind: "header" | "quantization" | "untouched-pool";
      readonly arenaOrdinal: number;
      readonly poolIndex: number;
    }
  | { readonly kind: "arena-edge"; readonly arenaOrdinal: number }
  | { readonly kind: "free-span" | "outside" }
);

export interface BlockPlace {
  readonly kind: "block";
  readonly state: (typeof BLOCK_STATES)[number];
  readonly arenaOrdinal: number;
  readonly poolIndex: number;
  readonly blockIndex: number;
  readonly blockAddress: number;
  /** Bytes; the size of the class. */
  readonly size: number;
  readonly szidx: number;
  /** Of a free block: its place on the free list, and the next free block (0 for the last). */
  readonly freeIndex: number | null;
  readonly nextFree: number | null;
  readonly origin: BlockOrigin | null;
  /** Of an object that was seen: `null` in what is no run of Python. */
  readonly object: ObjectState | null;
  /** How it was reached; `null` if no look has it. */
  readonly way: BlockWay | null;
  /** Of a live block: what freeing it would do. */
  readonly preview: FreePreview | null;
  /** How its bytes are used, in order: they add up to `size`. */
  readonly parts: readonly BlockPart[];
  /** Its bytes, where they are known: in heap images. */
  readonly bytes: Uint8Array | null;
}

/** How a block was reached when it was last seen before the cursor or, if it was not, when it was first seen after it. */
export interface BlockWay {
  /** Position of the look. */
  readonly position: number;
  readonly path: string;
  /** Paths of what referred to it: eight at most. */
  readonly referrers: readonly string[];
  /** References to it in all. */
  readonly referrerCount: number;
}

/** What an object was when it was last seen before the cursor or, if it was not, when it was first seen after it. */
export interface ObjectState {
  /** Position of the look. */
  readonly position: number;
  /** `ob_refcnt`. */
  readonly refcount: number;
  readonly collected: (typeof COLLECTED)[number];
}

/** `asked`: the holder's, as one. Of an object of a known type it is cut into what CPython lays out, from `managed` to `object`, the rest. */
export interface BlockPart {
  readonly what:
    | "asked"
    | "managed"
    | "gc-head"
    | "ob_refcnt"
    | "ob_type"
    | "object"
    | "rounding"
    | "link"
    | "left-over"
    | "untouched"
    | "unknown";
  readonly offset: number;
  readonly bytes: number;
}

export interface RawPlace {
  readonly kind: "raw-block" | "raw-free" | "raw-header";
  /** Of the payload, or of the header. */
  readonly blockAddress: number;
  /** Bytes of the payload. */
  readonly size: number;
  readonly regionAddress: number;
  readonly regionBytes: number;
  readonly isMapped: boolean;
  readonly origin: BlockOrigin | null;
  /** How it was reached; `null` if no look has it. */
  readonly way: BlockWay | null;
}
