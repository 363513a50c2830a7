/** What only the collector frees, when it comes, and what it cannot help with. */
import { describe, expect, it } from "vitest";
import { withCommas } from "../../src/text/units.js";
import {
  A_FEW_BLOCKS,
  A_FEW_BYTES,
  arenasOf,
  FREE_LIST,
  figuresOf,
  heldArenas,
  kB,
  MB,
  poolsOf,
  runExample,
} from "./run.js";

const FLOAT = 16;
const LIST = 28; // header of the collector included
const LIST_ITEMS = 16; // capacity 4

describe.concurrent("the collector", () => {
  it("cycle: del frees the list alone, gc.collect() the cycles; without cycles del is enough", async () => {
    const run = await runExample("cycle");
    const names = ["10,000 cycles", "del of the cycles", "gc.collect()", "10,000 weakly referred", "del of the others"];
    const [made, deleted, collected, weak, weakDeleted] = names.map((name) => run.at(name));
    for (const type of ["Parent", "Child"]) {
      expect(run.change(made, type).blocks).toBe(10_000);
      expect(run.change(deleted, type).blocks).toBe(0);
      expect(run.change(collected, type).blocks).toBe(-10_000);
      expect(run.change(weak, type).blocks).toBe(10_000);
      expect(run.change(weakDeleted, type).blocks).toBe(-10_000);
    }
    expect(deleted.since.freedBlocks).toBeLessThanOrEqual(2); // the list and its items
    const references = "weakref.ReferenceType";
    expect(run.live(collected, references).blocks).toBeLessThan(A_FEW_BLOCKS);
    expect(run.change(weak, references).blocks).toBe(10_000);
    expect(run.change(weakDeleted, references).blocks).toBe(-10_000);
    for (const mark of [collected, weakDeleted]) expect(heldArenas(run.report, mark)).toBe(1);
    expect(figuresOf("cycle")).toBe(
      `\`del\`: ${kB(deleted.since.freedBytes)} kB, the list; \`gc.collect()\`: ${kB(collected.since.freedBytes)} kB, 20,000 objects; with weak references all ${kB(weakDeleted.since.freedBytes)} kB by \`del\``,
    );
  });

  it("threshold: a low one keeps the garbage small, a high one lets all of it pile up", async () => {
    const run = await runExample("threshold");
    const [low, high] = [run.at("threshold 2,000"), run.at("threshold 1,000,000")];
    expect(run.live(low, "list").blocks).toBeLessThan(200_000 / 10);
    expect(run.live(high, "list").blocks).toBeGreaterThanOrEqual(200_000);
    expect(run.output).toMatch(/^threshold 2,000: [1-9]\d* collections\nthreshold 1,000,000: 0 collections\n$/);

    const pools = poolsOf(run.report, 200_000, LIST) + poolsOf(run.report, 200_000, LIST_ITEMS);
    const arenas = arenasOf(run.report, pools);
    expect(high.arenas.live).toBeGreaterThanOrEqual(arenas);
    expect(low.arenas.high).toBeLessThan(arenas / 2);
    for (const nth of [1, 2]) expect(run.live(run.at("gc.collect()", nth), "list").blocks).toBeLessThan(A_FEW_BLOCKS);
    expect(figuresOf("threshold")).toBe(
      `200,000 cycles: ${withCommas(run.live(low, "list").blocks)} left after ${/(\d+) coll/.exec(run.output)?.[1]} collections, or all, ${MB(high.live.bytes)} MB in ${high.arenas.live} arenas`,
    );
  });

  it("survivor: 40 floats hold every arena of 400,000, gc.collect() or not", async () => {
    const run = await runExample("survivor");
    const names = ["400,000 floats", "one in 10,000 survives", "gc.collect()", "none survives"];
    const [made, left, collected, none] = names.map((name) => run.at(name));
    const arenas = arenasOf(run.report, poolsOf(run.report, 400_000, FLOAT));
    expect(made.arenas.live).toBeGreaterThanOrEqual(arenas);
    expect(run.live(left, "float").blocks).toBe(40);
    for (const mark of [left, collected]) {
      expect(mark.since.arenasReleased).toBe(0);
      expect(heldArenas(run.report, mark)).toBe(made.arenas.live);
      expect(mark.live.bytes).toBeLessThan((FREE_LIST + 40) * FLOAT + A_FEW_BYTES);
      expect(mark.pinnedBytes).toBeGreaterThan(6_500_000);
    }
    const { types, owners, plan } = run.report.marks[run.report.position];
    expect(types?.[0].name).toBe("float");
    expect(owners?.[0]).toMatchObject({ path: "__main__.survivors", arenasAlone: made.arenas.live - 1 });
    expect(plan?.[0]).toMatchObject({ drop: ["__main__.survivors"], arenas: made.arenas.live - 1 });
    expect(types?.[0].releasedAloneBytes).toBeGreaterThanOrEqual((arenas - 2) * run.report.arenaSizeBytes);

    expect(run.live(none, "float").blocks).toBe(0);
    expect(heldArenas(run.report, none)).toBe(1);
    expect(figuresOf("survivor")).toBe(
      `40 floats, ${run.live(left, "float").bytes} bytes, hold ${heldArenas(run.report, left)} arenas, ${MB(left.pinnedBytes)} MB`,
    );
  });
});
