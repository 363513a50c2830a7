/**
 * What traces cost, in counts that are the same on every machine: the guard against a slower core, for no test asserts a time.
 * A change of the rules or of large.ts changes these numbers on purpose; then say in the commit why.
 */
import { describe, expect, it } from "vitest";
import { profile } from "../../src/geometry/profiles.js";
import { Replay } from "../../src/replay/replay.js";
import { RepReader } from "../../src/trace/formats/rep.js";
import type { Trace } from "../../src/trace/trace.js";
import { syntheticBytes } from "../model/generate.js";
import { replay as replayModel } from "../model/replay.js";

const traces = new Map<string, Trace>();

function traceOf(name: string): Trace {
  const found = traces.get(name);
  if (found) return found;
  const reader = new RepReader(name);
  reader.push(syntheticBytes(name));
  const trace = reader.finish();
  traces.set(name, trace);
  return trace;
}

/** listSteps, poolsTaken, poolsInitialised, pagesTouched, bytesMoved, maps, unmaps. */
type Counts = [number, number, number, number, number, number, number];

const COSTS: [trace: string, profile: string, counts: Counts][] = [
  ["arenas", "2.3", [0, 24364, 13448, 10852, 0, 170, 4]],
  ["arenas", "3.7", [68864, 60119, 46976, 9940, 0, 156, 156]],
  ["arenas", "3.8", [35725, 60119, 46976, 9940, 0, 156, 156]],
  ["arenas", "3.12", [4554, 12350, 9771, 8400, 0, 33, 32]],
  ["realloc_walk", "3.8", [4, 789, 716, 521, 38664293, 9, 7]],
  ["realloc_walk", "wasm32", [3, 1112, 1043, 528, 38325236, 9, 5]],
  ["thrash", "3.8", [34, 19782, 13790, 13786, 0, 10046, 10046]],
  ["thrash", "3.9", [34, 19782, 4605, 2594, 0, 43, 42]],
];

describe("the costs of a trace", () => {
  it.each(COSTS)("%s on %s", (name, profileName, expected) => {
    const replay = Replay.createSync(traceOf(name), { profile: profileName });
    replay.runTo(replay.length);
    const { costs, os } = replay.heap.stats();
    const { listSteps, poolsTaken, poolsInitialised, pagesTouched, bytesMoved } = costs;
    const counts = [listSteps, poolsTaken, poolsInitialised, pagesTouched, bytesMoved, os.maps, os.unmaps];
    expect(counts).toEqual(expected);
  });
});

describe("what the heap holds at most", () => {
  it.each(["2.7", "3.8", "3.9", "3.12", "wasm32"])("is on %s the model's arenas, and nothing else", (name) => {
    const text = new TextDecoder().decode(syntheticBytes("ramp")); // asks for nothing over 512 bytes
    const { geometry } = profile(name);
    const { model } = replayModel(text, geometry);
    const replay = Replay.createSync(traceOf("ramp"), { profile: name });
    replay.runTo(replay.length);
    const { os, pymalloc } = replay.heap.stats();
    expect(pymalloc.arenas.high).toBe(model.arenasHigh);
    expect(os.mappedPeakBytes).toBe(model.arenasHigh * geometry.arenaSize);
  });
});
