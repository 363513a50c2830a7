/** A heap at a moment: all that a look at it reads, so that the look can be taken when the interpreter has gone on. */
import type { Geometry } from "../../geometry/geometry.js";
import type { PythonMemory } from "../objects/pythonmemory.js";
import type { AttachedHeap } from "./attach.js";
import { attachedMemory } from "./attachedmemory.js";
import type { RequestTable } from "./requesttable.js";
import type { Sites } from "./sites.js";

export interface HeapCapture {
  readonly memory: PythonMemory;
  readonly geometry: Geometry;
  /** The ordinal of each arena of `memory`. */
  readonly ordinals: readonly number[];
  /** What was asked for; `null` unless recorded. */
  readonly requests: RequestTable | null;
  readonly sites: Sites | null;
}

/** Good until the interpreter runs again, unless it is a copy. Throws a `LayoutError` if the interpreter's objects are not known. */
export function captureHeap(heap: AttachedHeap, form: "as it is" | "copy" = "as it is"): HeapCapture {
  heap.flush();
  const current = heap.recording?.requests ?? null;
  const requests = form === "copy" ? (current?.copy() ?? null) : current;
  return {
    memory: attachedMemory(heap, form, requests),
    geometry: heap.profile.geometry,
    ordinals: heap.snapshot().arenas.map(({ ordinal }) => ordinal),
    requests,
    sites: heap.sites,
  };
}
