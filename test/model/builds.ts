/** The builds whose answers are recorded in ../conformance, by the names they have there; the table of its README in numbers. */
import type { Geometry } from "../../src/geometry/geometry.js";
import type { ReleasePolicy } from "../../src/geometry/release.js";

const KIB = 1024;

function geometry(
  pointerBits: 32 | 64,
  alignment: number,
  threshold: number,
  release: ReleasePolicy,
  poolSize = 4 * KIB,
): Geometry {
  const poolOverhead = pointerBits === 64 ? 48 : 32;
  return { arenaSize: 64 * poolSize, poolSize, alignment, threshold, poolOverhead, release, order: "fingers" };
}

const GOLDEN_BUILDS: Readonly<Record<string, Geometry>> = {
  "3.8.18": geometry(64, 16, 512, "eager"),
  "3.9.18": geometry(64, 16, 512, "keep-last"),
  "3.13.0": geometry(64, 16, 512, "keep-last", 16 * KIB),
  "i386-2.7": geometry(32, 8, 512, "eager"),
  "i386-3.11": geometry(32, 8, 512, "keep-last"),
  "model-2.4": geometry(64, 8, 256, "never"),
  "model-2.4-32": geometry(32, 8, 256, "never"),
  "model-3.2": geometry(64, 8, 256, "eager"),
  "model-3.2-32": geometry(32, 8, 256, "eager"),
  "model-3.6": geometry(64, 8, 512, "eager"),
};

export interface GoldenBuild {
  readonly geometry: Geometry;
  /** Arena bases past a multiple of the pool size, in turn. */
  readonly shift: readonly number[];
  /** Whether the turns are of places in the address space, not of arenas; see `ReplayOptions.reusePlaces`. */
  readonly reusePlaces: boolean;
}

/** What a golden folder holds: `3.8.18+0,1024` is that build with arenas 0 and 1,024 bytes off in turn. */
export function goldenBuild(folder: string): GoldenBuild {
  const [name, shift = "0"] = folder.split("+");
  return {
    geometry: lookUp(GOLDEN_BUILDS, name),
    shift: shift.split(",").map(Number),
    reusePlaces: name === "i386-2.7",
  };
}

/** Address bits that the arena map of a build covers; null where there is none. */
export type ArenaMapBits = 32 | 48 | 64 | null;

export interface VectorBuild {
  readonly geometry: Geometry;
  readonly arenaMapBits: ArenaMapBits;
}

const goldenAs = (name: string, arenaMapBits: ArenaMapBits = null): VectorBuild => ({
  geometry: lookUp(GOLDEN_BUILDS, name),
  arenaMapBits,
});

/** By version key of the vectors. The 64-bit 3.6.15 there is a patched one, with the alignment of 3.7.4. */
const VECTOR_BUILDS: Readonly<Record<string, VectorBuild>> = {
  "2.7.18/64-bit": goldenAs("3.8.18"),
  "3.6.15+16-byte-alignment-backport/64-bit": goldenAs("3.8.18"),
  "3.7.16/64-bit": goldenAs("3.8.18"),
  "3.8.18/64-bit": goldenAs("3.8.18"),
  "3.9.18/64-bit": goldenAs("3.9.18"),
  "3.10.13/64-bit": goldenAs("3.13.0", 48),
  "3.11.7/64-bit": goldenAs("3.13.0", 64),
  "3.12.1/64-bit": goldenAs("3.13.0", 64),
  "3.13.0/64-bit": goldenAs("3.13.0", 64),
  "2.7.18/32-bit": goldenAs("i386-2.7"),
  "3.6.15/32-bit": goldenAs("i386-2.7"),
  "3.8.18/32-bit": goldenAs("i386-2.7"),
  "3.13.0/32-bit": goldenAs("i386-3.11", 32),
};

export function vectorBuild(versionKey: string): VectorBuild {
  return lookUp(VECTOR_BUILDS, versionKey);
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found === undefined) throw new RangeError(`build must be one of ${Object.keys(table).join(", ")}, not ${name}`);
  return found;
}
