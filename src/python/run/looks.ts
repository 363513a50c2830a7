/**
 * The looks at every block that a run takes at its marks: what they count at once, and the owners, which are found at the marks that matter:
 * where most is pinned, where most is live, and the last. Which marks these are is known only at the end, so the memory of the best mark so
 * far is kept as a copy.
 */
import { type HeapOwners, ObjectGraph } from "../graph/objectgraph.js";
import type { AttachedHeap } from "../interpreter/attach.js";
import { PythonObjects } from "../interpreter/objects.js";
import { type PinReport, pinReport, type TypeRow, typeCensus } from "../interpreter/pins.js";
import type { MemoryObjects } from "../objects/memoryobjects.js";

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

/** The mark at which something was greatest so far. */
interface Greatest {
  readonly bytes: number;
  readonly mark: number;
  /** Of a copy of the memory; `null` if the mark's owners are known. */
  readonly objects: MemoryObjects | null;
}

const NOTHING: Greatest = { bytes: 0, mark: -1, objects: null };

export class Looks {
  readonly #options: LookOptions;
  readonly #owners = new Map<number, HeapOwners>();
  #mostPinned = NOTHING;
  #mostLive = NOTHING;

  constructor(options: LookOptions) {
    this.#options = options;
  }

  /** Looks at the heap at a mark, number `mark` of the run. `isLast`: no mark comes after this one. */
  see(
    heap: AttachedHeap,
    mark: number,
    name: string,
    { pinnedBytes, liveBytes }: { readonly pinnedBytes: number; readonly liveBytes: number },
    isLast: boolean,
  ): Look {
    const { types, pins, owners, looked } = this.#options;
    const isMostPinned = pinnedBytes > this.#mostPinned.bytes;
    const isMostLive = liveBytes > this.#mostLive.bytes;
    const matters = isMostPinned || isMostLive || isLast;
    const findsOwners = owners === "all" || (owners !== "none" && (isLast || owners.includes(name)));
    const keeps = owners !== "none" && !findsOwners && (isMostPinned || isMostLive);
    if (!types && !(pins && matters) && !findsOwners && !keeps) return { types: null, pins: null };
    const objects = new PythonObjects(heap, keeps ? "copy" : "as it is");
    looked?.(objects);
    const greatest = { mark, objects: keeps ? objects.all : null };
    if (isMostPinned) this.#mostPinned = { bytes: pinnedBytes, ...greatest };
    if (isMostLive) this.#mostLive = { bytes: liveBytes, ...greatest };
    if (findsOwners) this.#find(mark, objects.all);
    return {
      types: types ? typeCensus(heap, objects) : null,
      pins: pins && matters ? pinReport(heap, objects) : null,
    };
  }

  /** The owners that were found, by mark. To be called when no look comes after. */
  owners(): ReadonlyMap<number, HeapOwners> {
    for (const { mark, objects } of [this.#mostPinned, this.#mostLive])
      if (objects !== null && !this.#owners.has(mark)) this.#find(mark, objects);
    return this.#owners;
  }

  #find(mark: number, objects: MemoryObjects): void {
    this.#owners.set(mark, new ObjectGraph(objects, { redact: this.#options.redact }).report());
  }
}
