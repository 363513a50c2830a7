/**
 * The lower bound: what no allocator can do without that gets its memory in such units, whatever it knows.
 *
 *     lower(t) = small live bytes rounded up to arenas + other live bytes rounded up to pages
 *
 * Which requests are small is pymalloc's rule. Where there are no arenas all bytes are rounded up to pages.
 */
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../../trace/event.js";
import type { Trace } from "../../trace/trace.js";

export interface LowerUnits {
  /** Bytes of a page of the emulated system. */
  readonly pageBytes: number;
  /** `null` where memory does not come in arenas. */
  readonly arenas: {
    readonly arenaBytes: number;
    /** The largest request that is served from arenas. */
    readonly threshold: number;
  } | null;
}

const roundUp = (nbytes: number, unit: number): number => Math.ceil(nbytes / unit) * unit;

/** The bound in bytes when so many events have run, for each of `positions`, which ascend. */
export function lowerBound(
  { words, idCount }: Pick<Trace, "words" | "idCount">,
  { pageBytes, arenas }: LowerUnits,
  positions: ArrayLike<number>,
): Float64Array {
  const bounds = new Float64Array(positions.length);
  const sizes = new Uint32Array(idCount);
  const isSmall = new Uint8Array(idCount);
  let small = 0;
  let other = 0;
  let at = 0;
  for (let next = 0; next < positions.length; next++) {
    for (; at < positions[next]; at++) {
      const word = words[2 * at];
      const op = opOf(word);
      if (op === OP_MARK) continue;
      const id = idOf(word);
      const wasSmall = isSmall[id];
      if (wasSmall) small -= sizes[id];
      else other -= sizes[id];
      sizes[id] = op === OP_FREE ? 0 : words[2 * at + 1];
      const mayBeSmall = op !== OP_REALLOC || wasSmall; // a large block that is made small stays where it is
      const isFit = sizes[id] > 0 && sizes[id] <= (arenas?.threshold ?? 0) && domainOf(word) !== DOMAIN_RAW;
      isSmall[id] = mayBeSmall && isFit ? 1 : 0;
      if (isSmall[id]) small += sizes[id];
      else other += sizes[id];
    }
    bounds[next] = (arenas ? roundUp(small, arenas.arenaBytes) : 0) + roundUp(other, pageBytes);
  }
  return bounds;
}
