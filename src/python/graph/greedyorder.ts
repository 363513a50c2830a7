/**
 * The greedy order in which to take owners, so that few owners release many arenas. Arenas with one need are a group.
 * Each round takes the group that releases most arenas per owner not yet taken. Arenas of other groups whose needs are
 * met by it count as well.
 */

/** Groups visited by the search. The groups left by then are taken in the order of owners per arena. */
const MAX_STEPS = 2 ** 25;

export interface Group {
  /** Each once. */
  readonly owners: Int32Array;
  /** Arenas that go when all of them are taken. */
  readonly arenas: number;
}

/**
 * Yields, for each group taken, its owners that were not taken yet and the arenas that go with them. Among equal scores
 * the group with fewer owners comes first, then the earlier group. Owners are below `ownerCount`.
 *
 * A group is scored again only if it shares an owner with a group that lost owners. A score visits the groups of each
 * of the group's owners, so a round on g groups that all share k owners takes k × g² steps, until MAX_STEPS.
 */
export function* greedyOrder(groups: readonly Group[], ownerCount: number): Generator<Group> {
  const { offsets, members } = groupsByOwner(groups, ownerCount);
  const isTaken = new Uint8Array(ownerCount);
  const left = Int32Array.from(groups, ({ owners }) => owners.length);
  const scores = new Float64Array(groups.length);
  const hits = new Int32Array(groups.length);
  let steps = 0;

  for (let group = 0; group < groups.length; group++) rescore(group);
  for (let best = bestGroup(); best >= 0; best = steps < MAX_STEPS ? bestGroup() : -1) yield take(best);
  const rest = [...groups.keys()].filter((group) => left[group] > 0);
  rest.sort((a, b) => left[a] / groups[a].arenas - left[b] / groups[b].arenas || a - b);
  for (const group of rest) if (left[group] > 0) yield take(group);

  /** Calls `visit` for each group of each of the group's owners that are not taken. */
  function visitSharing(group: number, visit: (other: number) => void): void {
    for (const owner of groups[group].owners) {
      if (isTaken[owner]) continue;
      steps += offsets[owner + 1] - offsets[owner];
      for (let i = offsets[owner]; i < offsets[owner + 1]; i++) visit(members[i]);
    }
  }

  function rescore(group: number): void {
    if (steps >= MAX_STEPS) return;
    let arenas = 0;
    visitSharing(group, (other) => {
      if (++hits[other] === left[other]) arenas += groups[other].arenas;
    });
    visitSharing(group, (other) => {
      hits[other] = 0;
    });
    scores[group] = arenas / left[group];
  }

  function bestGroup(): number {
    let best = -1;
    steps += groups.length;
    for (let group = 0; group < groups.length; group++) {
      if (left[group] === 0) continue;
      const isBetter = best < 0 || scores[group] > scores[best];
      if (isBetter || (scores[group] === scores[best] && left[group] < left[best])) best = group;
    }
    return best;
  }

  function take(group: number): Group {
    const owners = groups[group].owners.filter((owner) => !isTaken[owner]);
    const shrunk = new Set<number>();
    let arenas = 0;
    for (const owner of owners) {
      isTaken[owner] = 1;
      for (let i = offsets[owner]; i < offsets[owner + 1]; i++) {
        shrunk.add(members[i]);
        if (--left[members[i]] === 0) arenas += groups[members[i]].arenas;
      }
    }
    const stale = new Set<number>();
    for (const other of shrunk) if (steps < MAX_STEPS) visitSharing(other, (sharing) => stale.add(sharing));
    for (const other of stale) rescore(other);
    return { owners, arenas };
  }
}

/** The groups of each owner: members[offsets[owner]] to members[offsets[owner + 1] - 1]. */
function groupsByOwner(groups: readonly Group[], ownerCount: number): { offsets: Uint32Array; members: Int32Array } {
  const offsets = new Uint32Array(ownerCount + 2); // as in buildGraph
  for (const { owners } of groups) for (const owner of owners) offsets[owner + 2]++;
  for (let i = 2; i < offsets.length; i++) offsets[i] += offsets[i - 1];
  const members = new Int32Array(offsets[ownerCount + 1]);
  groups.forEach(({ owners }, group) => {
    for (const owner of owners) members[offsets[owner + 1]++] = group;
  });
  return { offsets, members };
}
