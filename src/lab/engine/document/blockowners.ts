/** Finds the owners of the memory and the path to a block in the recorded looks of a run. */
import type { BlockOrigin, BlockWay, SeenOwners } from "../../protocol/index.js";
import type { Labels } from "./labels.js";

/** Returns the last look at or before `position`, or the first look if all are later. `looks` must be in order of position. */
const nearest = (looks: readonly SeenOwners[], position: number): SeenOwners | null =>
  looks.findLast((look) => look.position <= position) ?? looks[0] ?? null;

/** The owners that a panel at `position` shows; `null` if none were found in this run. */
export function ownersAt({ owners }: Labels, position: number): Omit<SeenOwners, "ways"> | null {
  const found = nearest(owners, position);
  if (found === null) return null;
  const { ways, ...shown } = found;
  return structuredClone(shown); // its columns are given away
}

/** Steps of a path that are shown: its last ones. */
const MOST_STEPS = 200;

/** How the block of `origin` was reached at the nearest look of its life; `null` if none has it. */
export function wayTo({ owners }: Labels, { id, bornAt, freedAt }: BlockOrigin, position: number): BlockWay | null {
  // The id is another block's before this one is born, and when it is free.
  const during = owners.filter((look) => look.position > bornAt && (freedAt < 0 || look.position <= freedAt));
  const look = nearest(during, position);
  const ways = look?.ways ?? null;
  const row = ways === null ? -1 : ways.id.indexOf(id);
  if (look === null || ways === null || row < 0) return null;
  const { before, step, steps, firsts, referrers, outside, referrerCounts } = ways;
  const pathOf = (from: number): string => {
    const texts: string[] = [];
    for (let at = from + 1; at > 0 && texts.length < MOST_STEPS; at = before[at - 1])
      texts.unshift(steps[step[at - 1]]);
    return texts.length < MOST_STEPS ? texts.join("") : `…${texts.join("")}`;
  };
  const rows = ways.id.length;
  return {
    position: look.position,
    path: pathOf(row),
    referrers: Array.from(referrers.subarray(firsts[row], firsts[row + 1]), (from) =>
      from < rows ? pathOf(from) : outside[from - rows],
    ),
    referrerCount: referrerCounts[row],
  };
}
