import { RELEASE_EAGER } from "../../../assembly/layout/codes";
import { NB_SMALL_SIZE_CLASSES_MAX } from "../../../assembly/layout/layout";
import { geometry } from "../../../assembly/pymalloc/geometry";
import { indexToSize, isSmall, sizeToIndex } from "../../../assembly/pymalloc/sizeclass";
import { setGeometry } from "../start";

const LARGEST_THRESHOLD: usize = 32768;

/** Pools of 64 KiB without headers, so that every threshold there can be is valid. */
function startClasses(alignmentShift: u32, threshold: usize): void {
  assert(setGeometry(18, 16, alignmentShift, threshold, 0, RELEASE_EAGER, true, false, 0x7fffffff));
}

describe("size classes", () => {
  it("serve every request with the least block that holds it, for every alignment", () => {
    for (let shift: u32 = 3; shift <= 6; shift++) {
      startClasses(shift, LARGEST_THRESHOLD);
      const alignment: usize = 1 << shift;
      let wrong: usize = 0;
      for (let nbytes: usize = 1; nbytes <= LARGEST_THRESHOLD; nbytes++) {
        const size = indexToSize(sizeToIndex(nbytes));
        if (size < nbytes || size - nbytes >= alignment || size % alignment != 0) wrong = nbytes;
      }
      expect(wrong).toBe(0);
    }
  });

  it("follow one another in steps of the alignment, each with the class of its own size", () => {
    for (let shift: u32 = 3; shift <= 6; shift++) {
      startClasses(shift, LARGEST_THRESHOLD);
      let size: usize = 0;
      for (let szidx: u32 = 0; szidx < geometry.classCount; szidx++) {
        size += 1 << shift;
        assert(indexToSize(szidx) == size && sizeToIndex(size) == szidx);
      }
      expect(size).toBe(LARGEST_THRESHOLD);
    }
  });

  it("are threshold ÷ alignment, the last of which holds the threshold", () => {
    for (let shift: u32 = 3; shift <= 6; shift++) {
      const alignment: usize = 1 << shift;
      for (let threshold = alignment; threshold <= LARGEST_THRESHOLD; threshold += alignment) {
        startClasses(shift, threshold);
        assert(<usize>geometry.classCount * alignment == threshold);
        assert(sizeToIndex(threshold) == geometry.classCount - 1);
      }
    }
    startClasses(3, LARGEST_THRESHOLD);
    expect(geometry.classCount).toBe(NB_SMALL_SIZE_CLASSES_MAX);
  });

  it("serve 1 byte to the threshold and nothing else, for every threshold of every alignment", () => {
    for (let shift: u32 = 3; shift <= 6; shift++) {
      const alignment: usize = 1 << shift;
      for (let threshold = alignment; threshold <= LARGEST_THRESHOLD; threshold += alignment) {
        startClasses(shift, threshold);
        let wrong: usize = 0;
        for (let nbytes: usize = 1; nbytes <= threshold; nbytes++) {
          if (!isSmall(nbytes)) wrong = nbytes;
        }
        assert(wrong == 0);
        assert(!isSmall(0));
        assert(!isSmall(threshold + 1));
        assert(!isSmall(0x7fffffff) && !isSmall(0x80000000) && !isSmall(0xffffffff));
      }
    }
  });
});
