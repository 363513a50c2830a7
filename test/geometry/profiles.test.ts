import { describe, expect, it } from "vitest";
import { checkGeometry, classCount, poolsPerArena } from "../../src/geometry/geometry.js";
import { customProfile, profile, profileNames } from "../../src/geometry/profiles.js";

const KIB = 1024;

/**
 * Section by section what obmalloc.c of these releases has: names, alignment, threshold, pool KiB, arena KiB,
 * release.
 */
const ON_64_BITS: readonly [string, number, number, number, number, string][] = [
  ["2.3 2.3.0 2.3.7 2.4 2.4.6", 8, 256, 4, 256, "never"],
  ["2.5 2.5.0 2.6 2.6.9 2.7.0 2.7.6 3.0 3.0.1 3.1 3.2 3.2.6", 8, 256, 4, 256, "eager"],
  ["2.7.7 2.7.16 3.3 3.3.0 3.4 3.4.10 3.5 3.6 3.6.15 3.7.0 3.7.3", 8, 512, 4, 256, "eager"],
  ["2.7 2.7.17 2.7.18 3.7 3.7.4 3.7.17 3.8 3.8.0 3.8.20", 16, 512, 4, 256, "eager"],
  ["3.9 3.9.0 3.9.25", 16, 512, 4, 256, "keep-last"],
  ["3.10 3.11 3.12 3.12.0 3.12.99 3.13 3.14 3.15", 16, 512, 16, 1024, "keep-last"],
];

describe("a 64-bit profile", () => {
  for (const [names, alignment, threshold, pool, arena, release] of ON_64_BITS) {
    it.each(names.split(" "))("%s has the geometry of its obmalloc.c", (name) => {
      const { geometry, pointerBits } = profile(name);
      expect(geometry).toMatchObject({ alignment, threshold, poolSize: pool * KIB, arenaSize: arena * KIB, release });
      expect(geometry.poolOverhead).toBe(48);
      expect(pointerBits).toBe(64);
      expect(poolsPerArena(geometry)).toBe(64);
    });
  }
});

describe("a 32-bit profile", () => {
  for (const [names, , threshold, , , release] of ON_64_BITS) {
    it.each(names.split(" "))("%s-32 has 8-byte classes, 4 KiB pools and 256 KiB arenas", (name) => {
      const { geometry, pointerBits } = profile(`${name}-32`);
      expect(geometry).toMatchObject({ alignment: 8, threshold, poolSize: 4 * KIB, arenaSize: 256 * KIB, release });
      expect(geometry.poolOverhead).toBe(32);
      expect(classCount(geometry)).toBe(threshold / 8);
      expect(pointerBits).toBe(32);
    });
  }
});

describe("what else a version does in its own way", () => {
  const having = (holds: (name: string) => boolean): string => profileNames().filter(holds).join(" ");

  it("2.3 alone takes over raw blocks, and 2.3 and 2.4 report no arenas", () => {
    expect(having((name) => profile(name).takesOverRaw)).toBe("2.3 2.3-32");
    expect(having((name) => !profile(name).reportsArenas)).toBe("2.3 2.3-32 2.4 2.4-32");
  });

  it("MEM is pymalloc's from 3.6 on", () => {
    expect(profile("3.5").memIsPymalloc).toBe(false);
    expect(profile("3.6.0-32").memIsPymalloc).toBe(true);
  });

  it.each([
    ["2.3", 2 ** 32 - 1],
    ["2.3-32", 2 ** 32 - 1],
    ["2.4", 2 ** 31 - 1],
    ["2.4-32", 2 ** 31 - 1],
    ["2.5", 2 ** 32 - 1],
    ["2.5-32", 2 ** 31 - 1],
    ["3.12", 2 ** 32 - 1],
    ["wasm32", 2 ** 31 - 1],
  ])("%s refuses more than %i bytes", (name, bytes) => {
    expect(profile(name).maxRequest).toBe(bytes);
  });

  it.each([
    ["2.4", 16, 8],
    ["2.7.6", 16, 8],
    ["2.7.7", 0, 0],
    ["3.2", 16, 8],
    ["3.3", 0, 0],
    ["3.14", 0, 0],
  ])("arenas of %s start %i or %i bytes past a pool boundary", (name, on64, on32) => {
    expect(profile(name).baseOffset).toBe(on64);
    expect(profile(`${name}-32`).baseOffset).toBe(on32);
  });

  it.each([
    ["3.9", null, null],
    ["3.10", 48, 32],
    ["3.11", 64, 32],
    ["3.15", 64, 32],
  ])("the arena map of %s covers %s or %s address bits", (name, on64, on32) => {
    expect(profile(name).arenaMapBits).toBe(on64);
    expect(profile(`${name}-32`).arenaMapBits).toBe(on32);
  });

  it("usable arenas are kept in order by a slide to 3.7, by fingers from 3.8 on", () => {
    expect(profile("3.7").geometry.order).toBe("slide");
    expect(profile("3.8").geometry.order).toBe("fingers");
  });

  it("an interpreter stands behind the geometries that ran on one", () => {
    expect(having((name) => profile(name).witness === "model" && !name.endsWith("-32"))).toBe(
      "2.3 2.4 2.5 2.6 2.7.6 2.7.16 3.0 3.1 3.2 3.3 3.4 3.5 3.6 3.7.3 3.15-hugepages",
    );
    expect(having((name) => profile(name).witness === "model" && name.endsWith("-32"))).toBe(
      "2.3-32 2.4-32 2.5-32 2.6-32 2.7.6-32 3.0-32 3.1-32 3.2-32",
    );
    expect(profile("2.7.10").source).toBe("obmalloc.c of 2.7.7–2.7.16; placements by the model");
    expect(profile("3.7.9").source).toBe("obmalloc.c of 3.7.4–3.7.17; placements as on x86-64 3.7.16");
  });
});

describe("profile names", () => {
  it("are each a profile of that name, with a valid geometry", () => {
    expect(profileNames()).toHaveLength(50);
    expect(new Set(profileNames()).size).toBe(50);
    for (const name of profileNames()) {
      expect(profile(name).name).toBe(name);
      expect(() => checkGeometry(profile(name).geometry)).not.toThrow();
    }
  });

  it("X.Y is the last release of its line", () => {
    for (const [line, last] of [
      ["2.7", "2.7.18"],
      ["3.6", "3.6.15"],
      ["3.7", "3.7.17"],
    ]) {
      expect({ ...profile(line), name: "" }).toEqual({ ...profile(last), name: "" });
    }
  });

  it("wasm32 is 3.14-32", () => {
    expect(profile("wasm32")).toMatchObject({ ...profile("3.14-32"), name: "wasm32", source: expect.any(String) });
  });

  it("3.15-hugepages has 2 MiB arenas of 128 pools, and no 32-bit form", () => {
    const { geometry } = profile("3.15-hugepages");
    expect(geometry).toEqual({ ...profile("3.15").geometry, arenaSize: 2048 * KIB });
    expect(poolsPerArena(geometry)).toBe(128);
    expect(() => profile("3.15-hugepages-32")).toThrow(RangeError);
  });

  it.each([
    "",
    "2.2",
    "2.8",
    "3.16",
    "4.0",
    "3",
    "3.12-64",
    "3.012",
    "3.12.",
    "v3.12",
    "3.12 ",
    "3.14-hugepages",
    "custom",
    "3.1\n4",
  ])("%j is none: a RangeError of one line says what there is", (name) => {
    expect(() => profile(name)).toThrow(RangeError);
    expect(() => profile(name)).toThrow(/^no profile ".*": there are 2\.3 to 2\.7 and 3\.0 to 3\.15, .*wasm32.*$/);
  });

  it.each([
    ["2.3.8", "2.3.7"],
    ["2.4.7", "2.4.6"],
    ["2.5.7", "2.5.6"],
    ["2.6.10", "2.6.9"],
    ["2.7.19", "2.7.18"],
    ["3.0.2", "3.0.1"],
    ["3.1.6", "3.1.5"],
    ["3.2.7", "3.2.6"],
    ["3.3.8", "3.3.7"],
    ["3.4.11", "3.4.10"],
    ["3.5.11-32", "3.5.10"],
    ["3.6.16", "3.6.15"],
    ["3.7.18", "3.7.17"],
  ])("%s was never released: the line ended with %s", (name, last) => {
    expect(profile(last).witness).not.toBe("none");
    expect(() => profile(name)).toThrow(
      new RangeError(`${name}: the last release of ${last.replace(/\.\d+$/, "")} is ${last}`),
    );
  });

  it.each(["3.13t", "3.14t", "3.13.1t", "3.14t-32", "free-threaded", "3.14-freethreaded"])(
    "%s has no pymalloc",
    (name) => {
      expect(() => profile(name)).toThrow(
        new RangeError(`${name}: free-threaded builds use mimalloc, there is no pymalloc to emulate`),
      );
    },
  );
});

describe("a custom profile", () => {
  const large = {
    arenaSize: 2048 * KIB,
    poolSize: 64 * KIB,
    alignment: 16,
    threshold: 512,
    poolOverhead: 48,
    release: "eager",
  } as const;

  it("has the geometry that was given, and no peculiarities of a version", () => {
    expect(customProfile(large)).toMatchObject({
      name: "custom",
      geometry: { ...large, order: "fingers" },
      pointerBits: 64,
      maxRequest: 2 ** 32 - 1,
      baseOffset: 0,
      arenaMapBits: null,
      witness: "none",
    });
    expect(customProfile({ ...large, order: "slide" }).geometry.order).toBe("slide");
  });

  it("is a 32-bit one where a header of 48 bytes does not fit", () => {
    expect(customProfile({ ...large, alignment: 8, poolOverhead: 32 }).pointerBits).toBe(32);
  });

  it("must have a valid geometry", () => {
    expect(() => customProfile({ ...large, poolOverhead: 40 })).toThrow(RangeError);
    expect(() => customProfile({ ...large, arenaSize: 3 * KIB })).toThrow(/geometry: arena must be a power of two/);
  });
});
