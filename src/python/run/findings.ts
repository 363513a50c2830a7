/** What is found at a mark that matters: who holds the memory, and which types and lines. Plain data. */
import type { BlockWays } from "../../trace/recordedrun.js";
import { type HeapOwners, ObjectGraph } from "../graph/objectgraph.js";
import type { HeapLook } from "../interpreter/heaplook.js";
import { type PinReport, pinReport } from "../interpreter/pins.js";

export interface Wanted {
  readonly owners: boolean;
  /** Whether the way to each block is to be found, where owners are. */
  readonly ways: boolean;
  readonly pins: boolean;
  /** Whether paths have `<str 17>` in place of keys and texts. */
  readonly redact: boolean;
}

/** Each is `null` where it was not wanted. */
export interface Findings {
  readonly owners: FoundOwners | null;
  readonly pins: PinReport | null;
}

export interface FoundOwners extends HeapOwners {
  readonly ways: BlockWays | null;
  /** By address, the ordinal of each arena. */
  readonly ordinals: ReadonlyMap<number, number>;
}

/** `look`: at all objects if owners are wanted. */
export const findingsOf = (look: HeapLook, wanted: Wanted): Findings => ({
  owners: wanted.owners ? foundOwners(look, wanted) : null,
  pins: wanted.pins ? pinReport(look) : null,
});

function foundOwners({ all, capture }: HeapLook, { ways, redact }: Wanted): FoundOwners {
  const graph = new ObjectGraph(all, { redact });
  const { requests, ordinals, memory } = capture;
  return {
    ...graph.report(),
    ways: ways && requests ? graph.blockWays((block) => requests.idAt(block)) : null,
    ordinals: new Map(ordinals.map((ordinal, arena) => [memory.pools.arenas[arena], ordinal])),
  };
}
