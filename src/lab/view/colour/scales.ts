/**
 * Colours that say something, and to colour-blind eyes the same: ordered ones for numbers, distinct ones for names.
 *
 *     viridis     size classes, ages: polynomial of degree 6 through matplotlib's table (M. Zucker, public domain)
 *     cividis     occupancy: polynomial of degree 5 (d3-scale-chromatic, ISC)
 *     Okabe–Ito   types, lines, series: of eight colours that no common colour blindness mixes up
 */
export type Rgb = readonly [red: number, green: number, blue: number];

const VIRIDIS: readonly Rgb[] = [
  [0.2777273272, 0.0054073445, 0.3340998053],
  [0.1050930431, 1.4046135299, 1.3845901626],
  [-0.3308618287, 0.2148475595, 0.095095163],
  [-4.634230499, -5.7991009734, -19.3324409563],
  [6.2282699363, 14.1799333668, 56.6905526007],
  [4.7763849977, -13.745145378, -65.3530326334],
  [-5.4354558559, 4.6458526122, 26.3124352496],
];

const CIVIDIS: readonly Rgb[] = [
  [-4.54 / 255, 32.49 / 255, 81.24 / 255],
  [-35.34 / 255, 170.73 / 255, 442.36 / 255],
  [2381.73 / 255, 52.82 / 255, -2482.43 / 255],
  [-6402.7 / 255, -131.46 / 255, 6167.24 / 255],
  [7024.72 / 255, 176.58 / 255, -6614.94 / 255],
  [-2710.57 / 255, -67.37 / 255, 2475.67 / 255],
];

function polynomial(terms: readonly Rgb[], t: number): Rgb {
  const at = Math.min(Math.max(t, 0), 1);
  const channel = (index: 0 | 1 | 2): number => {
    const value = terms.reduceRight((sum, term) => sum * at + term[index], 0);
    return Math.round(Math.min(Math.max(value, 0), 1) * 255);
  };
  return [channel(0), channel(1), channel(2)];
}

/** `t` from 0 to 1. */
export const viridis = (t: number): Rgb => polynomial(VIRIDIS, t);
export const cividis = (t: number): Rgb => polynomial(CIVIDIS, t);

/** Without black, which is the page's own in one of the two themes. */
export const OKABE_ITO: readonly Rgb[] = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [240, 228, 66],
];

/** What is free of a pool is its colour with this share of the page's. */
export const PALE = 0.56;

/** For types and lines: without sky blue, which is what pale blue looks like. */
export const NAME_COLOURS: readonly Rgb[] = OKABE_ITO.filter((_, index) => index !== 4);

export const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** The word that an ImageData's Uint32Array has for an opaque colour. */
export const word = ([red, green, blue]: Rgb): number => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

/** `a` and `b` mixed: `share` of `b`. */
export const mix = (a: Rgb, b: Rgb, share: number): Rgb => [
  Math.round(a[0] + (b[0] - a[0]) * share),
  Math.round(a[1] + (b[1] - a[1]) * share),
  Math.round(a[2] + (b[2] - a[2]) * share),
];

/** Whether dark text reads better than light on this. */
export const isLight = ([red, green, blue]: Rgb): boolean => 0.299 * red + 0.587 * green + 0.114 * blue > 140;
