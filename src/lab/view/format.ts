/** Numbers as the page writes them. */

import { bytesName, percent, plural, withCommas } from "../../text/units.js";
import type { TraceInfo } from "../protocol/index.js";

export { percent, plural, withCommas };

/** In decimal units; fractions, which averages have, are cut. */
export const bytes = (n: number): string => (Number.isNaN(n) ? "–" : bytesName(Math.round(n)));

/** Names a position: `at mark "loaded"`, `at the end`, `at event 1,000`. */
export function whenOf(position: number, { marks, events }: Pick<TraceInfo, "marks" | "events">): string {
  const mark = marks.find((one) => one.position === position);
  if (mark) return `at mark "${mark.name}"`;
  return position === events ? "at the end" : `at event ${withCommas(position)}`;
}

/** "1st", "22nd". */
export function nth(n: number): string {
  const ending = n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${withCommas(n)}${ending}`;
}

/** With commas and a minus sign. */
export const signed = (n: number): string => (n < 0 ? `−${withCommas(-n)}` : n > 0 ? `+${withCommas(n)}` : "0");

export const hex = (address: number): string => `0x${address.toString(16).padStart(8, "0")}`;
