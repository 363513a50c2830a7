/**
 * Bars and sparklines of text, in block characters or in plain ASCII. Pure functions: whoever prints decides where
 * to, and `drawsBlocks` says whether that place can show block characters.
 */

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const LEVELS = "▁▂▃▄▅▆▇█";
const ASCII_LEVELS = "_.-~=+*#";

/**
 * A bar of `width` columns, filled from the left to `fraction` (0 to 1; what is outside is cut off, NaN counts as 0).
 * Only 0 draws an empty bar and only 1 a full one, so that a little is never shown as nothing, nor nearly all as all.
 */
export function bar(fraction: number, width: number, ascii: boolean): string {
  const stepsPerColumn = ascii ? 1 : 8;
  const steps = stepsOf(fraction, width * stepsPerColumn);
  const full = Math.floor(steps / stepsPerColumn);
  const drawn = ascii ? "#".repeat(full) : "█".repeat(full) + EIGHTHS[steps % 8];
  return drawn.padEnd(width, ascii ? "." : "·");
}

function stepsOf(fraction: number, steps: number): number {
  if (!(fraction > 0)) return 0;
  if (fraction >= 1) return steps;
  return Math.min(Math.max(Math.round(fraction * steps), 1), steps - 1);
}

/**
 * One character a value, its height the value's share of the largest; values that are not above 0, NaN included, are
 * lowest.
 */
export function sparkline(values: readonly number[], ascii: boolean): string {
  const levels = ascii ? ASCII_LEVELS : LEVELS;
  const most = values.filter((value) => value > 0).reduce((a, b) => Math.max(a, b), 0);
  const level = (value: number): number => (value > 0 ? Math.ceil((value / most) * levels.length) - 1 : 0);
  return values.map((value) => levels[level(value)]).join("");
}

/**
 * One bar of `width` columns, divided among `parts` in their order: `size` (any unit, 0 or more) gives the share,
 * `fill` the character. What is left over by rounding down goes to the parts that lost most by it. All parts 0: "".
 */
export function stackedBar(parts: readonly { size: number; fill: string }[], width: number): string {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  if (!(total > 0)) return "";
  const exact = parts.map(({ size }) => (size / total) * width);
  const columns = exact.map(Math.floor);
  const left = width - columns.reduce((a, b) => a + b, 0);
  const byLoss = exact.map((_, i) => i).sort((i, j) => exact[j] - columns[j] - (exact[i] - columns[i]) || i - j);
  for (const i of byLoss.slice(0, left)) columns[i]++;
  return parts.map(({ fill }, i) => fill.repeat(columns[i])).join("");
}

/**
 * Whether a stream shows block characters: a terminal, with a UTF-8 locale (on Windows, Windows Terminal). Otherwise
 * draw ASCII.
 */
export function drawsBlocks(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return stream.isTTY === true && (/utf-?8/i.test(locale) || env.WT_SESSION !== undefined);
}
