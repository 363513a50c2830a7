/** All metrics, in the order in which they are printed. docs/metrics.md has them with examples. */
import type { Course } from "./course.js";
import { EXTERNAL, FREE_SHARE, PIGWEED, SAWICKI } from "./fragments.js";
import type { HeapMoment } from "./heapmoment.js";
import { JW1, JW2, JW3, JW4, REALISED, TIME_AVERAGE, UTILISATION } from "./johnstonewilson.js";
import type { Metric } from "./metric.js";
import { MESHABLE, OCCUPANCY } from "./pages.js";
import { PINNED, SINGLE_BLOCK_ARENAS } from "./pinned.js";
import { REGRET_GREEDY, REGRET_LOWER } from "./regret.js";
import { INTERNAL } from "./waste.js";

/** Of a whole run. */
export const RUN_METRICS: readonly Metric<Course>[] = [
  JW1,
  JW2,
  JW3,
  JW4,
  TIME_AVERAGE,
  UTILISATION,
  REALISED,
  REGRET_LOWER,
  REGRET_GREEDY,
];

/** Of a heap at a moment. */
export const MOMENT_METRICS: readonly Metric<HeapMoment>[] = [
  INTERNAL,
  EXTERNAL,
  SAWICKI,
  PIGWEED,
  FREE_SHARE,
  PINNED,
  SINGLE_BLOCK_ARENAS,
  OCCUPANCY,
  MESHABLE,
];
