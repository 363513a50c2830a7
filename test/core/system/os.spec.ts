import { check } from "../../../assembly/check/check";
import { SPANS_SUM, tally } from "../../../assembly/check/invariants";
import { OS_PAGES } from "../../../assembly/layout/layout";
import { free, malloc } from "../../../assembly/pymalloc/pymalloc";
import { extend, initOs, map, os, pageRound, reach, unmap } from "../../../assembly/system/os";
import { below, expectSound, HEAP_BASE, start, startChance, startWasm32 } from "../start";

const PAGE: usize = 4096;
const HIGHEST: usize = 0xffff0000;

function page(n: usize): usize {
  return HEAP_BASE + n * PAGE;
}

function mapPages(n: usize): usize {
  return map(n * PAGE, PAGE);
}

/** The tag of a page: how many pages the free span has that it begins or ends. */
function tagOf(n: usize): u32 {
  return load<u32>(OS_PAGES + ((page(n) >>> 12) << 2));
}

/** The spans are sound: check finds nothing amiss but that what a test mapped belongs to no arena and no region. */
function expectSpansSound(): void {
  const rule = check();
  if (os.mapped == 0) {
    expect(rule).toBe(0);
  } else {
    expect(rule).toBe(SPANS_SUM);
    expect(tally.address).toBe(1);
  }
}

describe("linear memory", () => {
  // First of all, for a test below grows it to its end.
  it("is not grown for what is there, and otherwise by a quarter, 64 MiB at least", () => {
    startWasm32();
    const pages = memory.size();
    expect(reach((<usize>pages) << 16)).toBe(true);
    expect(reach(1)).toBe(true);
    expect(memory.size()).toBe(pages);
    expect(reach(((<usize>pages) << 16) + 1)).toBe(true);
    expect(memory.size()).toBe(pages + max(pages >>> 2, 1024));
    expect(reach(0x50000000)).toBe(true);
    expect(memory.size()).toBe(0x5000);
    expect(reach(0x50000001)).toBe(true);
    expect(memory.size()).toBe(0x6400);
  });

  it("is grown for a span that is lengthened", () => {
    startWasm32();
    const size = ((<usize>memory.size()) << 16) - HEAP_BASE;
    mapPages(1);
    expect(extend(page(1), size)).toBe(true);
    expect(((<usize>memory.size()) << 16) - HEAP_BASE).toBeGreaterThan(size);
    unmap(page(0), size + PAGE);
  });

  it("is grown by what is needed where more cannot be had", () => {
    startWasm32();
    expect(reach(0xf8000000)).toBe(true);
    expect(reach(0xf8000001)).toBe(true);
    expect(memory.size()).toBe(0xf801);
    expect(reach(0xffffffff)).toBe(false);
  });
});

describe("map", () => {
  it("maps at the base first and on from there, and keeps the ledger", () => {
    startWasm32();
    expect(mapPages(3)).toBe(page(0));
    expect(mapPages(1)).toBe(page(3));
    expect(os.top).toBe(page(4));
    expect(os.everTop).toBe(page(4));
    expect(os.mapped).toBe(4 * PAGE);
    expect(os.maps).toBe(2);
    unmap(page(0), 3 * PAGE);
    expect(mapPages(2)).toBe(page(0));
    expect(os.mapped).toBe(3 * PAGE);
    expect(os.mappedPeak).toBe(4 * PAGE);
    expect(os.mappedEver).toBe(6 * PAGE);
    expect(os.maps).toBe(3);
    expect(os.unmaps).toBe(1);
    expect(os.requests).toBe(3);
    expectSpansSound();
  });

  it("reaches as far into memory as it maps", () => {
    startWasm32();
    const span = map(40 << 20, PAGE);
    expect((<usize>memory.size()) << 16).toBeGreaterThanOrEqual(span + (40 << 20));
    store<u32>(span + (40 << 20) - 4, 7);
    unmap(span, 40 << 20);
  });

  it("aligns, and leaves the pages that it steps over free", () => {
    startWasm32();
    mapPages(1);
    for (let align: usize = PAGE; align <= 65536; align <<= 1) {
      const span = map(PAGE, align);
      expect(span & (align - 1)).toBe(0);
      expectSpansSound();
    }
    startWasm32();
    mapPages(1);
    expect(map(2 * PAGE, 16 * PAGE)).toBe(page(16));
    expect(tagOf(1)).toBe(15);
    expect(tagOf(15)).toBe(15);
    expect(tagOf(8)).toBe(0);
    expect(mapPages(15)).toBe(page(1));
    expect(os.top).toBe(page(18));
    expectSpansSound();
  });

  it("takes a free span before memory at the top, and leaves the rest of it free", () => {
    startWasm32();
    mapPages(10);
    mapPages(1);
    unmap(page(0), 10 * PAGE);
    expect(mapPages(4)).toBe(page(0));
    expect(tagOf(4)).toBe(6);
    expect(tagOf(9)).toBe(6);
    expect(mapPages(6)).toBe(page(4));
    expect(tagOf(4) + tagOf(9)).toBe(0);
    expect(mapPages(1)).toBe(page(11));
    expectSpansSound();
  });

  it("finds an aligned place inside a free span, and leaves both ends free", () => {
    startWasm32();
    mapPages(13);
    mapPages(1);
    unmap(page(1), 11 * PAGE); // pages 1 to 11
    expect(map(2 * PAGE, 4 * PAGE)).toBe(page(4));
    expect(tagOf(1)).toBe(3);
    expect(tagOf(3)).toBe(3);
    expect(tagOf(6)).toBe(6);
    expect(tagOf(11)).toBe(6);
    expectSpansSound();
  });

  it("takes a free span that has just room at the alignment", () => {
    startWasm32();
    mapPages(13);
    mapPages(1);
    unmap(page(2), 4 * PAGE); // pages 2 to 5
    expect(map(2 * PAGE, 4 * PAGE)).toBe(page(4));
    expect(tagOf(2)).toBe(2);
    unmap(page(4), 2 * PAGE);
    unmap(page(8), 4 * PAGE);
    expect(map(4 * PAGE, 4 * PAGE)).toBe(page(8)); // it is aligned already
    mapPages(1);
    expect(map(4 * PAGE, 4 * PAGE)).toBe(page(16)); // pages 3 to 5 have no such place: the top
    expectSpansSound();
  });

  it("looks for a longer span when the first has no aligned place", () => {
    startWasm32();
    mapPages(40);
    unmap(page(17), 9 * PAGE); // pages 17 to 25: 2 pages of them are at the alignment, wherever they start
    unmap(page(1), 2 * PAGE);
    unmap(page(5), 2 * PAGE); // the stack's first: pages 5 and 6
    expect(map(2 * PAGE, 8 * PAGE)).toBe(page(24));
    expectSpansSound();
  });

  it("returns 0 at the limit, and changes nothing", () => {
    startWasm32(0, true, 10 * PAGE + 5);
    expect(os.limit).toBe(page(10));
    expect(mapPages(11)).toBe(0);
    expect(mapPages(8)).toBe(page(0));
    expect(mapPages(3)).toBe(0);
    expect(map(PAGE, 16 * PAGE)).toBe(0);
    expect(os.mapped).toBe(8 * PAGE);
    expect(os.top).toBe(page(8));
    expect(os.maps).toBe(1);
    expect(os.mappedPeak).toBe(8 * PAGE);
    expectSpansSound();
    expect(mapPages(2)).toBe(page(8));
    expect(mapPages(1)).toBe(0);
    unmap(page(3), PAGE);
    expect(mapPages(1)).toBe(page(3));
    expectSpansSound();
  });

  it("maps no part of a page at the limit, and nothing at all below a page of it", () => {
    startWasm32(0, true, PAGE - 1);
    expect(os.limit).toBe(HEAP_BASE);
    expect(mapPages(1)).toBe(0);
    startWasm32(0, true, PAGE);
    expect(mapPages(1)).toBe(page(0));
    expect(mapPages(1)).toBe(0);
  });

  it("refuses every n-th request when told so, and counts", () => {
    startWasm32();
    os.refuseEvery = 3;
    let got: u32 = 0;
    for (let i = 1; i <= 9; i++) {
      const span = mapPages(1);
      expect(span == 0).toBe(i % 3 == 0);
      got += u32(span != 0);
    }
    expect(got).toBe(6);
    expect(os.requests).toBe(9);
    expect(os.refused).toBe(3);
    expect(os.mapped).toBe(6 * PAGE);
    expect(os.maps).toBe(6);
    os.refuseEvery = 0;
    for (let i = 0; i < 5; i++) expect(mapPages(1) != 0).toBe(true);
    expect(os.refused).toBe(3);
    expectSpansSound();
  });

  it("takes whole pages only", () => {
    expect(() => {
      startWasm32();
      map(PAGE + 1, PAGE);
    }).toThrow();
    expect(() => {
      startWasm32();
      map(0, PAGE);
    }).toThrow();
  });

  it("never maps the last 64 KiB, and does not wrap", () => {
    start(18, 12, 3, 512, 32, 0, true, 0, 0xfff00000);
    expect(os.limit).toBe(HIGHEST);
    expect(map(0x10000000, PAGE)).toBe(0);
    expect(map(0xfffff000, PAGE)).toBe(0);
    expect(map(0xf0000, 65536)).toBe(0xfff00000);
    expect(os.top).toBe(HIGHEST);
    expect(map(PAGE, PAGE)).toBe(0);
    expect(map(PAGE, 65536)).toBe(0);
    expect(map(PAGE, 0x100000)).toBe(0); // its place would be at 4 GiB
    expect(extend(HIGHEST, PAGE)).toBe(false);
    expectSpansSound();
    unmap(0xfff00000, 0xf0000);
    expectSound();

    start(18, 12, 3, 512, 32, 0, true, 0x100000, 0xfff00000);
    expect(os.limit).toBe(HIGHEST); // 4 GiB would be less than a limit of 1 MiB
    start(18, 12, 3, 512, 32, 0, true, 0x80000, 0xfff00000);
    expect(os.limit).toBe(0xfff80000);
    start(18, 12, 3, 512, 32, 0, true, 0xfffff000);
    expect(os.limit).toBe(HIGHEST);
  });
});

describe("unmap", () => {
  it("lowers the top when the last span goes, and the top stays known", () => {
    startWasm32();
    mapPages(2);
    mapPages(3);
    unmap(page(2), 3 * PAGE);
    expect(os.top).toBe(page(2));
    expect(os.everTop).toBe(page(5));
    expect(tagOf(2) + tagOf(4)).toBe(0);
    unmap(page(0), 2 * PAGE);
    expect(os.top).toBe(HEAP_BASE);
    expect(os.mapped).toBe(0);
    expectSpansSound();
    mapPages(4);
    expect(os.everTop).toBe(page(5));
    mapPages(4);
    expect(os.everTop).toBe(page(8));
  });

  it("lowers the top over a free span before it too", () => {
    startWasm32();
    mapPages(2);
    mapPages(2);
    mapPages(2);
    unmap(page(2), 2 * PAGE);
    expect(os.top).toBe(page(6));
    unmap(page(4), 2 * PAGE);
    expect(os.top).toBe(page(2));
    expect(tagOf(2) + tagOf(3)).toBe(0);
    expectSpansSound();
  });

  it("joins free neighbours: none, the one before, the one behind, both", () => {
    for (let neighbours = 0; neighbours < 4; neighbours++) {
      startWasm32();
      mapPages(8);
      if (neighbours & 1) unmap(page(1), 2 * PAGE);
      if (neighbours & 2) unmap(page(5), 2 * PAGE);
      expectSpansSound();
      unmap(page(3), 2 * PAGE);
      const first: u32 = neighbours & 1 ? 1 : 3;
      const last: u32 = neighbours & 2 ? 6 : 4;
      for (let i: u32 = 0; i < 8; i++) {
        assert(tagOf(i) == (i == first || i == last ? last - first + 1 : 0));
      }
      expectSpansSound();
      expect(mapPages(last - first + 1)).toBe(page(first));
      expect(os.mapped).toBe(8 * PAGE);
      expectSpansSound();
    }
  });

  it("takes part of a span back", () => {
    startWasm32();
    mapPages(10);
    unmap(page(0), PAGE);
    unmap(page(4), PAGE);
    unmap(page(9), PAGE);
    expect(tagOf(0)).toBe(1);
    expect(tagOf(4)).toBe(1);
    expect(os.top).toBe(page(9));
    expect(os.mapped).toBe(7 * PAGE);
    expectSpansSound();
  });

  it("takes nothing that lies outside of what is mapped, and no part of a page", () => {
    expect(() => {
      startWasm32();
      mapPages(1);
      unmap(page(0), 2 * PAGE);
    }).toThrow();
    expect(() => {
      startWasm32();
      mapPages(1);
      unmap(page(0) - PAGE, PAGE);
    }).toThrow();
    expect(() => {
      startWasm32();
      mapPages(1);
      unmap(page(0) + 16, PAGE - 16);
    }).toThrow();
  });
});

describe("extend", () => {
  it("lengthens the last span", () => {
    startWasm32();
    mapPages(1);
    expect(extend(page(1), 2 * PAGE)).toBe(true);
    expect(os.top).toBe(page(3));
    expect(os.everTop).toBe(page(3));
    expect(os.mapped).toBe(3 * PAGE);
    expect(os.mappedPeak).toBe(3 * PAGE);
    expect(os.mappedEver).toBe(3 * PAGE);
    unmap(page(1), 2 * PAGE);
    expect(extend(page(1), PAGE)).toBe(true);
    expect(os.everTop).toBe(page(3));
    expectSpansSound();
  });

  it("takes as much as it needs of the free span behind, or all of it", () => {
    startWasm32();
    mapPages(10);
    unmap(page(2), 5 * PAGE);
    expect(extend(page(2), 6 * PAGE)).toBe(false);
    expect(tagOf(2)).toBe(5);
    expect(extend(page(2), 2 * PAGE)).toBe(true);
    expect(tagOf(2)).toBe(0);
    expect(tagOf(4)).toBe(3);
    expect(tagOf(6)).toBe(3);
    expectSpansSound();
    expect(extend(page(4), 3 * PAGE)).toBe(true);
    expect(tagOf(4) + tagOf(6)).toBe(0);
    expect(os.mapped).toBe(10 * PAGE);
    expect(os.mappedPeak).toBe(10 * PAGE);
    expectSpansSound();
  });

  it("cannot be where another span follows", () => {
    startWasm32();
    mapPages(1);
    mapPages(1);
    expect(extend(page(1), PAGE)).toBe(false);
    expect(os.mapped).toBe(2 * PAGE);
    expectSpansSound();
  });

  it("stops at the limit, and is refused as a request", () => {
    startWasm32(0, true, 4 * PAGE);
    mapPages(1);
    expect(extend(page(1), 4 * PAGE)).toBe(false);
    expect(extend(page(1), 2 * PAGE)).toBe(true);
    expect(extend(page(3), PAGE)).toBe(true);
    expect(extend(page(4), PAGE)).toBe(false);
    expect(os.top).toBe(page(4));
    unmap(page(3), PAGE);
    os.refuseEvery = 1;
    expect(extend(page(3), PAGE)).toBe(false);
    unmap(page(1), PAGE);
    expect(extend(page(1), PAGE)).toBe(false);
    expect(os.refused).toBe(2);
    expect(os.mapped).toBe(2 * PAGE);
    expectSpansSound();
  });

  it("takes whole pages only", () => {
    expect(() => {
      startWasm32();
      mapPages(1);
      extend(page(1), 100);
    }).toThrow();
  });
});

describe("the emulated system", () => {
  it("rounds to whole pages", () => {
    expect(pageRound(0)).toBe(0);
    expect(pageRound(1)).toBe(PAGE);
    expect(pageRound(PAGE)).toBe(PAGE);
    expect(pageRound(PAGE + 1)).toBe(2 * PAGE);
    expect(pageRound(0xfffeffff)).toBe(0xffff0000);
  });

  it("is sound after every one of many random requests, and its spans do not overlap", () => {
    const address = new StaticArray<usize>(200);
    const bytes = new StaticArray<usize>(200);
    for (let seed: u32 = 1; seed <= 4; seed++) {
      start(18, 12, 3, 512, 32, 0, true, seed == 4 ? 1 << 20 : 16 << 20);
      startChance(seed);
      os.refuseEvery = seed == 3 ? 5 : 0;
      memory.fill(changetype<usize>(bytes), 0, 200 * 4);
      let mapped: usize = 0;
      for (let i = 0; i < 1500; i++) {
        const k = below(200);
        const pages = <usize>1 + below(1 + below(30));
        if (!bytes[k]) {
          const align = PAGE << below(5);
          const span = map(pages * PAGE, align);
          if (span) {
            assert((span & (align - 1)) == 0);
            for (let other = 0; other < 200; other++) {
              assert(!bytes[other] || span >= address[other] + bytes[other] || address[other] >= span + pages * PAGE);
            }
            address[k] = span;
            bytes[k] = pages * PAGE;
            mapped += bytes[k];
          }
        } else if (below(3) == 0) {
          if (extend(address[k] + bytes[k], pages * PAGE)) {
            bytes[k] += pages * PAGE;
            mapped += pages * PAGE;
          }
        } else {
          const part = below(2) ? bytes[k] : min<usize>(bytes[k], pages * PAGE);
          bytes[k] -= part;
          mapped -= part;
          unmap(address[k] + bytes[k], part);
        }
        assert(os.mapped == mapped);
        expectSpansSound();
      }
      for (let k = 0; k < 200; k++) if (bytes[k]) unmap(address[k], bytes[k]);
      expect(os.top).toBe(HEAP_BASE);
      expectSound();
    }
  });

  it("starts anew with nothing mapped", () => {
    startWasm32();
    initOs(HEAP_BASE + 65536, 0);
    expect(os.base).toBe(HEAP_BASE + 65536);
    expect(os.top).toBe(HEAP_BASE + 65536);
    expect(os.everTop).toBe(HEAP_BASE + 65536);
    free(malloc(600));
    expectSound();
  });
});
