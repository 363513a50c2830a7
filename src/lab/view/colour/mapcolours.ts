/** What colours mean on the map, in each of its five modes and both themes; and the legend that says so. */

import type { ColourMode, Theme } from "../../model/state.js";
import type { SideInfo, SideView, TraceInfo } from "../../protocol/index.js";
import { NO_CLASS } from "../../protocol/index.js";
import { cividis, mix, NAME_COLOURS, type Rgb, viridis, word } from "./scales.js";

/** Colours of what has no value of its own. */
export interface Ground {
  readonly paper: Rgb;
  readonly ink: Rgb;
  readonly dim: Rgb;
  readonly untouched: Rgb;
  readonly empty: Rgb;
  readonly raw: Rgb;
  readonly unmapped: Rgb;
  readonly other: Rgb;
  readonly accent: Rgb;
  readonly alarm: Rgb;
}

export const GROUND: Readonly<Record<Theme, Ground>> = {
  light: {
    paper: [255, 255, 255],
    ink: [27, 32, 37],
    dim: [94, 104, 113],
    untouched: [240, 242, 244],
    empty: [222, 226, 230],
    raw: [118, 130, 141],
    unmapped: [250, 250, 251],
    other: [150, 158, 166],
    accent: [0, 100, 160],
    alarm: [190, 72, 0],
  },
  dark: {
    paper: [19, 22, 25],
    ink: [222, 226, 230],
    dim: [140, 150, 159],
    untouched: [30, 34, 38],
    empty: [46, 52, 58],
    raw: [124, 136, 147],
    unmapped: [23, 26, 29],
    other: [105, 114, 123],
    accent: [86, 180, 233],
    alarm: [240, 130, 50],
  },
};

export interface Entry {
  readonly name: string;
  readonly colour: Rgb;
}

/** Either a scale from `from` to `to`, or names. */
export type Legend =
  | { readonly kind: "scale"; readonly from: string; readonly to: string; readonly colours: readonly Rgb[] }
  | { readonly kind: "names"; readonly entries: readonly Entry[] };

const STEPS = 256;
const LEGEND_STEPS = 12;

/** Ends of the scales that would be lost on the page's ground are left out. */
const along = (scale: (t: number) => Rgb, theme: Theme): Rgb[] =>
  Array.from({ length: STEPS }, (_, i) => scale(theme === "dark" ? 0.14 + (0.86 * i) / 255 : (0.96 * i) / 255));

/** The `count` keys that most cells have, and what the trace calls them. */
function commonKeys(columns: readonly (Uint32Array | null)[], count: number): number[] {
  const cells = new Map<number, number>();
  for (const column of columns) for (const key of column ?? []) cells.set(key, (cells.get(key) ?? 0) + 1);
  cells.delete(0);
  return [...cells]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, count)
    .map(([key]) => key);
}

export class Palette {
  readonly ground: Ground;
  readonly legend: Legend;
  readonly mode: ColourMode;
  readonly #scale: readonly Rgb[];
  readonly #names = new Map<number, Rgb>();
  readonly #classCount: number;
  readonly #events: number;

  constructor(theme: Theme, mode: ColourMode, side: SideInfo, info: TraceInfo, views: readonly SideView[]) {
    this.ground = GROUND[theme];
    this.mode = mode;
    this.#classCount = side.classCount;
    this.#events = Math.max(info.events, 2);
    this.#scale = along(mode === "occupancy" ? cividis : viridis, theme);
    if (mode === "type" || mode === "line") {
      const keys = commonKeys(
        views.flatMap(({ map }) => [map.pools[mode], map.rawRuns[mode]]),
        NAME_COLOURS.length,
      );
      for (const [index, key] of keys.entries()) this.#names.set(key, NAME_COLOURS[index]);
      const name = (key: number): string => {
        if (mode === "type") return info.types[key] ?? "unknown";
        const line = info.lines[key];
        return line ? `${line.file.split("/").at(-1)}:${line.line}` : "unknown";
      };
      const entries = keys.map((key) => ({ name: name(key), colour: this.#names.get(key) as Rgb }));
      this.legend = { kind: "names", entries: [...entries, { name: "other, unknown", colour: this.ground.other }] };
    } else this.legend = this.#scaleLegend(side);
  }

  #scaleLegend({ geometry, classCount }: SideInfo): Legend {
    const shares = Array.from({ length: LEGEND_STEPS }, (_, i) => i / (LEGEND_STEPS - 1));
    const colours = shares.map((share) =>
      this.mode === "class" ? this.ofClass(Math.round(share * (classCount - 1))) : this.ofShare(share),
    );
    const [from, to] =
      this.mode === "class"
        ? [`${geometry.alignment} B`, `${classCount * geometry.alignment} B`]
        : this.mode === "occupancy"
          ? ["0 % live", "100 %"]
          : ["just born", "oldest"];
    return { kind: "scale", from, to, colours };
  }

  ofClass(szidx: number): Rgb {
    if (szidx === NO_CLASS) return this.ground.empty;
    // Small classes are most of a Python heap, and are to be told apart.
    return this.#scale[Math.round(Math.sqrt(szidx / Math.max(this.#classCount - 1, 1)) * 255)];
  }

  /** `share` from 0 to 1. */
  ofShare(share: number): Rgb {
    return this.#scale[Math.round(share * 255)];
  }

  /** In events: a logarithm, as most blocks die young. */
  ofAge(age: number): Rgb {
    if (age < 0) return this.ground.empty;
    return this.#scale[Math.min(Math.round((Math.log1p(age) / Math.log1p(this.#events)) * 255), 255)];
  }

  ofName(key: number): Rgb {
    return this.#names.get(key) ?? this.ground.other;
  }

  /** Of a pool with a live block. */
  ofPool({ map: { pools } }: SideView, index: number): Rgb {
    switch (this.mode) {
      case "class":
        return this.ofClass(pools.szidx[index]);
      case "occupancy":
        return this.ofShare(pools.occupancy[index] / 255);
      case "age":
        return pools.age === null ? this.ground.other : this.ofAge(pools.age[index]);
      default:
        return this.ofName(pools[this.mode]?.[index] ?? 0);
    }
  }

  /** The same for many pools, as words of an ImageData. */
  poolWords(view: SideView): (index: number) => number {
    const { szidx, occupancy } = view.map.pools;
    const scale = Uint32Array.from(this.#scale, word);
    const classes = Uint32Array.from({ length: this.#classCount }, (_, index) => word(this.ofClass(index)));
    if (this.mode === "class") return (index) => classes[szidx[index]];
    if (this.mode === "occupancy") return (index) => scale[occupancy[index]];
    return (index) => word(this.ofPool(view, index));
  }

  /** Of a cell of the raw domain of which `share` is live, the most of it by run `run`. */
  ofRaw({ map: { rawRuns } }: SideView, run: number, share: number): Rgb {
    const { empty, raw } = this.ground;
    if (share === 0 || run < 0) return empty;
    switch (this.mode) {
      case "class":
        return mix(empty, raw, 0.3 + 0.7 * share);
      case "occupancy":
        return this.ofShare(share);
      case "age":
        return rawRuns.age === null ? raw : this.ofAge(rawRuns.age[run]);
      default:
        return this.ofName(rawRuns[this.mode]?.[run] ?? 0);
    }
  }
}
