/** The memory of an attached interpreter, as the object graph reads it. */
import { BlockSlots } from "../../inspect/blockslots.js";
import { LayoutError } from "../layouts/pythonlayout.js";
import type { AddressRange, PythonMemory } from "../objects/pythonmemory.js";
import { DlmallocBlocks } from "../space/dlmalloc.js";
import { FlatSpace } from "../space/flat.js";
import type { AttachedHeap } from "./attach.js";
import { objectLayout } from "./objectlayout.js";
import type { RequestTable } from "./requesttable.js";

/** Addresses below are never of an object: Emscripten leaves them free. */
const GLOBAL_BASE = 1024;

/**
 * Good until the interpreter runs again, unless it is a copy: that stays as it is. What is not in `requests` is older than what is asked
 * about. Throws a `LayoutError` if the interpreter's objects are not
 * known.
 */
export function attachedMemory(
  heap: AttachedHeap,
  form: "as it is" | "copy" = "as it is",
  requests: RequestTable | null = heap.recording?.requests ?? null,
): PythonMemory {
  heap.flush();
  const { module, memory } = heap.interpreter;
  const layout = objectLayout(heap.interpreter);
  if (layout instanceof LayoutError) throw layout;
  const snapshot = heap.snapshot();
  const slots = new BlockSlots(snapshot, heap.core);
  const indices = new Map(snapshot.arenas.map(({ address }, index) => [address, index]));
  const { arenaSize, poolSize, poolOverhead } = heap.profile.geometry;
  const end = module._sbrk(0) >>> 0;
  const space = new FlatSpace(form === "copy" ? copied(memory.buffer, end, heap.core.tables) : memory.buffer);
  const isLive = new Uint8Array(slots.count);
  slots.forEachLive((slot) => {
    isLive[slot] = 1;
  });
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
    raw: new DlmallocBlocks(space, module.___heap_base, end, heap.interpreter.ownBlocks),
    statics: [{ start: GLOBAL_BASE, end: module._emscripten_stack_get_end() >>> 0 }],
    typeType: module._PyType_Type,
    isOlder: requests && ((block) => requests.idAt(block) < 0),
    interpreters: [module._PyInterpreterState_Get() >>> 0],
  };
}

/** The bytes up to `end`. The tables of the heap stay 0, and so take no memory: tens of megabytes that no look reads. */
function copied(buffer: ArrayBufferLike, end: number, tables: AddressRange): ArrayBuffer {
  const copy = new Uint8Array(end);
  const bytes = new Uint8Array(buffer);
  copy.set(bytes.subarray(0, tables.start));
  copy.set(bytes.subarray(tables.end, end), tables.end);
  return copy.buffer;
}
