/**
 * The owners at the marks that matter: where most is pinned, where most is live, and the last. Which marks these are is known only at the end,
 * so the memory of the best mark so far is copied and read then.
 */
import type { AttachedHeap } from "../interpreter/attach.js";
import { attachedMemory } from "../interpreter/attachedmemory.js";
import { type HeapOwners, ObjectGraph } from "../graph/objectgraph.js";
import type { PythonMemory } from "../objects/pythonmemory.js";

/** At which marks owners are found: at no mark, at every mark, or at those that matter and at those with one of these names. */
export type OwnersAt = "none" | "all" | readonly string[];

interface Candidate {
  readonly mark: number;
  readonly value: number;
  readonly memory: PythonMemory;
}

export class OwnerWatch {
  readonly #at: OwnersAt;
  readonly #redact: boolean;
  readonly #found = new Map<number, HeapOwners>();
  #mostPinned: Candidate | null = null;
  #mostLive: Candidate | null = null;

  /** `redact`: as in `ObjectGraph`. */
  constructor(at: OwnersAt, redact: boolean) {
    this.#at = at;
    this.#redact = redact;
  }

  /** Looks at the heap at a mark, `mark` of all. `isLast`: no other mark comes. */
  see(
    heap: AttachedHeap,
    mark: number,
    name: string,
    { pinnedBytes, liveBytes }: { readonly pinnedBytes: number; readonly liveBytes: number },
    isLast: boolean,
  ): void {
    if (this.#at === "none") return;
    if (isLast || this.#at === "all" || this.#at.includes(name)) this.#find(mark, attachedMemory(heap));
    const isMostPinned = pinnedBytes > (this.#mostPinned?.value ?? 0);
    const isMostLive = liveBytes > (this.#mostLive?.value ?? 0);
    if (!isMostPinned && !isMostLive) return;
    const memory = attachedMemory(heap, this.#found.has(mark) ? "as it is" : "copy");
    if (isMostPinned) this.#mostPinned = { mark, value: pinnedBytes, memory };
    if (isMostLive) this.#mostLive = { mark, value: liveBytes, memory };
  }

  /** The owners that were found, by mark. */
  owners(): ReadonlyMap<number, HeapOwners> {
    for (const candidate of [this.#mostPinned, this.#mostLive]) {
      if (candidate !== null && !this.#found.has(candidate.mark)) this.#find(candidate.mark, candidate.memory);
    }
    return this.#found;
  }

  #find(mark: number, memory: PythonMemory): void {
    this.#found.set(mark, new ObjectGraph(memory, { redact: this.#redact }).report());
  }
}
