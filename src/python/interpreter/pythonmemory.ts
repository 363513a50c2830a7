/** The memory of an attached interpreter, as the object graph reads it. */
import { BlockSlots } from "../blockslots.js";
import { DEBUG_OFFSETS, statedLayout } from "../python/layouts/debugoffsets.js";
import type { PythonMemory } from "../python/objects/pythonmemory.js";
import { FlatSpace } from "../python/space/flat.js";
import { DlmallocBlocks } from "../python/space/rawblocks.js";
import type { AttachedHeap } from "./attach.js";

/** Addresses below are never of an object: Emscripten leaves them free. */
const GLOBAL_BASE = 1024;

/** Good until the interpreter runs again. Throws a `LayoutError` if the interpreter's objects are not known. */
export function attachedMemory(heap: AttachedHeap): PythonMemory {
  heap.flush();
  const { module, memory, words } = heap.interpreter;
  const runtime = module.__PyRuntime / 4;
  const slots = new BlockSlots(heap.snapshot(), heap.core);
  const { poolSize, poolOverhead } = heap.profile.geometry;
  const space = new FlatSpace(memory.buffer);
  const isLive = new Uint8Array(slots.count);
  slots.forEachLive((slot) => {
    isLive[slot] = 1;
  });
  return {
    space,
    layout: statedLayout(words.subarray(runtime, runtime + 2 * DEBUG_OFFSETS), 4),
    pools: {
      poolSize,
      poolOverhead,
      addresses: Float64Array.from(slots.pools, ({ address }) => address),
      blockSizes: Uint32Array.from(slots.pools, ({ blockSize }) => blockSize),
      capacities: Uint32Array.from(slots.pools, ({ capacity }) => capacity),
      isLive,
    },
    raw: new DlmallocBlocks(space, module.___heap_base, module._sbrk(0) >>> 0),
    statics: [{ start: GLOBAL_BASE, end: module.___heap_base }],
    typeType: module._PyType_Type,
    interpreters: [module._PyInterpreterState_Get() >>> 0],
  };
}
