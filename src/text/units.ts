/** Numbers as people read them. */

/** A whole number with commas between its thousands. */
export const withCommas = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** Rounded to a tenth, but 0 % and 100 % only where it is so. */
export function percent(fraction: number): string {
  if (!(fraction > 0)) return "0 %";
  if (fraction >= 1) return "100 %";
  return `${Math.min(Math.max(fraction * 100, 0.1), 99.9).toFixed(1)} %`;
}

export const plural = (n: number, noun: string): string => `${withCommas(n)} ${noun}${n === 1 ? "" : "s"}`;

/** An amount of bytes in decimal units, as in "7.8 MB". */
export function bytesName(bytes: number): string {
  let power = bytes < 1000 ? 0 : Math.min(Math.floor((String(bytes).length - 1) / 3), 4);
  if (power > 0 && power < 4 && (bytes / 1000 ** power).toFixed(1) === "1000.0") power++;
  return power === 0
    ? plural(bytes, "byte")
    : `${(bytes / 1000 ** power).toFixed(1)} ${["kB", "MB", "GB", "TB"][power - 1]}`;
}

/** The size of an arena or a pool in binary units where that is exact, as in "256 KiB". */
export function sizeName(bytes: number): string {
  if (bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20} MiB`;
  return bytes % 2 ** 10 === 0 ? `${bytes / 2 ** 10} KiB` : `${bytes} bytes`;
}

/** Bytes from a text like `2MiB`, `1.5 MB`, `512`; NaN when it is none, or no whole number of them. */
export function parseSize(text: string): number {
  const [, digits, prefix, binary] = /^(\d+(?:\.\d+)?)\s*(?:([kmg]?)(i?)b)?$/i.exec(text) ?? [];
  if (digits === undefined || (binary && !prefix)) return Number.NaN;
  const unit = (binary ? 1024 : 1000) ** ["", "k", "m", "g"].indexOf((prefix ?? "").toLowerCase());
  const bytes = Number((Number(digits) * unit).toFixed(6)); // 1.005 kB are 1005 bytes
  return Number.isInteger(bytes) ? bytes : Number.NaN;
}
