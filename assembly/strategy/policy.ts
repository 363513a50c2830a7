/**
 * In a strategy's build: which arena gives the next pool, which used pool of a class serves next, and whether arenas go back, where
 * that is not as in CPython.
 *
 *     arena   fullest: fewest free pools (CPython)   emptiest   lowest: the lowest address   random, from a seed
 *     pool    recent: the last started or to get a block back when full (CPython)   fullest   lowest: the lowest address
 *
 * usable_arenas stays in CPython's order, and arenachoice.ts looks along it. A class's ring is kept in the policy's order by pool.ts, so
 * that its head serves and malloc is the same.
 */
import { POLICY, POLICY_SIZE } from "../layout/strategylayout";

@unmanaged
class Policy {
  /** One of ARENA_…, one of POOL_…. */
  arena: u32;
  pool: u32;
  /** Whether an arena is never given back, though it is listed and chosen as if it could be. */
  keepsArenas: bool;
  /** The state of the dice; never 0. */
  dice: u32;
}

export const policy: Policy = changetype<Policy>(POLICY);

if (offsetof<Policy>() > POLICY_SIZE) ERROR("struct Policy outgrows its slot: raise POLICY_SIZE");
