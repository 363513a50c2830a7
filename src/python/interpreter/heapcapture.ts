/** A heap at one time: all that a look at it reads, so that the look can be taken when the interpreter has gone on. */
import { FlatSpace } from "../space/flat.js";
import type { AttachedHeap } from "./attach.js";
import { type AttachedMemory, attachedMemory } from "./attachedmemory.js";
import type { LookedHeap } from "./lookedheap.js";
import type { RequestTable } from "./requesttable.js";

export interface HeapCapture extends LookedHeap {
  readonly memory: AttachedMemory;
}

/** Good until the interpreter runs again. Throws a `LayoutError` if the interpreter's objects are not known. */
export function captureHeap(heap: AttachedHeap): HeapCapture {
  heap.flush();
  const requests = heap.recording?.requests ?? null;
  return capture(heap, attachedMemory(heap, new FlatSpace(heap.interpreter.memory.buffer), requests), requests);
}

/**
 * A capture that stays as it is. `spare`: a copy that nobody needs any more; its memory is used again, for memory that is new to the process
 * takes longer to get than to fill. Throws as `captureHeap`.
 */
export function copyHeap(heap: AttachedHeap, spare: HeapCapture | null = null): HeapCapture {
  heap.flush();
  const requests = heap.recording?.requests.copy(spare?.requests) ?? null;
  return capture(heap, attachedMemory(heap, copiedSpace(heap, spare), requests), requests);
}

const capture = (heap: AttachedHeap, memory: AttachedMemory, requests: RequestTable | null): HeapCapture => ({
  memory,
  geometry: heap.profile.geometry,
  ordinals: heap.snapshot().arenas.map(({ ordinal }) => ordinal),
  requests,
  sites: heap.sites,
  countsLarge: false,
});

/** The bytes up to the end of what is in use. The tables of the heap are left out: tens of megabytes that no look reads. */
function copiedSpace({ interpreter, core }: AttachedHeap, spare: HeapCapture | null): FlatSpace {
  const { tables } = core;
  const end = interpreter.module._sbrk(0) >>> 0;
  const room = spare?.memory.space.buffer;
  const copy = room && room.byteLength >= end ? room : new ArrayBuffer(Math.ceil(end * HEADROOM));
  const [from, to] = [new Uint8Array(interpreter.memory.buffer), new Uint8Array(copy)];
  to.set(from.subarray(0, tables.start));
  to.set(from.subarray(tables.end, end), tables.end);
  return new FlatSpace(copy, end);
}

/** So that a copy has room for a later one. What is not written takes no memory. */
const HEADROOM = 1.25;
