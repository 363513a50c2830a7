/** Address spaces against one flat array of bytes, and the allocator's chunks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DlmallocBlocks } from "../../../src/python/space/dlmalloc.js";
import { FlatSpace } from "../../../src/python/space/flat.js";
import { SegmentSpace } from "../../../src/python/space/segments.js";
import { cString, type Space } from "../../../src/python/space/space.js";

/** Bytes with a pattern, so that no two places are alike. */
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 167 + (i >>> 8)) & 0xff);

/** Segments of a flat memory: from [gap, length] in units of 8 bytes. */
const pieces = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 3 })), { maxLength: 6 });

describe("a space of segments", () => {
  it.each([0, 2 ** 33])("reads what one array would, from address %d on; nothing where no segment is", (base) => {
    fc.assert(
      fc.property(pieces, (layout) => {
        const memory = pattern(256);
        const isThere = new Uint8Array(256);
        const segments: { start: number; bytes: Uint8Array }[] = [];
        let at = 0;
        for (const [gap, length] of layout) {
          at += gap * 8;
          segments.push({ start: base + at, bytes: memory.slice(at, at + length * 8) });
          isThere.fill(1, at, at + length * 8);
          at += length * 8;
        }
        for (let i = 0; i < 256; i++) if (isThere[i] === 0) memory[i] = 0;
        const view = new DataView(memory.buffer);
        const narrow = new SegmentSpace(segments, 4);
        const wide = new SegmentSpace([...segments].reverse(), 8);
        for (let i = 0; i + 8 <= 256; i += 4) {
          const low = view.getUint32(i, true);
          expect(narrow.word(base + i)).toBe(low);
          expect(narrow.uint32(base + i)).toBe(low);
          // A word whose first half is not there is not there.
          const expected = isThere[i] === 1 ? low + view.getUint32(i + 4, true) * 2 ** 32 : 0;
          expect(wide.word(base + i)).toBe(expected);
          expect(wide.byte(base + i + 3)).toBe(memory[i + 3]);
        }
        for (let i = 0; i < 64; i++) {
          const length = 1 + ((i * 7) % 40);
          const end = isThere.subarray(i, i + length).indexOf(0);
          expect(wide.has(base + i, length)).toBe(end < 0);
          expect(Array.from(wide.bytes(base + i, base + i + length))).toEqual(
            Array.from(memory.subarray(i, i + (end < 0 ? length : end))),
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  it("refuses segments that overlap", () => {
    const segment = (start: number): { start: number; bytes: Uint8Array } => ({ start, bytes: new Uint8Array(64) });
    expect(() => new SegmentSpace([segment(64), segment(0), segment(120)], 8)).toThrow(
      "segments overlap at address 0x78",
    );
  });
});

describe("a flat space", () => {
  it("reads words and bytes, and 0 behind its end", () => {
    const bytes = pattern(64);
    const space = new FlatSpace(bytes.buffer as ArrayBuffer);
    expect(space.word(8)).toBe(new DataView(bytes.buffer).getUint32(8, true));
    expect(space.byte(63)).toBe(bytes[63]);
    expect([space.word(64), space.uint32(4096), space.byte(64), space.word(2 ** 32 + 8)]).toEqual([0, 0, 0, 0]);
    expect([space.has(0, 64), space.has(60, 4), space.has(60, 5), space.has(-4, 4)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("reads C strings up to their end or the limit", () => {
    const bytes = new TextEncoder().encode("höhe\0rest");
    const buffer = new ArrayBuffer(16);
    new Uint8Array(buffer).set(bytes);
    const space: Space = new FlatSpace(buffer);
    expect(cString(space, 0)).toBe("höhe");
    expect(cString(space, 6, 2)).toBe("re");
  });
});

describe("dlmalloc's blocks", () => {
  it("are those in use, found by walking the chunks", () => {
    const words = new Uint32Array(64);
    const start = 16;
    const chunks: [size: number, isUsed: boolean][] = [
      [24, true],
      [16, false],
      [48, true],
      [32, true],
      [24, false],
    ];
    const used: [address: number, size: number][] = [];
    let at = start;
    for (const [size, isUsed] of chunks) {
      words[(at + 4) / 4] = size | (isUsed ? 2 : 0) | 1;
      if (isUsed) used.push([at + 8, size - 4]);
      at += size;
    }
    words[(start + 24 + 16 + 8 + 4) / 4] = 24 | 2 | 1; // data that looks like a head
    const blocks = new DlmallocBlocks(new FlatSpace(words.buffer), start, at + 16);
    const found: [number, number][] = [];
    for (let address = 0; address < 256; address += 4)
      if (blocks.sizeAt(address) > 0) found.push([address, blocks.sizeAt(address)]);
    expect(found).toEqual(used);
    for (let address = start; address < at; address++) {
      const around = used.find(([block, bytes]) => address >= block && address < block + bytes);
      expect(blocks.blockAt(address)).toBe(around?.[0] ?? 0);
    }
  });

  it("lie in stretches: one for each large block in use, one for those between", () => {
    const chunks: [size: number, isUsed: boolean][] = [
      [24, true],
      [1 << 16, true],
      [1 << 17, false],
      [32, true],
      [16, true],
      [1 << 16, true],
    ];
    const words = new Uint32Array(1 << 17);
    let at = 16;
    for (const [size, isUsed] of chunks) {
      words[(at + 4) / 4] = size | (isUsed ? 2 : 0) | 1;
      at += size;
    }
    const blocks = new DlmallocBlocks(new FlatSpace(words.buffer), 16, at);
    const stretches: number[][] = [];
    blocks.forEachStretch((start, end) => stretches.push([start, end]));
    const large = [40, 40 + (1 << 16) + (1 << 17) + 48];
    expect(stretches).toEqual([
      [16, 40],
      [large[0] + 8, large[0] + (1 << 16) + 4],
      [large[0] + (1 << 16) + (1 << 17) + 4, large[1]],
      [large[1] + 8, large[1] + (1 << 16) + 4],
    ]);
  });
});
