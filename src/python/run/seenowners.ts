/** The owners of a run's marks, as a page opens them. */
import type { SeenOwners } from "../../trace/recordedrun.js";
import type { ArenaRow } from "../graph/arenarows.js";
import type { OwnerRow } from "../graph/ownertable.js";
import type { FoundOwners } from "./findings.js";
import type { SessionResult } from "./observedrun.js";
import type { RunMark } from "./runmarks.js";

/** `marks`: those of a report on `result`, made for `profile`. */
export function seenOwners(result: SessionResult, marks: readonly RunMark[], profile: string): SeenOwners[] {
  return result.marks.flatMap(({ owners: found, event }, index) => {
    const { verdict } = marks[index];
    return found === null || verdict === null
      ? []
      : [{ position: event, profile, verdict: verdict.text, ...seenIn(found) }];
  });
}

type Seen = Pick<SeenOwners, "owners" | "plan" | "ways">;

function seenIn({ owners, plan, arenaList, ways, ordinals }: FoundOwners): Seen {
  const ordinalsOf = (addresses: readonly number[]): Uint32Array =>
    Uint32Array.from(addresses, (address) => ordinals.get(address) as number);
  return {
    owners: owners.map((row) => ({
      path: row.path,
      type: row.type,
      objects: row.objects,
      retainedBytes: row.retainedBytes,
      pinCostBytes: row.pinCostBytes,
      arenas: ordinalsOf(arenaList.filter((arena) => isNeededBy(arena, row)).map(({ address }) => address)),
      arenasAlone: row.arenasAlone,
      emptiedBy: row.emptiedBy,
    })),
    plan: plan.map(({ drop, bytes, released }) => ({ drop, arenas: ordinalsOf(released), bytes })),
    ways,
  };
}

/** Whether the arena needs what the row stands for; see `OwnerRow`. */
function isNeededBy({ needs, isFixed, isUnattributed }: ArenaRow, { root, type }: OwnerRow): boolean {
  if (type !== null) return needs.includes(root);
  if (root === "fixed") return isFixed;
  if (root === "unattributed") return isUnattributed;
  return needs.length === 0 && !isFixed && !isUnattributed;
}
