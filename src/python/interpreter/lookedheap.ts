/** A heap as a look reads it. */
import type { Geometry } from "../../geometry/geometry.js";
import type { PythonMemory } from "../objects/pythonmemory.js";
import type { RequestTable } from "./requesttable.js";
import type { Sites } from "./sites.js";

export interface LookedHeap {
  readonly memory: PythonMemory;
  readonly geometry: Geometry;
  /** The ordinal of each arena of `memory`. */
  readonly ordinals: readonly number[];
  /** What was asked for; `null` unless recorded. */
  readonly requests: RequestTable | null;
  readonly sites: Sites | null;
  /** Whether blocks outside of arenas count that nobody recorded: all that objects have. */
  readonly countsLarge: boolean;
}
