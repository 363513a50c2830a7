/** Evan Jones, 2004/05: before 2.5 arenas were never given back. */
import { lineChart } from "../src/plots/charts.js";
import { Replay } from "../src/replay/replay.js";
import type { Trace } from "../src/trace/trace.js";
import { Distribution } from "../src/workload/distribution.js";
import { Program } from "../src/workload/program.js";
import { PYTHON_SIZES } from "../src/workload/pythonlike.js";
import { Random } from "../src/workload/random.js";
import { atLeast, atMost, type Claim, exactly } from "./claim.js";

const SEED = 1;
const STEADY_BLOCKS = 2000;
const SAMPLES = 400;

/** A large temporary phase, of which so many blocks stay, then a small steady one. */
function twoPhases(blocks: number, kept: number): Trace {
  const program = new Program(Random.seeded(SEED));
  const sizes = new Distribution(PYTHON_SIZES);
  const ids = Array.from({ length: blocks }, () => program.malloc(sizes.draw(program.random)));
  program.mark("peak");
  program.freeAtRandom(ids, kept);
  program.mark("let go");
  const steady = Array.from({ length: STEADY_BLOCKS }, () => program.malloc(sizes.draw(program.random)));
  program.replaceAtRandom(steady, sizes, blocks / 2);
  return program.trace();
}

function arenasOverTime(trace: Trace, profile: string) {
  const replay = Replay.createSync(trace, { profile });
  const points = Array.from({ length: SAMPLES }, (_, i) => {
    replay.runTo(Math.floor((replay.length * (i + 1)) / SAMPLES));
    return [
      replay.position,
      (replay.heap.stats().pymalloc.arenas.live * replay.heap.profile.geometry.arenaSize) / 1e6,
    ] as const;
  });
  const { live, high } = replay.heap.stats().pymalloc.arenas;
  return { points, held: (100 * live) / high };
}

export const neverrelease: Claim = {
  id: "never-release",
  sentence:
    "To 2.4 memory stays at its peak for ever; from 2.5 on it drops when a large temporary phase ends, unless arenas are fragmented.",
  source: "Evan Jones, Improving Python's Memory Allocator (2004/05), and notes of his talk",
  certainty: "excerpt",
  saidOf: "2.4 and 2.5",
  run:
    "400,000 blocks of Python-like sizes, freed at random, all or but one in a thousand; then 2,000 live blocks of which a random one is " +
    "replaced, 200,000 times; seed 1 (small: a tenth)",
  verdict: "reproduced",
  measure(size) {
    const blocks = size === "full" ? 400_000 : 40_000;
    const wholly = twoPhases(blocks, 0);
    const fragmented = twoPhases(blocks, blocks / 1000);
    const runs = [
      { name: "2.4", run: arenasOverTime(wholly, "2.4") },
      { name: "2.5", run: arenasOverTime(wholly, "2.5") },
      { name: "2.5, one block in a thousand stays", run: arenasOverTime(fragmented, "2.5") },
    ];
    return {
      checks: [
        exactly("2.4: arenas at the end, of the most", 100, runs[0].run.held, "%"),
        atMost("2.5: arenas at the end, of the most", 10, runs[1].run.held, "%"),
        atLeast("2.5, one block in a thousand stays: arenas at the end, of the most", 50, runs[2].run.held, "%"),
      ],
      findings: [],
      picture: lineChart({
        title: "Arenas after a large temporary phase",
        subtitle: "then a small steady one",
        x: { name: "events" },
        y: { name: "arenas", unit: "MB" },
        lines: runs.map(({ name, run }) => ({ name, points: run.points, isStep: true })),
      }),
    };
  },
};
