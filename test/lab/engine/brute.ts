/** The slow way to what the engine finds out: a plain replay, an event at a time. */
import { idOf, opOf } from "../../../src/trace/event.js";
import { type LabCondition, Replay, type Trace } from "./library.js";

/** What one looks at after each event. */
interface Seen {
  readonly obtained: number;
  readonly released: number;
  readonly live: number;
  readonly pinned: number;
  /** Live blocks by ordinal of the arena. */
  readonly arenas: ReadonlyMap<number, number>;
  /** By address of the pool. */
  readonly pools: ReadonlyMap<number, { readonly state: string; readonly szidx: number | null }>;
}

function look(replay: Replay): Seen {
  const { obtained, released } = replay.heap.stats().pymalloc.arenas;
  const { arenas } = replay.heap.snapshot();
  const { arenaSize } = replay.heap.profile.geometry;
  const held = arenas.filter(({ blockCount }) => blockCount > 0);
  return {
    obtained,
    released,
    live: replay.liveBytes,
    pinned: held.reduce((sum, { blockBytes }) => sum + arenaSize - blockBytes, 0),
    arenas: new Map(arenas.map(({ ordinal, blockCount }) => [ordinal, blockCount])),
    pools: new Map(
      arenas.flatMap(({ pools }) => pools.map(({ address, state, szidx }) => [address, { state, szidx }] as const)),
    ),
  };
}

/** By condition, the positions at which it comes to hold, in order. */
export function hitsOf(trace: Trace, profile: string, conditions: readonly LabCondition[]): number[][] {
  const replay = Replay.createSync(trace, { profile });
  const hits: number[][] = conditions.map(() => []);
  let before = look(replay);
  for (let position = 1; position <= replay.length; position++) {
    const word = trace.words[2 * (position - 1)];
    replay.runTo(position);
    const after = look(replay);
    conditions.forEach((condition, index) => {
      if (holds(condition, before, after, word)) hits[index].push(position);
    });
    before = after;
  }
  return hits;
}

function holds(condition: LabCondition, before: Seen, after: Seen, word: number): boolean {
  switch (condition.type) {
    case "arena-obtained":
      return after.obtained !== before.obtained;
    case "arena-released":
      return after.released !== before.released;
    case "live-above":
      return before.live <= condition.bytes && after.live > condition.bytes;
    case "pinned-above":
      return before.pinned <= condition.bytes && after.pinned > condition.bytes;
    case "block-freed":
      return opOf(word) === 3 && idOf(word) === condition.id;
    case "arena-held-by":
      return [...after.arenas].some(
        ([ordinal, blocks]) => blocks === condition.blocks && before.arenas.get(ordinal) === condition.blocks + 1,
      );
    case "pool-full":
    case "pool-empty": {
      const wanted = condition.type === "pool-full" ? "full" : "empty";
      const now = wanted === "full" ? after : before; // an emptied pool's class is its last
      return [...now.pools].some(([address, { state, szidx }]) => {
        if (condition.szidx !== undefined && condition.szidx !== szidx) return false;
        const [was, is] = [before.pools.get(address)?.state, after.pools.get(address)?.state];
        if (wanted === "full") return state === "full" && was !== "full";
        return (was === "used" || was === "full") && (is === "empty" || is === undefined);
      });
    }
  }
}
