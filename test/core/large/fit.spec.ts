import { countSpans, findSpan, INDEX_SIZE, insertSpan, isIndexed, removeSpan } from "../../../assembly/large/fit";
import { below, HEAP_BASE, startChance } from "../start";

// An index, and spans of 16 bytes, in memory that no heap uses here: of a span the index knows only its first two words.

const INDEX: usize = HEAP_BASE - 0x20000;
const SPANS: usize = INDEX + 0x2000;
const NOT_SOUND: u32 = 0xffffffff;

function startIndex(): void {
  memory.fill(INDEX, 0, INDEX_SIZE);
  memory.fill(INDEX + INDEX_SIZE, 0xff, 1024); // what is behind an index may be anything
}

function span(i: u32): usize {
  return SPANS + 16 * <usize>i;
}

/** The step between the sizes of neighbouring lists where `units` is: a 32nd of the power of two below. */
function stepAt(units: u64): u64 {
  let power: u64 = 32;
  while (power * 2 <= units) power *= 2;
  return power / 32;
}

/** The least size in the list that a span of `units` is in. */
function leastOf(units: u64): u64 {
  return units - (units % stepAt(units));
}

/** The least size of the lists that findSpan may take from. */
function leastFor(units: u64): u64 {
  const step = stepAt(units);
  return ((units + step - 1) / step) * step;
}

describe("a span", () => {
  it("is found by a request exactly when its whole list is large enough", () => {
    startIndex();
    for (let have: u32 = 1; have <= 1100; have++) {
      insertSpan(INDEX, span(0), have);
      for (let units: u32 = 1; units <= 1200; units++) {
        const expected = leastOf(have) >= leastFor(units) ? span(0) : 0;
        assert(findSpan(INDEX, units) == expected);
        assert(!expected || have >= units);
      }
      removeSpan(INDEX, span(0), have);
    }
    expect(countSpans(INDEX, 0)).toBe(0);
  });

  it("of less than 64 units is found by every request that it can serve", () => {
    startIndex();
    for (let have: u32 = 1; have < 64; have++) {
      insertSpan(INDEX, span(0), have);
      for (let units: u32 = 1; units <= 70; units++) {
        assert((findSpan(INDEX, units) != 0) == units <= have);
      }
      removeSpan(INDEX, span(0), have);
    }
  });

  it("of any power of two, one less and one more is found by its own size rounded down to its list", () => {
    startIndex();
    for (let bits = 1; bits <= 28; bits++) {
      for (let off = -1; off <= 1; off++) {
        const have: u32 = (1 << bits) + off;
        insertSpan(INDEX, span(0), have);
        const least = <u32>leastOf(have);
        assert(isIndexed(INDEX, span(0), have) && isIndexed(INDEX, span(0), least));
        assert(countSpans(INDEX, 1) == 1);
        assert(findSpan(INDEX, least) == span(0));
        assert(findSpan(INDEX, 1) == span(0));
        assert(findSpan(INDEX, least + 1) == (leastFor(least + 1) <= least ? span(0) : 0));
        assert(findSpan(INDEX, 2 * have) == 0);
        removeSpan(INDEX, span(0), have);
        assert(findSpan(INDEX, 1) == 0 && load<u32>(INDEX) == 0);
      }
    }
    expect(countSpans(INDEX, 0)).toBe(0);
  });

  it("is in the list of its size and in no other", () => {
    startIndex();
    for (let units: u32 = 1; units <= 600; units++) {
      insertSpan(INDEX, span(1), units);
      for (let other: u32 = 1; other <= 600; other++) {
        assert(isIndexed(INDEX, span(1), other) == (leastOf(other) == leastOf(units)));
      }
      removeSpan(INDEX, span(1), units);
      assert(!isIndexed(INDEX, span(1), units));
    }
  });
});

describe("the lists of an index", () => {
  it("are stacks: of spans alike the one inserted last is found", () => {
    startIndex();
    for (let i = 0; i < 4; i++) insertSpan(INDEX, span(i), 40);
    expect(findSpan(INDEX, 40)).toBe(span(3));
    removeSpan(INDEX, span(3), 40);
    expect(findSpan(INDEX, 40)).toBe(span(2));
    removeSpan(INDEX, span(2), 40);
    insertSpan(INDEX, span(3), 40);
    expect(findSpan(INDEX, 33)).toBe(span(3));
    expect(countSpans(INDEX, 3)).toBe(3);
  });

  it("are linked both ways through the first two words of the spans", () => {
    startIndex();
    for (let i = 0; i < 3; i++) insertSpan(INDEX, span(i), 7);
    expect(load<usize>(span(2))).toBe(span(1));
    expect(load<usize>(span(1))).toBe(span(0));
    expect(load<usize>(span(0))).toBe(0);
    expect(load<usize>(span(2), 4)).toBe(0);
    expect(load<usize>(span(1), 4)).toBe(span(2));
    expect(load<usize>(span(0), 4)).toBe(span(1));
    expect(load<usize>(span(0), 8)).toBe(0);
    removeSpan(INDEX, span(1), 7);
    expect(load<usize>(span(2))).toBe(span(0));
    expect(load<usize>(span(0), 4)).toBe(span(2));
  });

  it("lose a span from the front, the middle and the end", () => {
    for (let gone: u32 = 0; gone < 3; gone++) {
      startIndex();
      for (let i = 0; i < 3; i++) insertSpan(INDEX, span(i), 100);
      removeSpan(INDEX, span(gone), 100);
      expect(countSpans(INDEX, 2)).toBe(2);
      for (let i: u32 = 0; i < 3; i++) expect(isIndexed(INDEX, span(i), 100)).toBe(i != gone);
      expect(findSpan(INDEX, 100)).toBe(span(gone == 2 ? 1 : 2));
      removeSpan(INDEX, span((gone + 1) % 3), 100);
      removeSpan(INDEX, span((gone + 2) % 3), 100);
      expect(countSpans(INDEX, 0)).toBe(0);
      expect(findSpan(INDEX, 1)).toBe(0);
    }
  });

  it("do not let go of a span under another size", () => {
    expect(() => {
      startIndex();
      insertSpan(INDEX, span(0), 100);
      removeSpan(INDEX, span(0), 200);
    }).toThrow();
  });

  it("keep the bits of others when one becomes empty", () => {
    startIndex();
    insertSpan(INDEX, span(0), 40); // two lists of one level
    insertSpan(INDEX, span(1), 41);
    insertSpan(INDEX, span(2), 3); // another level
    removeSpan(INDEX, span(1), 41);
    expect(findSpan(INDEX, 33)).toBe(span(0));
    expect(countSpans(INDEX, 2)).toBe(2);
    removeSpan(INDEX, span(0), 40);
    expect(findSpan(INDEX, 4)).toBe(0);
    expect(findSpan(INDEX, 3)).toBe(span(2));
    expect(load<u32>(INDEX)).toBe(1);
  });

  it("give what a scan of all spans gives: of the smallest sufficient list the span inserted last", () => {
    const units = new StaticArray<u32>(1500); // 0: not in the index
    const since = new StaticArray<u32>(1500);
    for (let seed: u32 = 1; seed <= 12; seed++) {
      startIndex();
      startChance(seed);
      memory.fill(changetype<usize>(units), 0, 1500 * 4);
      const largest: u32 = seed < 5 ? 100 : seed < 9 ? 3000 : 1 << 27;
      const count: u32 = seed % 4 == 0 ? 1500 : 40;
      let live: u32 = 0;
      for (let time: u32 = 1; time <= 1500; time++) {
        const i = below(count);
        if (units[i]) {
          removeSpan(INDEX, span(i), units[i]);
          units[i] = 0;
          live--;
        } else {
          units[i] = 1 + below(1 + below(largest));
          since[i] = time;
          insertSpan(INDEX, span(i), units[i]);
          live++;
        }
        const wanted = 1 + below(1 + below(largest));
        const enough = leastFor(wanted);
        let best: i32 = -1;
        for (let k: u32 = 0; k < count; k++) {
          if (!units[k] || leastOf(units[k]) < enough) continue;
          const sooner = best >= 0 && leastOf(units[k]) > leastOf(units[best]);
          const older = best >= 0 && leastOf(units[k]) == leastOf(units[best]) && since[k] < since[best];
          if (!sooner && !older) best = k;
        }
        const found = findSpan(INDEX, wanted);
        assert(found == (best < 0 ? 0 : span(best)));
        if (time % 16 == 0) assert(countSpans(INDEX, live) == live);
      }
      expect(countSpans(INDEX, live)).toBe(live);
    }
  });
});

describe("a count of an index", () => {
  it("says that it is not sound when a link, a head or a bit is wrong", () => {
    startIndex();
    for (let i = 0; i < 3; i++) insertSpan(INDEX, span(i), 9);
    insertSpan(INDEX, span(3), 70);
    expect(countSpans(INDEX, 4)).toBe(4);
    expect(countSpans(INDEX, 3)).toBe(NOT_SOUND); // more than there can be
    const places: StaticArray<usize> = [
      span(2),
      span(2) + 4,
      span(1) + 4,
      span(0) + 4,
      INDEX,
      INDEX + 4,
      INDEX + 4 + 4 * 2,
      INDEX + 132 + 4 * 9,
      INDEX + 132 + 4 * 10,
    ];
    for (let i = 0; i < places.length; i++) {
      const word = load<u32>(places[i]);
      store<u32>(places[i], i < 4 ? <u32>span(3) : i < 7 ? 0 : word ? 0 : <u32>span(3));
      assert(countSpans(INDEX, 4) != 4);
      store<u32>(places[i], word);
    }
    store<u32>(INDEX + 4, load<u32>(INDEX + 4) | 2); // a bit for an empty list
    expect(countSpans(INDEX, 4)).toBe(NOT_SOUND);
    store<u32>(INDEX + 4, load<u32>(INDEX + 4) & ~2);
    store<usize>(span(0), span(2)); // a cycle
    expect(countSpans(INDEX, 4)).toBe(NOT_SOUND);
    store<usize>(span(0), 0);
    expect(countSpans(INDEX, 4)).toBe(4);
  });
});
