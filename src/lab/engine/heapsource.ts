/** A heap to look at, whether it is replayed or was saved: its tables, its memory, its numbers. */

import type { Profile } from "../../geometry/profiles.js";
import type { Heap } from "../../heap/heap.js";
import type { HeapStats } from "../../inspect/heapstats.js";
import type { HeapImage } from "../../inspect/image.js";
import type { Snapshot } from "../../inspect/snapshot.js";
import { CORE_PLACES, type Memory, type Places } from "../../memory/memory.js";
import type { AttachedHeap } from "../../python/interpreter/attach.js";

export interface HeapSource {
  readonly profile: Profile;
  readonly memory: Memory;
  /** Whether free spans and raw regions are the emulator's own, and so can be read. */
  readonly isCore: boolean;
  snapshot(reuse?: Snapshot): Snapshot;
  stats(): HeapStats;
  /** The bytes of a block; `null` if they cannot be read: a replay writes none. */
  bytes(address: number, length: number): Uint8Array | null;
  /** A heap image. */
  save(): Uint8Array;
}

const isOfCore = ({ poolTable, stateBase }: Places): boolean =>
  poolTable === CORE_PLACES.poolTable && stateBase === CORE_PLACES.stateBase;

/** A heap that an emulated process, or an interpreter to which it is attached, allocates on. */
export function liveSource(heap: Heap | AttachedHeap): HeapSource {
  return {
    profile: heap.profile,
    memory: heap.core,
    isCore: isOfCore(heap.core),
    snapshot: (reuse) => heap.snapshot(reuse),
    stats: () => heap.stats(),
    bytes: () => null,
    save: () => heap.image().save(),
  };
}

/** A saved heap. `saved` are the bytes that `image` was opened from. */
export function imageSource(image: HeapImage, saved: Uint8Array): HeapSource {
  const { memory, places } = image;
  const snapshot = image.snapshot();
  const stats = image.stats();
  return {
    profile: image.profile,
    memory,
    isCore: isOfCore(places),
    snapshot: () => snapshot,
    stats: () => stats,
    bytes: (address, length) => {
      const start = address & ~3;
      const words = memory.copy(start, start + Math.ceil((address - start + length) / 4) * 4);
      return new Uint8Array(words.buffer, address - start, length).slice();
    },
    save: () => saved.slice(),
  };
}
