/** The results that a picture is drawn of: chosen by their fields, with times where they are wanted. */
import { InputError } from "../text/errors.js";
import { plural, withCommas } from "../text/units.js";
import { fieldsOf, numberOf, type Row, valueText } from "./fields.js";
import type { PictureKind } from "./pictures.js";
import { readResults } from "./results.js";
import { readTimes } from "./times.js";

export interface RowOptions {
  readonly kind: PictureKind;
  /** Only results with these values of these fields. */
  readonly where: readonly (readonly [name: string, value: string])[];
  /** The file of times; `null`: rows have none. */
  readonly times: string | null;
}

/**
 * The rows of the results in the file `path`, and a note if some of them have no time. Throws an `InputError` if the file is bad, or no
 * result is left.
 */
export function readRows(path: string, { kind, where, times }: RowOptions): { rows: Row[]; note: string | null } {
  const byCell = times === null ? new Map<string, number>() : readTimes(times);
  const rows = readResults(path, (result): Row => {
    const fields = fieldsOf(result, byCell);
    return { fields, samples: kind === "timeline" ? (result.run?.samples ?? null) : null };
  });
  if (rows.length === 0) throw new InputError(`${path}: has no results`);
  const chosen = where.reduce((left, [name, value]) => choose(left, name, value, path), rows);
  return { rows: chosen, note: times === null ? null : timesNote(chosen, path, times) };
}

function choose(rows: Row[], name: string, value: string, path: string): Row[] {
  const chosen = rows.filter(({ fields }) =>
    [String(fields[name]), valueText(name, fields[name] ?? null)].includes(value),
  );
  if (chosen.length > 0) return chosen;
  const known = [...new Set(rows.map(({ fields }) => fields[name]).filter((item) => item !== undefined))];
  const expected = known.length === 0 ? "it is no field" : `expected ${known.slice(0, 20).map(String).join(", ")}`;
  throw new InputError(`${path}: no result with ${name}=${value}: ${expected}`);
}

/** How many of the rows have a time; `null` if all have. Throws an `InputError` if none has. */
function timesNote(rows: readonly Row[], path: string, times: string): string | null {
  const run = rows.filter((row) => numberOf(row, "events")); // others have none
  const timed = run.filter((row) => numberOf(row, "nsPerEvent") !== null).length;
  if (timed === 0) throw new InputError(`${times}: has no time of a cell in ${path}`);
  return timed === run.length ? null : `${times}: has times of ${withCommas(timed)} of ${plural(run.length, "cell")}`;
}
