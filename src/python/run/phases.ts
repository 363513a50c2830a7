/** What a program asked for and gave back between moments of its trace, the same whatever the allocator. */
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../../trace/event.js";
import type { Trace } from "../../trace/trace.js";

/**
 * From the moment before to this one. Blocks older than the recording are in none of these numbers. A realloc counts with what it
 * adds or takes away, and as no block.
 */
export interface Phase {
  readonly allocatedBytes: number;
  readonly allocatedBlocks: number;
  readonly freedBytes: number;
  readonly freedBlocks: number;
}

/** What is asked for and live at a moment. */
export interface LiveRequests {
  readonly bytes: number;
  readonly blocks: number;
  /** Of these, what no pool holds: the RAW domain, over the threshold when it was asked for, 0 bytes. */
  readonly largeBytes: number;
  readonly largeBlocks: number;
}

/** Phases and live requests at each of `positions`, which ascend; `threshold`: bytes of the largest small request. */
export function phases(
  { words, idCount }: Trace,
  positions: readonly number[],
  threshold: number,
): { phase: Phase; live: LiveRequests }[] {
  const sizes = new Uint32Array(idCount);
  /** 1 for a block that no pool holds: once there, a block stays, however small a realloc makes it. */
  const isLarge = new Uint8Array(idCount);
  const live = { bytes: 0, blocks: 0, largeBytes: 0, largeBlocks: 0 };
  let phase = { allocatedBytes: 0, allocatedBlocks: 0, freedBytes: 0, freedBlocks: 0 };
  const count = (id: number, nbytes: number, sign: 1 | -1): void => {
    live.bytes += sign * nbytes;
    live.blocks += sign;
    if (isLarge[id] === 0) return;
    live.largeBytes += sign * nbytes;
    live.largeBlocks += sign;
  };
  let event = 0;
  return positions.map((position) => {
    phase = { allocatedBytes: 0, allocatedBlocks: 0, freedBytes: 0, freedBlocks: 0 };
    for (; event < position; event++) {
      const word = words[2 * event];
      const op = opOf(word);
      if (op === OP_MARK) continue;
      const domain = domainOf(word);
      const id = idOf(word);
      const had = sizes[id];
      const nbytes = op === OP_FREE ? 0 : words[2 * event + 1];
      if (op === OP_FREE || op === OP_REALLOC) count(id, had, -1);
      if (op !== OP_FREE) {
        const isServedRaw = domain === DOMAIN_RAW || nbytes === 0 || nbytes > threshold;
        isLarge[id] = Number(isServedRaw || (op === OP_REALLOC && isLarge[id] === 1));
        count(id, nbytes, 1);
      }
      if (op === OP_FREE) phase.freedBlocks++;
      else if (op !== OP_REALLOC) phase.allocatedBlocks++;
      if (nbytes > had) phase.allocatedBytes += nbytes - had;
      else phase.freedBytes += had - nbytes;
      sizes[id] = nbytes;
    }
    return { phase, live: { ...live } };
  });
}
