/**
 * What happens to arenas and pools in a call, found by comparing the heap before and after: the allocator itself tells nobody, so
 * it costs nothing when nobody listens.
 */

import type { Profile } from "../geometry/profiles.js";
import * as layout from "../memory/layout.js";
import { type LinearMemory, stateWord } from "../memory/memory.js";

export interface ArenaEvent {
  readonly type: "arena-obtained" | "arena-released";
  /** Which arena, counted from the first. */
  readonly ordinal: number;
}

export interface PoolEvent {
  /** `pool-initialised`: an empty or new pool was taken for a class, perhaps that of its last life. */
  readonly type: "pool-initialised" | "pool-full" | "pool-empty";
  /** Address of the pool. */
  readonly address: number;
  readonly szidx: number;
}

export type HeapEvent =
  | (ArenaEvent & { readonly type: "arena-obtained" })
  | (ArenaEvent & { readonly type: "arena-released" })
  | (PoolEvent & { readonly type: "pool-initialised" })
  | (PoolEvent & { readonly type: "pool-full" })
  | (PoolEvent & { readonly type: "pool-empty" });

export const EVENT_NAMES: readonly HeapEvent["type"][] = [
  "arena-obtained",
  "arena-released",
  "pool-initialised",
  "pool-full",
  "pool-empty",
];

type Listener = (event: HeapEvent) => void;

export class HeapEvents {
  readonly #memory: LinearMemory;
  readonly #poolSize: number;
  #obtained = 0;
  #live = 0;
  #taken = 0;
  #wasOurs = false;
  #szidx = 0;
  readonly #listeners = new Map<HeapEvent["type"], Set<Listener>>();

  constructor(profile: Profile, memory: LinearMemory) {
    this.#memory = memory;
    this.#poolSize = profile.geometry.poolSize;
  }

  get isIdle(): boolean {
    return this.#listeners.size === 0;
  }

  listen<Name extends HeapEvent["type"]>(
    name: Name,
    listener: (event: Extract<HeapEvent, { type: Name }>) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    const added: Listener = (event) => listener(event as Extract<HeapEvent, { type: Name }>);
    listeners.add(added);
    return () => {
      if (listeners.delete(added) && listeners.size === 0) this.#listeners.delete(name);
    };
  }

  #tell(event: HeapEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
  }

  #pool(ptr: number): { address: number; header: number } {
    const unit = Math.floor(ptr / this.#poolSize);
    return { address: unit * this.#poolSize, header: this.#memory.poolTable + unit * layout.POOL_HEADER_SIZE };
  }

  /** Notes the heap before a call that frees or resizes the block at `freed`; 0: it does neither. */
  before(freed: number): void {
    const memory = this.#memory;
    const { header } = this.#pool(freed);
    this.#obtained = stateWord(memory, layout.ARENAS + layout.ARENAS_NTIMES_ARENA_ALLOCATED);
    this.#live = stateWord(memory, layout.ARENAS + layout.ARENAS_NARENAS_CURRENTLY_ALLOCATED);
    this.#taken = stateWord(memory, layout.ARENAS + layout.ARENAS_POOLS_TAKEN);
    this.#wasOurs = memory.read(header + layout.POOL_COUNT) !== 0;
    this.#szidx = memory.read(header + layout.POOL_SZIDX);
  }

  /** Tells what the call did, in the order in which it happened. `ptr` is the block that it gave, or 0. */
  after(freed: number, ptr: number): void {
    const memory = this.#memory;
    const read = (offset: number): number => stateWord(memory, layout.ARENAS + offset);
    const isObtained = read(layout.ARENAS_NTIMES_ARENA_ALLOCATED) !== this.#obtained;
    const isReleased = read(layout.ARENAS_NARENAS_CURRENTLY_ALLOCATED) !== this.#live + Number(isObtained);
    if (isObtained) this.#tell({ type: "arena-obtained", ordinal: this.#obtained });
    if (ptr !== 0 && ptr !== freed) this.#tellTaken(this.#pool(ptr));
    const { address, header } = this.#pool(freed);
    const isEmpty = this.#wasOurs && memory.read(header + layout.POOL_COUNT) === 0;
    if (isEmpty) this.#tell({ type: "pool-empty", address, szidx: this.#szidx });
    if (isReleased) this.#tell({ type: "arena-released", ordinal: read(layout.ARENAS_LAST_RELEASED) });
  }

  #tellTaken({ address, header }: { address: number; header: number }): void {
    if (this.#memory.read(header + layout.POOL_COUNT) === 0) return; // a raw block
    const szidx = this.#memory.read(header + layout.POOL_SZIDX);
    const isTaken = stateWord(this.#memory, layout.ARENAS + layout.ARENAS_POOLS_TAKEN) !== this.#taken;
    if (isTaken) this.#tell({ type: "pool-initialised", address, szidx });
    if (this.#memory.read(header + layout.POOL_FREEBLOCK) === 0) this.#tell({ type: "pool-full", address, szidx });
  }
}
