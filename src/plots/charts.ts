/**
 * Charts as data: options of Apache ECharts without functions, so that the same object becomes an SVG (svg.ts) and is drawn in a page
 * (html.ts). Numbers are in the unit that their axis names.
 */
import { DIM, GRID, INK, PAPER, SCALE, SERIES } from "./plotcolours.js";

/** Options of ECharts, as JSON can hold them. */
export interface ChartOptions {
  readonly title: readonly { readonly text?: string }[];
  readonly series: readonly object[];
  readonly [option: string]: unknown;
}

export interface Axis {
  readonly name: string;
  /** As in "MB"; left out for plain numbers. */
  readonly unit?: string;
  /** Default: `linear`. A logarithmic one has no place for 0 and less: such points are left out. */
  readonly scale?: "linear" | "log";
  /** Ends of the axis; by default, where the numbers end, and 0 on a linear one. */
  readonly min?: number;
  readonly max?: number;
}

interface ChartText {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle?: string;
}

export type Point = readonly [x: number, y: number];

export interface Line {
  readonly name: string;
  /** In order of x. */
  readonly points: readonly Point[];
  /** A value holds until the next point: default false, straight from point to point. */
  readonly isStep?: boolean;
  /** Whether each point is marked: for few and measured ones. */
  readonly hasPoints?: boolean;
  /** From the least to the most at each x, drawn as a bar. */
  readonly spread?: readonly (readonly [x: number, least: number, most: number])[];
}

export interface LineChart extends ChartText {
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

export interface ScatterGroup {
  readonly name: string;
  readonly points: readonly Point[];
  /** What each point is, for a reader who points at it. */
  readonly labels?: readonly string[];
}

export interface ScatterChart extends ChartText {
  readonly x: Axis;
  readonly y: Axis;
  readonly groups: readonly ScatterGroup[];
  /** Draws the front of those points that no other is below in both numbers: what less of one costs of the other. */
  readonly hasFront?: boolean;
}

export interface HeatMap extends ChartText {
  /** What stands along each axis, in order. */
  readonly x: { readonly name: string; readonly values: readonly string[] };
  readonly y: { readonly name: string; readonly values: readonly string[] };
  readonly value: { readonly name: string; readonly unit?: string };
  /** A number for each y and, in that, for each x; `null` where there is none. */
  readonly cells: readonly (readonly (number | null)[])[];
}

const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect"];
const DASHES = ["solid", [7, 3], [2, 3], [9, 3, 2, 3]];

const colour = (index: number): string => SERIES[index % SERIES.length].light;
/** The first seven are told apart by colour, the next by dashes, too. */
const dash = (index: number): string | number[] => DASHES[Math.floor(index / SERIES.length) % DASHES.length] as never;

const named = ({ name, unit }: { name: string; unit?: string }): string => (unit ? `${name}, ${unit}` : name);

const text = (colour: string, fontSize: number): object => ({ color: colour, fontSize, fontFamily: "sans-serif" });

function titles({ title, subtitle }: ChartText): ChartOptions["title"] {
  const style = { textStyle: { ...text(INK.light, 15), fontWeight: "bold" }, subtextStyle: text(DIM.light, 12) };
  return [
    { text: title, left: EDGE, top: 8, itemGap: 7, ...(subtitle ? { subtext: subtitle } : {}), ...style } as object,
  ];
}

/** Of the narrowest picture, in pixels. */
const WIDTH = 760;
const LEGEND_TOP = 56;
const LEGEND_ROW = 22;
const EDGE = 12;

/** The legend's columns: as wide as the longest name, by how wide letters may be where they are read. */
function legendColumns(names: readonly string[]): { readonly count: number; readonly width: number } {
  const width = 48 + 7.3 * Math.max(...names.map(({ length }) => length), 0);
  return { count: Math.max(Math.floor((WIDTH - 2 * EDGE) / width), 1), width };
}

/** Rows that the legend takes. */
const legendRows = (names: readonly string[]): number =>
  names.length < 2 ? 0 : Math.ceil(names.length / legendColumns(names).count);

/** The height in pixels at which a chart has room: more with a long legend. */
export function chartHeight({ grid }: ChartOptions): number {
  return 330 + (grid as { readonly top: number }).top;
}

const BASE = {
  animation: false,
  backgroundColor: PAPER.light,
  textStyle: text(INK.light, 12),
};

const LINES = { lineStyle: { color: GRID.light } };

/** The powers of ten around what is shown: those that ECharts would compute are not quite such. */
function logEnds(values: readonly number[]): { readonly min?: number; readonly max?: number } {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return {};
  const power = (value: number): number => Number(value.toExponential().split("e")[1]);
  const [least, most] = [positive.reduce((a, b) => Math.min(a, b)), positive.reduce((a, b) => Math.max(a, b))];
  const above = Number(`1e${power(most)}`) < most || power(most) === power(least) ? 1 : 0;
  return { min: Number(`1e${power(least)}`), max: Number(`1e${power(most) + above}`) };
}

function valueAxis(axis: Axis, isX: boolean, values: readonly number[]): object {
  const { scale = "linear" } = axis;
  const { min, max } = { ...(scale === "log" ? logEnds(values) : {}), ...axis };
  return {
    type: scale === "log" ? "log" : "value",
    name: named(axis),
    nameLocation: "middle",
    nameGap: isX ? 30 : 56,
    nameTextStyle: text(DIM.light, 12),
    axisLabel: { ...text(DIM.light, 11), hideOverlap: true },
    axisLine: { show: isX, lineStyle: { color: DIM.light } },
    axisTick: { show: isX, lineStyle: { color: DIM.light } },
    splitLine: { show: !isX, ...LINES },
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

/** Both axes, for such points. */
function axes(x: Axis, y: Axis, points: readonly (readonly Point[])[]): object {
  const all = points.flat();
  return {
    xAxis: valueAxis(
      x,
      true,
      all.map(([at]) => at),
    ),
    yAxis: valueAxis(
      y,
      false,
      all.map(([, value]) => value),
    ),
  };
}

/** One legend an entry: ECharts alone would place them by how wide it takes their letters to be. */
function legends(names: readonly string[], itemWidth: number): object[] {
  const { count, width } = legendColumns(names);
  return names.map((name, index) => ({
    data: [name],
    show: names.length > 1,
    left: EDGE + (index % count) * width,
    top: LEGEND_TOP + Math.floor(index / count) * LEGEND_ROW,
    padding: [0, 5],
    itemWidth,
    itemHeight: 9,
    textStyle: text(INK.light, 12),
  }));
}

const gridBelow = (names: readonly string[]): object => ({
  left: 78,
  right: 24,
  top: LEGEND_TOP + 8 + LEGEND_ROW * legendRows(names),
  bottom: 52,
});

const TOOLTIP = {
  backgroundColor: PAPER.light,
  borderColor: GRID.light,
  textStyle: text(INK.light, 12),
  confine: true,
};

/** Zooming along x: of use in the page only, and not drawn. */
const ZOOM = [{ type: "inside", xAxisIndex: 0, filterMode: "none" }];

/** What an axis can show: on a logarithmic one only what is above 0. */
const shown = (x: Axis, y: Axis, points: readonly Point[]): Point[] =>
  points.filter(([px, py]) => (x.scale !== "log" || px > 0) && (y.scale !== "log" || py > 0));

function barSeries(line: Line, index: number, { x, y }: LineChart): object[] {
  const ends = (line.spread ?? []).map(([at, least, most]) => shown(x, y, [[at, least], [at, most]])); // biome-ignore format: a pair
  const data = ends.filter(({ length }) => length === 2).map(([from, to]) => ({ coords: [from, to] }));
  if (data.length === 0) return [];
  const style = { color: colour(index), width: 3, opacity: 0.35 };
  return [{ type: "lines", name: line.name, coordinateSystem: "cartesian2d", lineStyle: style, data, silent: true }];
}

/** Lines over one another. */
export function lineChart(chart: LineChart): ChartOptions {
  const { x, y, lines } = chart;
  const names = lines.map(({ name }) => name);
  const series = lines.flatMap((line, index) => [
    {
      type: "line",
      name: line.name,
      data: shown(x, y, line.points),
      step: line.isStep ? "end" : false,
      showSymbol: line.hasPoints ?? false,
      symbol: SYMBOLS[index % SYMBOLS.length],
      symbolSize: 7,
      sampling: "minmax",
      color: colour(index),
      lineStyle: { width: 2, type: dash(index) },
    },
    ...barSeries(line, index, chart), // behind it: the legend shows the first of a name
  ]);
  return {
    ...BASE,
    title: titles(chart),
    legend: legends(names, 22),
    grid: gridBelow(names),
    tooltip: { ...TOOLTIP, trigger: "axis" },
    dataZoom: ZOOM,
    ...axes(
      x,
      y,
      lines.map(({ points }) => points),
    ),
    series,
  };
}

/** Those of `points` that no other is below in both numbers, by x. */
export function paretoFront(points: readonly Point[]): Point[] {
  const front: Point[] = [];
  for (const point of [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = front.at(-1);
    if (last === undefined || point[1] < last[1]) front.push(point);
  }
  return front;
}

/** Points of several groups. */
export function scatterChart(chart: ScatterChart): ChartOptions {
  const { x, y, groups, hasFront = false } = chart;
  const names = [...groups.map(({ name }) => name), ...(hasFront ? ["front"] : [])];
  const series: object[] = groups.map(({ name, points, labels }, index) => ({
    type: "scatter",
    name,
    data: points.flatMap((point, i) =>
      shown(x, y, [point]).length > 0 ? [{ value: point, name: labels?.[i] ?? name }] : [],
    ),
    symbol: SYMBOLS[index % SYMBOLS.length],
    symbolSize: 10,
    color: colour(index),
    itemStyle: { opacity: 0.85, borderColor: PAPER.light, borderWidth: 1 },
  }));
  if (hasFront) {
    series.unshift({
      type: "line",
      name: "front",
      data: paretoFront(shown(x, y, groups.flatMap(({ points }) => points))), // biome-ignore format: a pipeline
      step: "end",
      showSymbol: false,
      color: DIM.light,
      lineStyle: { width: 1.5, type: [4, 3] },
      tooltip: { show: false },
    });
  }
  return {
    ...BASE,
    title: titles(chart),
    legend: legends(names, 12),
    grid: gridBelow(names),
    tooltip: { ...TOOLTIP, trigger: "item", formatter: `{b}<br>${named(x)} | ${named(y)}: {c}` },
    ...axes(
      x,
      y,
      groups.map(({ points }) => points),
    ),
    series,
  };
}

const categories = (name: string, values: readonly string[], isX: boolean, gap: number): object => ({
  type: "category",
  name,
  data: values,
  nameLocation: "middle",
  nameGap: gap,
  nameTextStyle: text(DIM.light, 12),
  axisLabel: { ...text(DIM.light, 11), interval: 0, ...(isX ? { rotate: values.join("").length > 70 ? 30 : 0 } : {}) },
  axisLine: { show: false },
  axisTick: { show: false },
});

/** A number for a cell: of four digits, but whole where those would round a whole part. */
const brief = (value: number): number => (Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));

/** A grid of numbers as colours, each with its number where there is room. */
export function heatMap(chart: HeatMap): ChartOptions {
  const { x, y, value, cells } = chart;
  const data = cells.flatMap((row, j) =>
    row.flatMap((cell, i) => (cell === null ? [] : [[i, j, brief(cell)] as const])),
  );
  const numbers = data.map(([, , cell]) => cell);
  const [least, most] = numbers.length === 0 ? [0, 1] : [Math.min(...numbers), Math.max(...numbers)];
  const widest = Math.max(...y.values.map(({ length }) => length), 1);
  const left = Math.min(40 + 6.5 * widest, 300);
  const middle = least + (most - least) * 0.55;
  return {
    ...BASE,
    title: titles(chart),
    grid: { left: left + 20, right: 110, top: 64, bottom: x.values.join("").length > 70 ? 96 : 56 },
    tooltip: { ...TOOLTIP, trigger: "item" },
    xAxis: categories(x.name, x.values, true, x.values.join("").length > 70 ? 76 : 32),
    yAxis: categories(y.name, y.values, false, left),
    visualMap: {
      type: "continuous",
      min: least,
      max: most === least ? least + 1 : most,
      calculable: false,
      orient: "vertical",
      right: EDGE,
      top: 64,
      itemHeight: 150,
      text: [`${most}`, `${least}`],
      textStyle: text(DIM.light, 11),
      inRange: { color: SCALE },
    },
    series: [
      {
        type: "heatmap",
        name: named(value),
        data: data.map((cell) => ({
          value: cell,
          label: { show: x.values.length <= 12, fontSize: 11, color: cell[2] > middle ? "#101010" : "#ffffff" },
        })),
        itemStyle: { borderColor: PAPER.light, borderWidth: 1 },
      },
    ],
  };
}

/** The size of a chart as a picture. */
export interface SvgSize {
  /** In pixels; default 760, and as high as the chart needs. */
  readonly width?: number;
  readonly height?: number;
}
