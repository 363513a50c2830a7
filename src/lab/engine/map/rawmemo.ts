/**
 * The raw domain's columns, kept from one step to the next: to walk its blocks is to read a word of each, all over the heap, and most
 * events leave them as they are.
 */
import type { MapView, SideView } from "../../protocol/index.js";
import type { HeapIndex } from "./heapindex.js";
import { rawColumns } from "./rawmap.js";

type Raw = Pick<MapView, "regions" | "rawRuns">;

export class RawMemo {
  #kept: { readonly position: number; readonly isLastRaw: boolean; readonly raw: Raw } | null = null;

  /** The columns at `position`. `touched`: where the block of the event before it was, and is. The arrays are the caller's own. */
  columns(look: HeapIndex, position: number, touched: SideView["touched"]): Raw {
    const isRaw = (address: number): boolean => address !== 0 && look.poolAt(address) < 0; // or of an arena that went with it
    const isLastRaw = isRaw(touched.before) || isRaw(touched.after);
    const raw = this.#isGood(position, isLastRaw) && this.#kept !== null ? this.#kept.raw : rawColumns(look);
    this.#kept = { position, isLastRaw, raw };
    return structuredClone(raw);
  }

  /** Whether nothing that is between the moment kept and `position` was of the raw domain. */
  #isGood(position: number, isLastRaw: boolean): boolean {
    if (this.#kept === null) return false;
    if (position === this.#kept.position) return true;
    if (position === this.#kept.position + 1) return !isLastRaw;
    return position === this.#kept.position - 1 && !this.#kept.isLastRaw;
  }
}
