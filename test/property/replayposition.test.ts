/** A replay that goes to any place, back or forth, is there as one that went straight to it. */
import { describe, expect, it } from "vitest";
import type { HeapStats } from "../../src/inspect/heapstats.js";
import { Replay, type ReplayOptions, type StopCondition } from "../../src/replay/replay.js";
import type { Trace } from "../../src/trace/trace.js";
import { PROFILES, program, readRep, withMarksAndRaw } from "./programs.js";

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** All that can be asked of a replay. */
function stateOf(replay: Replay): unknown {
  const { position, ops, hash, smallCount, liveBytes, failures, firstArenaAtOp, heap, trace } = replay;
  const addresses = Array.from({ length: trace.idCount }, (_, id) => replay.addressOf(id));
  const stats: HeapStats = { ...heap.stats(), wasmBytes: 0 };
  return { position, ops, hash, smallCount, liveBytes, failures, firstArenaAtOp, addresses, stats };
}

describe.each(PROFILES)("a replay, on %s,", (name) => {
  const trace = readRep(withMarksAndRaw(program(41)));
  const options: ReplayOptions = { profile: name, hash: true };

  it("that went back is a fresh one that went to the same place, to the last bit of memory", () => {
    const replay = Replay.createSync(trace, options);
    const { length } = replay;
    for (const position of [length, 0, 1, length - 1, 2000, 1999, 5, 3333, 3000, 3001, 0, length]) {
      const goesBack = position < replay.position;
      replay.runTo(position);
      const fresh = Replay.createSync(trace, options);
      fresh.runTo(position);
      expect(stateOf(replay)).toEqual(stateOf(fresh));
      if (goesBack) expect(sameBytes(replay.heap.image().save(), fresh.heap.image().save())).toBe(true);
    }
  });

  it("is the same in one run, event by event, in pieces, and through stops", () => {
    const states = [
      (replay: Replay) => replay.runTo(replay.length),
      (replay: Replay) => {
        while (replay.position < replay.length) replay.step();
      },
      (replay: Replay) => {
        while (replay.position < replay.length) replay.step(37);
      },
      (replay: Replay) => {
        const conditions: StopCondition[] = [{ type: "pool-full" }, { type: "pool-empty" }, { type: "arena-obtained" }];
        while (replay.position < replay.length) replay.runUntil(conditions);
      },
      (replay: Replay) => {
        const next = (): number => Math.min(replay.position + 500, replay.length);
        while (replay.position < replay.length) replay.runUntil([{ type: "pinned-above", bytes: 50_000 }], next());
      },
    ].map((run) => {
      const replay = Replay.createSync(trace, options);
      run(replay);
      return stateOf(replay);
    });
    for (const state of states.slice(1)) expect(state).toEqual(states[0]);
  });

  it("gives a RangeError for a position or an id that the trace does not have, and stays where it is", () => {
    const replay = Replay.createSync(trace, options);
    replay.runTo(100);
    for (const position of [-1, 0.5, replay.length + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => replay.runTo(position)).toThrow(
        new RangeError(`the trace has positions 0 to ${replay.length}, not ${position}`),
      );
    }
    for (const id of [-1, trace.idCount, Number.NaN]) {
      expect(() => replay.addressOf(id)).toThrow(new RangeError(`the trace has ids 0 to ${trace.idCount - 1}`));
    }
    expect(replay.position).toBe(100);
  });

  it("gives a RangeError for a condition that is none", () => {
    const replay = Replay.createSync(trace, options);
    const wrong = [
      { type: "nope" },
      { type: "live-above" },
      { type: "pinned-above", bytes: -1 },
      { type: "block-freed" },
      { type: "pool-full", szidx: 0.5 },
    ];
    for (const condition of wrong) expect(() => replay.runUntil([condition as StopCondition])).toThrow(RangeError);
    expect(replay.position).toBe(0);
  });

  it("gives a RangeError for part of an event, and does not run for ever", () => {
    let looks = 0;
    const watched: Trace = {
      ...trace,
      get words() {
        if (++looks > 1000) throw new Error("runs for ever");
        return trace.words;
      },
    };
    const replay = Replay.createSync(watched, options);
    expect(() => replay.step(1.5)).toThrow(RangeError);
    expect(() => replay.runUntil([], 2.5)).toThrow(RangeError);
    expect(replay.position).toBe(0);
  });

  it("that is to run until a limit behind the end stops at the end", () => {
    const replay = Replay.createSync(trace, options);
    expect(replay.runUntil([], replay.length + 100)).toEqual([]);
    expect(replay.position).toBe(replay.length);
  });

  it.each(["live-above", "pinned-above"] as const)("never stops for %s a bound past 4 GiB", (type) => {
    const replay = Replay.createSync(trace, options);
    expect(replay.runUntil([{ type, bytes: 2 ** 32 + 5 }])).toEqual([]);
    expect(replay.position).toBe(replay.length);
  });

  it("runs no event twice, nor any after the limit", () => {
    const replay = Replay.createSync(trace, options);
    replay.runTo(500);
    expect(replay.runUntil([{ type: "pool-full" }], 500)).toEqual([]);
    expect(replay.runUntil([{ type: "pool-full" }], 400)).toEqual([]);
    expect(replay.position).toBe(500);
    replay.step(replay.length);
    expect([replay.position, replay.runUntil([{ type: "pool-full" }])]).toEqual([replay.length, []]);
  });
});
