/** Which arena to take a pool from: "poke-and-hope". */
import { lineChart } from "../src/plots/charts.js";
import { StrategyRun } from "../src/strategy/run.js";
import { strategy } from "../src/strategy/strategies.js";
import type { Trace } from "../src/trace/trace.js";
import { makeWorkload, parseWorkload } from "../src/workload/workload.js";
import { ORDERS } from "./arenacourse.js";
import { atLeast, type Claim, meanOf, near } from "./claim.js";

const POLICIES = ["fullest", "lowest", "emptiest", "random"];
const VERSIONS = ["3.9", "3.12"];
const SAMPLES = 500;

function heldOverTime(trace: Trace, version: string, policy: string) {
  const run = new StrategyRun(trace, strategy(`pymalloc:${version}+arena=${policy}`));
  const points = Array.from({ length: SAMPLES }, (_, i) => {
    run.runTo(Math.floor((run.length * (i + 1)) / SAMPLES));
    return [run.position, run.heldBytes / 1e6] as const;
  });
  return { policy, points, mean: meanOf(points.map(([, held]) => held)), peak: run.heldPeakBytes };
}

/** By how much one number is more than another, in percent. */
const more = (one: number, other: number): number => (100 * one) / other - 100;

export const arenachoice: Claim = {
  id: "arena-choice",
  sentence:
    "To take pools from the fullest arena or from the lowest comes to the same, and is hard to out-think: it is poke-and-hope.",
  source: "Tim Peters, python-dev, June 2019, an excerpt; the bounds are ours",
  certainty: "excerpt",
  saidOf: "3.8 on",
  run:
    "fullest, lowest, emptiest and random (seed 1) on " +
    `${ORDERS}, and on saw-tooths of 10 teeth, 1,000,000 events, seeds 1 to 3 (small: seed 1); held bytes, mean over 500 moments. Same: at most 2 % apart; out-thought: by more than 2 %`,
  verdict: "reproduced",
  async measure(size, inputs) {
    const seeds = size === "full" ? [1, 2, 3] : [1];
    const sawTooth = (events: number, seed: number): Trace =>
      makeWorkload(parseWorkload(`saw-tooth:teeth=10,events=${events},seed=${seed}`));
    const teeth = seeds.map((seed) => sawTooth(1_000_000, seed));
    const orders = await inputs.trace(ORDERS);
    const all = (trace: Trace, version: string) => POLICIES.map((policy) => heldOverTime(trace, version, policy));
    const onTeeth = VERSIONS.map((version) => teeth.map((trace) => all(trace, version)));
    const onOrders = VERSIONS.map((version) => all(orders, version));
    const means = (runs: readonly { mean: number }[]): number[] => runs.map(({ mean }) => mean);
    const cases = VERSIONS.flatMap((version, i) => {
      const ofTeeth = POLICIES.map((_, policy) => meanOf(onTeeth[i].map((runs) => runs[policy].mean)));
      return [
        { name: `saw-tooth, ${version}`, held: ofTeeth },
        { name: `orders from JSON, ${version}`, held: means(onOrders[i]) },
      ];
    });
    const [fullestOfFew, lowestOfFew] = means(all(sawTooth(200_000, 1), "3.9"));
    return {
      checks: cases.flatMap(({ name, held: [fullest, lowest, ...others] }) => [
        near(`${name}: held with the lowest, more than with the fullest`, 0, 2, more(lowest, fullest), "%"),
        atLeast(
          `${name}: least held with another, more than with the fullest`,
          -2,
          more(Math.min(...others), fullest),
          "%",
        ),
      ]),
      findings: [
        ...cases.map(
          ({ name, held }) =>
            `${name}, MB held on average: ${POLICIES.map((policy, i) => `${policy} ${held[i].toFixed(2)}`).join(", ")}.`,
        ),
        `Where a heap is small an arena more or less tells: on a saw-tooth of 200,000 events the lowest held ${lowestOfFew.toFixed(2)} MB on 3.9, the fullest ${fullestOfFew.toFixed(2)}.`,
        "To think worse is possible: the emptiest arena, or a random one, can keep nearly every arena partly used, so that hardly one goes back. " +
          "The choice is no matter where hardly an arena is given back anyhow, as on the orders.",
      ],
      picture: lineChart({
        title: "Held memory by the choice of arena",
        subtitle: `saw-tooth, mean of seeds ${seeds.join(", ")}, profile 3.9`,
        x: { name: "events" },
        y: { name: "held", unit: "MB" },
        lines: POLICIES.map((name, policy) => ({
          name,
          points: onTeeth[0][0][policy].points.map(
            ([position], i) => [position, meanOf(onTeeth[0].map((runs) => runs[policy].points[i][1]))] as const,
          ),
        })),
      }),
    };
  },
};
