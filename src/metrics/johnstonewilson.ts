/** Held against live over a whole run: the four ways of Johnstone and Wilson, and their relatives. U is held, L is live. */
import { type Course, mean } from "./course.js";
import { LEAST_BYTES, type Metric, ratio } from "./metric.js";

const PAPER = "Johnstone & Wilson, The Memory Fragmentation Problem: Solved?, ISMM 1998";

/** A ratio to live bytes at one moment needs this share of the most live bytes: else it tells of the program's end, not of the allocator. */
const LEAST_SHARE = 0.01;

const leastLive = ({ mostLive }: Course): number => Math.max(mostLive.liveBytes * LEAST_SHARE, LEAST_BYTES);

const TOO_LITTLE_LIVE = "fewer than 4,096 bytes were ever live";
const TOO_LITTLE_THEN = "then less than 1 % of the most live bytes, or fewer than 4,096, are live";

export const JW1: Metric<Course> = {
  id: "johnstoneWilson1",
  name: "Johnstone & Wilson 1",
  formula: "mean over t of U(t) ÷ L(t) − 1",
  unit: "ratio",
  source: PAPER,
  counts: ["mean of held", "mean of live, over the samples that count"],
  notApplicable: "no sample counts: one counts where at least 1 % of the most live bytes, and 4,096, are live",
  measure(course) {
    const counted = course.samples.filter(({ liveBytes }) => liveBytes >= leastLive(course));
    const bytes = [
      mean(counted.map(({ heldBytes }) => heldBytes)),
      mean(counted.map(({ liveBytes }) => liveBytes)),
    ] as const;
    if (counted.length === 0) return { value: null, bytes };
    return { value: mean(counted.map(({ heldBytes, liveBytes }) => heldBytes / liveBytes)) - 1, bytes };
  },
};

export const JW2: Metric<Course> = {
  id: "johnstoneWilson2",
  name: "Johnstone & Wilson 2",
  formula: "U at the time of max L ÷ max L − 1",
  unit: "ratio",
  source: PAPER,
  counts: ["held when the most is live", "most live"],
  notApplicable: TOO_LITTLE_LIVE,
  measure: ({ mostLive }) => ratio(mostLive.heldBytes, mostLive.liveBytes, LEAST_BYTES, 1),
};

export const JW3: Metric<Course> = {
  id: "johnstoneWilson3",
  name: "Johnstone & Wilson 3",
  formula: "max U ÷ L at the time of max U − 1",
  unit: "ratio",
  source: PAPER,
  counts: ["most held", "live when the most is first held"],
  notApplicable: TOO_LITTLE_THEN,
  measure: (course) => ratio(course.mostHeld.heldBytes, course.mostHeld.liveBytes, leastLive(course), 1),
};

export const JW4: Metric<Course> = {
  id: "johnstoneWilson4",
  name: "Johnstone & Wilson 4",
  formula: "max U ÷ max L − 1",
  unit: "ratio",
  source: PAPER,
  counts: ["most held", "most live"],
  notApplicable: TOO_LITTLE_LIVE,
  measure: ({ mostHeld, mostLive }) => ratio(mostHeld.heldBytes, mostLive.liveBytes, LEAST_BYTES, 1),
};

export const TIME_AVERAGE: Metric<Course> = {
  id: "timeAverage",
  name: "time average",
  formula: "∫ U dt ÷ ∫ L dt − 1",
  unit: "ratio",
  source: "this project: Johnstone & Wilson 1 with each byte, not each moment, weighing the same",
  counts: ["mean of held", "mean of live"],
  notApplicable: "on average fewer than 4,096 bytes are live",
  measure: ({ samples }) =>
    ratio(
      mean(samples.map(({ heldBytes }) => heldBytes)),
      mean(samples.map(({ liveBytes }) => liveBytes)),
      LEAST_BYTES,
      1,
    ),
};

export const UTILISATION: Metric<Course> = {
  id: "utilisation",
  name: "utilisation",
  formula: "max L ÷ max U",
  unit: "ratio",
  source: "CS:APP malloc lab, mdriver: peak live payload ÷ heap size",
  counts: ["most live", "most held"],
  notApplicable: "fewer than 4,096 bytes were ever held",
  measure: ({ mostHeld, mostLive }) => ratio(mostLive.liveBytes, mostHeld.heldBytes, LEAST_BYTES),
};

export const REALISED: Metric<Course> = {
  id: "realisedFragmentation",
  name: "realised fragmentation",
  formula: "(B − A) ÷ A; B backed bytes at their peak, A live then",
  unit: "ratio",
  source: "TCMalloc, docs/stats.md (there in per cent); B is what is held: no part of it is known to be unbacked",
  counts: ["most held, less what is live then", "live when the most is first held"],
  notApplicable: TOO_LITTLE_THEN,
  measure: (course) => {
    const { heldBytes, liveBytes } = course.mostHeld;
    return ratio(Math.max(heldBytes - liveBytes, 0), liveBytes, leastLive(course));
  },
};
