import { RELEASE_EAGER, RELEASE_KEEP_LAST, RELEASE_NEVER } from "../../../assembly/layout/codes";
import { geometry } from "../../../assembly/pymalloc/geometry";
import { setGeometry } from "../start";

/** The rules as src/geometry/geometry.ts has them, in 64 bits, where nothing wraps. */
function isValid(arenaBits: u32, poolBits: u32, shift: u32, threshold: usize, overhead: usize, release: u32): bool {
  if (arenaBits > 40 || poolBits > 40 || shift > 40) return false;
  const arena = (<u64>1) << arenaBits;
  const pool = (<u64>1) << poolBits;
  const alignment = (<u64>1) << shift;
  if (arena > 64 << 20 || pool < 1 << 10 || pool > 64 << 10) return false;
  if (arena / pool < 2 || arena / pool > 65536) return false;
  if (alignment < 8 || alignment > 64) return false;
  if (threshold == 0 || threshold % alignment != 0 || overhead % alignment != 0) return false;
  if (<u64>overhead + 2 * <u64>threshold > pool) return false;
  return release == RELEASE_NEVER || release == RELEASE_EAGER || release == RELEASE_KEEP_LAST;
}

function takes(arenaBits: u32, poolBits: u32, shift: u32, threshold: usize, overhead: usize, release: u32): bool {
  return setGeometry(arenaBits, poolBits, shift, threshold, overhead, release);
}

const SIZES: StaticArray<usize> = [
  0, 1, 4, 8, 12, 16, 24, 32, 40, 48, 64, 128, 448, 480, 488, 496, 504, 512, 520, 1000, 1016, 1024, 1032, 4096, 32704,
  32736, 32752, 32760, 32768, 32776, 65536, 0x7ffffff8, 0x80000000, 0x80000008, 0xfffffe00, 0xfffffff0, 0xfffffff8,
  0xffffffff,
];

describe("geometries", () => {
  it("are taken exactly when they keep the rules", () => {
    let taken: u32 = 0;
    for (let arenaBits: u32 = 8; arenaBits <= 36; arenaBits++) {
      for (let poolBits: u32 = 8; poolBits <= 36; poolBits++) {
        for (let shift: u32 = 0; shift <= 9; shift++) {
          for (let i = 0; i < SIZES.length; i++) {
            const threshold = SIZES[i];
            const overhead = SIZES[(i * 7 + <i32>poolBits) % SIZES.length];
            const valid = isValid(arenaBits, poolBits, shift, threshold, overhead, RELEASE_EAGER);
            assert(takes(arenaBits, poolBits, shift, threshold, overhead, RELEASE_EAGER) == valid);
            taken += u32(valid);
          }
        }
      }
    }
    expect(taken).toBeGreaterThan(1000);
  });

  it("are taken for every threshold and every header that leave room for two blocks, and for no other", () => {
    for (let poolBits: u32 = 10; poolBits <= 16; poolBits++) {
      for (let shift: u32 = 3; shift <= 6; shift++) {
        for (let i = 0; i < SIZES.length; i++) {
          for (let j = 0; j < SIZES.length; j++) {
            const valid = isValid(18, poolBits, shift, SIZES[i], SIZES[j], RELEASE_NEVER);
            assert(takes(18, poolBits, shift, SIZES[i], SIZES[j], RELEASE_NEVER) == valid);
          }
        }
      }
    }
    expect(takes(18, 10, 3, 496, 32, RELEASE_NEVER)).toBe(true); // 32 + 2 × 496 == 1,024
    expect(takes(18, 10, 3, 504, 32, RELEASE_NEVER)).toBe(false);
    expect(takes(18, 10, 3, 496, 40, RELEASE_NEVER)).toBe(false);
  });

  it("have one of three release rules", () => {
    expect(takes(18, 12, 3, 512, 32, RELEASE_NEVER)).toBe(true);
    expect(takes(18, 12, 3, 512, 32, RELEASE_EAGER)).toBe(true);
    expect(takes(18, 12, 3, 512, 32, RELEASE_KEEP_LAST)).toBe(true);
    expect(takes(18, 12, 3, 512, 32, RELEASE_KEEP_LAST + 1)).toBe(false);
    expect(takes(18, 12, 3, 512, 32, 0xffffffff)).toBe(false);
  });

  it("give the numbers that follow from theirs", () => {
    for (let arenaBits: u32 = 11; arenaBits <= 26; arenaBits++) {
      for (let poolBits: u32 = 10; poolBits <= 16 && poolBits < arenaBits; poolBits++) {
        for (let shift: u32 = 3; shift <= 6; shift++) {
          assert(setGeometry(arenaBits, poolBits, shift, 384, 64, RELEASE_EAGER, false, true, 1000));
          assert(geometry.arenaSize == (<usize>1) << arenaBits && geometry.poolSize == (<usize>1) << poolBits);
          assert(<usize>geometry.poolsInArena * geometry.poolSize == geometry.arenaSize);
          assert(geometry.poolBits == poolBits && geometry.alignmentShift == shift);
          assert((<usize>geometry.classCount) << shift == 384);
        }
      }
    }
    expect(geometry.threshold).toBe(384);
    expect(geometry.poolOverhead).toBe(64);
    expect(geometry.release).toBe(RELEASE_EAGER);
    expect(geometry.fingers).toBe(0);
    expect(geometry.takesOverRaw).toBe(1);
    expect(geometry.maxRequest).toBe(1000);
    takes(18, 12, 3, 512, 32, RELEASE_NEVER);
    expect(geometry.fingers).toBe(1);
    expect(geometry.takesOverRaw).toBe(0);
  });

  it("derive nothing when they are refused", () => {
    takes(20, 14, 4, 512, 48, RELEASE_KEEP_LAST);
    expect(takes(18, 12, 3, 516, 32, RELEASE_EAGER)).toBe(false);
    expect(takes(18, 12, 3, 512, 3616, RELEASE_EAGER)).toBe(false);
    expect(geometry.arenaSize).toBe(1 << 20);
    expect(geometry.poolSize).toBe(1 << 14);
    expect(geometry.poolsInArena).toBe(64);
    expect(geometry.classCount).toBe(32);
  });
});
