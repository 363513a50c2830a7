/** What is one object for many, and what is kept: interned strings, small integers, caches. */
import { describe, expect, it } from "vitest";
import { withCommas } from "../../src/text/units.js";
import { A_FEW_BLOCKS, A_FEW_BYTES, FREE_LIST, figuresOf, kB, runExample } from "./run.js";

const INT = 16;
const POINTER = 4;
const CACHED_INTS = 257; // of those that are not negative

describe.concurrent("sharing", () => {
  it("interned: lists of small integers, of literals and of interned strings are nothing but their items", async () => {
    const run = await runExample("interned");
    const names = ["integers up to 256", "integers from 2,000", "literals", "strings made", "strings interned"];
    const marks = names.map((name) => run.at(name));
    const [small, large, literals, made, interned] = marks;
    marks.forEach((mark, index) => {
      const places = mark.live.largeBytes - (marks[index - 1]?.live.largeBytes ?? 0);
      expect(places).toBeGreaterThanOrEqual(100_000 * POINTER);
      expect(places).toBeLessThan((100_000 * POINTER * 9) / 8);
    });
    expect(run.live(small, "int").blocks).toBeLessThan(A_FEW_BLOCKS);
    expect(run.change(large, "int").blocks).toBeGreaterThanOrEqual(100_000 - FREE_LIST);
    expect(run.change(large, "int").bytes).toBe(run.change(large, "int").blocks * INT);
    expect(run.change(literals, "str").blocks).toBe(0);
    expect(literals.blocks - large.blocks).toBeLessThan(A_FEW_BLOCKS);
    expect(run.change(made, "str")).toEqual({ blocks: 100_000, bytes: 100_000 * 32 }); // 21 + 8 characters
    expect(run.change(interned, "str").blocks).toBe(10);
    expect(interned.since.allocatedBlocks).toBeGreaterThan(100_000); // each was made, and not kept
    expect(figuresOf("interned")).toBe(
      `100,000 each: 0 blocks up to 256, 100,000 from 2,000 on; literals 0, made 100,000, interned ${run.change(interned, "str").blocks}`,
    );
  });

  it("getrefcount: says what is one object, and that references to it are no blocks", async () => {
    const run = await runExample("getrefcount");
    expect(run.output.trimEnd().split("\n")).toEqual([
      "256: one object, 10,000 more references count as 0",
      "2,000: two objects, 10,000 more references count as 10,000",
      "text: two objects, 10,000 more references count as 10,000",
      "text interned: one object, 10,000 more references count as 10,000",
    ]);
    const before = run.at("before").live;
    for (const name of ["256", "2,000", "text", "text interned"]) {
      const { live } = run.at(name);
      expect(live.largeBytes - before.largeBytes).toBe(10_000 * POINTER);
      expect(live.blocks - before.blocks).toBeLessThan(A_FEW_BLOCKS);
    }
    expect(run.live(run.at("text"), "str").blocks - run.live(run.at("2,000"), "str").blocks).toBe(2);
    expect(run.live(run.at("text interned"), "str").blocks - run.live(run.at("2,000"), "str").blocks).toBe(1);
    expect(run.at("after").live.bytes - before.bytes).toBeLessThan(A_FEW_BYTES);
    expect(figuresOf("getrefcount")).toBe(
      `10,000 references: ${kB(run.at("256").live.largeBytes - before.largeBytes)} kB, and no block`,
    );
  });

  it("growing_cache: the same work leaves the same Pages each day, and nothing else grows", async () => {
    const [run, again] = await Promise.all([runExample("growing_cache"), runExample("growing_cache")]);
    expect(again.report).toEqual(run.report);
    for (const name of ["day 2", "day 3"]) {
      const day = run.at(name);
      expect(run.change(day, "Page").blocks).toBe(5_000);
      expect(run.change(day, "str").blocks).toBe(10_000);
      const others = day.typeChanges?.filter((change) => change.name !== "Page" && change.name !== "str") ?? [];
      for (const { blocks } of others) expect(Math.abs(blocks)).toBeLessThan(A_FEW_BLOCKS);
    }
    const { lines: all, owners } = run.report.marks[run.report.position];
    expect(owners?.[0].path).toBe("__main__.server.pages");
    const lines = all?.slice(0, 3).map(({ name }) => name.replace(/:\d+ /, ": "));
    expect(lines?.sort()).toEqual([
      "examples/growing_cache.py: <module>",
      "examples/growing_cache.py: Page.__init__",
      "examples/growing_cache.py: Server.visit",
    ]);
    expect(figuresOf("growing_cache")).toBe(
      `each day ${withCommas(run.change(run.at("day 3"), "Page").blocks)} Pages and ${withCommas(run.change(run.at("day 3"), "str").blocks)} str more, and nothing else`,
    );
  });

  it("bounded_cache: 20,000 questions leave 100 answers, or 20,000", async () => {
    const run = await runExample("bounded_cache");
    const [bounded, unbounded, cleared] = ["maxsize=100", "maxsize=None", "cache_clear()"].map((name) => run.at(name));
    expect(bounded.since.allocatedBlocks).toBeGreaterThan(2 * 20_000); // an answer and its place in the cache
    for (const mark of [bounded, unbounded, cleared])
      expect(run.live(mark, "functools._lru_list_elem").blocks).toBe(100);
    expect(run.live(bounded, "str").blocks).toBeLessThan(100 + A_FEW_BLOCKS);

    expect(run.change(unbounded, "str").blocks).toBe(20_000);
    expect(run.change(unbounded, "int").blocks).toBeGreaterThanOrEqual(20_000 - CACHED_INTS - FREE_LIST);
    expect(run.change(cleared, "str").blocks).toBe(-20_000);
    expect(run.live(cleared, "int").blocks).toBeLessThanOrEqual(100); // the questions that the bounded one keeps
    expect(figuresOf("bounded_cache")).toBe(
      `20,000 calls: ${kB(bounded.live.bytes)} kB, or ${kB(unbounded.live.bytes)}`,
    );
  });
});
