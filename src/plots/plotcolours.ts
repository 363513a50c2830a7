/**
 * Colours of plots, each for a light and for a dark ground. A chart names the light one; `toSvg` and the page put the dark one in its
 * place where the reader's ground is dark.
 *
 * Series have the hues of Okabe and Ito (Color Universal Design, 2002), which no common colour blindness mixes up, darkened or lightened
 * until they are at 3:1 to the ground. Numbers have viridis (matplotlib, public domain), in steps.
 */
export interface Tone {
  readonly light: string;
  readonly dark: string;
}

export const PAPER: Tone = { light: "#fefefe", dark: "#131619" };
export const INK: Tone = { light: "#1b2026", dark: "#dee2e7" };
export const DIM: Tone = { light: "#5e6872", dark: "#98a3ad" };
export const GRID: Tone = { light: "#e3e6ea", dark: "#2c3238" };

export const SERIES: readonly Tone[] = [
  { light: "#0072b2", dark: "#3d97d3" },
  { light: "#d55e00", dark: "#ec7a2a" },
  { light: "#00855f", dark: "#00b384" },
  { light: "#b3578b", dark: "#dc94bd" },
  { light: "#a87400", dark: "#e6a519" },
  { light: "#2f8fc8", dark: "#86cdf2" },
  { light: "#6b6100", dark: "#f0e554" },
];

export const ALL_TONES: readonly Tone[] = [PAPER, INK, DIM, GRID, ...SERIES];

/** From the least number to the most. */
export const SCALE: readonly string[] = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725",
];
