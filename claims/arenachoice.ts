/** Which arena to take a pool from: "poke-and-hope". */
import { lineChart } from "../src/plots/charts.js";
import { StrategyRun } from "../src/strategy/run.js";
import { strategy } from "../src/strategy/strategies.js";
import type { Trace } from "../src/trace/trace.js";
import { makeWorkload, parseWorkload } from "../src/workload/workload.js";
import { ORDERS } from "./arenacourse.js";
import { type Claim, meanOf, near } from "./claim.js";

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

/** The most by which one of the means is more than another, in percent. */
const spread = (means: readonly number[]): number => (100 * Math.max(...means)) / Math.min(...means) - 100;

export const arenachoice: Claim = {
  id: "arena-choice",
  sentence:
    "Which arena a pool is taken from, the fullest, the lowest or another, hardly matters: it is poke-and-hope, and hard to out-think.",
  source:
    "Tim Peters, python-dev, June 2019, an excerpt; measured: no difference on a JSON trace, means 1.4 % apart on a saw-tooth with arenas of 256 KiB, none with 1 MiB",
  certainty: "excerpt",
  saidOf: "3.8 on",
  run:
    "fullest, lowest, emptiest and random (seed 1) on " +
    `${ORDERS}, and on saw-tooths of 10 teeth, 1,000,000 events, seeds 1 to 3 (small: 200,000 events, seed 1); held bytes, mean over 500 moments. Tolerance: 2 and 0.5 percentage points`,
  verdict: "not reproduced",
  async measure(size, inputs) {
    const events = size === "full" ? 1_000_000 : 200_000;
    const seeds = size === "full" ? [1, 2, 3] : [1];
    const teeth = seeds.map((seed) => makeWorkload(parseWorkload(`saw-tooth:teeth=10,events=${events},seed=${seed}`)));
    const orders = await inputs.trace(ORDERS);
    const all = (trace: Trace, version: string) => POLICIES.map((policy) => heldOverTime(trace, version, policy));
    const onTeeth = VERSIONS.map((version) => teeth.map((trace) => all(trace, version)));
    const onOrders = VERSIONS.map((version) => all(orders, version));
    const means = (runs: readonly { mean: number }[]): number[] => runs.map(({ mean }) => mean);
    const teethMeans = onTeeth.map((runs) => POLICIES.map((_, i) => meanOf(runs.map((seed) => seed[i].mean))));
    const list = (values: readonly number[]): string =>
      POLICIES.map((policy, i) => `${policy} ${values[i].toFixed(2)}`).join(", ");
    return {
      checks: [
        near("saw-tooth, 3.9 (256 KiB): means apart", 1.4, 2, spread(teethMeans[0]), "%"),
        near("saw-tooth, 3.12 (1 MiB): means apart", 0, 0.5, spread(teethMeans[1]), "%"),
        ...VERSIONS.map((version, i) =>
          near(`orders from JSON, ${version}: means apart`, 0, 0.5, spread(means(onOrders[i])), "%"),
        ),
      ],
      findings: [
        ...VERSIONS.map(
          (version, i) =>
            `${version}, MB held on average: saw-tooth: ${list(teethMeans[i])}; orders: ${list(means(onOrders[i]))}.`,
        ),
        `On the saw-tooth the two that he names, fullest and lowest, are ${VERSIONS.map(
          (version, i) => `${spread(teethMeans[i].slice(0, 2)).toFixed(1)} % (${version})`,
        ).join(" and ")} apart; emptiest and random hold more, for they give hardly an arena back.`,
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
