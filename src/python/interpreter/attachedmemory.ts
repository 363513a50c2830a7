/** The memory of an attached interpreter, as the object graph reads it. */
import { BlockSlots } from "../../inspect/blockslots.js";
import { LayoutError } from "../layouts/pythonlayout.js";
import type { PythonMemory } from "../objects/pythonmemory.js";
import { DlmallocBlocks } from "../space/dlmalloc.js";
import type { FlatSpace } from "../space/flat.js";
import type { AttachedHeap } from "./attach.js";
import { objectLayout } from "./objectlayout.js";
import type { RequestTable } from "./requesttable.js";

/** Addresses below are never of an object: Emscripten leaves them free. */
const GLOBAL_BASE = 1024;

export interface AttachedMemory extends PythonMemory {
  readonly space: FlatSpace;
  readonly raw: DlmallocBlocks;
  readonly listed: DlmallocBlocks;
}

/**
 * `space`: the memory of the interpreter as it is, or a copy. `requests`: what is asked about. Throws a `LayoutError` if the interpreter's
 * objects are not known.
 */
export function attachedMemory(heap: AttachedHeap, space: FlatSpace, requests: RequestTable | null): AttachedMemory {
  const { module, ownBlocks } = heap.interpreter;
  const layout = objectLayout(heap.interpreter);
  if (layout instanceof LayoutError) throw layout;
  const snapshot = heap.snapshot();
  const slots = new BlockSlots(snapshot, heap.core);
  const indices = new Map(snapshot.arenas.map(({ address }, index) => [address, index]));
  const { arenaSize, poolSize, poolOverhead } = heap.profile.geometry;
  const isLive = new Uint8Array(slots.count);
  slots.forEachLive((slot) => {
    isLive[slot] = 1;
  });
  const raw = new DlmallocBlocks(space, module.___heap_base, module._sbrk(0) >>> 0, new Set(ownBlocks));
  return {
    space,
    layout,
    pools: {
      poolSize,
      poolOverhead,
      addresses: Float64Array.from(slots.pools, ({ address }) => address),
      blockSizes: Uint32Array.from(slots.pools, ({ blockSize }) => blockSize),
      capacities: Uint32Array.from(slots.pools, ({ capacity }) => capacity),
      arenaOf: Int32Array.from(slots.pools, ({ arena }) => indices.get(arena.address) as number),
      arenas: Float64Array.from(snapshot.arenas, ({ address }) => address),
      arenaBytes: arenaSize,
      isLive,
    },
    raw,
    listed: raw,
    typeNames: null,
    statics: [{ start: GLOBAL_BASE, end: module._emscripten_stack_get_end() >>> 0 }],
    typeType: module._PyType_Type,
    asked: requests,
    interpreters: [heap.interpreter.state],
  };
}
