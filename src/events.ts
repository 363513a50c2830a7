/**
 * What happens to arenas and pools in a call, found by comparing the heap before and after: the allocator itself tells nobody, so
 * it costs nothing when nobody listens.
 */
import * as layout from "../assembly/layout.js";
import type { Core } from "./core.js";
import type { Profile } from "./profiles.js";

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

type Listener = (event: HeapEvent) => void;

export class HeapEvents {
  readonly #core: Core;
  readonly #poolSize: number;
  readonly #listeners = new Map<HeapEvent["type"], Set<Listener>>();

  constructor(profile: Profile, core: Core) {
    this.#core = core;
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
      listeners.delete(added);
      if (listeners.size === 0) this.#listeners.delete(name);
    };
  }

  #tell(event: HeapEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
  }

  #pool(ptr: number): { address: number; header: number } {
    const unit = Math.floor(ptr / this.#poolSize);
    return { address: unit * this.#poolSize, header: layout.POOLS + unit * layout.POOL_HEADER_SIZE };
  }

  /** Runs `call`, which frees or moves the block at `freed` (0: none) and returns a block or 0; tells what it did. */
  observe(freed: number, call: () => number): number {
    const core = this.#core;
    const read = (offset: number): number => core.read(layout.ARENAS + offset);
    const obtained = read(layout.ARENAS_NTIMES_ARENA_ALLOCATED);
    const live = read(layout.ARENAS_NARENAS_CURRENTLY_ALLOCATED);
    const from = this.#pool(freed);
    const wasOurs = core.read(from.header + layout.POOL_COUNT) !== 0;
    const szidx = core.read(from.header + layout.POOL_SZIDX);
    const ptr = call();
    const isObtained = read(layout.ARENAS_NTIMES_ARENA_ALLOCATED) !== obtained;
    const isReleased = read(layout.ARENAS_NARENAS_CURRENTLY_ALLOCATED) !== live + Number(isObtained);
    if (isObtained) this.#tell({ type: "arena-obtained", ordinal: obtained });
    if (ptr !== 0 && ptr !== freed) this.#tellTaken(this.#pool(ptr));
    const isGone = wasOurs && core.read(from.header + layout.POOL_COUNT) === 0;
    if (isGone) this.#tell({ type: "pool-empty", address: from.address, szidx });
    if (isReleased) this.#tell({ type: "arena-released", ordinal: read(layout.ARENAS_LAST_RELEASED) });
    return ptr;
  }

  #tellTaken({ address, header }: { address: number; header: number }): void {
    const count = this.#core.read(header + layout.POOL_COUNT);
    if (count === 0) return; // a raw block
    const szidx = this.#core.read(header + layout.POOL_SZIDX);
    if (count === 1) this.#tell({ type: "pool-initialised", address, szidx });
    if (this.#core.read(header + layout.POOL_FREEBLOCK) === 0) this.#tell({ type: "pool-full", address, szidx });
  }
}
