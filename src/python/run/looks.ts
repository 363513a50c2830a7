/**
 * The looks at every block that a run takes: at its marks, and between them where much more is pinned or live than at any. What a mark counts
 * is counted at once. Owners are found where they matter: where most is pinned, where most is live, and at the end. Which places these are is
 * known only at the end, so the memory of the best so far is kept as a copy.
 */
import { type HeapOwners, ObjectGraph } from "../graph/objectgraph.js";
import type { AttachedHeap } from "../interpreter/attach.js";
import { heapMoment } from "../interpreter/heapmoment.js";
import { PythonObjects } from "../interpreter/objects.js";
import { type PinReport, pinReport, type TypeRow, typeCensus } from "../interpreter/pins.js";

/** At which marks owners are found: at no mark, at every mark, or at those that matter and at those with one of these names. */
export type OwnersAt = "none" | "all" | readonly string[];

export interface LookOptions {
  /** Whether types are counted at marks; that is a look at every block. */
  readonly types: boolean;
  /** Whether types and lines are told that hold memory: at the end, where most is pinned and where most is live. */
  readonly pins: boolean;
  /** At which marks owners are found. */
  readonly owners: OwnersAt;
  /** Whether paths of owners have `<str 17>` in place of keys and texts. */
  readonly redact: boolean;
  /** Called at each look at all blocks. */
  readonly looked?: (objects: PythonObjects) => void;
}

/** What a look finds at once. Each is `null` where it was not asked for. */
export interface Look {
  readonly types: readonly TypeRow[] | null;
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
  see(heap: AttachedHeap, mark: M, name: string, { pinnedBytes, liveBytes }: LookBytes, isLast: boolean): Look {
    const { types, pins, owners, looked } = this.#options;
    const isMostPinned = pinnedBytes > this.#mostPinned.bytes;
    const isMostLive = liveBytes > this.#mostLive.bytes;
    const matters = isMostPinned || isMostLive || isLast;
    const findsOwners = owners === "all" || (owners !== "none" && (isLast || owners.includes(name)));
    const keeps = owners !== "none" && !findsOwners && (isMostPinned || isMostLive);
    if (!types && !(pins && matters) && !findsOwners && !keeps) return { types: null, pins: null };
    const objects = new PythonObjects(heap, heapMoment(heap, keeps ? "copy" : "as it is"));
    looked?.(objects);
    const greatest = { mark, objects: keeps ? () => objects : null };
    if (isMostPinned) this.#mostPinned = { bytes: pinnedBytes, ...greatest };
    if (isMostLive) this.#mostLive = { bytes: liveBytes, ...greatest };
    if (findsOwners) this.#find(mark, objects);
    return {
      types: types ? typeCensus(objects) : null,
      pins: pins && matters ? pinReport(objects) : null,
    };
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
  keep(heap: AttachedHeap, mark: M, { pinnedBytes, liveBytes }: LookBytes): void {
    const moment = heapMoment(heap, "copy");
    const greatest = { mark, objects: () => new PythonObjects(heap, moment) };
    this.#between.add(mark);
    if (pinnedBytes > this.#mostPinned.bytes) this.#mostPinned = { bytes: pinnedBytes, ...greatest };
    if (liveBytes > this.#mostLive.bytes) this.#mostLive = { bytes: liveBytes, ...greatest };
  }

  /**
   * The owners of the marks that matter; and, of those heaps that `keep` was given, the ones that still matter, with their pins. To be called
   * when no look comes after.
   */
  finish(): { owners: ReadonlyMap<M, HeapOwners>; between: ReadonlyMap<M, Look> } {
    const between = new Map<M, Look>();
    for (const { mark, objects } of [this.#mostPinned, this.#mostLive]) {
      if (mark === null || objects === null || between.has(mark)) continue;
      const look = objects();
      if (this.#between.has(mark))
        between.set(mark, { types: null, pins: this.#options.pins ? pinReport(look) : null });
      if (this.#options.owners !== "none" && !this.#owners.has(mark)) this.#find(mark, look);
    }
    return { owners: this.#owners, between };
  }

  #find(mark: M, objects: PythonObjects): void {
    this.#owners.set(mark, new ObjectGraph(objects.all, { redact: this.#options.redact }).report());
  }
}

const isMuchMore = (bytes: number, most: number): boolean => bytes >= LEAST_BYTES && bytes >= MORE * most;
