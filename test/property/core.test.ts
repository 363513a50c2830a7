/** The core against the model, on random geometries, traces and refusals, with every invariant checked after every event. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customProfile } from "../../src/geometry/profiles.js";
import type { HeapStats } from "../../src/inspect/heapstats.js";
import * as layout from "../../src/memory/layout.js";
import { answerLine, hashLines, placementText, summaryLines } from "../../src/replay/placements.js";
import { Replay, type ReplayOptions } from "../../src/replay/replay.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import { type Trace, TraceError } from "../../src/trace/trace.js";
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

/** Requests for pages so far, and how many of them were refused. */
const requestsOf = ({ heap }: Replay): number => heap.core.read(layout.OS + layout.OS_REQUESTS);
const refusedOf = ({ heap }: Replay): number => heap.core.read(layout.OS + layout.OS_REFUSED);

/** What the model cannot know of an event: how many requests for pages came before it, and whether it failed in the end. */
interface Happened {
  readonly requestsBefore: number;
  readonly failed: boolean;
}

/** Runs the rest event by event. Returns the answer and what happened; every failure has a refusal for its reason. */
function runEventByEvent(replay: Replay): { readonly text: string; readonly happened: readonly Happened[] } {
  let text = "";
  const happened: Happened[] = [];
  while (replay.position < replay.length) {
    const [requestsBefore, failures, refused] = [requestsOf(replay), replay.failures, refusedOf(replay)];
    replay.runAnswered(replay.position + 1, (words) => {
      for (let i = 0; i < words.length; i += 2) text += answerLine(words[i], words[i + 1]);
    });
    expect(brokenRule(replay.heap.core)).toBe("sound");
    const failed = replay.failures > failures;
    if (failed) expect(refusedOf(replay)).toBeGreaterThan(refused);
    happened.push({ requestsBefore, failed });
  }
  return { text, happened };
}

/** What can be asked at the end of a run, however it was run. */
function stateOf(replay: Replay): unknown {
  const stats: HeapStats = { ...replay.heap.stats(), wasmBytes: 0 };
  const addresses = Array.from({ length: replay.trace.idCount }, (_, id) => replay.addressOf(id));
  return { stats, addresses, failures: replay.failures, ops: replay.ops };
}

describe("the core", () => {
  it("places every block where the model does, and is sound after every event, whatever the system refuses", () => {
    fc.assert(
      fc.property(scenarios, ([geometry, ops, arenaBases, refuseEvery]) => {
        const rep = repOf(ops, arenaBases);
        const trace = readRep(rep);
        const options: ReplayOptions = { profile: customProfile(geometry), refuseEvery };
        const replay = new Replay(debugModule, trace, { ...options, hash: true });
        const { text, happened } = runEventByEvent(replay);
        const lines: string[] = [];
        const expected = replayModel(rep, geometry, {
          // An event asks for an arena before it asks for other pages, and for one at most.
          failArena: (op) => refuseEvery > 0 && (happened[op].requestsBefore + 1) % refuseEvery === 0,
          failRaw: (op) => happened[op].failed,
          onLine: (line) => lines.push(`${line}\n`),
        });
        expect(text).toBe(lines.join(""));
        expect([...summaryLines(replay)].join("\n")).toBe(expected.answer.totals().trimEnd());
        expect(replay.failures).toBe(expected.failures);
        const { pymalloc, raw } = replay.heap.stats();
        expect(pymalloc).toEqual(modelStats(expected.model, geometry));
        expect(raw.blocks).toBe(expected.model.rawBlocks);

        const unwatched = Replay.createSync(trace, options);
        unwatched.runTo(unwatched.length);
        expect(stateOf(unwatched)).toEqual(stateOf(replay));

        replay.restart();
        if (expected.failures > 0) {
          expect(() => [...placementText(replay)]).toThrow(TraceError);
          return;
        }
        expect([...placementText(replay)].join("")).toBe(text + expected.answer.totals());
        expect([...hashLines(replay)].join("\n")).toBe(expected.answer.golden().trimEnd());
      }),
      { numRuns: RUNS },
    );
  });
});
