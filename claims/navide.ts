/** A field report of 2026: 4,012 arenas after 19 hours. */
import { Heap } from "../src/heap/heap.js";
import { lineChart, type Point } from "../src/plots/charts.js";
import { Random } from "../src/workload/random.js";
import { type Claim, exactly, near } from "./claim.js";

const SEED = 1;
/** (870.8 − 44.8 MB) ÷ 4 million objects, as a block. */
const NBYTES = 206;
const MB = 1e6;

/** Millions of objects, at the peak, after all but one in a hundred are freed at random, and after all are. */
function peakAndAfter(objects: number) {
  const heap = Heap.createSync({ profile: "3.12", checked: false });
  const random = Random.seeded(SEED);
  const arenas = (): number => heap.stats().pymalloc.arenas.live;
  const ptrs = Uint32Array.from({ length: objects }, () => heap.malloc(NBYTES));
  const peak = arenas();
  const points: Point[] = [[0, (peak * 2 ** 20) / MB]];
  let freed = 0;
  for (let step = 1; step <= 10; step++) {
    for (let i = 0; i < objects; i++) {
      const isDue = random.below(10 - step + 1) === 0;
      if (ptrs[i] === 0 || i % 100 === 0 || !isDue) continue;
      heap.free(ptrs[i]);
      ptrs[i] = 0;
      freed++;
    }
    points.push([(100 * freed) / objects, (arenas() * 2 ** 20) / MB]);
  }
  const scattered = arenas();
  for (const ptr of ptrs) if (ptr !== 0) heap.free(ptr);
  points.push([100, (arenas() * 2 ** 20) / MB]);
  return { peak, scattered, end: arenas(), points };
}

/** Arenas before and after 2 million short-lived blocks of which 1,000 stay, in a process of two and a half arenas. */
function churn(allocations: number) {
  const heap = Heap.createSync({ profile: "3.12", checked: false });
  const arenas = (): number => heap.stats().pymalloc.arenas.live;
  while (arenas() < 3) heap.malloc(NBYTES);
  for (let i = 0; i < 2000; i++) heap.malloc(NBYTES);
  const before = arenas();
  for (let i = 1; i <= allocations; i++) {
    const ptr = heap.malloc(NBYTES);
    if (i % (allocations / 1000) !== 0) heap.free(ptr);
  }
  return { before, after: arenas() };
}

export const navide: Claim = {
  id: "scattered-after-peak",
  sentence:
    "Of 870.8 MB for 4 million small objects nothing comes back when 99 % of them are freed and the others are scattered; churn alone adds no arena.",
  source:
    "nt-nerdtechnic/Navide 23, August 2026: 870.8 MB, then 871.1, then 44.8 when all are freed; 3 arenas before and after churn; 4,012 arenas, 3.9 GB",
  certainty: "excerpt",
  saidOf: "3.12",
  run:
    "4,000,000 blocks of 206 bytes, 99 % freed at random, then all (small: 400,000); 2,000,000 short-lived blocks of which 1,000 stay; seed 1. " +
    "The report's numbers are resident bytes with the interpreter's own 44.8 MB, ours are arenas: 826.0 MB, 5 % allowed",
  verdict: "reproduced",
  measure(size) {
    const objects = size === "full" ? 4_000_000 : 400_000;
    const { peak, scattered, end, points } = peakAndAfter(objects);
    const { before, after } = churn(size === "full" ? 2_000_000 : 200_000);
    const expected = ((870.8 - 44.8) * objects) / 4_000_000;
    return {
      checks: [
        near("arenas at the peak", expected, expected / 20, (peak * 2 ** 20) / MB, "MB"),
        exactly("arenas held when 99 % are freed", 100, (100 * scattered) / peak, "%"),
        exactly("arenas kept when all are freed", 1, end),
        exactly("arenas before churn", 3, before),
        exactly("arenas after churn", 3, after),
        near("4,012 arenas of 1 MiB", 3.9, 0.05, 4012 / 1024, "GiB"),
      ],
      findings: [`${peak} arenas at the peak, ${scattered} when 99 % are freed.`],
      picture: lineChart({
        title: "Arenas as objects are freed at random",
        subtitle: `${objects.toLocaleString("en")} blocks of 206 bytes, profile 3.12`,
        x: { name: "freed", unit: "%", max: 100 },
        y: { name: "arenas", unit: "MB" },
        lines: [{ name: "arenas", points, hasPoints: true }],
      }),
    };
  },
};
