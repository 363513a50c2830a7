/** Retained sizes: the bytes that go if one owner alone is dropped, that is, of the nodes whose set is this owner. */
import { DATA } from "./graph.js";
import { EMPTY_SET, isFixed, isUnattributed, type OwnerSets } from "./ownersets.js";

export interface Retained {
  /** By owner, objects that only it holds; data blocks are not counted. */
  readonly objects: Float64Array;
  /** By owner, bytes of the objects and data blocks that only it holds. */
  readonly bytes: Float64Array;
  /** Bytes held by two owners or more, and by nothing else. */
  readonly sharedBytes: number;
  /** Bytes that never go. */
  readonly fixedBytes: number;
  /** Bytes whose owners could not be determined, and that may go. */
  readonly unattributedBytes: number;
  readonly garbageBytes: number;
}

/** Adds up `bytes` (by node) by the sets in `reach`. `asked`: by node, 0 for what does not count as an object; see leading.ts. All sums together are all bytes. Linear in nodes and owners. */
export function retained(
  reach: Int32Array,
  flags: Uint8Array,
  bytes: Float64Array | Uint32Array,
  sets: OwnerSets,
  ownerCount: number,
  asked: Uint8Array | null = null,
): Retained {
  const objectsByOwner = new Float64Array(ownerCount);
  const bytesByOwner = new Float64Array(ownerCount);
  const rest = { sharedBytes: 0, fixedBytes: 0, unattributedBytes: 0, garbageBytes: 0 };
  for (let node = 0; node < reach.length; node++) {
    const set = reach[node];
    const owner = sets.soleOwner(set);
    if (owner >= 0) {
      bytesByOwner[owner] += bytes[node];
      if (!(flags[node] & DATA) && asked?.[node] !== 0) objectsByOwner[owner]++;
    } else if (isFixed(set)) rest.fixedBytes += bytes[node];
    else if (isUnattributed(set)) rest.unattributedBytes += bytes[node];
    else if (set === EMPTY_SET) rest.garbageBytes += bytes[node];
    else rest.sharedBytes += bytes[node];
  }
  return { objects: objectsByOwner, bytes: bytesByOwner, ...rest };
}
