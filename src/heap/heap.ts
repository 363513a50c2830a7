/** A heap: one emulated process's allocator, and what can be asked of it. */

import { type Profile, profile } from "../geometry/profiles.js";
import { type CallCounts, type HeapStats, heapStats } from "../inspect/heapstats.js";
import { HeapImage } from "../inspect/image.js";
import { Core, type CoreExports, compileCore, compileCoreSync } from "../memory/core.js";
import * as layout from "../memory/layout.js";
import { CORE_PLACES } from "../memory/memory.js";
import { HeapExhaustedError, InvalidPointerError, StaleSnapshotError } from "../text/errors.js";
import { copyMemory, type MemoryCopy, writeMemory } from "./checkpoint.js";
import { HeapEvents } from "./events.js";
import { HeapView } from "./heapview.js";

export interface HeapOptions {
  /** A profile, or the name of one. Default: `wasm32`. */
  profile?: Profile | string;
  /** Whether free and realloc test that they are given a live block. Default: true. */
  checked?: boolean;
  /** Whether a request that cannot be served throws `HeapExhaustedError` instead of returning 0. Default: false. */
  throwOnExhaustion?: boolean;
  /** Bytes that the emulated operating system has. Default, and 0: all that fits into 4 GiB. */
  limitBytes?: number;
  /**
   * Bytes past a multiple of the pool size at which arenas start, repeated over the arenas; `"profile"` for what the real build
   * has. Default: aligned.
   */
  baseOffsets?: readonly number[] | "profile";
  /**
   * What `baseOffsets` repeat over: the arenas in the order in which they are obtained, or their places in the address space, of
   * which an arena takes the lowest free one. Default: `ordinal`.
   */
  baseOffsetsBy?: "ordinal" | "place";
  /** Failure injection: the emulated operating system refuses every so many requests. Default: none. */
  refuseEvery?: number;
  /** The compiled `pymalloc.wasm`, for those who load it themselves. Default: the one embedded here. */
  module?: WebAssembly.Module;
}

/** A moment of a heap, to go back to. */
export interface Checkpoint {
  readonly heap: Heap;
  readonly memory: MemoryCopy;
  readonly calls: Readonly<CallCounts>;
}

const FOUR_GIB = 2 ** 32;

/** The size of a request as the core takes it; 4 GiB, which no heap has, as the most that can be said in 32 bits. */
function requestSize(nbytes: number): number {
  if (nbytes >>> 0 === nbytes) return nbytes;
  if (nbytes === FOUR_GIB) return FOUR_GIB - 1;
  throw new RangeError(
    `size must be a whole number of bytes from 0 to 4 GiB, not ${typeof nbytes === "string" ? `"${nbytes}"` : nbytes}`,
  );
}

export class Heap extends HeapView {
  readonly isChecked: boolean;
  readonly #core: Core;
  readonly #exports: CoreExports;
  readonly #throwOnExhaustion: boolean;
  // Fields, for V8 inlines a call of one, and not of a property of the exports.
  readonly #malloc: CoreExports["malloc"];
  readonly #calloc: CoreExports["calloc"];
  readonly #realloc: CoreExports["realloc"];
  readonly #free: CoreExports["free"];
  readonly #isLiveBlock: CoreExports["isLiveBlock"];
  #mallocs = 0;
  #callocs = 0;
  #reallocs = 0;
  #frees = 0;
  #failures = 0;
  #restores = 0;
  #events: HeapEvents | null = null;

  /** Makes an empty heap. Throws a `RangeError` for a profile, geometry or option that is not valid. */
  static async create(options: HeapOptions = {}): Promise<Heap> {
    return new Heap(options.module ?? (await compileCore()), options);
  }

  /** The same at once. A browser's main thread may refuse; use `create` there. */
  static createSync(options: HeapOptions = {}): Heap {
    return new Heap(options.module ?? compileCoreSync(), options);
  }

  /** @internal `replay` makes room for a trace. */
  constructor(module: WebAssembly.Module, options: HeapOptions, replay = { baseOffsetCount: 0, idCount: 0 }) {
    const { profile: wanted = "wasm32", baseOffsets = [], limitBytes = 0, refuseEvery = 0 } = options;
    const chosen = profile(wanted);
    const pattern = baseOffsets === "profile" ? [chosen.baseOffset] : baseOffsets;
    for (const n of [limitBytes, refuseEvery, ...pattern]) {
      if (n >>> 0 !== n) throw new RangeError(`heap options take whole numbers from 0 to 2^32 − 1, not ${n}`);
    }
    const baseOffsetCount = Math.max(pattern.length, replay.baseOffsetCount);
    const core = new Core(module, chosen, { limitBytes, baseOffsetCount, idCount: replay.idCount });
    super(chosen, core);
    this.isChecked = options.checked ?? true;
    this.#throwOnExhaustion = options.throwOnExhaustion ?? false;
    this.#core = core;
    this.#exports = core.exports;
    this.#malloc = this.#exports.malloc;
    this.#calloc = this.#exports.calloc;
    this.#realloc = this.#exports.realloc;
    this.#free = this.#exports.free;
    this.#isLiveBlock = this.#exports.isLiveBlock;
    this.#exports.repeatBaseOffsets(pattern.length > 0, options.baseOffsetsBy === "place");
    for (const bytes of pattern) this.#exports.pushBaseOffset(bytes);
    this.#core.write(layout.OS + layout.OS_REFUSE_EVERY, refuseEvery);
  }

  // ---- the MEM and OBJ domains --------------------------------------------------------------------

  /**
   * Address of a block of at least `nbytes`, 0 to 4 GiB; 0 when it cannot be had. 0 bytes, and more than the profile's threshold,
   * give a block of the raw domain. Throws a `RangeError` for what is no size.
   */
  malloc(nbytes: number): number {
    const size = requestSize(nbytes);
    this.#mallocs++;
    this.#events?.before(0);
    return this.#served(this.#malloc(size) >>> 0, 0);
  }

  /** The same for `count` × `size` bytes, zeroed. */
  calloc(count: number, size: number): number {
    const [nelem, elsize] = [requestSize(count), requestSize(size)];
    this.#callocs++;
    this.#events?.before(0);
    return this.#served(this.#calloc(nelem, elsize) >>> 0, 0);
  }

  /**
   * Resizes the live block at `ptr`, or allocates when `ptr` is 0. Returns its address, perhaps another; 0 when the new size cannot
   * be had, and then the block is as it was. Throws `InvalidPointerError` (checked) when `ptr` is no live block.
   */
  realloc(ptr: number, nbytes: number): number {
    const size = requestSize(nbytes);
    if (this.isChecked && ptr !== 0 && !this.isLiveBlock(ptr)) this.#refuse(ptr);
    this.#reallocs++;
    this.#events?.before(ptr);
    return this.#served(this.#realloc(ptr, size) >>> 0, ptr);
  }

  /** Frees the live block at `ptr`; 0 is nothing. Throws `InvalidPointerError` (checked) when it is no live block. */
  free(ptr: number): void {
    if (this.isChecked && ptr !== 0 && !this.isLiveBlock(ptr)) this.#refuse(ptr);
    this.#frees++;
    this.#events?.before(ptr);
    this.#free(ptr);
    this.#events?.after(ptr, 0);
  }

  // ---- the RAW domain -----------------------------------------------------------------------------

  /** PyMem_RawMalloc: as `malloc`, of the raw domain whatever the size. */
  rawMalloc(nbytes: number): number {
    const size = requestSize(nbytes);
    this.#mallocs++;
    return this.#exports.rawMalloc(size) >>> 0 || this.#failed();
  }

  /** PyMem_RawCalloc. */
  rawCalloc(count: number, size: number): number {
    const [nelem, elsize] = [requestSize(count), requestSize(size)];
    this.#callocs++;
    return this.#exports.rawCalloc(nelem, elsize) >>> 0 || this.#failed();
  }

  /** PyMem_RawRealloc, of a block of the raw domain or 0. */
  rawRealloc(ptr: number, nbytes: number): number {
    const size = requestSize(nbytes);
    if (this.isChecked && ptr !== 0 && !this.#isRawBlock(ptr)) this.#refuse(ptr);
    this.#reallocs++;
    return (ptr === 0 ? this.#exports.rawMalloc(size) : this.#exports.rawRealloc(ptr, size)) >>> 0 || this.#failed();
  }

  /** PyMem_RawFree, of a block of the raw domain or 0. */
  rawFree(ptr: number): void {
    if (this.isChecked && ptr !== 0 && !this.#isRawBlock(ptr)) this.#refuse(ptr);
    this.#frees++;
    if (ptr !== 0) this.#exports.rawFree(ptr);
  }

  // ---- questions ----------------------------------------------------------------------------------

  /** Whether `ptr` is the address of a live block, small or raw. */
  override isLiveBlock(ptr: number): boolean {
    return ptr >>> 0 === ptr && Boolean(this.#isLiveBlock(ptr));
  }

  /** Bytes that the holder of the live block at `ptr` may use. */
  usableSize(ptr: number): number {
    if (!this.isLiveBlock(ptr)) this.#refuse(ptr);
    return this.#exports.usableSize(ptr) >>> 0;
  }

  override stats(): HeapStats {
    return heapStats(this.profile, this.#core, this.#calls);
  }

  /** The tables and all bytes as they are now: can be saved, and read without the heap. */
  override image(): HeapImage {
    return new HeapImage(this.profile, CORE_PLACES, copyMemory(this.#core).segments);
  }

  protected staleness(): () => void {
    const version = this.#version;
    return () => {
      if (this.#version !== version) throw new StaleSnapshotError("the heap has changed since this snapshot was taken");
    };
  }

  protected get events(): HeapEvents {
    this.#events ??= new HeapEvents(this.profile, this.#core);
    return this.#events;
  }

  protected dropEvents(events: HeapEvents): void {
    if (this.#events === events) this.#events = null;
  }

  // ---- moments ------------------------------------------------------------------------------------

  /** This moment, to come back to with `restore`. Copies the heap's memory. */
  checkpoint(): Checkpoint {
    return { heap: this, memory: copyMemory(this.#core), calls: this.#calls };
  }

  /** Goes back to a moment of this heap. Snapshots taken since become stale. Throws a `RangeError` for another heap's moment. */
  restore({ heap, memory, calls }: Checkpoint): void {
    if (heap !== this) throw new RangeError("the checkpoint is of another heap");
    writeMemory(this.#core, memory);
    this.#mallocs = calls.malloc;
    this.#callocs = calls.calloc;
    this.#reallocs = calls.realloc;
    this.#frees = calls.free;
    this.#failures = calls.failures;
    this.#restores++;
  }

  /** @internal The heap's memory was written to: snapshots become stale. */
  touch(): void {
    this.#restores++;
  }

  /** @internal The instance, for `Replay` and for tests. */
  get core(): Core {
    return this.#core;
  }

  get #calls(): CallCounts {
    const [malloc, calloc, realloc, free] = [this.#mallocs, this.#callocs, this.#reallocs, this.#frees];
    return { malloc, calloc, realloc, free, failures: this.#failures };
  }

  /** Changes whenever the heap may have. */
  get #version(): string {
    const calls = this.#mallocs + this.#callocs + this.#reallocs + this.#frees;
    return `${this.#restores} ${calls} ${this.#core.read(layout.REPLAY + layout.REPLAY_RUNS)}`;
  }

  #isRawBlock(ptr: number): boolean {
    return ptr >>> 0 === ptr && Boolean(this.#exports.isRawBlock(ptr));
  }

  /** Ends a call of malloc, calloc or realloc of `old` that gave `ptr`. */
  #served(ptr: number, old: number): number {
    this.#events?.after(old, ptr);
    return ptr !== 0 ? ptr : this.#failed();
  }

  #failed(): number {
    this.#failures++;
    if (this.#throwOnExhaustion) throw new HeapExhaustedError("the heap has no memory for this request");
    return 0;
  }

  #refuse(ptr: number): never {
    throw new InvalidPointerError(ptr, this.describe(ptr));
  }
}
