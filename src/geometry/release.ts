/**
 * When an arena goes back to the operating system: the policies, and what follows from them.
 *
 *     eager       as soon as it is wholly free (2.5 to 3.8)
 *     keep-last   when it is wholly free and not the last usable arena (3.9 on)
 *     never       (2.3, 2.4) with one stack of empty pools for all arenas
 *
 * In the core the rule is `returns` of assembly/pymalloc/freepools.ts.
 */

export const RELEASES = ["eager", "keep-last", "never"] as const;

export type ReleasePolicy = (typeof RELEASES)[number];

/** Returns whether an arena that becomes wholly free goes back. `isLast`: it would be the last of usable_arenas. */
export function wouldReturn(release: ReleasePolicy, isLast: boolean): boolean {
  return release === "eager" || (release === "keep-last" && !isLast);
}

/** Returns how many of `emptied` arenas go back if they become wholly free. `hasFree`: another arena is wholly free already. */
export function arenasReturned(release: ReleasePolicy, emptied: number, hasFree: boolean): number {
  if (release === "never") return 0;
  return wouldReturn(release, !hasFree) ? emptied : Math.max(0, emptied - 1);
}

/** Says why a wholly free arena stays: what follows "arena 3 is wholly free". */
export function whyKept(release: ReleasePolicy): string {
  return release === "never" ? ", and this version gives none back" : " and kept, as the last of usable_arenas";
}
