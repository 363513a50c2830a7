/**
 * The looks at every block that a run takes: at its marks, and between them where much more is pinned or live than at any. What a mark counts
 * is counted at once. Owners are found where they matter: where most is pinned, where most is live, and at the end. Which places these are is
 * known only at the end, so the memory of the best so far is kept as a copy.
 */
import { type HeapOwners, ObjectGraph } from "../graph/objectgraph.js";
import type { AttachedHeap } from "../interpreter/attach.js";
import { captureHeap } from "../interpreter/heapcapture.js";
import { PythonObjects } from "../interpreter/objects.js";
import { type PinReport, pinReport, type TypeRow, typeCensus } from "../interpreter/pins.js";

/** At which marks owners are found: at no mark, at every mark, or at those that matter and at those with one of these names. */
export type OwnersAt = "none" | "all" | readonly string[];

export interface LookOptions {
  /** Whether types are counted at marks; that is a look at every block. */
  readonly types: boolean;
  /** Whether types and lines are told that hold memory, at the marks that matter. */
  readonly pins: boolean;
  /** At which marks owners are found. */
  readonly owners: OwnersAt;
  /** Whether paths of owners have `<str 17>` in place of keys and texts. */
  readonly redact: boolean;
  /** Called at each look at all blocks. */
  readonly looked?: (objects: PythonObjects) => void;
}

/** What a look finds at once. Each is `null` where it was not asked for, or is to be found at the end. */
export interface Look {
  readonly types: readonly TypeRow[] | null;
  readonly pins: PinReport | null;
}

/** What a run's end finds at a mark. Each is `null` where it was not asked for, or is known from the look. */
export interface Found {
  readonly owners: HeapOwners | null;
  readonly pins: PinReport | null;
}

/** What makes a mark matter. */
export interface LookBytes {
  readonly pinnedBytes: number;
  readonly liveBytes: number;
}

/** Where something was greatest so far. */
interface Greatest<M> {
  readonly bytes: number;
  readonly mark: M | null;
  /** A look at a copy of the memory, taken or still to take; `null` if nothing is left to find there. */
  readonly objects: (() => PythonObjects) | null;
}

/** Between marks, a heap is copied that has as much as this, and by this factor more than any before. */
const LEAST_BYTES = 2 ** 20;
const MORE = 1.25;
/** A mark takes the place of what was kept between marks if it has this share of it. */
const NAMED = 0.9;

/** A copy of more memory than this would take as long as the program, and might not fit. */
const MOST_COPIED = 2 ** 29;
/** See `isSmall`. */
const SMALL_BYTES = 100_000;

const NOTHING: Look = { types: null, pins: null };

/** `M`: what stands for a mark. */
export class Looks<M extends object> {
  readonly #options: LookOptions;
  readonly #owners = new Map<M, HeapOwners>();
  /** Those of `#mostPinned` and `#mostLive` that the program did not make. */
  readonly #between = new Set<M>();
  #mostPinned: Greatest<M> = { bytes: 0, mark: null, objects: null };
  #mostLive: Greatest<M> = { bytes: 0, mark: null, objects: null };

  constructor(options: LookOptions) {
    this.#options = options;
  }

  /** Looks at the heap at a mark that the program made. `isLast`: no mark comes after this one. */
  see(heap: AttachedHeap, mark: M, name: string, bytes: LookBytes, isLast: boolean): Look {
    const { types, pins, owners, looked } = this.#options;
    const isNamed = owners === "all" || (owners !== "none" && owners.includes(name));
    const findsOwners = isNamed || (isLast && owners !== "none" && !isSmall(heap, bytes));
    const findsPins = pins && (findsOwners || isLast);
    if (findsPins || findsOwners) this.#noteGreatest(mark, bytes, null);
    else if (pins || owners !== "none") this.#keepIfGreatest(heap, mark, bytes);
    if (!types && !findsPins && !findsOwners) return NOTHING;
    const objects = new PythonObjects(heap, captureHeap(heap), findsOwners ? "all" : "asked");
    looked?.(objects);
    if (findsOwners) this.#find(mark, objects);
    return { types: types ? typeCensus(objects) : null, pins: findsPins ? pinReport(objects) : null };
  }

  #keepIfGreatest(heap: AttachedHeap, mark: M, bytes: LookBytes): void {
    if (isSmall(heap, bytes) || heap.interpreter.memory.buffer.byteLength > MOST_COPIED) return;
    if (!this.#beats(bytes.pinnedBytes, this.#mostPinned) && !this.#beats(bytes.liveBytes, this.#mostLive)) return;
    const capture = captureHeap(heap, "copy");
    this.#noteGreatest(mark, bytes, () => new PythonObjects(heap, capture));
  }

  #noteGreatest(mark: M, { pinnedBytes, liveBytes }: LookBytes, objects: Greatest<M>["objects"]): void {
    if (this.#beats(pinnedBytes, this.#mostPinned)) this.#mostPinned = { bytes: pinnedBytes, mark, objects };
    if (this.#beats(liveBytes, this.#mostLive)) this.#mostLive = { bytes: liveBytes, mark, objects };
  }

  /** Whether a mark with `bytes` matters more. A place with a name of its own is worth a tenth. */
  #beats(bytes: number, { bytes: most, mark }: Greatest<M>): boolean {
    return bytes > (mark !== null && this.#between.has(mark) ? NAMED * most : most);
  }

  /** Whether a heap with so many bytes at most is to be kept between marks. */
  wants({ pinnedBytes, liveBytes }: LookBytes): boolean {
    const { pins, owners } = this.#options;
    return (
      (pins || owners !== "none") &&
      (isMuchMore(pinnedBytes, this.#mostPinned.bytes) || isMuchMore(liveBytes, this.#mostLive.bytes))
    );
  }

  /** Keeps the heap as it is now, between marks, for `finish` to look at. The interpreter may be in the middle of a call of the allocator. */
  keep(heap: AttachedHeap, mark: M, bytes: LookBytes): void {
    this.#between.add(mark);
    this.#keepIfGreatest(heap, mark, bytes);
  }

  /**
   * What was found at the marks that matter, and at those heaps given to `keep` that still do. To be called when no look comes after.
   */
  finish(): ReadonlyMap<M, Found> {
    const found = new Map<M, Found>([...this.#owners].map(([mark, owners]) => [mark, { owners, pins: null }]));
    for (const { mark, objects } of [this.#mostPinned, this.#mostLive]) {
      if (mark === null || objects === null || found.has(mark)) continue;
      const look = objects();
      if (this.#options.owners !== "none") this.#find(mark, look);
      found.set(mark, {
        owners: this.#owners.get(mark) ?? null,
        pins: this.#options.pins ? pinReport(look) : null,
      });
    }
    return found;
  }

  #find(mark: M, objects: PythonObjects): void {
    this.#owners.set(mark, new ObjectGraph(objects.all, { redact: this.#options.redact }).report());
  }
}

/** Whether there is nothing to release, and hardly anything live: nobody asks who holds that. */
const isSmall = (heap: AttachedHeap, { pinnedBytes, liveBytes }: LookBytes): boolean =>
  pinnedBytes <= heap.profile.geometry.arenaSize && liveBytes < SMALL_BYTES;

const isMuchMore = (bytes: number, most: number): boolean => bytes >= LEAST_BYTES && bytes >= MORE * most;
