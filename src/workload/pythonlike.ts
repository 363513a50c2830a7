/** Sizes and lifetimes as Python programs have them, roughly: from the two recorded programs in test/conformance, rounded. */
import type { CountedRange } from "./distribution.js";

/** Sizes: [bytes, bytes, how often]. */
export const PYTHON_SIZES: readonly CountedRange[] = [
  ...([32, 40, 48, 56, 64, 72, 80, 96] as const).map(
    (nbytes, i): CountedRange => [nbytes, nbytes, [6, 3, 9, 12, 10, 6, 4, 3][i]],
  ),
  [104, 104, 2],
  [112, 112, 2],
  ...[136, 144, 160, 176, 192, 216, 232, 240, 272, 320, 360, 400, 448, 496, 512].map(
    (nbytes): CountedRange => [nbytes, nbytes, 1],
  ),
];

/** Lifetimes: of a thousand blocks so many are freed from `from` to `to` requests after their own. The others stay. */
export const PYTHON_LIFETIMES: readonly CountedRange[] = [
  [1, 1, 207],
  [2, 2, 141],
  [3, 3, 95],
  [4, 4, 123],
  [5, 7, 40],
  [8, 31, 15],
  [32, 1023, 10],
  [1024, 8191, 25],
  [8192, 32767, 50],
  [32768, 131071, 120],
  [131072, 458751, 140],
];
export const PYTHON_NEVER_FREED = 34;
