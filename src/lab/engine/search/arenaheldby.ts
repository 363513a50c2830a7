/**
 * The condition that an arena would go back but for so many blocks. The core counts pools and not the blocks of arenas, so they are
 * counted here, from its answers: where each block went, and which ids are freed.
 */

import { ANSWER_ARENA_OBTAINED, ANSWER_ARENA_RELEASED, ANSWER_RAW_BLOCK } from "../../../memory/codes.js";
import { DOMAIN_RAW, domainOf, idOf, OP_FREE, OP_MARK, opOf } from "../../../trace/event.js";
import type { Requests } from "../document/requests.js";
import type { Side } from "../time/side.js";
import type { Probe } from "./probe.js";

const NONE = -1;

export class HeldBy implements Probe {
  constructor(
    private readonly side: Side,
    private readonly requests: Requests,
    private readonly blocks: number,
  ) {
    if (!(Number.isInteger(blocks) && blocks >= 1))
      throw new RangeError(`arena-held-by needs blocks, a whole number from 1, not ${blocks}`);
  }

  first(start: number, end: number): number | null {
    return this.#hits(start, end)[0];
  }

  last(start: number, end: number): number | null {
    return this.#hits(start, end)[1];
  }

  /** The first and the last hit in (start, end]. */
  #hits(start: number, end: number): [first: number | null, last: number | null] {
    const { words } = this.requests;
    const { arenaOfId, counts } = this.#count(start);
    const hits: [first: number | null, last: number | null] = [null, null];
    const leave = (arena: number, event: number): void => {
      if (arena === NONE) return;
      const left = (counts.get(arena) as number) - 1;
      counts.set(arena, left);
      if (left !== this.blocks) return;
      hits[0] ??= event + 1;
      hits[1] = event + 1;
    };
    let event = start;
    this.side.moving.runAnswered(end, (answers) => {
      for (let at = 0; at < answers.length; event++) {
        const word = words[2 * event];
        if (opOf(word) === OP_MARK || domainOf(word) === DOMAIN_RAW) continue; // has no answer
        while (answers[at] === ANSWER_ARENA_OBTAINED || answers[at] === ANSWER_ARENA_RELEASED) at += 2;
        const id = idOf(word);
        const before = arenaOfId[id];
        const after = opOf(word) === OP_FREE || answers[at] === ANSWER_RAW_BLOCK ? NONE : answers[at];
        at += 2;
        if (before === after) continue;
        arenaOfId[id] = after;
        if (after !== NONE) counts.set(after, (counts.get(after) ?? 0) + 1);
        leave(before, event);
      }
    });
    return hits;
  }

  /** Which arena each id's block is in, by ordinal, before event `position`; and how many are in each. */
  #count(position: number): { arenaOfId: Int32Array; counts: Map<number, number> } {
    const look = this.side.at(position);
    const { addresses } = this.side;
    const arenaOfId = new Int32Array(addresses.length).fill(NONE);
    const counts = new Map<number, number>();
    const { arenaOfPool, arenas } = look;
    addresses.forEach((address, id) => {
      const pool = address === 0 ? -1 : look.poolAt(address);
      if (pool >= 0) arenaOfId[id] = arenas[arenaOfPool[pool]].ordinal;
    });
    for (const { ordinal, blockCount } of arenas) counts.set(ordinal, blockCount);
    return { arenaOfId, counts };
  }
}
