/** bpo-37029: freeing many arenas, from O(A²) list steps to O(A). */
import type { UsableOrder } from "../src/geometry/geometry.js";
import { customProfile } from "../src/geometry/profiles.js";
import { Heap } from "../src/heap/heap.js";
import { lineChart } from "../src/plots/charts.js";
import { Random } from "../src/workload/random.js";
import { type Claim, near } from "./claim.js";

/** 64 pools an arena, as in CPython, but small ones, so that 10,000 arenas fit: two blocks a pool. */
const GEOMETRY = {
  arenaSize: 65536,
  poolSize: 1024,
  alignment: 16,
  threshold: 480,
  poolOverhead: 48,
  release: "eager",
} as const;
const POOLS = GEOMETRY.arenaSize / GEOMETRY.poolSize;
const BLOCKS_PER_POOL = 2;
const ROUNDS = 8;

const SEED = 1;

interface Crawl {
  readonly steps: number;
  /** Arenas that the first few in each round were moved past, on average. */
  readonly firstSteps: number;
  readonly firstMoves: number;
}

/** 0 to n − 1, shuffled. */
function shuffled(n: number, random: Random): Uint32Array {
  const items = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

/** Fills `arenas` arenas; then frees a pool of each, in random order, `ROUNDS` times over, and counts steps along the list. */
function freePools(order: UsableOrder, arenas: number): Crawl {
  const heap = Heap.createSync({ profile: customProfile({ ...GEOMETRY, order }), checked: false });
  const random = Random.seeded(SEED);
  const ptrs = Uint32Array.from({ length: arenas * POOLS * BLOCKS_PER_POOL }, () => heap.malloc(GEOMETRY.threshold));
  const first = Math.ceil(arenas / 50);
  const steps = (): number => heap.stats().costs.listSteps;
  let firstSteps = 0;
  for (let pool = 0; pool < ROUNDS; pool++) {
    const before = steps();
    shuffled(arenas, random).forEach((arena, i) => {
      for (let block = 0; block < BLOCKS_PER_POOL; block++)
        heap.free(ptrs[(arena * POOLS + pool) * BLOCKS_PER_POOL + block]);
      if (i === first - 1) firstSteps += steps() - before;
    });
  }
  const firstMoves = first * (ROUNDS - 1); // an arena's first pool puts it at the head of the list, without a step
  return { steps: steps(), firstSteps: firstSteps / firstMoves, firstMoves };
}

export const freeing: Claim = {
  id: "freeing-many-arenas",
  sentence:
    "Freeing many objects of A arenas went from O(A²) to O(A): before, with 10,000 arenas the next to free a pool crawls past about 5,000.",
  source: "bpo-37029 (gh-81210), PR 13612, commit 1c263e39c4e, read; Tim Peters on python-dev, an excerpt",
  certainty: "read",
  saidOf: "3.7 and 3.8",
  run:
    "A full arenas of 64 pools (of 1 KiB, so that 10,000 fit); a pool of each is freed, in random order (seed 1), 8 times over; steps along the " +
    "list of usable arenas for A = 100, 1,000, 10,000 (small: 100, 300, 1,000). The crawl is the mean over the first fiftieth of the arenas in " +
    "each round. Tolerance: 0.05 of an exponent; of the crawl four standard errors and 1 % of A",
  verdict: "reproduced",
  measure(size) {
    const counts = size === "full" ? [100, 1000, 10_000] : [100, 300, 1000];
    const [first, , last] = counts;
    const versions = [
      { name: "3.7 (linear slide)", order: "slide", expected: 2 },
      { name: "3.8 (fingers)", order: "fingers", expected: 1 },
    ] as const;
    const found = versions.map((version) => {
      const crawls = counts.map((arenas) => freePools(version.order, arenas));
      return { ...version, steps: crawls.map(({ steps }) => steps), most: crawls[2] };
    });
    const exponent = (steps: readonly number[]): number => Math.log(steps[2] / steps[0]) / Math.log(last / first);
    // An arena is as likely at any place of the list: the mean of n of them is within 4 × A ÷ √(12 n).
    const { firstSteps, firstMoves } = found[0].most;
    const tolerance = (4 * last) / Math.sqrt(12 * firstMoves) + last / 100;
    return {
      checks: [
        ...found.map(({ name, expected, steps }) => near(`${name}: exponent of A`, expected, 0.05, exponent(steps))),
        near(
          `3.7, A = ${last}: arenas that the first to free their next pool pass, on average`,
          last / 2,
          tolerance,
          firstSteps,
        ),
      ],
      findings: found.map(
        ({ name, steps }) =>
          `${name}: ${steps.map((n) => n.toLocaleString("en")).join(", ")} steps for A = ${counts.join(", ")}.`,
      ),
      picture: lineChart({
        title: "Steps along the list of usable arenas",
        subtitle: "a pool of each of A arenas is freed in random order, 8 times over",
        x: { name: "A", unit: "arenas", scale: "log" },
        y: { name: "steps", scale: "log" },
        lines: found.map(({ name, steps }) => ({
          name,
          points: steps.map((n, i) => [counts[i], n] as const),
          hasPoints: true,
        })),
      }),
    };
  },
};
