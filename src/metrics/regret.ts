/** How much more was held than had to be: against two bounds, both computed from the trace alone. */
import { type Course, mean } from "./course.js";
import { LEAST_BYTES, type Metric, ratio } from "./metric.js";

const held = ({ samples }: Course): number => mean(samples.map(({ heldBytes }) => heldBytes));

export const REGRET_LOWER: Metric<Course> = {
  id: "regretLower",
  name: "regret, lower bound",
  formula: "∫ U dt ÷ ∫ lower dt; lower(t): live bytes rounded up to arenas, others to pages",
  unit: "ratio",
  source: "this project; 1 is perfect, and nothing is below it",
  counts: ["mean of held", "mean of the lower bound"],
  notApplicable: "the bound is on average below 4,096 bytes",
  measure: (course) => ratio(held(course), mean(course.lowerBoundBytes), LEAST_BYTES),
};

export const REGRET_GREEDY: Metric<Course> = {
  id: "regretGreedy",
  name: "regret, greedy bound",
  formula: "∫ U dt ÷ ∫ greedy dt; greedy(t): pools and arenas filled in order of death, all lifetimes known",
  unit: "ratio",
  source: "this project; what foresight alone would have reached, not a limit: below 1 is possible",
  counts: ["mean of held", "mean of the greedy bound"],
  notApplicable: "the bound is on average below 4,096 bytes",
  measure: (course) => ratio(held(course), mean(course.greedyBoundBytes), LEAST_BYTES),
};
