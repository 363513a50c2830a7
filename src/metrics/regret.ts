/** How much more was held than had to be: against two bounds, both computed from the trace alone. */
import { type Course, mean } from "./course.js";
import { LEAST_BYTES, type Measured, type Metric, ratio } from "./metric.js";

const NOT_APPLICABLE = "the bound is on average below 4,096 bytes, or a request could not be served";

/** The bounds serve all that the trace asks for: who did not is not to be compared with them. */
function regret({ samples, failures }: Course, bound: ArrayLike<number>): Measured {
  const measured = ratio(mean(samples.map(({ heldBytes }) => heldBytes)), mean(bound), LEAST_BYTES);
  return failures === 0 ? measured : { ...measured, value: null };
}

export const REGRET_LOWER: Metric<Course> = {
  id: "regretLower",
  name: "regret, lower bound",
  formula: "∫ U dt ÷ ∫ lower dt; lower(t): live bytes rounded up to arenas, others to pages",
  unit: "ratio",
  source: "this project; 1 is perfect, and nothing is below it",
  counts: ["mean of held", "mean of the lower bound"],
  notApplicable: NOT_APPLICABLE,
  measure: (course) => regret(course, course.lowerBoundBytes),
};

export const REGRET_GREEDY: Metric<Course> = {
  id: "regretGreedy",
  name: "regret, greedy bound",
  formula: "∫ U dt ÷ ∫ greedy dt; greedy(t): pools and arenas filled in order of death, all lifetimes known",
  unit: "ratio",
  source: "this project; what foresight alone would have reached, not a limit: below 1 is possible",
  counts: ["mean of held", "mean of the greedy bound"],
  notApplicable: NOT_APPLICABLE,
  measure: (course) => regret(course, course.greedyBoundBytes),
};
