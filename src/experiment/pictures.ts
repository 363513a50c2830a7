/** Results of a sweep as charts. */
import {
  type Axis,
  type ChartOptions,
  heatMap,
  type Line,
  lineChart,
  type Point,
  scatterChart,
} from "../plots/charts.js";
import { plural, withCommas } from "../text/units.js";
import {
  checkField,
  fieldName,
  groupBy,
  labels,
  numberOf,
  type Row,
  spreadOf,
  type Value,
  valueText,
} from "./fields.js";

export const PICTURE_KINDS = ["timeline", "pareto", "survivors", "heatmap"] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** Fields that the axes are of; what is not given is chosen by kind. */
export interface Axes {
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  /** Of a heat map: what the colours are of. */
  readonly value?: string | undefined;
}

interface Unit {
  readonly unit?: string;
  readonly divisor: number;
}

const DIGITS = 6;
const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** The unit in which numbers of a field up to `most` are drawn. */
function unitOf(field: string, most: number): Unit {
  if (/Share$/.test(field)) return { unit: "%", divisor: 0.01 };
  if (field === "nsPerEvent") return { unit: "ns", divisor: 1 };
  if (!/Bytes$/.test(field)) return { divisor: 1 };
  const power = most >= 1e9 ? 3 : most >= 1e6 ? 2 : most >= 1e3 ? 1 : 0;
  return { unit: ["bytes", "kB", "MB", "GB"][power], divisor: 1000 ** power };
}

const axisOf = (field: string, { unit }: Unit, scale: Axis["scale"] = "linear"): Axis => ({
  name: fieldName(field),
  scale,
  ...(unit === undefined ? {} : { unit }),
});

const most = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), 0);

const seedsText = (rows: readonly Row[]): string => {
  const seeds = new Set(rows.map(({ fields }) => fields.seed).filter((seed) => seed !== null));
  return seeds.size > 1 ? `, mean of ${plural(seeds.size, "seed")}` : "";
};

const keyOf = (...values: readonly unknown[]): string => JSON.stringify(values);

/** One chart a trace and seed: what each strategy held as the program went on. */
function timelines(rows: readonly Row[], { y = "heldBytes" }: Axes): ChartOptions[] {
  const field = y as "heldBytes" | "residentBytes" | "liveBytes";
  return [...groupBy(rows, ({ fields }) => keyOf(fields.trace, fields.seed)).values()].map((group) => {
    const label = labels(group);
    const curves = group.flatMap((row) => {
      const bytes = row.samples?.[field];
      return row.samples && bytes ? [{ name: label(row), position: row.samples.position, bytes }] : [];
    });
    const live = group.find(({ samples }) => samples !== null)?.samples;
    if (live && field !== "liveBytes")
      curves.push({ name: fieldName("liveBytes"), position: live.position, bytes: live.liveBytes });
    const unit = unitOf(field, most(curves.flatMap(({ bytes }) => bytes)));
    const { trace, seed } = group[0].fields;
    return lineChart({
      title: `Memory ${fieldName(field)} over time`,
      subtitle: `${trace}${seed === null ? "" : `, seed ${seed}`}`,
      x: { name: "events" },
      y: axisOf(field, unit),
      lines: curves.map(({ name, position, bytes }) => ({
        name,
        points: position.map((at, i): Point => [at, rounded(bytes[i] / unit.divisor)]),
      })),
    });
  });
}

/** One chart a trace: what less memory costs. */
function paretos(rows: readonly Row[], { x, y = "heldPeakBytes" }: Axes): ChartOptions[] {
  const cost = x ?? (rows.some((row) => numberOf(row, "nsPerEvent") !== null) ? "nsPerEvent" : "callsPer1000Events");
  checkField(rows, cost, true);
  checkField(rows, y, true);
  return [...groupBy(rows, ({ fields }) => String(fields.trace))].map(([trace, all]) => {
    const group = all.filter((row) => numberOf(row, cost) !== null && numberOf(row, y) !== null);
    const unit = unitOf(y, most(group.map((row) => numberOf(row, y) ?? 0)));
    const costUnit = unitOf(cost, most(group.map((row) => numberOf(row, cost) ?? 0)));
    const label = labels(group);
    return scatterChart({
      title: `Memory ${fieldName(y)} against ${fieldName(cost)}`,
      subtitle: `${trace}${seedsText(group)}; towards the lower left is better`,
      x: axisOf(cost, costUnit),
      y: axisOf(y, unit),
      hasFront: true,
      groups: [...groupBy(group, label)].flatMap(([name, same]) => {
        const [costs, bytes] = [spreadOf(same, cost), spreadOf(same, y)];
        if (costs === null || bytes === null) return [];
        return [
          { name, points: [[rounded(costs.mean / costUnit.divisor), rounded(bytes.mean / unit.divisor)] as const] },
        ];
      }),
    });
  });
}

/** How much stays held, by how likely a block survives. */
function survivors(rows: readonly Row[], { x = "p", y = "heldAfterShare" }: Axes): ChartOptions[] {
  checkField(rows, x, true);
  checkField(rows, y, true);
  const measured = rows.filter((row) => numberOf(row, x) !== null && numberOf(row, y) !== null);
  const unit = unitOf(y, most(measured.map((row) => numberOf(row, y) ?? 0)));
  const xs = measured.map((row) => numberOf(row, x) ?? 0);
  const positive = xs.filter((value) => value > 0);
  const isLog = positive.length > 0 && most(positive) / positive.reduce((a, b) => Math.min(a, b)) >= 30;
  const lines = [...groupBy(measured, labels(measured))].map(([name, same]): Line => {
    const at = [...groupBy(same, (row) => String(numberOf(row, x)))]
      .map(([value, group]) => ({ x: Number(value), spread: spreadOf(group, y) }))
      .flatMap(({ x, spread }) => (spread === null ? [] : [{ x, ...spread }]))
      .sort((a, b) => a.x - b.x);
    const scaled = (value: number): number => rounded(value / unit.divisor);
    return {
      name,
      hasPoints: true,
      points: at.map(({ x, mean }): Point => [x, scaled(mean)]),
      spread: at
        .filter(({ least, most }) => least < most)
        .map(({ x, least, most }) => [x, scaled(least), scaled(most)]),
    };
  });
  const title = fieldName(y);
  return [
    lineChart({
      title: `${title[0].toUpperCase()}${title.slice(1)}`,
      subtitle: `${[...new Set(measured.map(({ fields }) => String(fields.trace).split(":")[0]))].join(", ")}${seedsText(measured)}; bars from the least to the most`,
      x: axisOf(x, unitOf(x, most(xs)), isLog ? "log" : "linear"),
      y: axisOf(y, unit),
      lines,
    }),
  ];
}

/** The values of a field in their order. */
function valuesOf(rows: readonly Row[], field: string): Value[] {
  const values = [...new Set(rows.map(({ fields }) => fields[field]).filter((value) => value !== undefined))];
  return values.every((value) => typeof value === "number") ? (values as number[]).sort((a, b) => a - b) : values;
}

/** A number by two fields, the mean of all results that share them. */
function heatMaps(rows: readonly Row[], { x, y, value = "heldPeakBytes" }: Axes): ChartOptions[] {
  const hasGeometries = valuesOf(rows, "arenaSize").length * valuesOf(rows, "poolSize").length > 1;
  const [across, up] = [x ?? (hasGeometries ? "arenaSize" : "strategy"), y ?? (hasGeometries ? "poolSize" : "trace")];
  checkField(rows, across, false);
  checkField(rows, up, false);
  checkField(rows, value, true);
  const used = rows.filter(({ fields }) => fields[across] !== undefined && fields[up] !== undefined);
  const byPlace = groupBy(used, ({ fields }) => keyOf(fields[across], fields[up]));
  const [xs, ys] = [valuesOf(used, across), valuesOf(used, up)];
  const means = ys.map((j) => xs.map((i) => spreadOf(byPlace.get(keyOf(i, j)) ?? [], value)?.mean ?? null));
  const unit = unitOf(value, most(means.flat().map((mean) => mean ?? 0)));
  const axis = (field: string, values: readonly Value[]) => ({
    name: fieldName(field),
    values: values.map((item) => valueText(field, item)),
  });
  const name = `${fieldName(value)}${unit.unit === undefined ? "" : `, ${unit.unit}`}`;
  return [
    heatMap({
      title: `${name[0].toUpperCase()}${name.slice(1)}`,
      subtitle: `mean of ${withCommas(used.length)} results, ${plural(xs.length * ys.length, "place")}`,
      x: axis(across, xs),
      y: axis(up, ys),
      value: { name: fieldName(value), ...(unit.unit === undefined ? {} : { unit: unit.unit }) },
      cells: means.map((row) => row.map((mean) => (mean === null ? null : mean / unit.divisor))),
    }),
  ];
}

/** The charts of a kind; none where there is nothing to draw. Throws a `RangeError` for a field that there is not. */
export function pictures(kind: PictureKind, rows: readonly Row[], axes: Axes): ChartOptions[] {
  return { timeline: timelines, pareto: paretos, survivors, heatmap: heatMaps }[kind](rows, axes);
}
