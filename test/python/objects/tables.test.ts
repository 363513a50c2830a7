/** The tables that nodes are found in, against simple ones. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutOf } from "../../../src/python/layouts/pythonlayout.js";
import { AddressTable } from "../../../src/python/objects/addresstable.js";
import { DictTable } from "../../../src/python/objects/dicttable.js";
import { EdgeRows } from "../../../src/python/objects/edges.js";
import { LiveBlocks, type PoolColumns } from "../../../src/python/objects/pools.js";
import { FlatSpace } from "../../../src/python/space/flat.js";

describe("an address table", () => {
  it("is a map", () => {
    const addresses = fc.uniqueArray(
      fc.integer({ min: 1, max: 2 ** 34 }).map((n) => n * 8),
      { maxLength: 3000 },
    );
    fc.assert(
      fc.property(addresses, (keys) => {
        const table = new AddressTable();
        for (const [value, key] of keys.entries()) table.set(key, value);
        expect(keys.map((key) => table.get(key))).toEqual(keys.map((_, value) => value));
        expect([0, 4, keys.length > 0 ? keys[0] + 4 : 4].map((key) => table.get(key))).toEqual([-1, -1, -1]);
      }),
      { numRuns: 30 },
    );
  });

  it("needs few probes for addresses that follow one another", () => {
    const table = new AddressTable();
    for (let i = 0; i < 100_000; i++) table.set(2 ** 40 + i * 16, i);
    const found = Array.from({ length: 100_000 }, (_, i) => table.get(2 ** 40 + i * 16) === i);
    expect(found.every(Boolean)).toBe(true);
    expect(table.longestProbe).toBeLessThan(64);
  });
});

describe("the table of a dict's keys", () => {
  it("has no entries where freed memory claims more than the table has room for", () => {
    const layout = layoutOf(14, 4);
    const words = new Uint32Array(64);
    const space = new FlatSpace(words.buffer);
    const table = (log2Size: number, entries: number): DictTable => {
      new Uint8Array(words.buffer)[64 + layout.keys.dk_log2_size] = log2Size;
      words[(64 + layout.keys.dk_nentries) / 4] = entries;
      return new DictTable(space, layout, 64, 0);
    };
    expect([table(3, 5).length, table(3, 6).length, table(0, 1).length]).toEqual([5, 0, 0]);
    expect(table(12, 0xffff_fff0).length).toBe(0);
  });
});

/** Pools of 4 KiB at [unit, block size in 16 bytes, free slots], and a base that is far away. */
const somePools = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 32 }), fc.integer()), {
    selector: ([unit]) => unit,
    maxLength: 20,
  })
  .chain((pools) => fc.tuple(fc.constant(pools), fc.constantFrom(0, 2 ** 46)));

describe("live blocks", () => {
  it("are numbered in order of pool and address, and found by any address in them", () => {
    fc.assert(
      fc.property(somePools, ([specs, base]) => {
        const [poolSize, poolOverhead] = [4096, 48];
        const capacities = specs.map(([, size]) => Math.floor((poolSize - poolOverhead) / (size * 16)));
        const isLive: number[] = [];
        const expected: [address: number, size: number][] = [];
        specs.forEach(([unit, size, seed], pool) => {
          for (let i = 0; i < capacities[pool]; i++) {
            const lives = ((seed ^ (i * 2654435761)) & 3) !== 0;
            isLive.push(lives ? 1 : 0);
            if (lives) expected.push([base + unit * poolSize + poolOverhead + i * size * 16, size * 16]);
          }
        });
        const columns: PoolColumns = {
          poolSize,
          poolOverhead,
          addresses: Float64Array.from(specs, ([unit]) => base + unit * poolSize),
          blockSizes: Uint32Array.from(specs, ([, size]) => size * 16),
          capacities: Uint32Array.from(capacities),
          arenaOf: Int32Array.from(specs.keys()),
          arenas: Float64Array.from(specs, ([unit]) => base + unit * poolSize),
          arenaBytes: poolSize,
          isLive: Uint8Array.from(isLive),
        };
        const blocks = new LiveBlocks(columns);
        const visited: [number, number][] = [];
        blocks.forEach((block, address, size) => {
          expect(block).toBe(visited.length);
          visited.push([address, size]);
        });
        expect(visited).toEqual(expected);
        expect(blocks.count).toBe(expected.length);
        expected.forEach(([address, size], block) => {
          expect([blocks.at(address), blocks.at(address + size - 1)]).toEqual([block, block]);
          expect(blocks.isInPool(address)).toBe(true);
        });
        const starts = new Set(expected.map(([address]) => address));
        for (const [unit, size] of specs)
          for (
            let at = base + unit * poolSize + poolOverhead;
            at + size * 16 <= base + (unit + 1) * poolSize;
            at += size * 16
          )
            if (!starts.has(at)) expect(blocks.at(at)).toBe(-1);
        for (const [unit] of specs) expect(blocks.at(base + unit * poolSize)).toBe(-1); // the header
        expect([blocks.at(base - 4096), blocks.at(base + 30_000 * poolSize), blocks.at(0)]).toEqual([-1, -1, -1]);
        expect(blocks.isInPool(base + 25_000 * poolSize)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

describe("rows of edges", () => {
  it("come out in order of nodes, whatever order they were filled in", () => {
    const rows = new EdgeRows(2);
    rows.begin(5);
    rows.add(1, 0);
    rows.add(1, 2);
    rows.begin(0);
    rows.add(5, 1);
    rows.begin(3);
    rows.add(7, 0);
    rows.clear(3);
    const { offsets, targets, levels } = rows.references(7);
    expect([...offsets]).toEqual([0, 1, 1, 1, 1, 1, 3, 3]);
    expect([...targets]).toEqual([5, 1, 1]);
    expect([...levels]).toEqual([1, 0, 2]);
  });
});
