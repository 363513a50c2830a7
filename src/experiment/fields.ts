/** The numbers and names of a result by which it is chosen, grouped and drawn. */
import { sizeName } from "../text/units.js";
import type { CellResult, RunResult } from "./cell.js";

export type Value = number | string | null;

/** Made of two numbers of a run; `null` where one is not known. */
const DERIVED: Readonly<Record<string, (run: RunResult) => number | null>> = {
  callsPer1000Events: ({ maps, unmaps, events }) =>
    maps === null || unmaps === null ? null : (1000 * (maps + unmaps)) / events,
  bytesMovedPerEvent: ({ bytesMoved, events }) => (bytesMoved === null ? null : bytesMoved / events),
  heldAfterShare: ({ heldAfterBytes, heldPeakBytes }) => (heldPeakBytes > 0 ? heldAfterBytes / heldPeakBytes : null),
  heldMeanShare: ({ heldMeanBytes, liveMeanBytes }) => (liveMeanBytes > 0 ? heldMeanBytes / liveMeanBytes : null),
};

/** What it is called beside a chart. */
const NAMES: Readonly<Record<string, string>> = {
  callsPer1000Events: "calls of the system per 1,000 events",
  bytesMovedPerEvent: "bytes moved by realloc per event",
  heldAfterShare: "held after letting go ÷ held at most",
  heldMeanShare: "held on average ÷ live on average",
  heldPeakBytes: "held at most",
  heldMeanBytes: "held on average",
  heldAfterBytes: "held after letting go",
  heldBytes: "held",
  residentPeakBytes: "resident at most",
  residentMeanBytes: "resident on average",
  residentAfterBytes: "resident after letting go",
  residentBytes: "resident",
  liveBytes: "asked for and live",
  nsPerEvent: "time per event",
  arenaSize: "arena",
  poolSize: "pool",
  p: "probability p that a block survives",
};

export const fieldName = (field: string): string => NAMES[field] ?? field.replace(/Bytes$/, "");

const isSize = (field: string): boolean => ["arenaSize", "poolSize", "pageBytes"].includes(field);

/** The value as text. */
export const valueText = (field: string, value: Value): string =>
  value === null ? "none" : typeof value === "number" && isSize(field) ? sizeName(value) : String(value);

type Scalars = Readonly<Record<string, unknown>>;

/** All fields of a result; `times` by the cell's hash. */
export function fieldsOf(result: CellResult, times: ReadonlyMap<string, number>): Record<string, Value> {
  const { run, geometry, parameters, trace, seed, strategy, os, pageBytes } = result;
  const fields: Record<string, Value> = { ...parameters };
  const add = (values: Scalars): void => {
    for (const [name, value] of Object.entries(values))
      if (value === null || typeof value === "number" || typeof value === "string") fields[name] = value;
  };
  add({ trace, seed, strategy, os, pageBytes });
  add((geometry ?? {}) as Scalars);
  if (run === null) return fields;
  add(run as unknown as Scalars);
  for (const [name, derive] of Object.entries(DERIVED)) fields[name] = derive(run);
  const ns = times.get(result.cell);
  if (ns !== undefined) fields.nsPerEvent = ns;
  return fields;
}

/** A result as charts take it. */
export interface Row {
  readonly fields: Readonly<Record<string, Value>>;
  readonly samples: RunResult["samples"] | null;
}

/** The number of a row; `null` where it has none. */
export function numberOf({ fields }: Row, field: string): number | null {
  const value = fields[field] ?? null;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Throws a `RangeError` where no row has such a field, or, for one that `isNumber`, a number in it. */
export function checkField(rows: readonly Row[], field: string, isNumber: boolean): void {
  if (rows.some((row) => (isNumber ? numberOf(row, field) !== null : row.fields[field] !== undefined))) return;
  const known = new Set(
    rows.flatMap((row) => Object.keys(row.fields).filter((name) => !isNumber || numberOf(row, name) !== null)),
  );
  throw new RangeError(`no result has ${isNumber ? "a number " : ""}${field}, expected ${[...known].join(", ")}`);
}

/** What of a row's fields tells it from others: its strategy, and those of the rest that vary. */
export function labels(rows: readonly Row[]): (row: Row) => string {
  const varying = [
    "arenaSize",
    "poolSize",
    "alignment",
    "threshold",
    "poolOverhead",
    "release",
    "os",
    "pageBytes",
  ].filter((field) => new Set(rows.map(({ fields }) => fields[field]).filter((value) => value !== undefined)).size > 1);
  return ({ fields }) =>
    [
      String(fields.strategy),
      ...varying
        .filter((field) => fields[field] !== undefined)
        .map(
          (field) =>
            `${["os", "release"].includes(field) ? "" : `${field.replace(/Size$|Bytes$/, "")} `}${valueText(field, fields[field])}`,
        ),
    ].join(", ");
}

/** The rows by what `key` gives, in order of their first. */
export function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** The mean of the numbers that the rows have, and their ends; `null` where none has one. */
export function spreadOf(rows: readonly Row[], field: string): { mean: number; least: number; most: number } | null {
  const numbers = rows.map((row) => numberOf(row, field)).filter((value) => value !== null);
  if (numbers.length === 0) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return { mean, least: numbers.reduce((a, b) => Math.min(a, b)), most: numbers.reduce((a, b) => Math.max(a, b)) };
}
