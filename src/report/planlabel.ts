/** How a row of a release plan is written, in the report and on the page. */
import { withCommas } from "../text/units.js";

/** A row names at most this many paths. A row with more names the first few and counts the rest. */
const MOST_NAMES = 6;
const FIRST_NAMES = 3;

/** Returns the paths that a row drops beyond those of the row before it. `nameOf` shortens a path. */
export function planLabel(
  drop: readonly string[],
  before: readonly string[],
  nameOf: (path: string) => string = (path) => path,
): string {
  if (drop.length === 0) return "nothing: gc.collect()";
  const known = new Set(before);
  const more = drop.filter((path) => !known.has(path));
  const shown = more.slice(0, more.length > MOST_NAMES ? FIRST_NAMES : MOST_NAMES).map(nameOf);
  const others = more.length > shown.length ? [`${withCommas(more.length - shown.length)} more`] : [];
  return `${more.length < drop.length ? "and " : ""}${[...shown, ...others].join(", ")}`;
}
