/** How much memory things take, and where. Sizes are those of objects on 32 bits. */
import { describe, expect, it } from "vitest";
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

const INT = 16;
const INT_OF_TWO_DIGITS = 20; // from 2^30 on
const CACHED_INTS = 257; // of those that are not negative
const POINTER = 4;
const ASCII = 21; // a str of n characters asks for 21 + n bytes
const ARRAY_ITEM = 4;

describe.concurrent("sizes", () => {
  it("million: an integer is a block of 16 bytes, a place in the list four bytes of a large one", async () => {
    const run = await runExample("million");
    const [range, list, array] = ["range", "list comprehension", "array"].map((name) => run.at(name));
    const ints = 1_000_000 - CACHED_INTS;
    expect(range.arenas.live).toBe(1);
    expect(run.live(range, "int").blocks).toBeLessThan(A_FEW_BLOCKS);

    const { blocks, bytes } = run.change(list, "int");
    expect(blocks).toBeGreaterThanOrEqual(ints - FREE_LIST);
    expect(blocks).toBeLessThanOrEqual(ints);
    expect(bytes).toBe(blocks * INT);
    const places = list.live.largeBytes - range.live.largeBytes;
    expect(places).toBeGreaterThanOrEqual(1_000_000 * POINTER);
    expect(places).toBeLessThanOrEqual((1_000_000 * POINTER * 9) / 8);
    expect(list.arenas.live).toBe(arenasOf(run.report, poolsOf(run.report, ints, INT) + range.pools));

    expect(run.live(array, "int").blocks).toBeLessThan(A_FEW_BLOCKS);
    const values = array.live.largeBytes - range.live.largeBytes;
    expect(values).toBeGreaterThanOrEqual(1_000_000 * ARRAY_ITEM);
    expect(values).toBeLessThanOrEqual((1_000_000 * ARRAY_ITEM * 17) / 16); // it grows by a sixteenth
    expect(heldArenas(run.report, array)).toBe(2); // the program's, and that of the free list of int
    expect(figuresOf("million")).toBe(
      `${MB(bytes)} MB in ${list.arenas.live} arenas, and ${MB(places)} MB for the list; as an \`array\` ${MB(values)} MB`,
    );
  });

  it("generator: as many integers are made, and no arena is obtained", async () => {
    const run = await runExample("generator");
    const [generator, list, deleted] = ["sum of a generator", "sum of a list", "del numbers"].map((name) =>
      run.at(name),
    );
    expect(generator.since.allocatedBlocks).toBeGreaterThan(200_000);
    expect(generator.since.arenasObtained).toBe(0);
    expect(Math.abs(run.change(generator, "int").blocks)).toBeLessThan(A_FEW_BLOCKS);

    const ofOneDigit = 2 ** 15; // whose squares are below 2^30
    const pools =
      poolsOf(run.report, ofOneDigit - FREE_LIST - CACHED_INTS, INT) +
      poolsOf(run.report, 200_000 - ofOneDigit, INT_OF_TWO_DIGITS);
    expect(list.since.arenasObtained).toBeGreaterThanOrEqual(arenasOf(run.report, pools) - 1);
    expect(list.since.arenasObtained).toBeGreaterThan(10);
    expect(list.live.largeBytes).toBeGreaterThanOrEqual(200_000 * POINTER);

    expect(run.live(deleted, "int").blocks).toBeLessThan(A_FEW_BLOCKS);
    expect(deleted.live.bytes).toBeLessThan(FREE_LIST * INT + A_FEW_BYTES);
    expect(heldArenas(run.report, deleted)).toBe(2); // the program's, and that of the free list of int
    expect(figuresOf("generator")).toBe(
      `the same sum: ${generator.since.arenasObtained} new arenas, or ${list.since.arenasObtained}`,
    );
  });

  it("join: + on a global copies the text for each piece, + on a local and join do not", async () => {
    const run = await runExample("join");
    const [global, local, join] = ["+ on a global", "+ on a local", "join"].map((name) => run.at(name));
    const [pieces, length] = [2_000, 20];
    const text = ASCII + pieces * length;
    const copies = (length * pieces * (pieces + 1)) / 2;
    const allPieces = pieces * (ASCII + length);
    expect(global.since.allocatedBytes).toBeGreaterThan(copies);
    for (const { since } of [local, join]) {
      expect(since.allocatedBytes).toBeGreaterThan(text + allPieces);
      expect(since.allocatedBytes).toBeLessThan(text + 4 * allPieces); // formatting a number takes some, too
    }
    const before = run.at("before").live.bytes;
    for (const { live } of [global, local, join]) {
      expect(live.bytes - before).toBeGreaterThanOrEqual(text);
      expect(live.bytes - before).toBeLessThan(text + A_FEW_BYTES);
    }
    expect(figuresOf("join")).toBe(
      `${kB(text)} kB of text: ${kB(global.since.allocatedBytes)} kB allocated by \`+\` on a global, ${kB(local.since.allocatedBytes)} by \`+\` on a local, ${kB(join.since.allocatedBytes)} by \`join\``,
    );
  });

  it("large_buffer: 100 MB in one large block, and back, past the arenas", async () => {
    const run = await runExample("large_buffer");
    const [before, made, deleted] = ["before", "bytearray of 100 MB", "del buffer"].map((name) => run.at(name));
    const buffer = 100_000_000 + 1; // a 0 behind the last byte
    expect(made.live.largeBytes - before.live.largeBytes).toBe(buffer);
    expect(made.live.largeBlocks - before.live.largeBlocks).toBe(1);
    expect(run.change(made, "bytearray")).toEqual({ blocks: 1, bytes: 32 });
    expect(made.since).toMatchObject({ allocatedBytes: buffer + 28, arenasObtained: 0, arenasReleased: 0 });
    expect(made.pools).toBe(before.pools);

    expect(deleted.live).toEqual(before.live);
    expect(deleted.since).toMatchObject({ freedBytes: buffer + 28, arenasObtained: 0, arenasReleased: 0 });
    expect(figuresOf("large_buffer")).toBe(
      `${kB(made.live.largeBytes)} kB, and back to ${kB(deleted.live.largeBytes)}`,
    );
  });

  it("ctypes_raw: RAW blocks of 64 bytes are in no pool, MEM blocks of 64 bytes are", async () => {
    const run = await runExample("ctypes_raw");
    const names = ["ctypes imported", "PyMem_RawMalloc", "PyMem_RawFree", "PyMem_Malloc", "PyMem_Free"];
    const [before, raw, rawFreed, mem, memFreed] = names.map((name) => run.at(name));
    expect(raw.live.largeBytes - before.live.largeBytes).toBe(64_000);
    expect(raw.live.largeBlocks - before.live.largeBlocks).toBe(1_000);
    expect(raw.blocks - before.blocks).toBeLessThan(A_FEW_BLOCKS);
    expect(rawFreed.live.largeBytes).toBe(before.live.largeBytes);

    expect(mem.live.largeBytes).toBe(rawFreed.live.largeBytes);
    expect(mem.blocks - rawFreed.blocks).toBe(1_000);
    expect(mem.pools - rawFreed.pools).toBeGreaterThanOrEqual(poolsOf(run.report, 1_000, 64) - 1);
    expect(mem.ledgerBytes.allocated - rawFreed.ledgerBytes.allocated).toBe(64_000);
    expect(memFreed.blocks).toBe(rawFreed.blocks);
    expect(figuresOf("ctypes_raw")).toBe(
      `1,000 blocks of 64 bytes: ${kB(raw.live.largeBytes - before.live.largeBytes)} kB of large, no pool; of MEM: ${mem.pools - rawFreed.pools} pools`,
    );
  });
});
