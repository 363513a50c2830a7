/** What the page of browser.test.ts has of the library. */
import { compare } from "../../src/compare/comparison.js";
import { strategy } from "../../src/strategy/strategies.js";
import { makeWorkload, parseWorkload } from "../../src/workload/workload.js";

/** A comparison of a workload, as JSON. */
export const compute = (text: string, names: readonly string[]): string =>
  JSON.stringify(compare(text, makeWorkload(parseWorkload(text)), names.map(strategy), { samples: 50 }));

/** A workload's events. */
export const words = (text: string): number[] => [...makeWorkload(parseWorkload(text)).words];
