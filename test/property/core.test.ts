/** The core against the model, on random geometries and traces, with every invariant checked after every event. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customProfile } from "../../src/geometry/profiles.js";
import { hashLines, placementText } from "../../src/replay/placements.js";
import { Replay } from "../../src/replay/replay.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import { brokenRule, debugModule } from "../debugcore.js";
import { bases, geometries, repOf, traces } from "../model/arbitrary.js";
import { replay as replayModel } from "../model/replay.js";
import { modelStats } from "../model/stats.js";

const readRep = (text: string): Trace => {
  const reader = new RepReader("random.rep");
  reader.push(new TextEncoder().encode(text));
  return reader.finish();
};

const scenarios = geometries().chain((geometry) =>
  fc.tuple(fc.constant(geometry), traces(geometry), bases(geometry), fc.integer({ min: 0, max: 6 })),
);

const RUNS = Number(process.env.PYMALLOC_RUNS ?? 150);

describe("the core", () => {
  it("places every block where the model does, and is sound after every event", () => {
    fc.assert(
      fc.property(scenarios, ([geometry, ops, arenaBases, refuseEvery]) => {
        const rep = repOf(ops, arenaBases);
        const lines: string[] = [];
        const expected = replayModel(rep, geometry, { onLine: (line) => lines.push(line) });
        const replay = new Replay(debugModule, readRep(rep), { profile: customProfile(geometry), hash: true });
        while (replay.position < replay.length) {
          replay.step();
          expect(brokenRule(replay.heap.core)).toBe("sound");
        }
        expect([...hashLines(replay)].join("\n")).toBe(expected.answer.golden().trimEnd());
        expect(replay.heap.stats().pymalloc).toEqual(modelStats(expected.model, geometry));
        replay.restart();
        expect([...placementText(replay)].join("")).toBe(
          `${lines.map((line) => `${line}\n`).join("")}${expected.answer.totals()}`,
        );
        void refuseEvery;
      }),
      { numRuns: RUNS },
    );
  });
});
