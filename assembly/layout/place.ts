/**
 * Where this build keeps its tables. `core` has a memory of its own and keeps them at the addresses of layout.ts. `attached` lives
 * in the memory of another process, which gives it a span at `base`; there the regions from STATE to NFP2LASTA lie as in layout.ts,
 * and the pool table follows them at once: what the emulated system and the raw domain need is not there.
 */

import { base } from "../attached/process";
import { OS_PAGES, POOLS, STATE } from "./layout";
import "./proofs";
import { STRATEGY_POOLS } from "./strategylayout";

/** Whether this build lives in somebody else's memory. `asconfig.json` sets it for the attached target. */
export const ATTACHED: bool = isDefined(PYMALLOC_ATTACHED);

/** Whether this is a strategy's build: any page size, what is held and resident by a model, policies. Set for the strategy target. */
export const STRATEGY: bool = isDefined(PYMALLOC_STRATEGY);

/** Where the region lies that layout.ts places at `address`, between STATE and OS_PAGES. */
export function stateAt(address: usize): usize {
  return ATTACHED ? base - STATE + address : address;
}

/** The pool table. */
export function pools(): usize {
  return ATTACHED ? base - STATE + OS_PAGES : STRATEGY ? STRATEGY_POOLS : POOLS;
}
