/** The two heaps of the page, what they are chosen by, and how far long work has come. */
import type { CustomGeometry } from "../../geometry/profiles.js";

/** The left heap, or the right one. */
export type SideIndex = 0 | 1;

/** A profile by name (`3.12`, `2.7-32`, `wasm32`), or a geometry of one's own. */
export type ProfileChoice = string | CustomGeometry;

/** How far a long operation has come. With comlink wrap the function: `proxy(onProgress)`. */
export interface Progress {
  readonly doing: "reading" | "first pass" | "searching" | "sampling";
  /** 0 to 1. */
  readonly done: number;
}

export type OnProgress = (progress: Progress) => void;
