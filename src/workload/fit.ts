/**
 * The distributions of a recorded trace: the sizes that it asks for, and how long blocks live, counted in requests. As JSON:
 *
 *     { "format": "pymalloc-fit", "version": 1,
 *       "requests": 5,                       malloc, calloc and realloc of all domains; a realloc ends a block and begins another
 *       "sizesBytes": [[32, 32, 4], …],      [from, to, count]: count requests for from to to bytes; up to 512 each size by itself,
 *                                            above four ranges to a doubling
 *       "lifetimesRequests": [[1, 1, 3], …],  count blocks freed from to to requests after their own; 1 is before the next request
 *       "neverFreed": 1 }                    blocks that the trace leaves live
 *
 * Both are counted by themselves: that large blocks live longer than small ones, say, is lost, and so is the order.
 */
import { idOf, OP_FREE, OP_MARK, OP_REALLOC, opOf } from "../trace/event.js";
import type { Trace } from "../trace/trace.js";
import { type CountedRange, Counting } from "./distribution.js";

export interface Fit {
  readonly format: "pymalloc-fit";
  readonly version: 1;
  readonly requests: number;
  readonly sizesBytes: readonly CountedRange[];
  readonly lifetimesRequests: readonly CountedRange[];
  readonly neverFreed: number;
}

/** Sizes up to this are counted each by itself: the largest that any CPython serves from its pools. */
const EXACT_SIZES = 512;

export function fitTrace({ words, idCount }: Pick<Trace, "words" | "idCount">): Fit {
  const sizes = new Counting(EXACT_SIZES);
  const lifetimes = new Counting(0);
  const bornAt = new Float64Array(idCount); // 0 for none
  let requests = 0;
  for (let i = 0; i < words.length; i += 2) {
    const op = opOf(words[i]);
    const id = idOf(words[i]);
    if (op === OP_MARK) continue;
    if (op === OP_FREE || op === OP_REALLOC) lifetimes.add(requests + 1 - bornAt[id]);
    bornAt[id] = 0;
    if (op === OP_FREE) continue;
    bornAt[id] = ++requests;
    sizes.add(words[i + 1]);
  }
  return {
    format: "pymalloc-fit",
    version: 1,
    requests,
    sizesBytes: sizes.ranges(),
    lifetimesRequests: lifetimes.ranges(),
    neverFreed: bornAt.reduce((count, born) => count + (born > 0 ? 1 : 0), 0),
  };
}

/** The text of a fit: a range a line. */
export function formatFit({ format, version, requests, sizesBytes, lifetimesRequests, neverFreed }: Fit): string {
  const rows = (ranges: readonly CountedRange[]): string =>
    ranges.length === 0 ? "[]" : `[\n${ranges.map((range) => `    ${JSON.stringify(range)}`).join(",\n")}\n  ]`;
  return `{
  "format": "${format}",
  "version": ${version},
  "requests": ${requests},
  "sizesBytes": ${rows(sizesBytes)},
  "lifetimesRequests": ${rows(lifetimesRequests)},
  "neverFreed": ${neverFreed}
}
`;
}

/** Reads the text of a fit. Throws a `RangeError` that names the place in the JSON and says what was expected there. */
export function parseFit(text: string): Fit {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError("is not JSON, expected what pymalloc fit writes");
  }
  const { format, version, requests, sizesBytes, lifetimesRequests, neverFreed } = (value ?? {}) as Record<
    string,
    unknown
  >;
  if (format !== "pymalloc-fit") throw new RangeError('format: expected "pymalloc-fit"');
  if (version !== 1) throw new RangeError("version: expected 1");
  const fit = {
    format: "pymalloc-fit",
    version: 1,
    requests: checkCount("requests", requests),
    sizesBytes: checkRanges("sizesBytes", sizesBytes, 0),
    lifetimesRequests: checkRanges("lifetimesRequests", lifetimesRequests, 1),
    neverFreed: checkCount("neverFreed", neverFreed),
  } as const;
  if (fit.lifetimesRequests.length === 0 && fit.neverFreed === 0)
    throw new RangeError("lifetimesRequests: expected at least one range where neverFreed is 0");
  if (fit.sizesBytes.length === 0) throw new RangeError("sizesBytes: expected at least one range");
  return fit;
}

function checkCount(path: string, value: unknown): number {
  if (!isCount(value)) throw new RangeError(`${path}: expected an integer from 0 to 4294967295`);
  return value;
}

function checkRanges(path: string, value: unknown, least: number): readonly CountedRange[] {
  if (!Array.isArray(value)) throw new RangeError(`${path}: expected a list of [from, to, count]`);
  let total = 0;
  for (const [index, range] of value.entries()) {
    const isRange = Array.isArray(range) && range.length === 3 && range.every(isCount);
    if (!isRange || range[0] < least || range[1] < range[0] || range[2] < 1)
      throw new RangeError(`${path}[${index}]: expected [from, to, count] with ${least} ≤ from ≤ to and 1 ≤ count`);
    total += range[2];
  }
  if (total >= 2 ** 32) throw new RangeError(`${path}: expected counts of less than 4294967296 together`);
  return value as CountedRange[];
}

const isCount = (value: unknown): value is number => typeof value === "number" && value >>> 0 === value;
