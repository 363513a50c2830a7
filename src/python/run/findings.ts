/** What is found at a mark that matters: who holds the memory, and which types and lines. Plain data. */
import { type HeapOwners, ObjectGraph } from "../graph/objectgraph.js";
import type { HeapLook } from "../interpreter/heaplook.js";
import { type PinReport, pinReport } from "../interpreter/pins.js";

export interface Wanted {
  readonly owners: boolean;
  readonly pins: boolean;
  /** Whether paths of owners have `<str 17>` in place of keys and texts. */
  readonly redact: boolean;
}

/** Each is `null` where it was not wanted. */
export interface Findings {
  readonly owners: HeapOwners | null;
  readonly pins: PinReport | null;
}

/** `look`: at all objects if owners are wanted. */
export const findingsOf = (look: HeapLook, { owners, pins, redact }: Wanted): Findings => ({
  owners: owners ? new ObjectGraph(look.all, { redact }).report() : null,
  pins: pins ? pinReport(look) : null,
});
