/** Metrics of small cases whose numbers were worked out by hand, and of random ones against their formulas. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Course, CourseSample } from "../../src/metrics/course.js";
import type { HeapLayout, HeapMoment, PageUse } from "../../src/metrics/heapmoment.js";
import type { Measured } from "../../src/metrics/metric.js";
import { MOMENT_METRICS, RUN_METRICS } from "../../src/metrics/metrics.js";
import { meshable } from "../../src/metrics/pages.js";

const sample = (position: number, liveBytes: number, heldBytes: number): CourseSample => ({
  position,
  liveBytes,
  heldBytes,
  residentBytes: null,
});

function measureRun(course: Course): Record<string, Measured | null> {
  return Object.fromEntries(RUN_METRICS.map((metric) => [metric.id, metric.measure(course)]));
}

const values = (measured: Record<string, Measured | null>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(measured).map(([id, result]) => [id, result?.value ?? null]));

describe("metrics of a run", () => {
  const course: Course = {
    samples: [sample(1, 10_000, 20_000), sample(2, 40_000, 50_000), sample(3, 30_000, 90_000), sample(4, 100, 80_000)],
    mostLive: sample(2, 50_000, 60_000),
    mostHeld: sample(3, 25_000, 100_000),
    failures: 0,
    lowerBoundBytes: [12_288, 40_960, 32_768, 4096],
    greedyBoundBytes: [16_384, 65_536, 65_536, 16_384],
  };

  it("are those worked out by hand", () => {
    const measured = measureRun(course);
    expect(values(measured)).toEqual({
      johnstoneWilson1: (2 + 1.25 + 3) / 3 - 1, // the last sample has less than 1 % of 50,000 live
      johnstoneWilson2: 60 / 50 - 1,
      johnstoneWilson3: 3,
      johnstoneWilson4: 1,
      timeAverage: 240_000 / 80_100 - 1,
      utilisation: 0.5,
      realisedFragmentation: 3,
      regretLower: 240_000 / 90_112,
      regretGreedy: 240_000 / 163_840,
    });
    expect(Object.values(measured).map((result) => result?.bytes)).toEqual([
      [160_000 / 3, 80_000 / 3],
      [60_000, 50_000],
      [100_000, 25_000],
      [100_000, 50_000],
      [60_000, 20_025],
      [50_000, 100_000],
      [75_000, 25_000],
      [60_000, 22_528],
      [60_000, 40_960],
    ]);
  });

  it("are not applicable where there is next to nothing to divide by", () => {
    const nothing = sample(1, 0, 0);
    const empty = {
      samples: [nothing],
      mostLive: nothing,
      mostHeld: nothing,
      failures: 0,
      lowerBoundBytes: [0],
      greedyBoundBytes: [0],
    };
    expect(Object.values(values(measureRun(empty)))).toEqual(Array(9).fill(null));
    const late = { ...course, mostHeld: sample(4, 499, 100_000) };
    expect(values(measureRun(late))).toMatchObject({
      johnstoneWilson3: null,
      realisedFragmentation: null,
      johnstoneWilson4: 1,
    });
    const tiny = { ...course, mostLive: sample(2, 4095, 60_000) };
    expect(values(measureRun(tiny))).toMatchObject({ johnstoneWilson2: null, johnstoneWilson4: null });
    const failed = measureRun({ ...course, failures: 1 });
    expect(values(failed)).toEqual({ ...values(measureRun(course)), regretLower: null, regretGreedy: null });
    expect(failed.regretLower?.bytes).toEqual(measureRun(course).regretLower?.bytes);
  });

  it("are finite numbers or not applicable, whatever happened", () => {
    const bytes = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    const samples = fc.tuple(bytes, bytes).map(([live, held]) => sample(0, live, held));
    const courses = fc.record({
      samples: fc.array(samples, { minLength: 1, maxLength: 5 }),
      mostLive: samples,
      mostHeld: samples,
      failures: fc.nat(1),
      lowerBoundBytes: fc.array(bytes, { minLength: 1, maxLength: 5 }),
      greedyBoundBytes: fc.array(bytes, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(courses, (course) => {
        for (const result of Object.values(measureRun(course))) {
          expect(result?.value === null || Number.isFinite(result?.value)).toBe(true);
          for (const count of result?.bytes ?? []) expect(count >= 0 && Number.isFinite(count)).toBe(true);
        }
      }),
    );
  });
});

function page(blockBytes: number, capacity: number, liveIndexes: readonly number[]): PageUse {
  const bitmap = new Uint32Array((capacity + 31) >>> 5);
  for (const index of liveIndexes) bitmap[index >>> 5] |= 1 << (index & 31);
  return { bytes: 4096, blockBytes, capacity, live: liveIndexes.length, bitmap };
}

const layout: HeapLayout = {
  liveBytes: 1000,
  freeBytes: 700,
  overheadBytes: 96,
  unusedBytes: 300,
  tableBytes: 48,
  freeRegions: 4,
  largestFreeBytes: 500,
  freeSquares: 500 ** 2 + 300 ** 2 + 2 * 100 ** 2,
  sizes: [
    { fromBytes: 16, toBytes: 16, blocks: 10, usableBytes: 160, askedBytes: 100 },
    { fromBytes: 32, toBytes: 32, blocks: 20, usableBytes: 640, askedBytes: 620 },
  ],
  pages: [page(64, 40, [0, 33]), page(64, 40, [1, 2]), page(64, 40, [0, 1]), page(32, 100, [7])],
  units: [
    { bytes: 262_144, liveBlocks: 6, liveBytes: 352 },
    { bytes: 262_144, liveBlocks: 1, liveBytes: 32 },
  ],
};
const moment = (of: HeapLayout | null): HeapMoment => ({
  name: "here",
  position: 1,
  liveBytes: 720,
  heldBytes: 2096,
  residentBytes: 2096,
  layout: of,
});
const measureMoment = (of: HeapLayout | null): Record<string, Measured | null> =>
  Object.fromEntries(MOMENT_METRICS.map((metric) => [metric.id, metric.measure(moment(of))]));

describe("metrics of a moment", () => {
  it("are those worked out by hand", () => {
    const measured = measureMoment(layout);
    expect(values(measured)).toEqual({
      internalWaste: 80 / 800,
      externalFragmentation: 0.5,
      sawicki: 1 - 360 / 1000,
      pigweed: 1 - 600 / 1000,
      freeShare: 1000 / 2096,
      pinnedBytes: 2 * 262_144 - 384,
      singleBlockArenaBytes: 262_144,
      poolOccupancy: (6 * 64 + 32) / (3 * 40 * 64 + 100 * 32),
      meshablePools: 1,
    });
    expect(Object.values(measured).map((result) => result?.bytes)).toEqual([
      [80, 800],
      [500, 1000],
      [360, 1000],
      [600, 1000],
      [1000, 2096],
      [524_288, 384],
      [262_144, 32],
      [416, 10_880],
      [4096, 16_384],
    ]);
  });

  it("are not applicable without free memory, blocks, pages, arenas, or a walk", () => {
    const bare = { ...layout, freeBytes: 0, unusedBytes: 0, freeSquares: 0, largestFreeBytes: 0, sizes: [] };
    const none = { internalWaste: null, externalFragmentation: null, sawicki: null, pigweed: null };
    expect(values(measureMoment({ ...bare, pages: null, units: null }))).toMatchObject({
      ...none,
      pinnedBytes: null,
      singleBlockArenaBytes: null,
      poolOccupancy: null,
      meshablePools: null,
    });
    expect(values(measureMoment({ ...bare, pages: [], units: [] }))).toMatchObject({
      ...none,
      pinnedBytes: 0,
      singleBlockArenaBytes: 0,
      poolOccupancy: null,
      meshablePools: 0,
    });
    expect(Object.values(measureMoment(null))).toEqual(Array(9).fill(null));
  });

  it("one free stretch is no fragmentation, n equal ones are 1 − 1 ÷ n, and 1 − 1 ÷ √n", () => {
    for (const n of [1, 4, 100]) {
      const equal = { ...layout, freeBytes: 64 * n, unusedBytes: 0, largestFreeBytes: 64, freeSquares: 64 ** 2 * n };
      const of = values(measureMoment(equal));
      expect(of.externalFragmentation).toBeCloseTo(1 - 1 / n, 12);
      expect(of.sawicki).toBeCloseTo(1 - 1 / n, 12);
      expect(of.pigweed).toBeCloseTo(1 - 1 / Math.sqrt(n), 12);
    }
  });
});

describe("meshable pools", () => {
  it("are pairs of one class with room for one another: never more than half, each page in one pair", () => {
    expect(meshable([page(64, 8, [0, 1, 2, 3]), page(64, 8, [4, 5, 6, 7])])).toHaveLength(1);
    expect(meshable([page(64, 8, [0, 1, 2, 3]), page(64, 8, [3])])).toHaveLength(0);
    expect(meshable([page(64, 8, [0]), page(32, 8, [1])])).toHaveLength(0);
    expect(meshable([page(64, 8, [0]), page(64, 8, [1]), page(64, 8, [2])])).toHaveLength(1);
  });

  /** The most pairs that there are, by trying all. */
  function mostPairs(pages: readonly PageUse[]): number {
    if (pages.length < 2) return 0;
    const [first, ...rest] = pages;
    let most = mostPairs(rest);
    for (const [i, other] of rest.entries())
      if (first.blockBytes === other.blockBytes && (first.bitmap[0] & other.bitmap[0]) === 0)
        most = Math.max(most, 1 + mostPairs(rest.filter((_, j) => j !== i)));
    return most;
  }

  it("are at most as many as there can be, and at least half of that", () => {
    const pages = fc.array(
      fc
        .record({
          blockBytes: fc.constantFrom(32, 64),
          live: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1 }),
        })
        .map(({ blockBytes, live }) => page(blockBytes, 6, live)),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(pages, (some) => {
        const [found, most] = [meshable(some).length, mostPairs(some)];
        expect(found).toBeLessThanOrEqual(most);
        expect(2 * found).toBeGreaterThanOrEqual(most); // what is greedily matched is maximal
      }),
    );
  });
});
