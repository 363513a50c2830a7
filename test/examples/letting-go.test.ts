/** What `del`, `None`, `.clear()`, `with` and the end of all names free. Sizes are those of objects on 32 bits. */
import { describe, expect, it } from "vitest";
import {
  A_FEW_BLOCKS,
  A_FEW_BYTES,
  arenasOf,
  FREE_LIST,
  figuresOf,
  heldArenas,
  kB,
  poolsOf,
  runExample,
} from "./run.js";

const FLOAT = 16;
const POINTER = 4;
const ASCII = 21; // a str of n characters asks for 21 + n bytes

describe.concurrent("letting go", () => {
  it("del_list: all floats, the items and the arenas are gone", async () => {
    const [run, again] = await Promise.all([runExample("del_list"), runExample("del_list")]);
    expect(again.report).toEqual(run.report);
    const [made, deleted, collected] = ["100,000 floats", "del values", "gc.collect()"].map((name) => run.at(name));
    const arenas = arenasOf(run.report, poolsOf(run.report, 100_000, FLOAT));
    expect(run.change(made, "float")).toEqual({ blocks: 100_000, bytes: 100_000 * FLOAT });
    expect(made.live.largeBytes).toBeGreaterThanOrEqual(100_000 * POINTER);
    expect(made.arenas.live).toBeGreaterThanOrEqual(arenas);

    expect(run.live(deleted, "float").blocks).toBe(0);
    expect(run.live(deleted, "free list of float").blocks).toBe(FREE_LIST);
    expect(deleted.since.freedBytes).toBeGreaterThanOrEqual((100_000 - FREE_LIST) * FLOAT + 100_000 * POINTER);
    expect(deleted.live.bytes).toBeLessThan(FREE_LIST * FLOAT + A_FEW_BYTES);
    expect(heldArenas(run.report, deleted)).toBe(2); // the program's, and that of the free list
    expect(deleted.since.arenasReleased).toBeGreaterThanOrEqual(arenas - 3); // and one is kept without a block

    expect(run.live(collected, "free list of float").blocks).toBe(0);
    expect(heldArenas(run.report, collected)).toBe(1);
    expect(figuresOf("del_list")).toBe(
      `100,000 floats in ${made.arenas.live} arenas; after \`del\` 0 floats, ${deleted.since.arenasReleased} arenas released; ${FREE_LIST} blocks on the free list hold one more`,
    );
  });

  it("assign_none: nothing goes with the first name, everything with the last", async () => {
    const run = await runExample("assign_none");
    const [loaded, one, none] = ["50,000 rows, two names", "rows = None", "shown = None"].map((name) => run.at(name));
    expect(run.live(loaded, "str").blocks).toBeGreaterThanOrEqual(50_000);
    expect(run.live(loaded, "str").blocks).toBeLessThan(50_000 + A_FEW_BLOCKS);
    expect(loaded.live.largeBytes).toBeGreaterThanOrEqual(50_000 * POINTER);
    expect(loaded.live.largeBytes).toBeLessThan((50_000 * POINTER * 9) / 8 + A_FEW_BYTES); // one list, with room to grow

    expect(run.change(one, "str").blocks).toBe(0);
    expect(one.since.freedBytes).toBe(0);

    expect(run.change(none, "str").blocks).toBe(-50_000);
    expect(none.since.freedBytes).toBeGreaterThan(50_000 * (ASCII + "row 1".length + POINTER));
    expect(none.live.bytes).toBeLessThan(A_FEW_BYTES);
    expect(heldArenas(run.report, none)).toBe(1);
    expect(figuresOf("assign_none")).toBe(
      `${kB(one.since.freedBytes)} kB with the first name, ${kB(none.since.freedBytes)} kB and ${none.since.arenasReleased} of ${one.arenas.live} arenas with the second`,
    );
  });

  it("clear: the keys go with del, their table only with clear()", async () => {
    const run = await runExample("clear");
    const [full, deleted, again, cleared] = [
      "50,000 keys",
      "each key deleted",
      "50,000 keys again",
      "index.clear()",
    ].map((name) => run.at(name));
    // 50,000 keys do not fit two thirds of 2^16 slots; entries of str keys are two words.
    const slots = 2 ** 17;
    const table = 20 + 4 * slots + 8 * Math.floor((slots * 2) / 3);
    expect(run.live(full, "str").blocks).toBeGreaterThanOrEqual(50_000);
    expect(full.live.largeBytes).toBeGreaterThanOrEqual(table);

    expect(run.change(deleted, "str").blocks).toBe(-50_000);
    expect(deleted.live.largeBytes).toBeGreaterThanOrEqual(table);
    expect(deleted.live.bytes - table).toBeLessThan(A_FEW_BYTES);

    expect(again.live.largeBytes - deleted.live.largeBytes).toBe(0); // the new table, and the old one gone
    expect(run.change(cleared, "str").blocks).toBe(-50_000);
    expect(cleared.live.bytes).toBeLessThan(A_FEW_BYTES);
    expect(heldArenas(run.report, cleared)).toBe(1);
    expect(figuresOf("clear")).toBe(
      `${kB(deleted.live.largeBytes)} kB of table stay with no key left; ${kB(cleared.live.largeBytes)} after \`clear()\``,
    );
  });

  it("context_manager: after with nothing is gone but what __exit__ cleared", async () => {
    const run = await runExample("context_manager");
    const names = ["in with Document()", "after it", "del document", "in with LettingGo()", "after that"];
    const [inFirst, afterFirst, deleted, inSecond, afterSecond] = names.map((name) => run.at(name));
    expect(run.live(inFirst, "str").blocks).toBeGreaterThanOrEqual(50_000);
    expect(afterFirst.since.freedBytes).toBe(0);
    expect(run.live(afterFirst, "Document").blocks).toBe(1);
    expect(run.change(deleted, "str").blocks).toBe(-50_000);
    expect(run.live(deleted, "Document").blocks).toBe(0);

    expect(run.change(inSecond, "str").blocks).toBe(50_000);
    expect(run.change(afterSecond, "str").blocks).toBe(-50_000);
    expect(run.live(afterSecond, "LettingGo").blocks).toBe(1);
    expect(heldArenas(run.report, afterSecond)).toBe(1);
    expect(figuresOf("context_manager")).toBe(
      `${kB(afterFirst.since.freedBytes)} kB; ${kB(afterSecond.since.freedBytes)} kB where \`__exit__\` lets go`,
    );
  });

  it("globals_deleted: data goes at once, classes with gc.collect(), the module never", async () => {
    const run = await runExample("globals_deleted");
    const names = ["fractions imported", "10,000 shares", "all globals deleted", "gc.collect()"];
    const [imported, made, deleted, collected] = names.map((name) => run.at(name));
    expect(run.change(made, "Fraction").blocks).toBe(10_000);
    expect(run.change(made, "type").blocks).toBe(100);

    expect(run.live(deleted, "Fraction").blocks).toBe(0);
    expect(run.change(deleted, "type").blocks).toBe(0);
    expect(run.change(collected, "type").blocks).toBe(-100);

    expect(run.live(imported, "function").blocks).toBeGreaterThan(50);
    expect(run.live(collected, "function").blocks).toBe(run.live(imported, "function").blocks);
    expect(figuresOf("globals_deleted")).toBe(
      `${kB(deleted.since.freedBytes)} kB at once; 100 classes, ${kB(collected.since.freedBytes)} kB, by the collector; ${kB(collected.live.bytes)} kB of imported modules stay`,
    );
  });
});
