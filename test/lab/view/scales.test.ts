/** Colours that say a name: each is told from the others, also where most of a pool is free and its colour pale. */
import { describe, expect, it } from "vitest";
import { mix, NAME_COLOURS, PALE, type Rgb } from "../../../src/lab/view/colour/scales.js";

const PAPER: Rgb = [255, 255, 255];
const distance = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe("the colours of names", () => {
  it.each(NAME_COLOURS.map((colour, index) => [index, colour] as const))(
    "%i, pale, is not another one",
    (index, one) => {
      const others = NAME_COLOURS.filter((_, other) => other !== index);
      const pale = mix(one, PAPER, PALE);
      expect(Math.min(...others.map((other) => distance(pale, other)))).toBeGreaterThan(70);
    },
  );
});
