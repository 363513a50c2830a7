/** Going anywhere in a replay by way of keyframes comes to the same heap as running there from the start. */
import { describe, expect, it } from "vitest";
import { Replay } from "../../src/index.js";
import { randomTrace } from "./random-trace.js";

/** Everything that the allocator will read: what differs here would differ in what comes. */
function stateOf(replay: Replay): unknown {
  const snapshot = replay.heap.snapshot();
  return {
    position: replay.position,
    stats: { ...replay.heap.stats(), wasmBytes: 0 },
    pools: snapshot.poolWords.join(" "),
    free: snapshot.arenas.map(({ pools }) => pools.map((pool) => pool.blocks().map(({ freeIndex }) => freeIndex))),
    usable: snapshot.usableArenas.map(({ ordinal }) => ordinal),
    live: [...replay.heap.liveBlocks()],
  };
}

describe.each(["2.4", "2.7-32", "3.8", "3.9", "3.12"])("a replay on %s with keyframes", (name) => {
  it.each([1, 2, 3])("is at any position what one without is; and goes on alike: seed %i", (seed) => {
    const trace = randomTrace(seed, 6000);
    const replay = Replay.createSync(trace, { profile: name, keyframes: 7 });
    const end = replay.length;
    for (const position of [end, 0, 1, end / 2, end - 1, 900, 4001, 857, 858, end].map(Math.floor)) {
      const plain = Replay.createSync(trace, { profile: name });
      replay.runTo(position);
      plain.runTo(position);
      expect(stateOf(replay)).toEqual(stateOf(plain));
    }
  });

  it("gives every block the same place after going back", () => {
    const trace = randomTrace(9, 6000);
    const replay = Replay.createSync(trace, { profile: name, keyframes: 5, hash: true });
    replay.runTo(replay.length);
    const { hash, ops } = replay;
    for (const position of [3100, 10, 5990, 1201]) {
      replay.runTo(position);
      replay.runTo(replay.length);
      expect({ hash: replay.hash, ops: replay.ops }).toEqual({ hash, ops });
    }
  });

  it("does not stop where an earlier run was to stop", () => {
    const trace = randomTrace(4, 6000);
    const replay = Replay.createSync(trace, { profile: name, keyframes: 50 });
    replay.runUntil([{ type: "arena-obtained" }]);
    replay.runUntil([{ type: "pool-full" }]);
    replay.runTo(replay.length);
    replay.runTo(2500);
    replay.runTo(5000);
    expect(replay.position).toBe(5000);
  });
});

it("keeps few bytes, and refuses what is no number of keyframes", () => {
  const trace = randomTrace(5, 20000);
  const replay = Replay.createSync(trace, { profile: "3.9", keyframes: 10 });
  const before = replay.keyframeBytes;
  replay.runTo(replay.length);
  expect(replay.keyframeBytes).toBeGreaterThan(before);
  expect(replay.keyframeBytes).toBeLessThan(10 * replay.heap.stats().os.mappedPeakBytes);
  for (const keyframes of [-1, 1.5, Number.NaN]) {
    expect(() => Replay.createSync(trace, { keyframes })).toThrow(RangeError);
  }
});
