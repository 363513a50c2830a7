/** What a look at a native Python promises is kept: the program drops the owners that arenas need, and these arenas go, and no others. */
import { describe, expect, it } from "vitest";
import { inspectedPythons } from "../../record/native-pythons.js";
import { Target } from "./target.js";

interface Case {
  readonly name: string;
  /** Roots of the owners that are dropped. */
  readonly owners: readonly (string | RegExp)[];
  readonly drop: string;
  /** It is looked at before it is ready, in the middle of a statement that ends then. */
  readonly isEarly?: boolean;
}

const CASES: readonly Case[] = [
  { name: "one_dict", owners: ["__main__.cache"], drop: "cache.clear()" },
  { name: "two_owners", owners: ["__main__.cache", "__main__.index"], drop: "cache.clear(); index.clear()" },
  { name: "two_halves", owners: ["__main__.cache", "__main__.index"], drop: "cache.clear(); index.clear()" },
  { name: "held_twice", owners: ["__main__.shared", "__main__.shared2"], drop: "shared.clear(); shared2.clear()" },
  { name: "class_attribute", owners: ["__main__.Registry"], drop: "Registry.held.clear()" },
  { name: "closure", owners: ["__main__.callback"], drop: "callback = None" },
  { name: "generator", owners: ["__main__.worker"], drop: "worker = None" },
  { name: "interned", owners: ["__main__.cache"], drop: "cache.clear()" },
  { name: "held_by_c", owners: ["__main__.cache"], drop: "cache.clear()" },
  { name: "garbage", owners: [], drop: "pass" },
  { name: "families", owners: ["__main__.cache", "__main__.other"], drop: "cache.clear(); other.clear()" },
  {
    name: "in_a_loop",
    owners: ["__main__.cache", / in (\S*walk|in_a_loop|<module>)\(\) at owners\.py:\d+/],
    drop: "cache.clear()",
    isEarly: true,
  },
  { name: "two_modules", owners: ["__main__.mine", "types.mine"], drop: "import types; del mine, types.mine" },
];

/** Immortal until 3.12.6: nothing goes. */
const isImmortal = (name: string, python: string): boolean => name === "interned" && /^3\.12\.[0-6]$/.test(python);

describe.each(inspectedPythons)("$name", ({ name: python, path }) => {
  it.each(CASES)("$name", async ({ name, owners, drop, isEarly }) => {
    const target = await Target.start(path, ["owners.py", name]);
    const { graph, memory } = await target.graph();
    const rows = graph.arenas();
    const promised = rows
      .filter(
        ({ needs, isFixed, isUnattributed }) =>
          !isFixed &&
          !isUnattributed &&
          needs.every((need) =>
            owners.some((owner) => owner === need || (owner instanceof RegExp && owner.test(need))),
          ),
      )
      .map(({ address }) => address);
    const free = new Set(memory.foundArenas.map(({ address }) => address));
    for (const { address } of rows) free.delete(address);

    if (isEarly) await target.execute("goes on");
    await target.execute(`${drop}; gc.collect()`);
    const after = await target.memory();
    const held = new Set(
      after.foundArenas.filter((_, arena) => liveIn(after.pools, arena) > 0).map(({ address }) => address),
    );
    const mapped = new Set(after.foundArenas.map(({ address }) => address));
    const gone = rows.map(({ address }) => address).filter((address) => !held.has(address));
    const isKept = (address: number): boolean => mapped.has(address);

    expect(gone.filter((address) => !promised.includes(address))).toEqual([]);
    // The line that was executed takes blocks, too: of one arena at most.
    expect(promised.filter((address) => !gone.includes(address)).length).toBeLessThanOrEqual(1);
    expect(gone.filter(isKept).length).toBeLessThanOrEqual(memory.profile.geometry.release === "eager" ? 0 : 1);
    if (isImmortal(name, python)) expect(promised).toEqual([]);
    else expect(promised.length).toBeGreaterThanOrEqual(5);
    await target.stop();
  });
});

type Pools = Awaited<ReturnType<Target["memory"]>>["pools"];

function liveIn({ capacities, arenaOf, isLive }: Pools, arena: number): number {
  let [slot, live] = [0, 0];
  capacities.forEach((capacity, pool) => {
    if (arenaOf[pool] === arena) for (let i = slot; i < slot + capacity; i++) live += isLive[i];
    slot += capacity;
  });
  return live;
}
