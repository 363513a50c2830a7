/**
 * The looks at every block that a run takes: at its marks, and between them where much more is pinned or live than at any. What a mark counts
 * is counted at once. Owners are found where they matter: where most is pinned, where most is live, and at the end. Which places these are is
 * known only at the end, so the memory of the best so far is kept as a copy.
 */

import type { AttachedHeap } from "../interpreter/attach.js";
import { captureHeap, copyHeap, type HeapCapture } from "../interpreter/heapcapture.js";
import { HeapLook } from "../interpreter/heaplook.js";
import { type TypeRow, typeCensus } from "../interpreter/pins.js";
import { type Findings, findingsOf, type Wanted } from "./findings.js";

/** At which marks owners are found: at no mark, at every mark, or at those that matter and at those with one of these names. */
export type OwnersAt = "none" | "all" | readonly string[];

export interface LookOptions {
  /** Whether types are counted at marks; that is a look at every block. */
  readonly types: boolean;
  /** Whether types and lines are told that hold memory, at the marks that matter. */
  readonly pins: boolean;
  /** At which marks owners are found. */
  readonly owners: OwnersAt;
  /** Whether the way to each block is found where owners are. Default: false. */
  readonly ways?: boolean;
  /** Whether owners are found also where next to nothing is live or pinned. Default: false. */
  readonly evenIfSmall?: boolean;
  /** Whether paths of owners have `<str 17>` in place of keys and texts. */
  readonly redact: boolean;
  /** Called at each look at all blocks. */
  readonly looked?: (look: HeapLook) => void;
}

/** What a look finds at once. Each is `null` where it was not asked for, or is to be found at the end. */
export interface Look extends Findings {
  readonly types: readonly TypeRow[] | null;
}

/** What makes a mark matter. */
export interface LookBytes {
  readonly pinnedBytes: number;
  readonly liveBytes: number;
}

/** Where something was greatest so far. */
interface Greatest<M> extends LookBytes {
  readonly mark: M | null;
  /** Of the memory there; `null` if all was found at once. */
  readonly copy: HeapCapture | null;
}

/** Between marks, a heap is copied that has as much as this, and by this factor more than any before. */
const LEAST_BYTES = 2 ** 20;
const MORE = 1.25;
/** A mark takes the place of what was kept between marks if it has this share of it. */
const NAMED = 0.9;

/** A copy of more memory than this would take as long as the program, and might not fit. */
const MOST_COPIED = 2 ** 29;
/** See `#isTooSmall`. */
const SMALL_BYTES = 100_000;

const NOWHERE = { pinnedBytes: 0, liveBytes: 0, mark: null, copy: null };
const NOTHING: Look = { types: null, owners: null, pins: null };

/** `M`: what stands for a mark. */
export class Looks<M extends object> {
  readonly #options: LookOptions;
  readonly #wanted: Wanted;
  /** Those of `#mostPinned` and `#mostLive` that the program did not make. */
  readonly #between = new Set<M>();
  #mostPinned: Greatest<M> = NOWHERE;
  #mostLive: Greatest<M> = NOWHERE;
  /** A copy that is not needed any more. */
  #spare: HeapCapture | null = null;

  constructor(options: LookOptions) {
    const { owners, ways = false, pins, redact } = options;
    this.#options = options;
    this.#wanted = { owners: owners !== "none", ways, pins, redact };
  }

  /** Looks at the heap at a mark that the program made. `isLast`: no mark comes after this one. */
  see(heap: AttachedHeap, mark: M, name: string, bytes: LookBytes, isLast: boolean): Look {
    const { types, owners, looked } = this.#options;
    const { pins } = this.#wanted;
    const isNamed = owners === "all" || (owners !== "none" && owners.includes(name));
    const findsOwners = isNamed || (isLast && owners !== "none" && !this.#isTooSmall(heap, bytes));
    const findsPins = pins && (findsOwners || isLast);
    if (findsPins || findsOwners) this.#noteGreatest(mark, bytes, null);
    else this.#keepIfGreatest(heap, mark, bytes);
    if (!findsPins && !findsOwners) {
      if (!types) return NOTHING;
      if (bytes.liveBytes === 0) return { ...NOTHING, types: [] };
    }
    const look = new HeapLook(captureHeap(heap), findsOwners ? "leading" : "asked");
    looked?.(look);
    const found = findingsOf(look, { ...this.#wanted, owners: findsOwners, pins: findsPins });
    return { types: types ? typeCensus(look) : null, ...found };
  }

  /** Whether there is nothing to release, and hardly anything live: few ask who holds that. */
  #isTooSmall({ profile }: AttachedHeap, { pinnedBytes, liveBytes }: LookBytes): boolean {
    if (this.#options.evenIfSmall) return false;
    return pinnedBytes <= profile.geometry.arenaSize && liveBytes < SMALL_BYTES;
  }

  #keepIfGreatest(heap: AttachedHeap, mark: M, bytes: LookBytes): void {
    const { owners, pins } = this.#wanted;
    if (!owners && !pins) return;
    if (this.#isTooSmall(heap, bytes) || heap.interpreter.memory.buffer.byteLength > MOST_COPIED) return;
    const isGreater =
      this.#beats(bytes.pinnedBytes, this.#mostPinned, "pinnedBytes") ||
      this.#beats(bytes.liveBytes, this.#mostLive, "liveBytes");
    if (!isGreater) return;
    const copy = copyHeap(heap, this.#spare);
    this.#spare = null;
    this.#noteGreatest(mark, bytes, copy);
  }

  #noteGreatest(mark: M, bytes: LookBytes, copy: HeapCapture | null): void {
    const before = [this.#mostPinned.copy, this.#mostLive.copy];
    const greatest = { ...bytes, mark, copy };
    if (this.#beats(bytes.pinnedBytes, this.#mostPinned, "pinnedBytes")) this.#mostPinned = greatest;
    if (this.#beats(bytes.liveBytes, this.#mostLive, "liveBytes")) this.#mostLive = greatest;
    const after = [this.#mostPinned.copy, this.#mostLive.copy];
    this.#spare = before.find((had) => had !== null && !after.includes(had)) ?? this.#spare;
  }

  /** Whether a mark with `bytes` matters more. A place with a name of its own is worth a tenth. */
  #beats(bytes: number, most: Greatest<M>, of: keyof LookBytes): boolean {
    return bytes > (most.mark !== null && this.#between.has(most.mark) ? NAMED * most[of] : most[of]);
  }

  /** Whether a heap with so many bytes at most is to be kept between marks. */
  wants({ pinnedBytes, liveBytes }: LookBytes): boolean {
    const { owners, pins } = this.#wanted;
    return (
      (pins || owners) &&
      (isMuchMore(pinnedBytes, this.#mostPinned.pinnedBytes) || isMuchMore(liveBytes, this.#mostLive.liveBytes))
    );
  }

  /** Keeps the heap as it is now, between marks, for `finish` to look at. The interpreter may be in the middle of a call of the allocator. */
  keep(heap: AttachedHeap, mark: M, bytes: LookBytes): void {
    this.#between.add(mark);
    this.#keepIfGreatest(heap, mark, bytes);
  }

  /**
   * What is found at those marks that matter and that `see` did not find it at, and at those heaps given to `keep` that still do. To be
   * called when no look comes after.
   */
  finish(): ReadonlyMap<M, Findings> {
    const found = new Map<M, Findings>();
    for (const { mark, copy } of [this.#mostPinned, this.#mostLive])
      if (mark !== null && copy !== null && !found.has(mark))
        found.set(mark, findingsOf(new HeapLook(copy, this.#wanted.owners ? "leading" : "asked"), this.#wanted));
    return found;
  }
}

const isMuchMore = (bytes: number, most: number): boolean => bytes >= LEAST_BYTES && bytes >= MORE * most;
