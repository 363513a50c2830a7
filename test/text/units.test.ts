import { expect, it } from "vitest";
import { parseSize } from "../../src/text/units.js";

it.each([
  ["512", 512],
  ["5 B", 5],
  ["64KiB", 65536],
  ["64kib", 65536],
  ["1.5MB", 1_500_000],
  ["1.5 KiB", 1536],
  ["1.005kB", 1005],
  ["4GiB", 2 ** 32],
])("%s is %i bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each(["", "KiB", "5iB", "-4", "1e3", "0.5", "1.0001kB", "4 TB", "4 KiB more"])("%j is no size", (text) => {
  expect(parseSize(text)).toBeNaN();
});
