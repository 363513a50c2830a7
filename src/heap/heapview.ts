/** What can be asked of a heap, whoever allocates on it: an emulated process, or an interpreter that the allocator is attached to. */

import type { Profile } from "../geometry/profiles.js";
import { describeAddress } from "../inspect/describeaddress.js";
import type { HeapStats } from "../inspect/heapstats.js";
import type { HeapImage } from "../inspect/image.js";
import { type FreePreview, previewFree } from "../inspect/previewfree.js";
import { rawBlocks } from "../inspect/rawblocks.js";
import type { PoolRecord } from "../inspect/snapshot.js";
import { Snapshot } from "../inspect/snapshot.js";
import type { LinearMemory } from "../memory/memory.js";
import { InvalidPointerError } from "../text/errors.js";
import type { HeapEvent, HeapEvents } from "./events.js";
import { EVENT_NAMES } from "./events.js";

/** A live block, as `liveBlocks` lists it. */
export interface LiveBlock {
  readonly address: number;
  /** Bytes that its holder may use: the size of its class, or of the raw block. */
  readonly size: number;
  readonly domain: "pymalloc" | "raw";
}

export abstract class HeapView {
  readonly profile: Profile;
  readonly #memory: LinearMemory;

  /** @internal */
  protected constructor(profile: Profile, memory: LinearMemory) {
    this.profile = profile;
    this.#memory = memory;
  }

  abstract stats(): HeapStats;

  /** The tables and all bytes as they are now: can be saved, and read without the heap. */
  abstract image(): HeapImage;

  /** Whether `ptr` is the address of a live block. */
  abstract isLiveBlock(ptr: number): boolean;

  /** Makes, for the snapshot that is being taken, what throws a `StaleSnapshotError` once the blocks of a pool may have changed. */
  protected abstract staleness(): (pool: PoolRecord) => void;

  /** What compares the heap before and after each call, made when the first listener comes. */
  protected abstract get events(): HeapEvents;

  /** Called after the last listener of `events` has gone; perhaps twice, and perhaps when there are others by then. */
  protected abstract dropEvents(events: HeapEvents): void;

  /**
   * The heap's tables as they are now. `reuse` is an earlier snapshot that is not needed any more: its memory is written over, which
   * for many pools is several times as fast as new memory.
   */
  snapshot(reuse?: Snapshot): Snapshot {
    const refuseStale = this.staleness();
    const liveMemory = (pool: PoolRecord): LinearMemory => {
      refuseStale(pool);
      return this.#memory;
    };
    return new Snapshot(this.profile, this.#memory, liveMemory, reuse);
  }

  /** Every live block: those of pools by arena and address, then the raw ones by region, the newest first. */
  *liveBlocks(): Generator<LiveBlock> {
    for (const arena of this.snapshot().arenas) {
      for (const pool of arena.pools) {
        if (pool.count === 0) continue;
        for (const { address, size, state } of pool.blocks()) {
          if (state === "allocated") yield { address, size, domain: "pymalloc" };
        }
      }
    }
    for (const { address, size, state } of rawBlocks(this.#memory)) {
      if (state === "allocated") yield { address, size, domain: "raw" };
    }
  }

  /** What is at `address`, in one line. */
  describe(address: number): string {
    if (address >>> 0 !== address) return `${address} is no address`;
    return describeAddress(this.snapshot(), this.#memory, address);
  }

  /** What freeing the live block at `address` would do. Throws `InvalidPointerError` where no live block of an arena is. */
  previewFree(address: number): FreePreview {
    const { poolSize } = this.profile.geometry;
    const snapshot = this.snapshot();
    const arena = this.isLiveBlock(address) ? snapshot.arenaAt(address) : null;
    if (arena === null) throw new InvalidPointerError(address, this.describe(address));
    return previewFree(snapshot, arena.pool(Math.floor((address - arena.firstPoolAddress) / poolSize)), address);
  }

  /** The bytes of a block, or of any part of memory: a view that the next call of the heap may detach. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.memory.buffer, address, length);
  }

  /**
   * Calls `listener` at every event of `name` that a call on this heap brings about, after the call has changed the heap.
   * Returns what ends it. The listener must not call the heap's functions, nor the interpreter of an attached heap.
   */
  on<Name extends HeapEvent["type"]>(
    name: Name,
    listener: (event: Extract<HeapEvent, { type: Name }>) => void,
  ): () => void {
    if (!EVENT_NAMES.includes(name)) throw new RangeError(`no event ${name}; there are ${EVENT_NAMES.join(", ")}`);
    if (typeof listener !== "function") throw new TypeError(`the listener of ${name} must be a function`);
    const events = this.events;
    const stop = events.listen(name, listener);
    return () => {
      stop();
      if (events.isIdle) this.dropEvents(events);
    };
  }
}
