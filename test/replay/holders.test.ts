/** Tables of holders against a count that takes the blocks of each key away. */
import { describe, expect, it } from "vitest";
import { Holdings, releasedAloneOf } from "../../src/replay/holders.js";
import { Random } from "../../src/workload/random.js";

const ARENA = 1 << 18;
const ARENAS = 12;

interface Row {
  readonly arena: number;
  readonly key: number;
  readonly blocks: number;
  readonly bytes: number;
}

/** Many arenas have one key only; the last two have no blocks. */
function randomRows(seed: number): Row[] {
  const random = Random.seeded(seed);
  return Array.from({ length: 25 }, () => {
    const arena = random.below(ARENAS - 2);
    const blocks = 1 + random.below(9);
    return { arena, key: arena < 6 ? arena % 3 : random.below(5), blocks, bytes: 16 * blocks };
  });
}

function holdingsOf(rows: readonly Row[]): Holdings<number> {
  const holdings = Holdings.none<number>(ARENAS);
  for (const { arena, key, blocks, bytes } of rows) holdings.add(arena, key, blocks, bytes);
  return holdings;
}

const sum = (rows: readonly Row[], of: "blocks" | "bytes"): number => rows.reduce((total, row) => total + row[of], 0);
const arenasOf = (rows: readonly Row[]): number[] =>
  [...new Set(rows.map(({ arena }) => arena))].toSorted((a, b) => a - b);

describe.each([1, 2, 3, 4, 5])("holders of arenas: seed %i", (seed) => {
  const rows = randomRows(seed);
  const holdings = holdingsOf(rows);
  const keys = [...new Set(rows.map(({ key }) => key))];

  it("have the blocks, bytes and arenas of their key, and cost the arenas that only they hold", () => {
    const holders = holdings.holders((emptied) => emptied * ARENA);
    expect(holders.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    for (const { key, blocks, bytes, arenas, releasedAloneBytes } of holders) {
      const own = rows.filter((row) => row.key === key);
      const others = arenasOf(rows.filter((row) => row.key !== key));
      expect({ blocks, bytes, arenas }).toEqual({
        blocks: sum(own, "blocks"),
        bytes: sum(own, "bytes"),
        arenas: arenasOf(own),
      });
      expect(releasedAloneBytes).toBe((arenasOf(rows).length - others.length) * ARENA);
    }
    const costs = holders.map(({ releasedAloneBytes }) => releasedAloneBytes);
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    expect(costs[0]).toBeGreaterThan(0);
  });

  it("are those of each arena with a live block, and no other", () => {
    const held = holdings.heldArenas({ arenaSize: ARENA });
    expect(held.map(({ arena }) => arena).toSorted((a, b) => a - b)).toEqual(arenasOf(rows));
    for (const { arena, blocks, bytes, pinnedBytes } of held) {
      const own = rows.filter((row) => row.arena === arena);
      expect({ blocks, bytes }).toEqual({ blocks: sum(own, "blocks"), bytes: sum(own, "bytes") });
      expect(pinnedBytes).toBe(ARENA - bytes);
      const listed = holdings.of(arena);
      expect(listed.reduce((total, holding) => total + holding.bytes, 0)).toBe(bytes);
      expect(listed).toEqual(listed.toSorted((a, b) => b.bytes - a.bytes || a.key - b.key));
    }
    const counts = held.map(({ blocks }) => blocks);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  it("are added up where two keys become one", () => {
    const parity = ({ key, ...row }: Row): Row => ({ ...row, key: key % 2 });
    const merged = holdingsOf(rows.map(parity)).holders((emptied) => emptied);
    expect(holdings.by((key) => key % 2).holders((emptied) => emptied)).toEqual(merged);
  });
});

it("the release policy says how many of the emptied arenas are released", () => {
  const costs = (release: "never" | "keep-last" | "eager", hasFreeArena: boolean): number[] =>
    [0, 1, 3].map((emptied) => releasedAloneOf({ arenaSize: ARENA, release }, hasFreeArena)(emptied) / ARENA);
  expect(costs("never", true)).toEqual([0, 0, 0]);
  expect(costs("eager", false)).toEqual([0, 1, 3]);
  expect(costs("keep-last", true)).toEqual([0, 1, 3]);
  expect(costs("keep-last", false)).toEqual([0, 0, 2]);
});
