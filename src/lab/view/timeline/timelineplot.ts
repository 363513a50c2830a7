/** The time line as uPlot draws it: bytes over events, arenas coming and going as ticks, marks named, the moment as a line. */
import uPlot from "uplot";
import type { Span, Theme } from "../../model/state.js";
import type { MarkInfo, Timeline } from "../../protocol/index.js";
import { GROUND, type Ground } from "../colour/mapcolours.js";
import { css, OKABE_ITO, type Rgb } from "../colour/scales.js";
import { bytes } from "../format.js";

export interface Series {
  readonly key: "mapped" | "pinned" | "available" | "unused" | "live";
  readonly name: string;
  readonly colour: Rgb;
  /** Dashes tell lines apart where colour does not. */
  readonly dash: number[];
  readonly what: string;
}

export const SERIES: readonly Series[] = [
  { key: "mapped", name: "mapped", colour: [128, 138, 148], dash: [], what: "arenas, and regions of the raw domain" },
  { key: "live", name: "live", colour: OKABE_ITO[0], dash: [], what: "asked for and live, in all domains" },
  {
    key: "pinned",
    name: "pinned",
    colour: OKABE_ITO[5],
    dash: [],
    what: "arenas with a live block, less those blocks",
  },
  { key: "available", name: "available", colour: OKABE_ITO[2], dash: [5, 3], what: "free blocks of pools in use" },
  { key: "unused", name: "unused", colour: OKABE_ITO[3], dash: [2, 2], what: "pools without a block in use" },
];

export interface PlotOptions {
  readonly element: HTMLElement;
  readonly timelines: readonly Timeline[];
  readonly marks: readonly MarkInfo[];
  readonly span: Span;
  readonly theme: Theme;
  readonly position: () => number;
  readonly moments: () => { readonly a: number | null; readonly b: number | null };
  readonly onSeek: (position: number) => void;
}

const FONT = '11px system-ui, "Segoe UI", sans-serif';
/** Pixels of a mark's name. */
const MOST_NAME = 220;
/** Below the plot, for the ticks of arenas: one row obtained, one released. */
const TICK_ROOM = 12;

/** Columns on common positions: those of the first, and of the second side its values there. */
function dataOf(timelines: readonly Timeline[]): uPlot.AlignedData {
  const [first, second] = timelines;
  const columns: (ArrayLike<number> | (number | null)[])[] = SERIES.map(({ key }) => first[key]);
  if (second) {
    const at = (key: Series["key"]): (number | null)[] => {
      let j = 0;
      return Array.from(first.position, (position) => {
        while (j + 1 < second.position.length && second.position[j + 1] <= position) j++;
        return second[key][j] ?? null;
      });
    };
    columns.push(at("mapped"), at("pinned"));
  }
  return [first.position, ...columns] as unknown as uPlot.AlignedData;
}

/** Steps between the numbers of an axis: of events and bytes there are no fractions. */
const WHOLE = Array.from({ length: 13 }, (_, power) => [1, 2, 2.5, 5].map((n) => n * 10 ** power))
  .flat()
  .filter(Number.isInteger);

/** As much of a name as has room. */
function shortened(context: CanvasRenderingContext2D, name: string, most: number): string {
  if (context.measureText(name).width <= most) return name;
  let length = Math.min(name.length, 200);
  while (length > 1 && context.measureText(`${name.slice(0, length)}…`).width > most) length--;
  return `${name.slice(0, length)}…`;
}

export function makePlot(options: PlotOptions): uPlot {
  const { element, timelines, theme, span } = options;
  const ground = GROUND[theme];
  // Where each event was sampled nothing lies between two of them.
  const stepped = timelines[0].position.length > span.to - span.from ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const line = ({ name, colour, dash }: Series, isSecond = false): uPlot.Series => ({
    label: name,
    stroke: css(colour),
    width: isSecond ? 1 : 1.5,
    dash: isSecond ? [7, 2, 1, 2] : dash,
    points: { show: false },
    ...(stepped ? { paths: stepped } : {}),
  });
  const axis = {
    stroke: css(ground.dim),
    font: FONT,
    ticks: { show: false },
    grid: { stroke: css(ground.empty), width: 1 },
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height: element.clientHeight,
      legend: { show: false },
      cursor: { x: true, y: false, points: { show: false }, drag: { x: false, y: false } },
      padding: [16, 26, 0, 0],
      scales: {
        x: { time: false, range: () => [span.from, Math.max(span.to, span.from + 1)] },
        y: { range: (_, __, max) => [0, Math.max((max ?? 0) * 1.06, 1)] },
      },
      axes: [
        {
          ...axis,
          size: 18 + TICK_ROOM,
          space: 78,
          incrs: WHOLE,
          gap: 4 + TICK_ROOM,
          values: (_, ticks) => ticks.map((n) => n.toLocaleString("en")),
        },
        {
          ...axis,
          size: 62,
          gap: 4,
          space: 26,
          incrs: WHOLE,
          values: (_, ticks) => ticks.map((n) => (n === 0 ? "0" : bytes(n))),
        },
      ],
      series: [
        {},
        ...SERIES.map((series) => line(series)),
        ...(timelines.length > 1 ? [line(SERIES[0], true), line(SERIES[2], true)] : []),
      ],
      hooks: { draw: [(plot) => drawOver(plot, options, ground)] },
    },
    dataOf(timelines),
    element,
  );
}

function drawOver(plot: uPlot, options: PlotOptions, ground: Ground): void {
  const { ctx, bbox } = plot;
  const { from, to } = options.span;
  const isShown = (position: number): boolean => from <= position && position <= to;
  const ratio = devicePixelRatio;
  const x = (position: number): number => Math.round(plot.valToPos(position, "x", true));
  const upright = (position: number, top: number, bottom: number): void => {
    ctx.moveTo(x(position) + 0.5, top);
    ctx.lineTo(x(position) + 0.5, bottom);
  };
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, "Segoe UI", sans-serif`;
  ctx.lineWidth = ratio;
  const below = bbox.top + bbox.height;
  for (const [ticks, colour, row] of [
    [options.timelines[0].obtained, ground.dim, 0],
    [options.timelines[0].released, ground.accent, 1],
  ] as const) {
    ctx.beginPath();
    ctx.strokeStyle = css(colour);
    ctx.lineWidth = 1.5 * ratio;
    let last = -1;
    for (const tick of ticks) {
      if (!isShown(tick) || x(tick) === last) continue;
      last = x(tick);
      upright(tick, below + (2 + 6 * row) * ratio, below + (7 + 6 * row) * ratio);
    }
    ctx.stroke();
  }
  ctx.lineWidth = ratio;
  ctx.fillStyle = css(ground.dim);
  ctx.strokeStyle = css(ground.dim);
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  let free = Number.NEGATIVE_INFINITY;
  let last = -1;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.beginPath();
  for (const { name: whole, position } of options.marks) {
    if (!isShown(position) || x(position) === last) continue; // there may be more marks than pixels
    last = x(position);
    upright(position, bbox.top - 3 * ratio, below);
    const name = shortened(ctx, whole, MOST_NAME * ratio);
    const width = ctx.measureText(name).width;
    const left = Math.min(x(position) - 2 * ratio, bbox.left + bbox.width - width);
    if (left <= free) continue; // marks too close for their names: the first has it
    ctx.fillText(name, left, bbox.top - 3 * ratio);
    free = left + width + 8 * ratio;
  }
  ctx.stroke();
  ctx.setLineDash([]);
  const { a, b } = options.moments();
  ctx.textBaseline = "top";
  for (const [name, position] of [
    ["A", a],
    ["B", b],
  ] as const) {
    if (position === null || !isShown(position)) continue;
    ctx.strokeStyle = css(ground.alarm);
    ctx.fillStyle = css(ground.alarm);
    ctx.beginPath();
    upright(position, bbox.top, below);
    ctx.stroke();
    ctx.fillText(name, x(position) + 3 * ratio, bbox.top + 1 * ratio);
  }
  if (isShown(options.position())) drawCursor(plot, x(options.position()), ground);
  ctx.restore();
}

function drawCursor({ ctx, bbox }: uPlot, at: number, ground: Ground): void {
  const ratio = devicePixelRatio;
  ctx.fillStyle = css(ground.ink);
  ctx.fillRect(at - ratio / 2, bbox.top - 2 * ratio, Math.max(1.5 * ratio, 1), bbox.height + (TICK_ROOM + 2) * ratio);
  ctx.beginPath();
  ctx.moveTo(at - 5 * ratio, bbox.top - 8 * ratio);
  ctx.lineTo(at + 5 * ratio, bbox.top - 8 * ratio);
  ctx.lineTo(at, bbox.top);
  ctx.fill();
}
